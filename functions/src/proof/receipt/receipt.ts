import type { Entry } from '../../ledger/chain.ts';
import { iso, type Instant } from '../../platform/time.ts';
import { defined } from '../../platform/defined.ts';
import { consentPurposes, nameIn } from '../../policy/lookup.ts';
import type { Policy, PurposeId } from '../../policy/schema.ts';
import { textsIn } from '../../texts/index.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import type { History, StoredChain } from '../history.ts';
import { appliesFrom, proveAt, provenNotice, type Proof } from '../prove.ts';
import { keptInWords } from './words.ts';
import { RECEIPT_CONTEXT } from './linkedData.ts';
import { CONSENT_STATES } from '../consentStates.ts';

/** The guide's profile of records and receipts for the GDPR. */
const RECEIPT_SCHEMA = 'https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr';
const RECORD_SCHEMA = 'https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr';

/**
 * GDPR Art. 6(1)(a): a receipt records the consent, even if the purpose as a whole rests on another
 * basis.
 */
const CONSENT = 'eu-gdpr:A6-1-a';
const CONTROLLER = '_:controller';
const AUTHORITY = '_:authority';

export interface ReceiptRequest {
  readonly policy: Policy;
  readonly history: Pick<History, 'entries' | 'problems'> & {
    readonly chains: readonly Pick<StoredChain, 'chain' | 'head'>[];
  };
  readonly issuedAt: Instant;
  readonly receiptId: string;
  readonly language: Language;
}

export type Receipt = ReturnType<typeof receiptOf>;
export type ConsentRecord = ReturnType<typeof recordOf>;

/**
 * Makes a consent receipt (ISO/IEC TS 27560:2023; guide of the W3C DPV community group) as JSON-LD.
 * It has one record for each purpose that the person answered, with the terms of the question as
 * the ledger recorded them, and its place in the ledger. Pure.
 *
 * @param request.history of the person of the receipt, and of nobody else
 */
export function receiptOf({ policy, history, issuedAt, receiptId, language }: ReceiptRequest) {
  const { entries } = history;
  const latest = history.chains.at(-1);
  const answered = purposesIn(policy, entries);
  const proofs = answered.map((purpose) => proveAt(entries, purpose, issuedAt));
  const recipients = new Set(proofs.flatMap(({ purpose, shownBy }) => recipientsOf(policy, purpose, shownBy)));
  return {
    '@context': RECEIPT_CONTEXT,
    '@type': 'dpv:ConsentReceipt',
    schema_version: RECEIPT_SCHEMA,
    receipt_id: receiptId,
    issued: iso(issuedAt),
    language,
    pii_principal_id: latest?.chain ?? '',
    party_identification: [
      controllerParty(policy),
      ...[...recipients].map((id) => recipientParty(policy, id)),
      {
        party_id: AUTHORITY,
        '@type': 'dpv:DataProtectionAuthority',
        party_identifier: 'authority',
        party_name: policy.controller.supervisoryAuthority.name,
        party_url: policy.controller.supervisoryAuthority.url,
      },
    ],
    consent_records: proofs.map((proof) => recordOf(policy, proof, latest?.chain ?? '', language)),
    not_answered: consentPurposes(policy)
      .filter((purpose) => !answered.includes(purpose))
      .map((purpose) => ({ purpose_id: purpose, name: nameIn(policy.purposes, purpose, language) })),
    integrity: {
      algorithm: 'SHA-256 over canonical JSON (RFC 8785); each entry holds the hash of the one before it',
      chains: history.chains.map(({ chain, head: { seq, hash } }) => ({ chain, seq, hash })),
      verified: history.problems.length === 0,
    },
  };
}

/**
 * Returns the purposes that have an answer, in the policy's order; then those that only an older
 * policy knew.
 */
function purposesIn(policy: Policy, entries: readonly Entry[]): PurposeId[] {
  const answered = new Set(entries.flatMap(({ kind, purpose }) => (kind === 'consent' && purpose ? [purpose] : [])));
  const known = consentPurposes(policy).filter((purpose) => answered.has(purpose));
  return [...known, ...[...answered].filter((purpose) => !known.includes(purpose)).sort()];
}

const recipientsOf = (policy: Policy, purpose: PurposeId, entry: Entry | null): readonly string[] =>
  entry?.recipients ?? policy.purposes[purpose]?.recipients ?? [];

function controllerParty({ controller }: Policy) {
  return {
    party_id: CONTROLLER,
    '@type': 'dpv:DataController',
    party_identifier: 'controller',
    party_name: controller.name,
    party_address: controller.address,
    party_email: controller.email,
    party_contact: controller.dataProtectionOfficer ?? controller.email,
  };
}

const ROLES = {
  processor: 'dpv:DataProcessor',
  jointController: 'dpv:JointDataControllers',
  controller: 'dpv:DataController',
} as const;

const nodeOf = (recipient: string): string => `_:recipient-${recipient}`;

function recipientParty(policy: Policy, id: string) {
  const recipient = Object.hasOwn(policy.recipients, id) ? policy.recipients[id] : undefined;
  return {
    party_id: nodeOf(id),
    '@type': recipient === undefined ? 'dpv:Recipient' : ROLES[recipient.role],
    party_identifier: id,
    party_name: recipient?.name ?? id,
    location: (recipient?.countries ?? []).map((code) => `loc:${code}`),
    ...(recipient?.privacyPolicy === undefined ? {} : { party_url: recipient.privacyPolicy }),
  };
}

/**
 * One purpose: the question, the answers, and the state that applies when the receipt is issued.
 */
function recordOf(policy: Policy, proof: Proof, chain: string, language: Language) {
  const { purpose, shownBy, history } = proof;
  const declared = Object.hasOwn(policy.purposes, purpose) ? policy.purposes[purpose] : undefined;
  const t = textsIn(language).receipt;
  const write = `mailto:${policy.controller.email}`;
  return {
    '@type': 'dpv:ConsentRecord',
    schema_version: RECORD_SCHEMA,
    record_id: `${chain}/${purpose}`,
    pii_principal_id: chain,
    current_state: proof.state ?? 'unknown',
    current_since: proof.since === null ? null : iso(proof.since),
    agreed: proof.agreed,
    privacy_notice: noticesOf(policy, history),
    pii_processing: [
      {
        '@type': 'dpv:Process',
        purpose: {
          '@type': 'dpv:Purpose',
          purpose_id: purpose,
          name: nameIn(policy.purposes, purpose, language),
          description:
            declared === undefined ? purpose : inLanguage(declared.consentFor ?? declared.description, language),
        },
        lawful_basis: CONSENT,
        pii_information: (shownBy?.dataTypes ?? declared?.dataTypes ?? []).map((type) =>
          dataOf(policy, type, language),
        ),
        pii_controllers: [CONTROLLER],
        recipient_third_parties: recipientsOf(policy, purpose, shownBy).map(nodeOf),
        storage_locations: [
          {
            '@type': 'dpv:StorageLocation',
            location: countriesOf(policy, purpose, shownBy).map((code) => `loc:${code}`),
          },
        ],
        retention_period: keptInWords(policy, purpose, language).map((description) => ({
          '@type': 'dpv:StorageDuration',
          description,
        })),
        retention_as_recorded: shownBy?.retention ?? [],
        jurisdiction: `loc:${shownBy?.jurisdiction ?? policy.controller.country}`,
        withdrawal_method: {
          '@type': 'dpv:WithdrawConsent',
          description: t.withdrawal,
          exercised_at: write,
        },
        privacy_rights: RIGHTS.map(([right, article]) => ({
          '@type': ['dpv:DataSubjectRight', article],
          name: t.rights[right],
          exercised_at: article === COMPLAINT ? policy.controller.supervisoryAuthority.url : write,
        })),
        authority_party: AUTHORITY,
      },
    ],
    consent_events: history.map((entry) => eventOf(policy, entry, chain)),
  };
}

/** Lodging a complaint: with the authority, not with the controller. */
const COMPLAINT = 'eu-gdpr:A77';

const RIGHTS = [
  ['withdraw', 'eu-gdpr:A7-3'],
  ['access', 'eu-gdpr:A15'],
  ['rectify', 'eu-gdpr:A16'],
  ['erase', 'eu-gdpr:A17'],
  ['restrict', 'eu-gdpr:A18'],
  ['port', 'eu-gdpr:A20'],
  ['complain', COMPLAINT],
] as const;

function dataOf({ dataTypes }: Policy, type: string, language: Language) {
  const declared = Object.hasOwn(dataTypes, type) ? dataTypes[type] : undefined;
  return {
    '@type': declared?.specialCategory === true ? 'dpv:SpecialCategoryPersonalData' : 'dpv:PersonalData',
    pii_type: type,
    name: nameIn(dataTypes, type, language),
  };
}

const countriesOf = (policy: Policy, purpose: PurposeId, entry: Entry | null): readonly string[] =>
  entry?.storageLocation ?? [
    ...new Set(recipientsOf(policy, purpose, entry).flatMap((id) => policy.recipients[id]?.countries ?? [])),
  ];

/**
 * Returns the texts that the answers name, each once. A text stands there only if it still is the
 * one that was shown.
 */
function noticesOf(policy: Policy, history: readonly Entry[]) {
  const notices = new Map<string, ReturnType<typeof noticeNode>>();
  for (const entry of history) {
    const notice = provenNotice(policy, entry);
    if (notice.kind !== 'notRecorded') notices.set(notice.hash, noticeNode(notice));
  }
  return [...notices.values()];
}

function noticeNode(notice: Exclude<ReturnType<typeof provenNotice>, { kind: 'notRecorded' }>) {
  return {
    '@type': 'dpv:ConsentNotice',
    notice_version: notice.version,
    language: notice.language,
    notice_hash: `sha256:${notice.hash}`,
    notice_check: notice.kind,
    ...(notice.kind === 'exact' ? { notice_text: notice.text, notice_language_assumed: notice.assumed } : {}),
  };
}

function eventOf({ rights }: Policy, entry: Entry, chain: string) {
  // An officer enters letters of the person, or of a holder.
  const isTheirs = ['subject', 'holder', 'officer'].includes(entry.actor ?? 'subject');
  const by = isTheirs ? (entry.holder ?? chain) : CONTROLLER;
  return {
    event_id: entry.id,
    event_state: Object.hasOwn(CONSENT_STATES, entry.state) ? entry.state : 'unknown',
    event_type: CONSENT,
    event_time: iso(entry.occurredAt),
    recorded_time: iso(entry.recordedAt),
    ...(entry.effectiveAt === undefined ? {} : { effective_time: iso(appliesFrom(entry)) }),
    // An answer is asked again after this long, a yes as a no.
    validity_duration: { '@type': 'dpv:TemporalDuration', duration: rights.reconsentAfter.period },
    entity_id: by,
    ...(entry.source === undefined ? {} : { event_method: [entry.source, entry.appVersion].filter(Boolean).join(' ') }),
    ...defined({ declared: entry.declared }),
    ...(entry.noticeHash === undefined ? {} : { event_notice_hash: `sha256:${entry.noticeHash}` }),
    entry_hash: `sha256:${entry.hash}`,
  };
}

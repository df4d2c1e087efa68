import type { ConsentTerms } from '../ledger/chain.ts';
import { allRecords } from '../policy/lookup.ts';
import { noticeOf } from '../policy/notices.ts';
import type { FateRule, Policy, PurposeId } from '../policy/schema.ts';

/** Version of the fields below; an entry says by which it was written. */
const CONSENT_SCHEMA = 'amikeo-consent-record/1';

/** How a consent is taken back (Art. 7(3)): the same screen, the same fields, the other answer. */
const WITHDRAWAL_METHOD = 'in the app, the same way as it was given; or in writing to the controller';

/**
 * What a consent record says of the terms under which it was asked (ISO/IEC TS 27560: purpose, data, recipients, jurisdiction, storage,
 * retention, withdrawal, notice). The basis is always the consent, also where the purpose itself rests on another one (trackers).
 *
 * @param answer the version and the language as the app declared them
 */
export function termsOf(
  policy: Policy,
  purpose: PurposeId,
  { policyVersion, locale }: { readonly policyVersion?: string | undefined; readonly locale?: string | undefined },
): ConsentTerms {
  const declared = policy.purposes[purpose];
  if (declared === undefined) return { schemaVersion: CONSENT_SCHEMA };
  const notice = policyVersion === undefined ? null : noticeOf(policy, policyVersion, purpose, locale);
  return {
    schemaVersion: CONSENT_SCHEMA,
    dataTypes: declared.dataTypes,
    ...(declared.consent ? { legalBasis: 'consent' as const } : {}),
    controller: policy.controller.name,
    recipients: declared.recipients,
    jurisdiction: policy.controller.country,
    storageLocation: countriesOf(policy, declared.recipients),
    retention: periodsOf(policy, purpose),
    withdrawalMethod: WITHDRAWAL_METHOD,
    ...(notice === null
      ? {}
      : { noticeVersion: notice.version, noticeLanguage: notice.language, noticeHash: notice.hash }),
    ...(notice?.assumed === true ? { noticeAssumed: true } : {}),
  };
}

/** Where the recipients of a purpose process, without repetition. */
const countriesOf = (policy: Policy, recipients: readonly string[]): string[] =>
  [...new Set(recipients.flatMap((id) => policy.recipients[id]?.countries ?? []))].sort();

/** The ends of the records that a purpose uses: `usageEvents: createdAt+P13M delete, withdrawn(analytics)+P0D delete`. */
const periodsOf = (policy: Policy, purpose: PurposeId): string[] =>
  allRecords(policy)
    .filter(({ record }) => record.purposes.includes(purpose))
    .map(({ id, record }) => `${id}: ${record.fate.map(endOf).join(', ')}`);

function endOf({ when, after, then }: FateRule): string {
  let from: string;
  if ('field' in when) from = when.from === undefined ? when.field : `${when.from}(${when.field})`;
  else from = 'event' in when ? when.event : `withdrawn(${when.withdrawn})`;
  return `${from}+${after} ${then.do}`;
}

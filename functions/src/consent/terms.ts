import type { Head } from '../ledger/chain.ts';
import type { ConsentTerms, Draft } from '../ledger/entry.ts';
import type { Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import { noticeOf } from '../policy/notices.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import { periodsOf } from '../policy/versions/facts.ts';
import { formerCountries, formerFacts } from '../policy/versions/inForce.ts';
import type { Answer } from './documents.ts';

/** Version of the fields below; an entry says by which it was written. */
const CONSENT_SCHEMA = 'amikeo-consent-record/1';

/** How a consent is taken back (Art. 7(3)): the same screen, the same fields, the other answer. */
const WITHDRAWAL_METHOD = 'in the app, the same way as it was given; or in writing to the controller';

/**
 * Returns the terms under which a consent was asked, for its record (ISO/IEC TS 27560: purpose,
 * data, recipients, jurisdiction, storage, retention, withdrawal, notice). The basis is always the
 * consent, even if the purpose itself rests on another one (trackers).
 *
 * @param answer the version and the language as the app declared them
 */
export function termsOf(
  policy: Policy,
  purpose: PurposeId,
  { policyVersion, locale }: { readonly policyVersion?: string | undefined; readonly locale?: string | undefined },
): ConsentTerms {
  const now = policy.purposes[purpose];
  if (now === undefined) return { schemaVersion: CONSENT_SCHEMA };
  // An answer to an older text agreed to what that one told.
  const former = policyVersion === undefined ? undefined : formerFacts(policy, purpose, policyVersion);
  const { dataTypes, recipients, consent } = former ?? now;
  const notice = policyVersion === undefined ? null : noticeOf(policy, policyVersion, purpose, locale);
  return {
    schemaVersion: CONSENT_SCHEMA,
    dataTypes,
    ...(consent ? { legalBasis: 'consent' as const } : {}),
    controller: policy.controller.name,
    recipients,
    jurisdiction: policy.controller.country,
    storageLocation: countriesOf(policy, recipients, policyVersion),
    retention: former?.periods ?? periodsOf(policy, purpose),
    withdrawalMethod: WITHDRAWAL_METHOD,
    ...(notice === null
      ? {}
      : { noticeVersion: notice.version, noticeLanguage: notice.language, noticeHash: notice.hash }),
    ...(notice?.assumed === true ? { noticeAssumed: true } : {}),
  };
}

/**
 * Lists the countries in which the recipients of a purpose process, without repetition, as the
 * answered text named them.
 */
const countriesOf = (policy: Policy, recipients: readonly string[], version: string | undefined): string[] =>
  [
    ...new Set(
      recipients.flatMap((id) => {
        const former = version === undefined ? undefined : formerCountries(policy, id, version);
        return former ?? policy.recipients[id]?.countries ?? [];
      }),
    ),
  ].sort();

/** Returns the fields of every entry about an answer; `declared` names those that the app told. */
export function answerFields(
  purpose: PurposeId,
  answer: Answer,
  { policy, device }: { readonly policy: Policy; readonly device?: string | undefined },
): Omit<Draft, 'state' | 'occurredAt' | 'recordedAt'> {
  const { policyVersion, source, appVersion, locale, givenAt } = answer;
  const declared = defined({ policyVersion, source, appVersion, locale });
  return {
    kind: 'consent',
    purpose,
    ...termsOf(policy, purpose, answer),
    ...declared,
    ...defined({ device }),
    declared: [
      ...Object.keys(declared),
      ...(device === undefined ? [] : ['device']),
      ...(givenAt === undefined ? [] : ['givenAt']),
    ],
  };
}

/** Returns the fields of an entry that the backend makes by a rule, about the answer that stood. */
export function backendEntry(head: Head, policy: Policy, purpose: PurposeId, now: Instant): Omit<Draft, 'state'> {
  const { subject, holder } = head.consents[purpose] ?? {};
  const policyVersion = (subject ?? holder)?.policyVersion;
  return {
    kind: 'consent',
    purpose,
    ...termsOf(policy, purpose, { policyVersion }),
    ...defined({ policyVersion }),
    actor: 'backend',
    occurredAt: now,
    recordedAt: now,
  };
}

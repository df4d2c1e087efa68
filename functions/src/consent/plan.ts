import type { Instant } from '../platform/clock.ts';
import type { Draft, Head } from '../ledger/chain.ts';
import type { Effect, Policy, PurposeId } from '../policy/schema.ts';

/** A consent document's answer, as plain data; times in epoch milliseconds. */
export interface Answer {
  readonly granted: boolean;
  readonly policyVersion: string;
  readonly source: string;
  readonly updatedAt: Instant;
  /** When the person answered, by the device's clock: an answer given offline reaches the server later. */
  readonly givenAt?: Instant;
  readonly locale?: string;
  readonly appVersion?: string;
  readonly deviceId?: string;
}

/** One change of a consent document. */
export interface ConsentChange {
  readonly purpose: PurposeId;
  readonly before: Answer | null;
  readonly after: Answer | null;
  /** When the server wrote it. */
  readonly writtenAt: Instant;
}

const STANDING: ReadonlySet<string | undefined> = new Set(['given', 'reconfirmed']);

/** Does a consent stand, given the ledger's current state of it? */
export const stands = (state: string | undefined): boolean => STANDING.has(state);

/** Server times and event times are not always of the same precision: what differs by less is the same moment, in milliseconds. */
const PRECISION_MS = 1000;

/** A time that a document claims, never later than the server wrote it; one that lay in the future says so. */
function notAfter(writtenAt: Instant, claimed: Instant): { occurredAt: Instant; clamped?: true } {
  if (claimed > writtenAt + PRECISION_MS) return { occurredAt: writtenAt, clamped: true };
  return { occurredAt: claimed };
}

/** When it happened: a withdrawal counts from its receipt, whatever a device's clock says. */
function timeOf(answer: Answer, writtenAt: Instant): { occurredAt: Instant; clamped?: true } {
  return notAfter(writtenAt, answer.granted ? (answer.givenAt ?? answer.updatedAt) : answer.updatedAt);
}

function stateOf(before: Answer | null, after: Answer): string {
  if (!after.granted) return before?.granted === true ? 'withdrawn' : 'refused';
  return before?.granted === true ? 'reconfirmed' : 'given';
}

/**
 * What a change of a consent document is to be recorded as; null where the answer is the same as before (Art. 7(1): the controller must be
 * able to demonstrate each decision, and only decisions). Decided from before and after, so that the order in which events arrive does not
 * matter. A document that is deleted while the account lives is a withdrawal (Art. 7(3)); one that an erasure deletes is not.
 *
 * @param device keyed hash of the device id
 */
export function decideConsent(
  change: ConsentChange,
  head: Head,
  policy: Policy,
  now: Instant,
  device: string | undefined,
): Draft | null | 'late' {
  const { purpose, before, after, writtenAt } = change;
  if (after === null) {
    if (head.erasing !== undefined || before?.granted !== true) return null;
    const { policyVersion, source } = before;
    return {
      kind: 'consent',
      purpose,
      ...basisOf(policy, purpose),
      state: 'withdrawn',
      policyVersion,
      source,
      occurredAt: writtenAt,
      recordedAt: now,
    };
  }
  if (head.erasing !== undefined) return 'late';
  if (before?.granted === after.granted && before.policyVersion === after.policyVersion) return null;
  const { policyVersion, source, appVersion, locale } = after;
  return {
    kind: 'consent',
    purpose,
    ...basisOf(policy, purpose),
    state: stateOf(before, after),
    policyVersion,
    source,
    ...(appVersion === undefined ? {} : { appVersion }),
    ...(locale === undefined ? {} : { locale }),
    ...(device === undefined ? {} : { device }),
    ...timeOf(after, writtenAt),
    recordedAt: now,
  };
}

/** The basis of what was asked: always the consent, also where the purpose itself rests on another basis (trackers). */
function basisOf(policy: Policy, purpose: PurposeId): Pick<Draft, 'legalBasis'> {
  return policy.purposes[purpose]?.consent === true ? { legalBasis: 'consent' } : {};
}

/** One change of what a device allows: history, never a consent. */
export interface PermissionChange {
  readonly before: { readonly granted: boolean } | null;
  readonly after: { readonly granted: boolean; readonly permission: string; readonly updatedAt: Instant } | null;
  readonly writtenAt: Instant;
}

/** What a change of a device permission is recorded as; null where nothing changed, or the document was deleted. */
export function decidePermission(
  change: PermissionChange,
  head: Head,
  now: Instant,
  device: string,
): Draft | null | 'late' {
  const { before, after, writtenAt } = change;
  if (after === null || before?.granted === after.granted) return null;
  if (head.erasing !== undefined) return 'late';
  return {
    kind: 'devicePermission',
    permission: after.permission,
    state: after.granted ? 'granted' : 'denied',
    device,
    ...notAfter(writtenAt, after.updatedAt),
    recordedAt: now,
  };
}

/** What has to happen elsewhere when the answer to this purpose changes. */
export function effectsOf(policy: Policy, purpose: PurposeId): readonly Effect[] {
  return policy.purposes[purpose]?.effects ?? [];
}

/** What several consents together allow another system to do with a person. */
export interface Allowed {
  /** The person may be in its address book. */
  readonly contact: boolean;
  /** The person may be written to. */
  readonly messages: boolean;
}

/**
 * What the ledger's current states allow a system now. Consents that steer the same contact are decided together: a person who refused
 * messages is not written to again because of another answer (Art. 7(3), 21(3)).
 */
export function allowedIn(policy: Policy, system: string, current: Head['current']): Allowed {
  const granted = (change: Effect['change']): boolean =>
    Object.entries(policy.purposes).some(
      ([purpose, { effects = [] }]) =>
        stands(current[purpose]) && effects.some((e) => e.system === system && e.change === change),
    );
  const messages = granted('messages');
  return { contact: messages || granted('contact'), messages };
}

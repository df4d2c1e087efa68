import type { Instant } from '../platform/clock.ts';
import { spend } from '../ledger/budget.ts';
import { patched, type Answered, type Draft, type Head, type Protection, type Standing } from '../ledger/chain.ts';
import type { Amendment, Decide, Decision } from '../ledger/store.ts';
import { defined } from '../platform/defined.ts';
import { DAY_MS } from '../platform/time.ts';
import { addPeriod } from '../policy/calendar.ts';
import { consentPurposes } from '../policy/lookup.ts';
import { publishedNotice } from '../policy/notices.ts';
import type { Effect, Policy, PurposeId } from '../policy/schema.ts';
import type { Outcome } from '../systems/system.ts';
import { derive, later, patchOf, protectionAt, stands } from './standing.ts';
import { termsOf } from './terms.ts';

export { stands };

/** A consent document's answer, as plain data; times in epoch milliseconds. A no may lack everything but itself. */
export interface Answer {
  readonly granted: boolean;
  readonly policyVersion?: string;
  readonly source?: string;
  readonly updatedAt?: Instant;
  /** When the person answered, by the device's clock: an answer given offline reaches the server later. */
  readonly givenAt?: Instant;
  readonly locale?: string;
  readonly appVersion?: string;
  readonly deviceId?: string;
  /** The backend's mark stands on it: the person was to be asked again. */
  readonly askedAgain?: boolean;
}

/** One change of a consent document. */
export interface ConsentChange {
  readonly purpose: PurposeId;
  readonly before: Answer | null;
  readonly after: Answer | null;
  /** When the server wrote it. */
  readonly writtenAt: Instant;
  /** No event told of it: the document and the ledger were compared, and `before` is what the ledger knows. */
  readonly reconciled?: boolean;
}

/** Server times and event times are not always of the same precision: what differs by less is the same moment, in milliseconds. */
const PRECISION_MS = 1000;

/** When the server received an answer: the document's own server time where it can be that, else the event's. */
function receiptOf(updatedAt: Instant | undefined, writtenAt: Instant): Instant {
  if (updatedAt === undefined || updatedAt > writtenAt + PRECISION_MS) return writtenAt;
  return Math.max(updatedAt, writtenAt);
}

/** A time that a document claims, never later than the server received it; one that lay in the future says so. */
function notAfter(received: Instant, claimed: Instant): { occurredAt: Instant; clamped?: true } {
  if (claimed > received) return { occurredAt: received, clamped: true };
  return { occurredAt: claimed };
}

/**
 * When it happened. A yes: when the person gave it, by the device's clock if it can be right (not in the future, not before the text that it
 * agrees to). A no: when it was received, whatever a device's clock says.
 */
function timeOf(answer: Answer, writtenAt: Instant): { occurredAt: Instant; clamped?: true } {
  const { granted, givenAt, updatedAt, policyVersion } = answer;
  const received = receiptOf(updatedAt, writtenAt);
  if (!granted) {
    const future = updatedAt !== undefined && updatedAt > writtenAt + PRECISION_MS;
    return future ? { occurredAt: received, clamped: true } : { occurredAt: received };
  }
  const published = Date.parse(policyVersion ?? '') - DAY_MS;
  if (givenAt !== undefined && givenAt < published && published <= received)
    return { occurredAt: received, clamped: true };
  return notAfter(received, givenAt ?? updatedAt ?? received);
}

function stateOf(before: Answer | null, after: Answer): string {
  if (!after.granted) return before?.granted === true ? 'withdrawn' : 'refused';
  return before?.granted === true ? 'reconfirmed' : 'given';
}

/** The same answer to the same text, which nobody asked for again, is no decision. */
function isSame(before: Answer | null, after: Answer): boolean {
  if (before?.granted !== after.granted || before.policyVersion !== after.policyVersion) return false;
  return !(after.granted && before.askedAgain === true && after.updatedAt !== before.updatedAt);
}

/** What decides beside the event itself. */
export interface Deciding {
  readonly policy: Policy;
  readonly now: Instant;
  /** Keyed hash of the device id. */
  readonly device?: string | undefined;
}

/**
 * What a change of a consent document is to be recorded as; null where the answer is the same as before (Art. 7(1): the controller must be
 * able to demonstrate each decision, and only decisions). Decided from before and after, so that the order in which events arrive does not
 * matter. A document that is deleted while the account lives is a withdrawal (Art. 7(3)); one that an erasure deletes is not.
 */
export function decideConsent(
  change: ConsentChange,
  head: Head,
  deciding: Deciding,
): Decision | null | 'late' | 'overBudget' | 'unpublished' {
  const { purpose, after, writtenAt } = change;
  // A purpose that is not asked for, or no longer: what stands can be taken back, and that is all.
  const asked = deciding.policy.purposes[purpose]?.consent === true;
  if (!asked && (after?.granted === true || !stands(head.current[purpose]))) return null;
  if (after === null) return decideDeleted(change, head, deciding);
  if (head.erasing !== undefined) return 'late';
  const standing = head.consents[purpose] ?? {};
  // No event says what stood there before a document that the reconciliation found: what the ledger knows of it does.
  if (change.reconciled === true && isKnown(standing, after)) return null;
  const before = change.reconciled === true ? writtenBefore(standing) : countedBefore(change, deciding.policy);
  if (isSame(before, after) || wasReconciled(standing, after)) return null;
  const { policyVersion, updatedAt } = after;
  const { occurredAt, clamped } = timeOf(after, writtenAt);
  const { granted } = after;
  const answered: Answered = { granted, at: occurredAt, state: stateOf(before, after), ...defined({ policyVersion }) };
  const draft: Draft = {
    ...baseOf(purpose, after, deciding),
    state: answered.state,
    actor: 'subject',
    ...defined({ clamped }),
    ...(change.reconciled === true ? { reconciled: true } : {}),
    occurredAt,
    recordedAt: deciding.now,
  };
  const written = laterDocument(standing.written, after, receiptOf(updatedAt, writtenAt));
  const reconciled = change.reconciled === true ? withReconciled(standing, updatedAt, deciding.now) : {};
  return conclude(head, deciding, {
    purpose,
    draft,
    standing: { ...standing, written, ...reconciled },
    answered,
    by: 'subject',
    receivedAt: writtenAt,
  });
}

/** Is this a yes to a text that was not published when it was received? It counts as no answer. */
const isUnpublished = (policy: Policy, purpose: PurposeId, answer: Answer, receivedAt: Instant): boolean =>
  answer.granted && publishedNotice(policy, { purpose, ...answer }, receivedAt) === null;

/**
 * The answer before, as a new one is compared with it. A yes to a text that was not published was
 * no answer: a yes that follows it is a decision, and the first. A no that follows it takes back
 * whatever was said. Nothing but the event decides, so that the order of events does not matter.
 */
function countedBefore({ purpose, before, after, writtenAt }: ConsentChange, policy: Policy): Answer | null {
  if (before === null || after?.granted !== true) return before;
  // Only the mark was set or taken away: the same writing is the same answer, also after the text
  // has come out.
  if (after.updatedAt === before.updatedAt) return before;
  return isUnpublished(policy, purpose, before, before.updatedAt ?? writtenAt) ? null : before;
}

/** A document of consent that is gone: a withdrawal, unless an erasure took it. */
function decideDeleted(
  change: ConsentChange,
  head: Head,
  deciding: Deciding,
): Decision | null | 'overBudget' | 'unpublished' {
  const { purpose, writtenAt } = change;
  const last = head.consents[purpose]?.subject;
  // What stood in the document last cannot be read as an answer: what the ledger knows of the person's answer was taken away.
  const before = change.before ?? (last === undefined || last.at > writtenAt ? null : answeredBefore(last));
  if (head.erasing !== undefined || before?.granted !== true) return null;
  const { policyVersion, updatedAt } = before;
  // Not earlier than the answer that it takes back: events may tell whole seconds only.
  const at = receiptOf(updatedAt, writtenAt);
  const draft: Draft = {
    ...baseOf(purpose, before, deciding),
    state: 'withdrawn',
    actor: 'backend',
    reason: 'documentDeleted',
    occurredAt: at,
    recordedAt: deciding.now,
  };
  const known = head.consents[purpose];
  // A deletion that comes late is not the last that was written.
  const written = laterDocument(known?.written, { granted: false, ...defined({ policyVersion }) }, at);
  const standing = { ...known, written };
  const answered = { granted: false, at, state: 'withdrawn', ...defined({ policyVersion }) };
  return conclude(head, deciding, { purpose, draft, standing, answered, by: 'subject', receivedAt: writtenAt });
}

const answeredBefore = ({ granted, policyVersion }: Answered): Answer => ({ granted, ...defined({ policyVersion }) });

/** The fields that every entry about an answer has; what the app declared is named. */
function baseOf(
  purpose: PurposeId,
  answer: Answer,
  { policy, device }: Deciding,
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

/** Did the reconciliation record this very document, and its event comes all the same? */
const wasReconciled = ({ reconciled = [] }: Standing, { updatedAt }: Answer): boolean =>
  updatedAt !== undefined && reconciled.includes(updatedAt);

/** Is this document, or a later one, in the ledger? */
export const isKnown = ({ written }: Standing, { updatedAt }: Answer): boolean =>
  updatedAt !== undefined && written !== undefined && written.at >= updatedAt;

/** The document before, as far as the ledger knows: with the mark where the person has been asked again since. */
function writtenBefore({ written, askedAgainAt }: Standing): Answer | null {
  if (written === undefined) return null;
  const { at, granted, policyVersion } = written;
  const askedAgain = askedAgainAt !== undefined && askedAgainAt >= at;
  return { granted, updatedAt: at, ...defined({ policyVersion }), ...(askedAgain ? { askedAgain } : {}) };
}

/**
 * Is a document to say that the person is asked again? It says yes to a text that was never
 * published. Or the consent has expired, the document still says yes, and it is the one that the
 * ledger knows: a newer one is an answer.
 *
 * @param writtenAt when a server wrote the document last, epoch milliseconds
 */
export function isToBeMarked(
  policy: Policy,
  head: Head,
  purpose: PurposeId,
  document: Answer,
  writtenAt: Instant,
): boolean {
  const { granted, askedAgain, updatedAt } = document;
  if (!granted || askedAgain === true) return false;
  if (isKnown(head.consents[purpose] ?? {}, document)) return head.current[purpose] === 'expired';
  return isUnpublished(policy, purpose, document, Math.min(updatedAt ?? writtenAt, writtenAt));
}

/** How long an event may come after the document that it tells of (24 hours of retries, and some). */
const EVENTS_LIVE_MS = 3 * DAY_MS;

function withReconciled(
  { reconciled = [] }: Standing,
  updatedAt: Instant | undefined,
  now: Instant,
): Pick<Standing, 'reconciled'> {
  if (updatedAt === undefined) return {};
  return { reconciled: [...reconciled.filter((at) => at > now - EVENTS_LIVE_MS), updatedAt] };
}

function laterDocument(
  known: Standing['written'],
  { granted, policyVersion }: Answer,
  at: Instant,
): NonNullable<Standing['written']> {
  if (known !== undefined && known.at > at) return known;
  return { at, granted, ...defined({ policyVersion }) };
}

interface Concluding {
  readonly purpose: PurposeId;
  readonly draft: Draft;
  /** The standing without the new answer. */
  readonly standing: Standing;
  readonly answered: Answered;
  readonly by: 'subject' | 'holder';
  /** When it was received, by a server's clock. */
  readonly receivedAt: Instant;
}

/**
 * Puts an answer into the standing of its purpose: what state the entry has, what the head says
 * afterwards, and what it costs. Every yes goes through here, whoever gave it and however it came:
 * one to a text that was not published when it was received is none.
 */
function conclude(
  head: Head,
  { policy, now }: Deciding,
  { purpose, draft, standing, answered, by, receivedAt }: Concluding,
): Decision | 'overBudget' | 'unpublished' {
  if (answered.granted && publishedNotice(policy, { ...draft, purpose }, receivedAt) === null) return 'unpublished';
  const known = standing[by];
  const latest = later(known, answered);
  const budget = spend(head.budget, 'consent', now, draft.holder);
  // What takes something back is recorded whatever was spent.
  const takesBack = !answered.granted && known?.granted !== false;
  if (budget === null && !takesBack) return 'overBudget';
  const next = { ...standing, [by]: latest };
  const patch = { ...patchOf(policy, head, { [purpose]: next }, now), ...(budget === null ? {} : { budget }) };
  const becameCurrent = latest === answered;
  const derived = derive(next, head.protection, now);
  const pending =
    answered.granted && (becameCurrent ? !stands(derived?.state) : protectionAt(head.protection, now) !== undefined);
  // A yes from before the person was asked again stood in its time, and an entry says when that ended; a child's, told when it has grown up, waited.
  const wasAskedAgain = derived?.state === 'expired' && next.askedSilently !== true;
  const state = pending && !wasAskedAgain ? 'pending' : answered.state;
  const effectiveAt =
    becameCurrent && answered.granted && derived !== null && derived.since > draft.occurredAt
      ? { effectiveAt: derived.since }
      : {};
  return { draft: { ...draft, state, ...effectiveAt }, patch, becameCurrent };
}

/** One answer of a holder of parental responsibility, or of a guardian, for the person whom they protect. */
export interface HolderAnswer {
  readonly purpose: PurposeId;
  readonly granted: boolean;
  /** Pseudonym of who acts. */
  readonly holder: string;
  readonly policyVersion: string;
  readonly source: string;
  readonly locale?: string | undefined;
  readonly appVersion?: string | undefined;
}

/**
 * May somebody act for the person at a moment?
 *
 * @param pseudonyms theirs, under every key that there is
 */
export function mayAct(protection: Protection | undefined, pseudonyms: readonly string[], now: Instant): boolean {
  return (protectionAt(protection, now)?.holders ?? []).some(
    ({ holder, from, until }) => pseudonyms.includes(holder) && from <= now && (until === undefined || until > now),
  );
}

/**
 * What the answer of a holder of parental responsibility is recorded as (Art. 8; loi Informatique et Libertés, art. 45): under the policy's
 * age a consent stands once child and holder agree, and either takes it back at once. Null where the answer is the one that stands.
 */
export function decideHolder(
  answer: HolderAnswer,
  head: Head,
  deciding: Deciding,
): Decision | null | 'late' | 'overBudget' | 'unpublished' {
  if (head.erasing !== undefined) return 'late';
  const { purpose, granted, holder, policyVersion, source, locale, appVersion } = answer;
  const { now } = deciding;
  const standing = head.consents[purpose] ?? {};
  const known = standing.holder;
  const asked = standing.askedAgainAt ?? -Infinity;
  if (known?.granted === granted && known.policyVersion === policyVersion && known.at > asked) return null;
  const before = known === undefined ? null : { granted: known.granted };
  const state = stateOf(before, { granted });
  const draft: Draft = {
    ...baseOf(purpose, { granted, policyVersion, source, ...defined({ locale, appVersion }) }, deciding),
    state,
    actor: 'holder',
    holder,
    occurredAt: now,
    recordedAt: now,
  };
  return conclude(head, deciding, {
    purpose,
    draft,
    standing,
    answered: { granted, at: now, state, policyVersion },
    by: 'holder',
    receivedAt: now,
  });
}

/** Why a consent is asked again. */
type AskAgain = 'policyVersion' | 'period' | 'age' | 'guardianship';

/** Which of the consents that stand, or wait for an agreement, are to be asked again now, and why. */
function dueAgain(head: Head, policy: Policy, now: Instant): { purpose: PurposeId; reason: AskAgain }[] {
  const { period } = policy.rights.reconsentAfter;
  return Object.entries(head.consents).flatMap(
    ([purpose, { subject, holder }]): { purpose: PurposeId; reason: AskAgain }[] => {
      const state = head.current[purpose];
      const at = head.since[purpose];
      if (at === undefined || !(stands(state) || state === 'pending')) return [];
      // The policy no longer asks for it: nothing rests on it any more.
      if (policy.purposes[purpose]?.consent !== true) return [{ purpose, reason: 'policyVersion' }];
      const old = [subject, holder].some(
        (answer) => answer?.granted === true && (answer.policyVersion ?? '') < policy.version,
      );
      if (old) return [{ purpose, reason: 'policyVersion' }];
      return addPeriod(at, period, policy.controller.timeZone) <= now ? [{ purpose, reason: 'period' }] : [];
    },
  );
}

/** Asks again: each consent that is due is `expired` (CNIL: consent is asked again after a period; Art. 7: to a new text). Null: none is. */
export function decideExpiry(head: Head, policy: Policy, now: Instant): Amendment | null {
  const due = dueAgain(head, policy, now);
  return due.length === 0 ? null : expire(head, policy, now, due);
}

function expire(
  head: Head,
  policy: Policy,
  now: Instant,
  due: readonly { purpose: PurposeId; reason: AskAgain }[],
): Amendment {
  const changed = Object.fromEntries(due.map(({ purpose }) => [purpose, askedAgain(head.consents[purpose], now)]));
  const entries = due.map(({ purpose, reason }) => ({
    id: `expired_${purpose}_${head.seq}`,
    draft: { ...backendEntry(head, policy, purpose, now), state: 'expired', reason },
  }));
  return { entries, patch: patchOf(policy, head, changed, now) };
}

/** Asked again, with an entry that says so. */
function askedAgain(standing: Standing | undefined, askedAgainAt: Instant): Standing {
  const asked: { -readonly [K in keyof Standing]: Standing[K] } = { ...standing, askedAgainAt };
  delete asked.askedSilently;
  return asked;
}

/** An entry that the backend makes by a rule: about the answer that stood. */
function backendEntry(head: Head, policy: Policy, purpose: PurposeId, now: Instant): Omit<Draft, 'state'> {
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

/**
 * Who decides with or for the person from now on, and what that makes of the answers that are there. A consent that a child gave alone waits
 * for the holder; at the age from which a person decides alone, what stood is asked again. Null where nothing changes.
 *
 * @param next who decides now; undefined: the person alone
 */
export function decideProtection(
  head: Head,
  next: Protection | undefined,
  policy: Policy,
  now: Instant,
): Amendment | null {
  const known = head.protection;
  if (JSON.stringify(comparable(known)) === JSON.stringify(comparable(next))) return null;
  const entry = {
    id: `protection_${head.seq}`,
    draft: {
      kind: 'protection' as const,
      state: next?.mode ?? 'alone',
      actor: 'officer' as const,
      reason: (next ?? known)?.reason ?? 'guardianship',
      ...(next === undefined ? {} : { holders: next.holders.map(({ holder }) => holder) }),
      occurredAt: now,
      recordedAt: now,
    },
  };
  const grownUp = next === undefined && known?.reason === 'age';
  const changed: Record<PurposeId, Standing> = {};
  const entries: { id: string; draft: Draft }[] = [entry];
  for (const purpose of consentPurposes(policy)) {
    const standing = head.consents[purpose] ?? {};
    const state = head.current[purpose];
    const askedAgainAt = grownUp ? Math.min(known.until ?? now, now) : now;
    if (!stands(state) && state !== 'pending') {
      // A yes that the child gave before it grew up, and that comes late, is no yes of the grown-up.
      if (grownUp) changed[purpose] = { ...standing, askedAgainAt, askedSilently: true };
      continue;
    }
    const orphaned = next === undefined && standing.subject?.granted !== true;
    const after = grownUp || orphaned ? askedAgain(standing, askedAgainAt) : standing;
    const derived = derive(after, next, now);
    changed[purpose] = after;
    if (derived === null || derived.state === state) continue;
    const reason = grownUp ? 'age' : 'guardianship';
    entries.push({
      id: `${derived.state}_${purpose}_${head.seq}`,
      draft: { ...backendEntry(head, policy, purpose, now), state: derived.state, reason },
    });
  }
  const patch = patchOf(policy, patched(head, { protection: next }), changed, now);
  return { entries, patch: { ...patch, protection: next } };
}

/** What of a protection makes a difference: not since when it was noticed, nor the order of fields and holders. */
const comparable = (protection: Protection | undefined): unknown =>
  protection && [
    protection.mode,
    protection.reason,
    protection.until ?? null,
    protection.holders.map(({ holder, from, until }) => JSON.stringify([holder, from, until ?? null])).sort(),
  ];

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
): ReturnType<Decide> {
  const { before, after, writtenAt } = change;
  if (after === null || before?.granted === after.granted) return null;
  if (head.erasing !== undefined) return 'late';
  const budget = spend(head.budget, 'devicePermission', now);
  if (budget === null) return 'overBudget';
  const draft: Draft = {
    kind: 'devicePermission',
    permission: after.permission,
    state: after.granted ? 'granted' : 'denied',
    device,
    actor: 'subject',
    declared: ['permission', 'state', 'device'],
    ...notAfter(receiptOf(after.updatedAt, writtenAt), after.updatedAt),
    recordedAt: now,
  };
  return { draft, patch: { budget } };
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
  /** Since when: the newest of the answers that allow messages. */
  readonly messagesSince?: Instant;
}

/**
 * What the ledger's current states allow a system now. Consents that steer the same contact are decided together: a person who refused
 * messages is not written to again because of another answer (Art. 7(3), 21(3)).
 */
export function allowedIn(
  policy: Policy,
  system: string,
  current: Head['current'],
  since: Head['since'] = {},
): Allowed {
  const granted = (change: Effect['change']): PurposeId[] =>
    Object.entries(policy.purposes).flatMap(([purpose, { effects = [] }]) =>
      stands(current[purpose]) && effects.some((e) => e.system === system && e.change === change) ? [purpose] : [],
    );
  const writing = granted('messages');
  const messages = writing.length > 0;
  const contact = messages || granted('contact').length > 0;
  const newest = Math.max(...writing.map((purpose) => since[purpose] ?? -Infinity));
  return { contact, messages, ...(Number.isFinite(newest) ? { messagesSince: newest } : {}) };
}

/** What was asked of a system, and why. */
export interface Asked {
  readonly purpose: PurposeId;
  readonly system: string;
  readonly allowed: Allowed;
  /** The job that carried it. */
  readonly job: string;
}

/**
 * The proof of what another system was told, and what it made of it: `messages` (may be written to), `contact` (is in the address book and
 * is not written to), `blocklisted` (is known there as somebody who is not written to), `none` (is not known there).
 */
export function effectEntry(
  { purpose, system, allowed, job }: Asked,
  outcomes: readonly Outcome[],
  now: Instant,
): Draft {
  const manual = outcomes.some(({ outcome }) => outcome === 'manual');
  const submitted = outcomes.some(({ outcome }) => outcome === 'submitted');
  const objected = outcomes.some((one) => one.outcome === 'done' && one.how === 'objected');
  const known = outcomes.some(({ count }) => count > 0);
  const wanted = allowed.messages ? 'messages' : allowed.contact ? 'contact' : known ? 'blocklisted' : 'none';
  return {
    kind: 'effect',
    purpose,
    system,
    state: objected ? 'blocklisted' : wanted,
    outcome: manual ? 'manual' : submitted ? 'submitted' : 'done',
    actor: 'backend',
    reason: job,
    occurredAt: now,
    recordedAt: now,
  };
}

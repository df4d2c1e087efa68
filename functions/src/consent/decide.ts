import { spend, type Answered, type Head, type PurposeAnswers } from '../ledger/chain.ts';
import type { Draft, HeldPower } from '../ledger/entry.ts';
import { EVENTS_LIVE_MS, type Verdict } from '../ledger/store.ts';
import { DAY_MS, PRECISION_MS, type Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import { isConsentPurpose } from '../policy/lookup.ts';
import { publishedNotice } from '../policy/notices.ts';
import { strongest } from '../policy/powers.ts';
import type { Policy, PurposeId } from '../policy/schema.ts';
import type { Answer, ConsentChange } from './documents.ts';
import { derive, lastYes, patchOf, protectionAt, stands, withAnswer } from '../ledger/standing.ts';
import { answerFields } from './terms.ts';

/**
 * Returns when the server received an answer: the document's own server time if it can be that,
 * else the event's.
 */
export function receiptOf(updatedAt: Instant | undefined, writtenAt: Instant): Instant {
  if (updatedAt === undefined || updatedAt > writtenAt + PRECISION_MS) return writtenAt;
  return Math.max(updatedAt, writtenAt);
}

/**
 * Returns a time that a document claims, never later than the server received it; one that lay in
 * the future says so.
 */
export function notAfter(received: Instant, claimed: Instant): { occurredAt: Instant; clamped?: true } {
  if (claimed > received) return { occurredAt: received, clamped: true };
  return { occurredAt: claimed };
}

/**
 * Returns when it happened. A yes: when the person gave it, by the device's clock if it can be
 * right (not in the future, not before the text that it agrees to). A no: when it was received,
 * with no regard to a device's clock.
 */
function timeOf(answer: Answer, writtenAt: Instant): { occurredAt: Instant; clamped?: true } {
  const { granted, givenAt, updatedAt, policyVersion } = answer;
  const received = receiptOf(updatedAt, writtenAt);
  if (!granted) return { ...notAfter(received, updatedAt ?? received), occurredAt: received };
  const published = Date.parse(policyVersion ?? '') - DAY_MS;
  if (givenAt !== undefined && givenAt < published && published <= received)
    return { occurredAt: received, clamped: true };
  return notAfter(received, givenAt ?? updatedAt ?? received);
}

export function stateOf(before: Pick<Answer, 'granted'> | null | undefined, after: Pick<Answer, 'granted'>): string {
  if (!after.granted) return before?.granted === true ? 'withdrawn' : 'refused';
  return before?.granted === true ? 'reconfirmed' : 'given';
}

/** The same answer to the same text, which nobody asked for again, is no decision. */
function isSame(before: Answer | null, after: Answer): boolean {
  if (before?.granted !== after.granted || before.policyVersion !== after.policyVersion) return false;
  return !(after.granted && before.askedAgain === true && after.updatedAt !== before.updatedAt);
}

/**
 * True if a document only shows an objection that the ledger has: the backend wrote this no
 * (consent/objection/record.ts). An answer of the app is newer than the mark.
 */
const showsObjection = ({ granted, objectedAt, updatedAt = -Infinity }: Answer): boolean =>
  !granted && objectedAt !== undefined && objectedAt >= updatedAt;

/** True if the person says yes anew after an objection: the same yes is another answer then. */
function endsObjection({ objectedAt = Infinity }: PurposeAnswers, before: Answer | null, after: Answer): boolean {
  const [was = -Infinity, is = -Infinity] = [before?.updatedAt, after.updatedAt];
  return after.granted && is > objectedAt && was <= objectedAt;
}

/** The facts that decide beside the event itself. */
export interface Deciding {
  readonly policy: Policy;
  readonly now: Instant;
  /** Keyed hash of the device id. */
  readonly device?: string | undefined;
}

/**
 * Decides how a change of a consent document is recorded (Art. 7(1): the controller must be able to
 * demonstrate each decision, and only decisions). The same answer as before is ignored. It is
 * decided from before and after, so that the order in which events arrive does not matter. A
 * document that is deleted while the account lives is a withdrawal (Art. 7(3)); one that an erasure
 * deletes is not. For a purpose that is not asked for, or no longer, a standing consent can be
 * taken back, and that is all.
 */
export function decideConsent(change: ConsentChange, head: Head, deciding: Deciding): Verdict {
  const needsConsent = isConsentPurpose(deciding.policy, change.purpose);
  const isOpen = needsConsent || (change.after?.granted !== true && stands(head.current[change.purpose]));
  if (!isOpen) return { reject: 'notAsked' };
  const verdict =
    change.after === null ? decideDeleted(change, head, deciding) : decideAnswer(change, change.after, head, deciding);
  return !needsConsent && 'ignore' in verdict ? { reject: 'notAsked' } : verdict;
}

function decideAnswer(change: ConsentChange, after: Answer, head: Head, deciding: Deciding): Verdict {
  const { purpose, writtenAt } = change;
  // The ledger has the objection itself.
  if (showsObjection(after)) return { ignore: true };
  if (head.erasing !== undefined) return { reject: 'late' };
  const answers = head.consents[purpose] ?? {};
  // No event tells the content before a document that the reconciliation found: the ledger does.
  const { reconciled = false } = change;
  if (reconciled && isKnown(answers, after)) return { ignore: true };
  const before = reconciled ? writtenBefore(answers) : countedBefore(change, deciding.policy);
  if (isSame(before, after) && !endsObjection(answers, before, after)) return { ignore: true };
  if (wasReconciled(answers, after) && !takesBackMore(answers, before, after)) return { ignore: true };
  const { granted, policyVersion, updatedAt } = after;
  const { occurredAt, clamped } = timeOf(after, writtenAt);
  const answered: Answered = { granted, at: occurredAt, state: stateOf(before, after), ...defined({ policyVersion }) };
  const draft: Draft = {
    ...answerFields(purpose, after, deciding),
    state: answered.state,
    actor: 'subject',
    ...defined({ clamped, reconciled: change.reconciled }),
    occurredAt,
    recordedAt: deciding.now,
  };
  const written = laterDocument(answers.written, after, receiptOf(updatedAt, writtenAt));
  const found = reconciled ? withReconciled(answers, updatedAt, deciding.now) : {};
  return conclude(head, deciding, {
    purpose,
    draft,
    answers: { ...answers, written, ...found },
    answered,
    by: 'subject',
    receivedAt: writtenAt,
  });
}

/** Is this a yes to a text that was not published when it was received? It counts as no answer. */
const isUnpublished = (policy: Policy, purpose: PurposeId, answer: Answer, receivedAt: Instant): boolean =>
  answer.granted && publishedNotice(policy, { purpose, ...answer }, receivedAt) === null;

/**
 * Returns the answer before, as a new one is compared with it. A yes to a text that was not
 * published was no answer: a yes that follows it is a decision, and the first. A no that follows it
 * takes back everything that was said. Nothing but the event decides, so that the order of events
 * does not matter.
 */
function countedBefore({ purpose, before, after, writtenAt }: ConsentChange, policy: Policy): Answer | null {
  if (before === null || after?.granted !== true) return before;
  // Only the mark was set or taken away: the same writing is the same answer, also after the text
  // has come out.
  if (after.updatedAt === before.updatedAt) return before;
  return isUnpublished(policy, purpose, before, before.updatedAt ?? writtenAt) ? null : before;
}

/** A document of consent that is gone: a withdrawal, unless an erasure took it. */
function decideDeleted(change: ConsentChange, head: Head, deciding: Deciding): Verdict {
  const { purpose, writtenAt } = change;
  const last = head.consents[purpose]?.subject;
  // The last content of the document cannot be read as an answer: the person's answer in the ledger
  // was taken away.
  const before: Answer | null = change.before ?? (last === undefined || last.at > writtenAt ? null : last);
  if (head.erasing !== undefined || before?.granted !== true) return { ignore: true };
  const { policyVersion, updatedAt } = before;
  // Not earlier than the answer that it takes back: events may tell whole seconds only.
  const at = receiptOf(updatedAt, writtenAt);
  const draft: Draft = {
    ...answerFields(purpose, before, deciding),
    state: 'withdrawn',
    actor: 'backend',
    reason: 'documentDeleted',
    occurredAt: at,
    recordedAt: deciding.now,
  };
  const known = head.consents[purpose];
  // A deletion that comes late is not the last that was written.
  const written = laterDocument(known?.written, { granted: false, ...defined({ policyVersion }) }, at);
  const answers = { ...known, written };
  const answered = { granted: false, at, state: 'withdrawn', ...defined({ policyVersion }) };
  return conclude(head, deciding, { purpose, draft, answers, answered, by: 'subject', receivedAt: writtenAt });
}

/**
 * Was this very document recorded without its event, by the reconciliation or by an officer's entry
 * (consent/letters/withdrawal.ts)? The event comes all the same.
 */
const wasReconciled = ({ reconciled = [] }: PurposeAnswers, { updatedAt }: Answer): boolean =>
  updatedAt !== undefined && reconciled.includes(updatedAt);

/**
 * Does the event of a no that the reconciliation found tell more than the ledger knows: that there
 * was a yes before it? Without that yes the no was recorded as a first one.
 */
const takesBackMore = (answers: PurposeAnswers, before: Answer | null, after: Answer): boolean =>
  !after.granted && before?.granted === true && answers.subject?.state === 'refused' && lastYes(answers) === -Infinity;

/** Is this document, or a later one, in the ledger? */
export const isKnown = ({ written }: PurposeAnswers, { updatedAt }: Answer): boolean =>
  updatedAt !== undefined && written !== undefined && written.at >= updatedAt;

/**
 * Returns the document before, as far as the ledger knows: with the mark if the person has been
 * asked again since.
 */
function writtenBefore({ written, askedAgainAt }: PurposeAnswers): Answer | null {
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

export function withReconciled(
  { reconciled = [] }: PurposeAnswers,
  updatedAt: Instant | undefined,
  now: Instant,
): Pick<PurposeAnswers, 'reconciled'> {
  if (updatedAt === undefined) return {};
  return { reconciled: [...reconciled.filter((at) => at > now - EVENTS_LIVE_MS), updatedAt] };
}

function laterDocument(
  known: PurposeAnswers['written'],
  { granted, policyVersion }: Answer,
  at: Instant,
): NonNullable<PurposeAnswers['written']> {
  if (known !== undefined && known.at > at) return known;
  return { at, granted, ...defined({ policyVersion }) };
}

interface Concluding {
  readonly purpose: PurposeId;
  readonly draft: Draft;
  /** The answers without the new one. */
  readonly answers: PurposeAnswers;
  readonly answered: Answered;
  readonly by: 'subject' | 'holder';
  /** When it was received, by a server's clock. */
  readonly receivedAt: Instant;
}

/**
 * Puts an answer among those of its purpose: the state of the entry, the head afterwards, and
 * the cost. Every yes of everybody goes through here, however it came. A yes to a text that
 * was not published when it was received is none.
 */
export function conclude(
  head: Head,
  { policy, now }: Deciding,
  { purpose, draft, answers, answered, by, receivedAt }: Concluding,
): Verdict {
  if (answered.granted && publishedNotice(policy, { ...draft, purpose }, receivedAt) === null)
    return { reject: 'unpublished' };
  const known = answers[by];
  const budget = spend(head.budget, 'consent', now, draft.holder);
  // An answer that takes something back is recorded, however much was spent.
  const takesBack = !answered.granted && known?.granted !== false;
  if (budget === null && !takesBack) return { reject: 'overBudget' };
  const next = withAnswer(answers, by, answered);
  const patch = { ...patchOf(policy, head, { [purpose]: next }, now), ...(budget === null ? {} : { budget }) };
  const becameCurrent = next[by] === answered;
  const derived = derive(next, head.protection, now);
  const pending =
    answered.granted && (becameCurrent ? !stands(derived?.state) : protectionAt(head.protection, now) !== undefined);
  // A yes from before the person was asked again, or objected, stood in its time, and an entry says
  // when that ended. A holder's yes after the objection waits for the person's. A child's yes that
  // comes after it has grown up only waited.
  const isObjected = derived?.state === 'objected' && draft.occurredAt <= derived.since;
  const wasAskedAgain = derived?.state === 'expired' && next.askedSilently !== true;
  const state = pending && !wasAskedAgain && !isObjected ? 'pending' : answered.state;
  const effectiveAt =
    becameCurrent && answered.granted && !isObjected && derived !== null && derived.since > draft.occurredAt
      ? { effectiveAt: derived.since }
      : {};
  // The answer itself, of which the state says only that another one is waited for.
  const waiting = state === 'pending' ? { answer: answered.state } : {};
  return { record: { ...draft, state, ...waiting, ...effectiveAt }, patch, becameCurrent };
}

/**
 * One answer of a holder of parental responsibility, or of a guardian, for the person in their
 * care.
 */
export interface HolderAnswer {
  readonly purpose: PurposeId;
  readonly granted: boolean;
  /** Pseudonym of the acting holder. */
  readonly holder: string;
  readonly policyVersion: string;
  readonly source: string;
  readonly locale?: string | undefined;
  readonly appVersion?: string | undefined;
}

/**
 * Finds the power by which somebody may answer for the person at a moment; null: they may not. They
 * are among those who decide with or for the person, and their power lets them. A person who
 * decides alone has nobody who answers.
 *
 * @param pseudonyms theirs, under every key that there is
 */
export function powerToAnswer(
  policy: Pick<Policy, 'powers'>,
  { protection, powers = [] }: Pick<Head, 'protection' | 'powers'>,
  pseudonyms: readonly string[],
  now: Instant,
): HeldPower | null {
  const isNamed = (protectionAt(protection, now)?.holders ?? []).some(
    ({ holder, from, until }) => pseudonyms.includes(holder) && from <= now && (until === undefined || until > now),
  );
  const theirs = powers.filter(({ holder }) => holder !== undefined && pseudonyms.includes(holder));
  const found = strongest(policy, theirs, { right: 'consents', now });
  return isNamed && found !== null && found.ruling.may !== 'no' ? found.power : null;
}

/**
 * Decides how the answer of a holder of parental responsibility is recorded (Art. 8; loi
 * Informatique et Libertés, art. 45). Under the policy's age a consent stands once child and holder
 * agree, and either takes it back at once. The answer that stands already is ignored.
 */
export function decideHolder(answer: HolderAnswer, head: Head, deciding: Deciding): Verdict {
  if (head.erasing !== undefined) return { reject: 'late' };
  const { purpose, granted, holder, policyVersion } = answer;
  const { now } = deciding;
  const answers = head.consents[purpose] ?? {};
  const known = answers.holder;
  const asked = answers.askedAgainAt ?? -Infinity;
  if (known?.granted === granted && known.policyVersion === policyVersion && known.at > asked) return { ignore: true };
  const state = stateOf(known, answer);
  const draft: Draft = {
    ...answerFields(purpose, defined(answer), deciding),
    state,
    actor: 'holder',
    holder,
    occurredAt: now,
    recordedAt: now,
  };
  return conclude(head, deciding, {
    purpose,
    draft,
    answers,
    answered: { granted, at: now, state, policyVersion },
    by: 'holder',
    receivedAt: now,
  });
}

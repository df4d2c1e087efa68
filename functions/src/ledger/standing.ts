import type { Answered, Head, HeadPatch, PurposeAnswers } from './chain.ts';
import type { Protection } from './entry.ts';
import { defined } from '../platform/defined.ts';
import type { Instant } from '../platform/time.ts';
import { addPeriod } from '../policy/calendar.ts';
import { endsAccount, reconsentPeriod } from '../policy/lookup.ts';
import type { Effect, Policy, PurposeId } from '../policy/schema.ts';
import { firstAsked, textName } from '../policy/versions/inForce.ts';

/**
 * Derives the state that applies from the latest answer of each deciding person. The times of the
 * answers decide, and the order in which their events arrive does not. A no counts before a yes of
 * the same moment.
 */

/** The parts of a policy that say on which consent an account rests, and since when. */
type ServicePolicy = Pick<Policy, 'purposes' | 'controller' | 'version' | 'notices' | 'changes'>;

const STANDING: ReadonlySet<string | undefined> = new Set(['given', 'reconfirmed']);

/** Does a consent stand, given the ledger's current state of it? */
export const stands = (state: string | undefined): boolean => STANDING.has(state);

/**
 * Does this state end data that rest on the consent alone (Art. 17(1)(b)), or that the person
 * objects to (Art. 17(1)(c))? Only a no of a deciding person does. A consent that is asked again
 * (`expired`) or that waits for a second agreement (`pending`) is used for nothing meanwhile, and
 * the data collected under it stay. The person has not taken it back, and may give it again.
 */
export const isTakenBack = (state: string | undefined): boolean =>
  state === 'withdrawn' || state === 'refused' || state === 'objected';

/**
 * Returns the consent whose withdrawal ends the account, and since when; null if none does. The
 * person's own no decides, from the time of that answer on. A yes of a holder after it takes
 * nothing back. After a no of a holder alone, or one that an officer entered and nobody proved, the
 * use stops and nothing is erased. A no from before the version that first asks counts for nothing:
 * no account rested on that consent.
 */
export function serviceWithdrawn(
  policy: ServicePolicy,
  { current, consents }: Pick<Head, 'current' | 'consents'>,
): { readonly purpose: PurposeId; readonly since: Instant } | null {
  for (const [purpose, { subject }] of Object.entries(consents))
    if (isOwnNo(subject) && !stands(current[purpose]) && restsOn(policy, purpose, subject.at))
      return { purpose, since: subject.at };
  return null;
}

/** A no that the person said in the app, signed in. */
const isOwnNo = (answer: Answered | undefined): answer is Answered =>
  answer?.granted === false && answer.entered !== true;

/** A no in the name of the person, which nobody proved to be theirs. */
export const isEnteredNo = (answer: Answered | undefined): boolean =>
  answer?.granted === false && answer.entered === true;

/** Did the account rest on this consent at a moment? */
function restsOn(policy: ServicePolicy, purpose: PurposeId, at: Instant): boolean {
  const asked = endsAccount(policy, purpose) ? firstAsked(policy, purpose) : undefined;
  return asked !== undefined && !asked.isDraft && at >= (asked.from ?? -Infinity);
}

/**
 * Returns the later of two answers of the same person; at the same moment a no wins, and otherwise
 * the one that was recorded last.
 */
export function later(known: Answered | undefined, answer: Answered): Answered {
  if (known === undefined || answer.at > known.at) return answer;
  if (answer.at < known.at) return known;
  return known.granted || !answer.granted ? answer : known;
}

/** When the person last said yes, as far as answers tell; -Infinity: never. */
export const lastYes = ({ subject, agreedAt: before = -Infinity }: PurposeAnswers): Instant =>
  Math.max(before, subject?.granted === true ? subject.at : -Infinity);

/** Did the actor of an answer say yes to this purpose, at some time? */
const saidYes = (answer: Answered | undefined): boolean => answer?.granted === true || answer?.state === 'withdrawn';

/**
 * True if a consent has stood at some time, as far as the head tells. One that only ever waited for
 * a second agreement was used for nothing.
 */
export function hasStood({ consents, protection }: Pick<Head, 'consents' | 'protection'>, purpose: PurposeId): boolean {
  const answers = consents[purpose] ?? {};
  const [yes, hasHolders] = [lastYes(answers), saidYes(answers.holder)];
  const hasOwn = yes > -Infinity || saidYes(answers.subject);
  if (protection === undefined) return hasOwn || hasHolders;
  const { mode, since, until = Infinity } = protection;
  const isAlone = yes > -Infinity && (yes < since || yes >= until);
  return isAlone || (hasHolders && (mode === 'holder' || hasOwn));
}

/**
 * Puts an answer among those of its purpose. A yes of the person ends an objection from before it;
 * a no leaves it as it is.
 */
export function withAnswer(known: PurposeAnswers, by: 'subject' | 'holder', answered: Answered): PurposeAnswers {
  const answers = { ...known, [by]: later(known[by], answered) };
  if (by === 'holder') return answers;
  const yes = Math.max(lastYes(known), answered.granted ? answered.at : -Infinity);
  return settled(answers, yes);
}

/** Puts an objection among the answers (Art. 21); one that a later yes has ended is none. */
export const withObjection = (known: PurposeAnswers, at: Instant): PurposeAnswers =>
  settled({ ...known, objectedAt: Math.max(at, known.objectedAt ?? -Infinity) }, lastYes(known));

/** Leaves out an objection from before the last yes, and a yes from before a later one. */
function settled(answers: PurposeAnswers, yes: Instant): PurposeAnswers {
  const { subject, objectedAt } = answers;
  const isOver = objectedAt !== undefined && objectedAt < yes;
  const isOlder = subject?.granted === false && yes > -Infinity;
  return defined({
    ...answers,
    objectedAt: isOver ? undefined : objectedAt,
    agreedAt: isOlder ? yes : undefined,
  });
}

/** The protection that counts at a moment: one that is over by its date no longer does. */
export const protectionAt = (protection: Protection | undefined, now: Instant): Protection | undefined =>
  protection?.until !== undefined && protection.until <= now ? undefined : protection;

/**
 * Returns the state of one purpose and since when it applies; null if nobody answered.
 *
 * - An objection applies until the person says yes again (Art. 21(3)); no other no ends it.
 * - If the latest answer is a no, it applies at once, whoever gave it (Art. 7(3); loi Informatique
 * et Libertés, art. 45).
 * - A yes stands once all necessary agreements are there; until then it is `pending`.
 * - A yes from before the person was to be asked again no longer counts: `expired`.
 *
 * @param protection of the person; if its last day is over at `now`, the person decides alone, and
 * is asked again
 */
export function derive(
  { subject, holder, askedAgainAt, objectedAt }: PurposeAnswers,
  protection: Protection | undefined,
  now: Instant,
): { state: string; since: Instant } | null {
  if (objectedAt !== undefined) return { state: 'objected', since: objectedAt };
  const active = protectionAt(protection, now);
  const ended = active === undefined && protection?.reason === 'age' ? protection.until : undefined;
  const asked = Math.max(askedAgainAt ?? -Infinity, ended ?? -Infinity);
  const answers = [subject, active && holder].filter((answer) => answer !== undefined);
  const last = answers.reduce<Answered | undefined>((a, b) => (a === undefined ? b : later(a, b)), undefined);
  // Somebody else agreed for the person and no longer decides: the person is asked.
  if (last === undefined)
    return holder?.granted === true ? { state: 'expired', since: Math.max(asked, holder.at) } : null;
  if (!last.granted) return { state: last.state, since: last.at };

  const fresh = (answer: Answered | undefined): boolean => answer?.granted === true && answer.at > asked;
  const needed = active === undefined ? [subject] : active.mode === 'both' ? [subject, holder] : [holder];
  const refuses = active !== undefined && subject?.granted === false;
  if (needed.every(fresh) && !refuses)
    return { state: last.state, since: Math.max(...needed.flatMap((answer) => answer?.at ?? [])) };
  if (answers.some(fresh)) {
    const at = Math.max(...answers.filter(fresh).map((answer) => answer.at));
    return { state: 'pending', since: Math.max(at, active?.since ?? -Infinity) };
  }
  return { state: 'expired', since: asked };
}

/** The part of a head that follows from standings. */
interface States extends Required<Pick<Head, 'consents' | 'current' | 'since'>> {
  readonly agreedTo: readonly string[] | undefined;
  /** Since when the first consent counts that will be asked again; undefined: none counts. */
  readonly countsSince: Instant | undefined;
}

/** Returns the states of a head after standings changed. Needs the answers, and no policy. */
export function statesAfter(
  head: Pick<Head, 'consents' | 'current' | 'since' | 'protection'>,
  changed: Readonly<Record<PurposeId, PurposeAnswers>>,
  now: Instant,
): States {
  const consents = { ...head.consents, ...changed };
  const current = { ...head.current };
  const since = { ...head.since };
  for (const [purpose, answers] of Object.entries(changed)) {
    const derived = derive(answers, head.protection, now);
    if (derived === null) continue;
    current[purpose] = derived.state;
    since[purpose] = derived.since;
  }
  const counting = Object.keys(current).filter((purpose) => isCounted(current[purpose]));
  const first = Math.min(...counting.map((purpose) => since[purpose] ?? Infinity));
  const texts = counting.flatMap((purpose) =>
    versionsOf(consents[purpose]).map((version) => textName(purpose, version)),
  );
  const countsSince = Number.isFinite(first) ? first : undefined;
  const agreedTo = texts.length === 0 ? undefined : [...new Set(texts)].sort();
  return { consents, current, since, countsSince, agreedTo };
}

/**
 * Returns what new standings change in the head: their states, and when the first of all consents
 * is to be asked again.
 */
export function patchOf(
  policy: Policy,
  head: Head,
  changed: Readonly<Record<PurposeId, PurposeAnswers>>,
  now: Instant,
): HeadPatch {
  const { countsSince, ...states } = statesAfter(head, changed, now);
  const { timeZone } = policy.controller;
  const due = Object.entries(states.since).flatMap(([purpose, since]) =>
    isCounted(states.current[purpose]) ? [addPeriod(since, reconsentPeriod(policy, purpose), timeZone)] : [],
  );
  return { ...states, askAgainAt: countsSince === undefined ? undefined : Math.min(...due) };
}

/**
 * Returns the standings that change because somebody else decides with or for a person from now on,
 * or does no longer. At the age from which a person decides alone, standing consents are asked
 * again. An earlier agreement whose event comes after that age does not count.
 *
 * @param head before the change
 * @param next who decides now; undefined: the person alone
 * @param purposes those that the policy asks for
 */
export function answersUnder(
  head: Pick<Head, 'consents' | 'current' | 'protection'>,
  next: Protection | undefined,
  now: Instant,
  purposes: readonly PurposeId[],
): Record<PurposeId, PurposeAnswers> {
  const known = head.protection;
  const grownUp = next === undefined && known?.reason === 'age';
  const askedAgainAt = grownUp ? Math.min(known.until ?? now, now) : now;
  const changed: Record<PurposeId, PurposeAnswers> = {};
  for (const purpose of new Set([...purposes, ...Object.keys(head.current)])) {
    const answers = head.consents[purpose] ?? {};
    if (isCounted(head.current[purpose])) {
      const orphaned = next === undefined && answers.subject?.granted !== true;
      changed[purpose] = grownUp || orphaned ? askedAgain(answers, askedAgainAt) : answers;
    } else if (grownUp) changed[purpose] = { ...answers, askedAgainAt, askedSilently: true };
  }
  return changed;
}

/** True for a consent that stands, or waits for a second agreement. */
export const isCounted = (state: string | undefined): boolean => stands(state) || state === 'pending';

/** The versions that somebody agreed to. */
const versionsOf = (answers: PurposeAnswers | undefined): string[] =>
  [answers?.subject, answers?.holder].flatMap((answer) =>
    answer?.granted === true && answer.policyVersion !== undefined ? [answer.policyVersion] : [],
  );

/** The oldest version that a standing consent rests on. */
const versionOf = (answers: PurposeAnswers | undefined): string | undefined => versionsOf(answers).sort()[0];

/** Returns the answers of a consent that is asked again, with an entry that says so. */
export const askedAgain = (answers: PurposeAnswers | undefined, askedAgainAt: Instant): PurposeAnswers =>
  defined({ ...answers, askedAgainAt, askedSilently: undefined });

/** The use of a person's data in another system that several consents together allow. */
export interface Allowed {
  /** The person may be in its address book. */
  readonly contact: boolean;
  /** The person may be written to. */
  readonly messages: boolean;
  /** Since when: the newest of the answers that allow messages. */
  readonly messagesSince?: Instant;
}

/**
 * Returns the use that the ledger's current states allow a system now. Consents that steer the same
 * contact are decided together: a person that refused messages is not written to again because of
 * another answer (Art. 7(3), 21(3)).
 *
 * @param consents the answers, which tell the versions of their texts
 */
export function allowedIn(
  policy: Policy,
  system: string,
  { current, since = {}, consents = {} }: Pick<Head, 'current'> & Partial<Pick<Head, 'since' | 'consents'>>,
): Allowed {
  const isAllowed = (purpose: PurposeId, { before }: Effect): boolean =>
    before === undefined || (versionOf(consents[purpose]) ?? before) < before;
  const granted = (change: Effect['change']): PurposeId[] =>
    Object.entries(policy.purposes).flatMap(([purpose, { effects = [] }]) =>
      stands(current[purpose]) &&
      effects.some((e) => e.system === system && e.change === change && isAllowed(purpose, e))
        ? [purpose]
        : [],
    );
  const writing = granted('messages');
  const messages = writing.length > 0;
  const contact = messages || granted('contact').length > 0;
  const newest = Math.max(...writing.map((purpose) => since[purpose] ?? -Infinity));
  return { contact, messages, ...(Number.isFinite(newest) ? { messagesSince: newest } : {}) };
}

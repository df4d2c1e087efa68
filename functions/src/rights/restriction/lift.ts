import { defined } from '../../platform/defined.ts';
import { isOpen } from '../../jobs/advance.ts';
import { fromDocument, jobRef } from '../../jobs/store.ts';
import type { OrderedBy } from '../../ledger/entry.ts';
import { latestHead } from '../../ledger/find.ts';
import {
  NAME_OF,
  restrictionsOf,
  type SeenRestriction,
  type StatedRestriction,
  type WhichRestriction,
} from '../../ledger/restriction/stated.ts';
import { isRestricted } from '../../ledger/restriction/scope.ts';
import { stands } from '../../ledger/standing.ts';
import { canMail } from '../../messages/mail.ts';
import { liftText } from '../../messages/restriction.ts';
import type { NoticeText } from '../../messages/send.ts';
import { dropTasks } from '../../officerTasks/store.ts';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { noticeLanguage } from '../../policy/notices.ts';
import type { PurposeId } from '../../policy/schema.ts';
import { endOfErasureEverywhere } from '../../rectification/restricted.ts';
import { loadRequest, personRef, refOfRecord, type RequestRecord, type RequestRef } from '../../requests/store.ts';
import { countryOfProfile, localeOf } from '../../subject/locale.ts';
import type { Language } from '../../texts/languages.ts';
import { addressOfPerson } from '../answers/find.ts';
import { earliestEnd, liftJob, othersOf, overJob, pausedBy, recipientJob } from './plan.ts';
import { carryOut, stoppedIn, stoppedPurposes, type RestrictionSet } from './set.ts';

/**
 * Lifts restrictions (Art. 18(3)), in two steps: the end is announced to the person; when the
 * message has left and its day has come, a job ends the restriction. Nothing ends silently.
 */

/**
 * Why nothing is lifted. `unknown`: no restriction of this name runs. `ofErasure`: an erasure
 * brought it, and ends it. `announced`: its end is announced already. `tooSoon`: the day leaves no
 * time to tell the person before. `untold`: no message reaches the person by itself.
 */
export type LiftRefusal = 'unknown' | 'ofErasure' | 'announced' | 'tooSoon' | 'untold';

/** An officer's order to lift a restriction. */
export interface LiftOrder {
  /** From when on the data are used again; absent: as soon as the policy's notice allows. */
  readonly from?: Instant | undefined;
  readonly words?: string | undefined;
  readonly language?: Language | undefined;
  /** The officer sends the letter by post. */
  readonly byPost?: true;
}

/** The letter of a lift, and the ways on which the person gets it. */
export interface PlannedLift extends NoticeText {
  readonly from: Instant;
  readonly language: Language;
  readonly app: boolean;
  readonly mail: boolean;
}

type Planned =
  { readonly ok: true; readonly lift: PlannedLift } | { readonly ok: false; readonly because: LiftRefusal };

/** The person's own document of the request that a restriction answers; null if there is none. */
export async function documentOf(
  context: Context,
  uid: string,
  { request }: Pick<StatedRestriction, 'request'>,
): Promise<{ readonly ref: RequestRef; readonly record: RequestRecord } | null> {
  const record = request === undefined ? null : await loadRequest(context, request);
  if (request === undefined || record === null) return null;
  const ref = await refOfRecord(context, uid, request, record);
  return (await personRef(context.clients.app(), ref).get()).exists ? { ref, record } : null;
}

/** Plans a lift: nothing is written. Costs a few reads, and a call to Auth. */
export async function planLift(context: Context, { uid, name }: WhichRestriction, order: LiftOrder): Promise<Planned> {
  const { policy } = context;
  const { all } = await restrictionsOf(context, uid);
  const current = all.get(name);
  if (current === undefined) return { ok: false, because: 'unknown' };
  if (current.job !== undefined) return { ok: false, because: 'ofErasure' };
  const earliest = earliestEnd(policy, context.now());
  const { from = earliest, words } = order;
  if (from < earliest) return { ok: false, because: 'tooSoon' };
  const language = order.language ?? noticeLanguage(policy, await localeOf(context, uid)).language;
  const country = await countryOfProfile(context, uid);
  const still = await stillStopped(context, { uid, name }, current, from);
  const notice = { since: current.since, from, purposes: pausedBy(policy, current), still, words, country };
  const text = liftText(policy, notice, language);
  const app = (await documentOf(context, uid, current)) !== null;
  const { chain } = await latestHead(context, uid);
  const mail = canMail(context) && (await addressOfPerson(context, { uid, pseudonym: chain })) !== undefined;
  return { ok: true, lift: { ...text, from, language, app, mail } };
}

/**
 * Announces the end of a restriction: a job tells the person, and ends it afterwards. It goes on
 * until then. Ordered again with the same day, it changes nothing.
 */
export async function announceLift(
  context: Context,
  of: WhichRestriction,
  { from, language, app, mail }: PlannedLift,
  { words, byPost }: Pick<LiftOrder, 'words' | 'byPost'>,
  by: OrderedBy,
): Promise<{ readonly ok: true } | { readonly ok: false; readonly because: LiftRefusal }> {
  if (!app && !mail && byPost === undefined) return { ok: false, because: 'untold' };
  const { policy } = context;
  const seen: { because: LiftRefusal } = { because: 'unknown' };
  const { changed } = await carryOut(context, of, ({ current, now }) => {
    if (current?.job !== undefined) seen.because = 'ofErasure';
    if (current?.liftsAt === from) seen.because = 'announced';
    if (current === undefined || current.job !== undefined || current.liftsAt === from) return null;
    const lifting = { at: now, language, ...defined({ words, byPost }) };
    const next = { ...current, liftsAt: from, lifting };
    return { change: { next, ...by }, jobs: (chain) => [liftJob(policy, { ...of, chain }, next, now)] };
  });
  if (changed) context.log.info('the end of a restriction is announced', { from: new Date(from).toISOString() });
  return changed ? { ok: true } : { ok: false, because: seen.because };
}

/** The way on which the machine tells a person that a pause ends. */
interface PauseEnd {
  /** When the answer to their request told the person; absent: a message does. */
  readonly toldAt?: Instant | undefined;
  /** The day that the answer named; the end never comes sooner. */
  readonly from?: Instant | undefined;
}

/**
 * Ends the pause of an objection that was refused, or taken back: its end is announced. If another
 * objection has ended its purposes, it ends at once: nothing begins again. If nothing can reach the
 * person, its job stops (`restriction.untold`), and nothing ends. Runs twice harmlessly.
 */
export async function endPause(
  context: Context,
  of: WhichRestriction,
  { toldAt, from = 0 }: PauseEnd = {},
): Promise<void> {
  const { policy } = context;
  await endUpheld(context, of, toldAt);
  await carryOut(context, of, ({ current, now }) => {
    if (current === undefined || current.job !== undefined || current.lifting !== undefined) return null;
    const liftsAt = Math.max(from, earliestEnd(policy, now));
    const next = { ...current, liftsAt, lifting: { at: now, ...defined({ toldAt }) } };
    return { change: { next, actor: 'backend' }, jobs: (chain) => [liftJob(policy, { ...of, chain }, next, now)] };
  });
}

/**
 * Ends the restriction of an objection that was upheld. Its purposes have stopped for good, so no
 * recipient is told that their use goes on, and nobody asks for the pause any more. A purpose to
 * which the person has said yes since goes on, as the answer told them. One with a wider scope
 * stays, since that use would begin again.
 *
 * @param toldAt when the answer told the person
 */
export async function endUpheld(context: Context, of: WhichRestriction, toldAt?: Instant): Promise<void> {
  const { policy } = context;
  const { current: states, since } = (await latestHead(context, of.uid)).head;
  const stopped = stoppedIn(states);
  const begun: { job?: string | undefined } = {};
  await carryOut(context, of, ({ current, name, all, now }) => {
    if (current?.purposes === undefined) return null;
    const isOver = (id: PurposeId): boolean =>
      stopped.includes(id) || (stands(states[id]) && (since[id] ?? -Infinity) > current.since);
    if (!current.purposes.every(isOver)) return null;
    const jobs = (chain: string) => {
      begun.job = recipientJob(policy, { ...of, chain }, current, 'begun', now)?.id;
      return [overJob(policy, { ...of, chain }, current, { others: othersOf(all, name), stopped }, now)];
    };
    return { change: { next: null, actor: 'backend', toldAt }, jobs };
  });
  // After a crash before this, the job itself drops its tasks within a day.
  if (begun.job !== undefined) await dropTasks(context, begun.job, context.now());
}

/**
 * Returns the purposes of a restriction that something else still stops when it ends: another one
 * that goes on beyond that day, or an objection. 4 reads.
 */
export async function stillStopped(
  context: Context,
  { uid, name }: WhichRestriction,
  restriction: Pick<StatedRestriction, 'purposes' | 'except'>,
  from: Instant,
): Promise<PurposeId[]> {
  const { policy } = context;
  const { all } = await restrictionsOf(context, uid);
  const paused = pausedBy(policy, restriction) ?? Object.keys(policy.purposes);
  const others = othersOf(all, name).filter(({ liftsAt = Infinity }) => liftsAt > from);
  const stopped = await stoppedPurposes(context, uid);
  return paused.filter((id) => isRestricted(others, id) || stopped.includes(id));
}

/** The outcome of an end without an announcement of ours. */
export interface RestrictionEnded extends RestrictionSet {
  /** An erasure that is open restricts the person: it lifts that itself, and nothing changed. */
  readonly isOfErasure: boolean;
}

/**
 * Ends a restriction at once: somebody else has told the person before (Art. 18(3)). A document
 * that somebody else wrote goes with it, and so does the restriction of an erasure that is over:
 * nothing else would end that.
 *
 * @throws ForgedJobError if somebody else wrote the job of the erasure
 */
export async function endRestriction(
  context: Context,
  of: WhichRestriction,
  by: OrderedBy & { readonly toldAt?: Instant },
): Promise<RestrictionEnded> {
  const { policy } = context;
  const erasure: { job?: string | undefined; isOpen: boolean } = { isOpen: false };
  const stopped = await stoppedPurposes(context, of.uid);
  const outcome = await carryOut(context, of, async ({ current, name, all, isForged, now, tx }) => {
    const job = current === undefined ? all.get(NAME_OF.erasure)?.job : undefined;
    erasure.isOpen = job !== undefined && (await isOpenJob(context, job, tx));
    erasure.job = job;
    if (current === undefined && !isForged) return null;
    const others = othersOf(all, name);
    const jobs = (chain: string) => [
      current && overJob(policy, { uid: of.uid, name, chain }, current, { others, stopped }, now),
    ];
    return { change: { next: null, ...by }, jobs };
  });
  const { job, isOpen: isOfErasure } = erasure;
  if (job === undefined || isOfErasure) return { ...outcome, isOfErasure };
  await endOfErasureEverywhere(context, of.uid, job);
  return { ...outcome, changed: true, isOfErasure };
}

async function isOpenJob({ clients, keys }: Context, id: string, tx: SeenRestriction['tx']): Promise<boolean> {
  const data = (await tx.get(jobRef(clients.own(), id))).data();
  return data !== undefined && isOpen(fromDocument(id, data, keys));
}

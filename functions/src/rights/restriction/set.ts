import { addJob, enqueueJob } from '../../jobs/store.ts';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { Head } from '../../ledger/chain.ts';
import type { OrderedBy } from '../../ledger/entry.ts';
import { latestHead } from '../../ledger/find.ts';
import type { RestrictionChange, SeenRestriction, WhichRestriction } from '../../ledger/restriction/stated.ts';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import type { PurposeId } from '../../policy/schema.ts';
import { changeRestrictionEverywhere } from '../../rectification/restricted.ts';
import { isUid } from '../../subject/identity.ts';
import {
  isSameOrder,
  liftJob,
  othersOf,
  overJob,
  problemsOf,
  recipientJob,
  statedBy,
  type RestrictionOrder,
} from './plan.ts';

/** Sets restrictions of processing (Art. 18), as officers and the app's servers order them. */

/** A restriction that was ordered. */
export interface RestrictionSet {
  /** False: everything was so before. */
  readonly changed: boolean;
  /** True: the person is erased, and nothing was set. */
  readonly isErased: boolean;
}

/** Returns the purposes that have stopped for a person, since they object to them. 1 read. */
export async function stoppedPurposes(context: Context, uid: string): Promise<PurposeId[]> {
  return stoppedIn((await latestHead(context, uid)).head.current);
}

/** Returns those of the purposes of a head to which the person objects. */
export const stoppedIn = (states: Head['current']): PurposeId[] =>
  Object.keys(states).filter((id) => states[id] === 'objected');

/** The changes of one order, and the jobs that it begins. */
interface Carried {
  readonly change: RestrictionChange;
  readonly jobs: (chain: string) => readonly (JobPlan | undefined)[];
}

/**
 * Carries a change and its jobs out: in one transaction. A process that dies before it has enqueued
 * them leaves that to `tick`.
 */
export async function carryOut(
  context: Context,
  of: WhichRestriction,
  decide: (seen: SeenRestriction) => Promise<Carried | null> | Carried | null,
): Promise<RestrictionSet> {
  let begun: readonly JobPlan[] = [];
  const outcome = await changeRestrictionEverywhere(context, of, async (seen) => {
    begun = [];
    const carried = await decide(seen);
    if (carried === null) return null;
    const { change, jobs } = carried;
    return {
      ...change,
      also: (tx, { chain }) => {
        begun = jobs(chain).flatMap((job) => job ?? []);
        for (const job of begun) addJob(tx, context, job);
      },
    };
  });
  for (const job of begun) await enqueueJob(context, job);
  return outcome;
}

/**
 * Restricts the processing of a person's data (Art. 18), or changes the scope of a restriction that
 * runs under the same name. An announced end of it is off then, if an officer orders it. Recipients
 * are told (Art. 19), also those of a purpose that a narrower scope lets go. The same order twice
 * changes nothing.
 *
 * @throws ComplianceError `restriction.order` with everything that is wrong with it. `seal.broken`
 *   if the restriction stands, and no chain could record it: the same order again does, once the
 *   chain is mended
 */
export async function setRestriction(
  context: Context,
  order: RestrictionOrder,
  by: OrderedBy,
): Promise<RestrictionSet> {
  const { policy } = context;
  const { uid, name: today, olderNames } = order;
  const problems = problemsOf(policy, order, context.now());
  const all = [...(isUid(uid) ? [] : ['this is not a uid of Firebase Auth']), ...problems.map(({ text }) => text)];
  if (all.length > 0) throw new ComplianceError('restriction.order', all.join('; '));
  const outcome = await carryOut(context, { uid, name: today, olderNames }, async (seen) => {
    const { current, name, all: running, isRight, now } = seen;
    const asked = statedBy(order, current, { ...by, now });
    if (isRight && current !== undefined && isSameOrder(current, asked, by.actor)) return null;
    // No chain has recorded it, so nobody was told: as if it was ordered now.
    const next = isRight || current === undefined ? asked : { ...asked, at: Math.max(now, current.at + 1) };
    const isAnnounced = next.lifting?.at !== current?.lifting?.at;
    const isNews = next.at !== current?.at;
    // A scope that was told before: a purpose that it no longer stops is over.
    const former = isNews && isRight ? current : undefined;
    const stopped = former === undefined ? [] : await stoppedPurposes(context, uid);
    const jobs = (chain: string) => {
      const of = { uid, name, chain };
      const others = [...othersOf(running, name), next];
      return [
        former && overJob(policy, of, former, { others, stopped }, now),
        isNews ? recipientJob(policy, of, next, 'begun', now) : undefined,
        isAnnounced ? liftJob(policy, of, next, now) : undefined,
      ];
    };
    return { change: { next, ...by }, jobs };
  });
  const purposes = order.purposes?.join(' ') ?? 'all';
  if (outcome.changed) context.log.info('processing restricted', { purposes, ground: order.ground ?? 'unnamed' });
  return outcome;
}

import { addJob, enqueueJob } from '../../jobs/store.ts';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { OrderedBy } from '../../ledger/entry.ts';
import { changeRestriction, type RestrictionChange, type WhichRestriction } from '../../ledger/restriction/stated.ts';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { isUid } from '../../subject/identity.ts';
import { isSameOrder, liftJob, problemsOf, recipientJob, statedBy, type RestrictionOrder } from './plan.ts';

/** Sets restrictions of processing (Art. 18), as officers and the app's servers order them. */

/** A restriction that was ordered. */
export interface RestrictionSet {
  /** False: everything was so before. */
  readonly changed: boolean;
  /** True: the person is erased, and nothing was set. */
  readonly isErased: boolean;
}

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
  decide: (...seen: Parameters<Parameters<typeof changeRestriction>[2]>) => Promise<Carried | null> | Carried | null,
): Promise<RestrictionSet> {
  let begun: readonly JobPlan[] = [];
  const outcome = await changeRestriction(context, of, async (seen) => {
    begun = [];
    const carried = await decide(seen);
    if (carried === null) return null;
    const { change, jobs } = carried;
    return {
      ...change,
      also: (tx, chain) => {
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
 * runs under the same name: an announced end of it is off then, if an officer orders it. Recipients
 * are told (Art. 19). The same order twice changes nothing.
 *
 * @throws ComplianceError `restriction.order` with everything that is wrong with it; `seal.broken`
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
  const outcome = await carryOut(context, { uid, name: today, olderNames }, ({ current, name, isRight, now }) => {
    const asked = statedBy(order, current, { ...by, now });
    if (isRight && current !== undefined && isSameOrder(current, asked, by.actor)) return null;
    // No chain has recorded it, so nobody was told: as if it was ordered now.
    const next = isRight || current === undefined ? asked : { ...asked, at: Math.max(now, current.at + 1) };
    const isAnnounced = next.lifting?.at !== current?.lifting?.at;
    const isNews = next.at !== current?.at;
    const jobs = (chain: string) => {
      const of = { uid, name, chain };
      return [
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

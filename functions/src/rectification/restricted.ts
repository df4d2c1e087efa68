import type { JobPlan } from '../jobs/catalog.ts';
import { addJob, enqueueJob } from '../jobs/store.ts';
import { erasureOf, type Head } from '../ledger/chain.ts';
import type { Ending } from '../ledger/restrain.ts';
import { changeRestriction, endOfErasure, type RestrictionChanged } from '../ledger/restriction/stated.ts';
import type { Context } from '../platform/context.ts';
import { eventKey } from '../platform/intake.ts';
import { DAY_MS, type Instant } from '../platform/time.ts';
import { purposesWithEffect } from '../policy/lookup.ts';
import { restrictedJobs } from './job.ts';

/**
 * Carries the beginning and the end of a restriction to other systems (Art. 18, 19). Every change
 * of restrictions goes through here, so that its jobs are written in its transaction: an event of
 * the document can be lost.
 */

/**
 * How long a change may take to reach another company before it is late: without undue delay, and
 * no later than two days.
 */
export const EFFECT_WITHIN_MS = 2 * DAY_MS;

/** One version of the restrictions of a person, and the chain that knows it. */
export interface RestrictionVersion {
  readonly uid: string;
  readonly chain: string;
  readonly head: Head;
  /** When this version was stated; of one that no chain knows, the event that told of it. */
  readonly at: Instant | string;
}

/**
 * Makes the jobs that tell other systems that a restriction of somebody's processing began or ended
 * (Art. 18). There is one for each system that an answer of theirs has reached, none once an
 * erasure has begun. Their content is decided when they run. The same version makes the same jobs.
 */
export function restrictionJobs(
  { policy, now }: Pick<Context, 'policy' | 'now'>,
  { uid, chain, head, at }: RestrictionVersion,
): JobPlan[] {
  if (erasureOf(head) !== undefined) return [];
  const steering = purposesWithEffect(policy).filter(({ purpose }) => Object.hasOwn(head.current, purpose));
  const systems = new Map(steering.flatMap(({ purpose, effects }) => effects.map(({ system }) => [system, purpose])));
  return [...systems].map(([system, purpose]) =>
    restrictedJobs.plan({
      id: `restriction_${eventKey(`${chain}_${at}_${system}`)}`,
      pseudonym: chain,
      input: { uid, purpose },
      dueAt: now() + EFFECT_WITHIN_MS,
      steps: [{ id: system }],
    }),
  );
}

/**
 * Changes a restriction as `changeRestriction` does, and tells the other systems. A process that
 * dies before it has enqueued their jobs leaves that to `tick`.
 *
 * @throws ComplianceError as `changeRestriction` does
 */
export async function changeRestrictionEverywhere(
  context: Context,
  of: Parameters<typeof changeRestriction>[1],
  decide: Parameters<typeof changeRestriction>[2],
): Promise<RestrictionChanged> {
  let begun: readonly JobPlan[] = [];
  const outcome = await changeRestriction(context, of, decide, (tx, version) => {
    begun = restrictionJobs(context, { uid: of.uid, ...version });
    for (const job of begun) addJob(tx, context, job);
  });
  if (outcome.changed) for (const job of begun) await enqueueJob(context, job);
  return outcome;
}

/**
 * Ends the restriction that an erasure brought as `endOfErasure` does, and tells the other systems:
 * `tick` begins that. Runs twice harmlessly.
 *
 * @throws ComplianceError as `endOfErasure` does
 */
export const endOfErasureEverywhere = (store: Ending, uid: string, job: string): Promise<void> =>
  endOfErasure(store, uid, job, (tx, version) => {
    for (const plan of restrictionJobs(store, { uid, ...version })) addJob(tx, store, plan);
  });

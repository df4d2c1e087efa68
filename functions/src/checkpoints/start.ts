import { createJob } from '../jobs/store.ts';
import type { Instant } from '../platform/time.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { checkpointRef } from './store.ts';
import { checkpointJob, checkpointName } from './plan.ts';

/**
 * Starts the day's checkpoint. A schedule that fires twice, or late, is one: the date (UTC) names
 * it.
 *
 * @param scheduledAt epoch milliseconds for which it was scheduled
 * @returns the job's id
 */
export async function startCheckpoint(
  context: OwnStore & Pick<Context, 'now' | 'queue' | 'log'>,
  scheduledAt: Instant,
): Promise<string> {
  const plan = checkpointJob(checkpointName(scheduledAt), context.now());
  await createJob(context, plan);
  return plan.id;
}

/**
 * Starts a checkpoint beside the daily ones: the first name of today (UTC) that is free. It does
 * not hold up the next daily one.
 *
 * @param rebuild begin with an empty tree, after the differences were explained; the checkpoint
 * says so
 * @returns the job's id
 */
export async function startFurtherCheckpoint(
  context: OwnStore & Pick<Context, 'now' | 'queue' | 'log'>,
  rebuild = false,
): Promise<string> {
  const own = context.clients.own();
  for (let n = 2; ; n++) {
    const name = checkpointName(context.now(), n);
    if ((await checkpointRef(own, name).get()).exists) continue;
    const plan = checkpointJob(name, context.now(), rebuild);
    if (await createJob(context, plan)) return plan.id;
  }
}

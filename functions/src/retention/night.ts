import { createJob } from '../jobs/store.ts';
import type { Context } from '../platform/context.ts';
import { DAY_MS, type Instant } from '../platform/time.ts';
import { nightJobs } from './job.ts';
import { runId } from './plan.ts';

/**
 * Starts the daily run with one job, which plans it: a cold start that made a job for each sweep
 * would take a third more time. A schedule that fires twice is one run.
 *
 * @param scheduledAt epoch milliseconds for which the run was scheduled; it names the run
 * @returns the run's id
 */
export async function startRetention(context: Context, scheduledAt: Instant): Promise<string> {
  const run = runId(scheduledAt);
  await createJob(
    context,
    nightJobs.plan({
      id: `retention_${run}`,
      input: { scheduledAt },
      dueAt: scheduledAt + DAY_MS,
      steps: [{ id: 'plan' }],
    }),
  );
  return run;
}

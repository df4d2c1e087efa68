import { createJob } from '../jobs/store.ts';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import { jobsOf, planSweeps, runId } from './plan.ts';
import { openRun } from './runs.ts';

/**
 * Starts the daily run: plans from the policy, writes the run's document, creates one job per sweep. A schedule that fires twice, or a
 * function that dies in between and is fired again, is one run.
 *
 * @param scheduledAt epoch milliseconds for which the run was scheduled; it names the run
 * @returns the run's id
 */
export async function startRetention(context: Context, scheduledAt: Instant): Promise<string> {
  const run = runId(scheduledAt);
  const sweeps = planSweeps(context.policy, scheduledAt);
  await openRun(context.clients.own(), run, sweeps, context.now());
  await Promise.all(jobsOf(run, sweeps, scheduledAt).map((job) => createJob(context, job)));
  context.log.info('retention run started', { run, sweeps: sweeps.length });
  return run;
}

import { createJob } from '../jobs/store.ts';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import type { RecordId } from '../policy/schema.ts';
import { nightJobs } from './job.ts';
import { endOfRun, sweepJob, planSweeps, runId, runIdOf, sweepsOf, undeclaredJob, type PlannedSweep } from './plan.ts';
import { recordsWithFollowers, openRun } from './runs.ts';

/**
 * Starts the daily run with one job, which plans it: a cold start that made a job for each sweep
 * would take a third more time. A schedule that fires twice is one run.
 *
 * @param scheduledAt epoch milliseconds for which the run was scheduled; it names the run
 * @returns the run's id
 */
export async function startRetention(context: Context, scheduledAt: Instant): Promise<string> {
  const run = runId(scheduledAt);
  const job = nightJobs.plan({
    id: `retention_${run}`,
    input: { scheduledAt },
    dueAt: endOfRun(scheduledAt),
    steps: [{ id: 'plan' }],
  });
  await createJob(context, job);
  return run;
}

/**
 * Begins the daily run: plans from the policy, writes the run's document, creates one job per
 * sweep. If an attempt dies in between, the next one goes on with the same run.
 *
 * @param scheduledAt epoch milliseconds for which the run was scheduled; it names the run
 */
export async function beginNight(context: Context, scheduledAt: Instant): Promise<void> {
  const run = await begin(context, runId(scheduledAt), planSweeps(context.policy, scheduledAt), scheduledAt);
  await createJob(context, undeclaredJob(run, scheduledAt));
}

/**
 * Starts a run of one record, beside the nightly one: both may find the same rows, and end each
 * once.
 *
 * @returns the run's id
 * @throws ComplianceError `retention.record` for a record of which no rule counts from a field of
 *   its rows
 */
export async function startRetentionOf(context: Context, record: RecordId, now: Instant): Promise<string> {
  return begin(context, runIdOf(record, now), sweepsOf(context.policy, record, now), now);
}

async function begin(
  context: Context,
  run: string,
  planned: readonly PlannedSweep[],
  scheduledAt: Instant,
): Promise<string> {
  const withFollowers = await recordsWithFollowers(context.clients.own());
  const sweeps = planned.map((sweep): PlannedSweep =>
    withFollowers.has(sweep.record) ? { ...sweep, withFollowers: true } : sweep,
  );
  await openRun(context.clients.own(), run, sweeps, context.now(), withFollowers);
  const dueAt = endOfRun(scheduledAt);
  await Promise.all(sweeps.map((sweep) => createJob(context, sweepJob(run, sweep, 'split', dueAt))));
  context.log.info('retention run started', { run, sweeps: sweeps.length });
  return run;
}

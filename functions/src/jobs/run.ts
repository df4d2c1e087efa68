import { randomUUID } from 'node:crypto';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { PermanentError, RetryAfterError, storableError } from '../platform/errors.ts';
import { budgetMsOf, queueOf } from '../platform/queues.ts';
import { began, begin, readySteps, settle } from './advance.ts';
import { limitsOf, type Runner, type Runners } from './catalog.ts';
import { changeJob, enqueueJob, ForgedJobError, reportForged } from './store.ts';
import type { Job, StepId, StepResult, StepRunner } from './types.ts';

/** Returns the result of one try of a step, as data. */
async function attempt(runner: StepRunner, id: StepId, job: Job, deadline: number): Promise<StepResult> {
  const cursor = job.steps[id]?.cursor;
  try {
    return { progress: await runner(id, job, { deadline, ...defined({ cursor }) }) };
  } catch (error) {
    if (error instanceof RetryAfterError) return { later: error.until, code: error.code };
    return { failed: storableError(error), permanent: error instanceof PermanentError };
  }
}

/**
 * Advances a job: every step that is ready, one after the other, until none is ready or the time
 * budget is spent. Then the job is enqueued again if steps are left that could run at once. Any
 * number of tasks may do this to one job at the same time, and each may die anywhere.
 *
 * Settling a step and starting the next share one transaction: one read and one write per step.
 *
 * A job of a kind that `runners` lacks goes to its own queue: a later version moved the kind there.
 *
 * A forged job runs nothing and stays as it is. The task ends: coming again would find the same.
 */
export async function runJob(context: Context, runners: Partial<Runners>, jobId: string): Promise<void> {
  const startedAt = context.now();
  const over = (kind: Job['kind']): boolean => context.now() >= startedAt + budgetMsOf(queueOf(kind));
  const who: { runner?: Runner } = {};

  /** Settles steps that need no work, and begins the first one that does. */
  const goOn = (job: Job, token: string): { job: Job; next?: StepId } => {
    if (over(job.kind) || runners[job.kind] === undefined) return { job };
    const limits = limitsOf(job.kind, context);
    let current = job;
    for (;;) {
      const next = readySteps(current, context.now())[0];
      if (next === undefined) return { job: current };
      const begun = begin(current, next, token, context.now(), limits);
      if (begun === null) return { job: current };
      const progress = who.runner?.instant?.(next, begun, context.now());
      const settled = progress && settle(begun, next, token, { progress }, context.now(), limits);
      if (settled === undefined || settled === null) return { job: begun, next };
      current = settled;
    }
  };
  /** Changes the job and goes on: `next` is the step that was begun under the token, or blocked. */
  const advanced = async (
    first: (job: Job) => Job | null,
  ): Promise<{ job: Job; token: string; next: StepId | undefined } | null> => {
    const token = randomUUID();
    let next: StepId | undefined;
    const changed = await changeJob(context, jobId, (job) => {
      const before = first(job);
      const after = goOn(before ?? job, token);
      next = after.next;
      return after.job === job ? null : after.job;
    }).catch((error: unknown) => {
      if (!(error instanceof ForgedJobError)) throw error;
      reportForged(context, [error.forged]);
      return undefined;
    });
    if (changed === null) context.log.warn('task for a job that is not there', { job: jobId });
    return changed ? { job: changed.job, token, next } : null;
  };

  let state = await advanced((job) => job);
  if (state === null) return;
  const load = runners[state.job.kind];
  if (load === undefined) return enqueueJob(context, state.job);
  const runner = await load(context);
  who.runner = runner;
  for (;;) {
    const { job, token, next }: NonNullable<typeof state> = state;
    if (next !== undefined && began(job, next, token)) {
      const deadline = startedAt + budgetMsOf(queueOf(job.kind));
      const result = await attempt(runner.run, next, job, deadline);
      state = await advanced((current) =>
        settle(current, next, token, result, context.now(), limitsOf(current.kind, context)),
      );
      if (state?.job.steps[next]?.state === 'blocked') await reportBlocked(context, runner, state.job, next);
    } else {
      if (next !== undefined) await reportBlocked(context, runner, job, next);
      if (readySteps(job, context.now()).length === 0) break;
      if (over(job.kind)) return enqueueJob(context, job);
      state = await advanced((current) => current);
    }
    if (state === null) return;
  }
  if (state.job.status === 'completed') context.log.info('job completed', { job: jobId, kind: state.job.kind });
}

/** The one line that an alert is set on: an officer has to act. */
async function reportBlocked(context: Context, runner: Runner, job: Job, step: StepId): Promise<void> {
  const error = job.steps[step]?.error;
  context.log.error('job step blocked: an officer has to act', {
    job: job.id,
    kind: job.kind,
    step,
    code: error?.code,
    detail: error?.message,
  });
  await runner.blocked?.(step, job);
}

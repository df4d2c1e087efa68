import { randomUUID } from 'node:crypto';
import type { Context } from '../platform/context.ts';
import { PermanentError, RetryAfterError, storableError } from '../platform/errors.ts';
import { began, begin, readySteps, settle } from './advance.ts';
import { catalog, limitsOf, type Runner, type Runners } from './catalog.ts';
import { changeJob, enqueueJob, loadJob } from './store.ts';
import type { Job, StepId, StepResult, StepRunner } from './types.ts';

/** What came of one try of a step, as data. */
async function attempt(runner: StepRunner, id: StepId, job: Job, deadline: number): Promise<StepResult> {
  const cursor = job.steps[id]?.cursor;
  try {
    return { progress: await runner(id, job, { deadline, ...(cursor === undefined ? {} : { cursor }) }) };
  } catch (error) {
    if (error instanceof RetryAfterError) return { later: error.until, code: error.code };
    return { failed: storableError(error), permanent: error instanceof PermanentError };
  }
}

/**
 * Advances a job: every step that is ready, one after the other, until none is ready or the time budget is spent; then the job is enqueued
 * again where steps are left that could run at once. Any number of tasks may do this to one job at the same time, and each may die anywhere.
 */
export async function runJob(context: Context, runners: Runners, jobId: string): Promise<void> {
  const own = context.clients.own();
  const first = await loadJob(own, jobId);
  if (first === null) {
    context.log.warn('task for a job that is not there', { job: jobId });
    return;
  }
  let job = first;
  const { budgetMs } = catalog[job.kind];
  const limits = limitsOf(job.kind, context);
  const deadline = context.now() + budgetMs;
  const runner = await runners[job.kind](context);

  let running: { readonly step: StepId; readonly token: string } | undefined;

  for (;;) {
    if (running === undefined) {
      const step = readySteps(job, context.now())[0];
      if (step === undefined) break;
      if (context.now() >= deadline) {
        await enqueueJob(context, job);
        return;
      }
      const token = randomUUID();
      const begun = await changeJob(own, jobId, (current) => begin(current, step, token, context.now(), limits));
      if (begun === null) return;
      job = begun.job;
      if (began(job, step, token)) running = { step, token };
      else if (job.steps[step]?.state === 'blocked') await reportBlocked(context, runner, job, step);
      continue;
    }
    const { step, token }: { step: StepId; token: string } = running;
    const result = await attempt(runner.run, step, job, deadline);
    // What came of a step and the beginning of the next one are one write: a job of many small steps costs half as much.
    const nextToken = randomUUID();
    let next: StepId | undefined;
    const settled = await changeJob(own, jobId, (current) => {
      const after = settle(current, step, token, result, context.now(), limits);
      next = after !== null && context.now() < deadline ? readySteps(after, context.now())[0] : undefined;
      if (after === null || next === undefined) return after;
      return begin(after, next, nextToken, context.now(), limits) ?? after;
    });
    if (settled === null) return;
    job = settled.job;
    for (const one of new Set(next === undefined ? [step] : [step, next]))
      if (job.steps[one]?.state === 'blocked') await reportBlocked(context, runner, job, one);
    running = next !== undefined && began(job, next, nextToken) ? { step: next, token: nextToken } : undefined;
  }
  if (job.status === 'completed') context.log.info('job completed', { job: job.id, kind: job.kind });
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

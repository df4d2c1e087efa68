import { HOUR_MS, type Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import type { Job, StepId, StepResult, StepState } from './types.ts';

/**
 * The life of a job as pure functions: which steps are ready, what beginning a step changes, what
 * its result changes. The store applies them in transactions (jobs/store.ts). The property tests
 * run them under duplicates, crashes and overlapping tasks (test/unit/jobs).
 */

/** How often a step is tried and how long one attempt may take (milliseconds). */
export interface Limits {
  readonly maxAttempts: number;
  readonly leaseMs: number;
  readonly retryBaseMs: number;
  /** Time after which `tick` enqueues a job again whose task did not come or did not go on. */
  readonly graceMs: number;
}

/** The longest wait between two attempts, in milliseconds. */
export const MAX_BACKOFF_MS = 6 * HOUR_MS;

/** The wait after the n-th failed attempt: doubles each time. */
export function backoff(attempts: number, baseMs: number): number {
  return Math.min(baseMs * 2 ** Math.max(0, attempts - 1), MAX_BACKOFF_MS);
}

const OPEN: ReadonlySet<Job['status']> = new Set(['waiting', 'running', 'blocked']);

/** Can this job still move by itself or by `retry`? Held, completed and cancelled ones cannot. */
export const isOpen = (job: Job): boolean => OPEN.has(job.status);

function isReady(job: Job, step: StepState, now: Instant): boolean {
  const due =
    step.state === 'pending' || ((step.state === 'waiting' || step.state === 'running') && (step.wakeAt ?? 0) <= now);
  return due && step.after.every((id) => job.steps[id]?.state === 'done');
}

/**
 * Returns the steps that can run now, in the order of the plan. A running step is ready again when
 * its lease has ended.
 */
export function readySteps(job: Job, now: Instant): StepId[] {
  if (!isOpen(job)) return [];
  return Object.entries(job.steps)
    .filter(([, step]) => isReady(job, step, now))
    .map(([id]) => id);
}

/**
 * Status and `wakeAt` follow from the steps: nothing else decides them. A step that could run at
 * once wakes at `floor`. The task that makes this change goes on with it, and `tick` enqueues
 * another one only if that task did not.
 */
function derive(job: Job, floor: Instant): Job {
  if (!isOpen(job)) return job;
  const steps = Object.values(job.steps);
  if (steps.every((step) => step.state === 'done')) {
    return finished(job, 'completed', Math.max(job.createdAt, ...steps.map((step) => step.finishedAt ?? 0)));
  }
  const wakes = steps.flatMap((step) => {
    if (!step.after.every((id) => job.steps[id]?.state === 'done')) return [];
    if (step.state === 'pending') return [floor];
    return (step.state === 'waiting' || step.state === 'running') && step.wakeAt !== undefined ? [step.wakeAt] : [];
  });
  const wakeAt = wakes.length > 0 ? Math.min(...wakes) : null;
  const status = wakeAt === null ? 'blocked' : steps.some((step) => step.state === 'running') ? 'running' : 'waiting';
  return { ...job, status, wakeAt };
}

/**
 * Fields that go from the input of a finished job. It stays for its period, and names the person by
 * the pseudonym only. `requestId` is a text that the app chose. The cursors of its steps go too.
 */
const PERSONAL_INPUT = new Set(['uid', 'subjectKey', 'handles', 'addressHashes', 'requestId']);

function finished(job: Job, status: 'completed' | 'cancelled', finishedAt: Instant): Job {
  const input = Object.fromEntries(Object.entries(job.input).filter(([name]) => !PERSONAL_INPUT.has(name)));
  const steps = Object.fromEntries(
    Object.entries(job.steps).map(([id, step]) => [id, defined({ ...step, cursor: undefined })]),
  );
  return { ...job, status, input, steps, wakeAt: null, finishedAt };
}

function withStep(job: Job, id: StepId, step: StepState, floor: Instant): Job {
  return derive({ ...job, steps: { ...job.steps, [id]: step } }, floor);
}

/** Returns the part of a step that stays from one state to the next. */
function keep(step: StepState): Pick<StepState, 'after' | 'attempts' | 'outcomes' | 'cursor'> {
  const { after, attempts, outcomes, cursor } = step;
  return { after, attempts, outcomes, ...defined({ cursor }) };
}

/**
 * Begins a step under a lease, or answers null if it is not ready (another task has it, or it is
 * done). An attempt counts from here, so that a process that dies counts too. After the last one
 * the step is `blocked` instead.
 */
export function begin(job: Job, id: StepId, token: string, now: Instant, limits: Limits): Job | null {
  const step = job.steps[id];
  if (step === undefined || !isOpen(job) || !isReady(job, step, now)) return null;
  const floor = now + limits.graceMs;
  if (step.attempts >= limits.maxAttempts) {
    const error = step.error ?? {
      code: 'interrupted',
      message: 'the last attempts ended without a result: the process died or ran out of time',
    };
    return withStep(job, id, { ...keep(step), state: 'blocked', error }, floor);
  }
  const { error } = step;
  const attempts = step.attempts + 1;
  const wakeAt = now + limits.leaseMs;
  return withStep(job, id, { ...keep(step), ...defined({ error }), state: 'running', attempts, token, wakeAt }, floor);
}

/** Did `begin` start the step for this token? (It may have blocked it instead.) */
export const began = (job: Job, id: StepId, token: string): boolean => job.steps[id]?.token === token;

/**
 * Records the result of running a step, or answers null if the result is stale: another attempt has
 * begun since, or an officer cancelled. Progress resets the attempts: a job of a million pages may
 * fail now and then.
 */
export function settle(
  job: Job,
  id: StepId,
  token: string,
  result: StepResult,
  now: Instant,
  limits: Limits,
): Job | null {
  const step = job.steps[id];
  if (step?.state !== 'running' || step.token !== token || !isOpen(job)) return null;
  const next = withStep(job, id, stateAfter(step, result, now, limits), now + limits.graceMs);
  const isHeld = 'progress' in result && 'held' in result.progress;
  return isHeld ? { ...next, status: 'held', wakeAt: null } : next;
}

/** A step that waits is looked at now. */
export function woken(job: Job, id: StepId, now: Instant): Job {
  const step = job.steps[id];
  if (step?.state !== 'waiting') return job;
  return derive({ ...job, steps: { ...job.steps, [id]: { ...step, wakeAt: now } } }, now);
}

/**
 * Lets a held job go on by an officer's order, with the input that the steps need for it. Null if
 * it is not held.
 */
export function release(job: Job, now: Instant, input: Job['input'] = {}): Job | null {
  if (job.status !== 'held') return null;
  return derive({ ...job, status: 'waiting', input: { ...job.input, ...input } }, now);
}

function stateAfter(step: StepState, result: StepResult, now: Instant, limits: Limits): StepState {
  if ('failed' in result) {
    const failed = { ...keep(step), error: result.failed };
    if (result.permanent || step.attempts >= limits.maxAttempts) return { ...failed, state: 'blocked' };
    return { ...failed, state: 'waiting', wakeAt: now + backoff(step.attempts, limits.retryBaseMs) };
  }
  const fresh = { ...keep(step), attempts: 0 };
  if ('later' in result) return { ...fresh, state: 'waiting', wakeAt: result.later, why: result.code };
  const { progress } = result;
  if ('held' in progress) return { ...fresh, state: 'pending', why: progress.held };
  if ('settled' in progress) {
    const { settled: outcomes, figures } = progress;
    return { after: step.after, attempts: 0, outcomes, ...defined({ figures }), state: 'done', finishedAt: now };
  }
  if ('more' in progress) return { ...fresh, state: 'pending', cursor: progress.more };
  const { cursor, soFar: outcomes, wait: wakeAt, why } = progress;
  return { ...fresh, ...defined({ cursor, outcomes }), state: 'waiting', wakeAt, why };
}

/** Lets blocked steps try again by an officer's order. Null if none is blocked. */
export function retry(job: Job, now: Instant): Job | null {
  if (!isOpen(job)) return null;
  const blocked = Object.entries(job.steps).filter(([, step]) => step.state === 'blocked');
  if (blocked.length === 0) return null;
  const steps = Object.fromEntries(
    blocked.map(([id, step]) => [id, { ...keep(step), state: 'pending' as const, attempts: 0 }]),
  );
  return derive({ ...job, steps: { ...job.steps, ...steps } }, now);
}

/**
 * Stops a job that is not finished; the record of finished steps stays. Null if it is finished
 * already.
 */
export function cancel(job: Job, now: Instant): Job | null {
  return job.status === 'completed' || job.status === 'cancelled' ? null : finished(job, 'cancelled', now);
}

/**
 * Postpones the moment at which `tick` looks again. It has just enqueued the job, and a lost task
 * is found when this has passed.
 */
export function nudge(job: Job, now: Instant, graceMs: number): Job | null {
  if (!isOpen(job) || job.wakeAt === null || job.wakeAt > now) return null;
  return { ...job, wakeAt: now + graceMs };
}

import { describe, expect, it } from 'vitest';
import {
  backoff,
  began,
  begin,
  cancel,
  MAX_BACKOFF_MS,
  nudge,
  readySteps,
  retry,
  settle,
} from '../../../functions/src/jobs/advance.ts';
import { newJob, type JobPlan } from '../../../functions/src/jobs/catalog.ts';
import type { Job, StepResult } from '../../../functions/src/jobs/types.ts';
import { done, failed, limits, planOf, START } from './advanceHelpers.ts';

const jobOf = (steps: JobPlan['steps']): Job => newJob(planOf(steps), START);
const applied = (job: Job | null): Job => {
  if (job === null) throw new Error('the change does not apply');
  return job;
};
const begun = (job: Job, step = 'a', token = 't', now = START): Job => applied(begin(job, step, token, now, limits));
const settled = (job: Job, result: StepResult, now = START): Job => applied(settle(job, 'a', 't', result, now, limits));

describe('a durable job', () => {
  it('is picked up by tick after a crash, without a second task, once the lease has ended', () => {
    const job = begun(jobOf([{ id: 'a' }]));
    expect(job).toMatchObject({ status: 'running', wakeAt: START + limits.leaseMs });
    expect(readySteps(job, START + limits.leaseMs - 1)).toEqual([]);
    expect(readySteps(job, START + limits.leaseMs)).toEqual(['a']);
  });

  it('drops the result of an attempt that another task has taken over', () => {
    const first = begun(jobOf([{ id: 'a' }]), 'a', 'first');
    const second = begun(first, 'a', 'second', START + limits.leaseMs);
    expect(settle(second, 'a', 'first', done, START + limits.leaseMs, limits)).toBeNull();
    expect(applied(settle(second, 'a', 'second', done, START + limits.leaseMs, limits)).status).toBe('completed');
  });

  it('counts a process that dies as an attempt, and blocks after the last one with an explanation', () => {
    let job = jobOf([{ id: 'a' }]);
    let now = START;
    for (let i = 0; i < limits.maxAttempts; i++) {
      job = begun(job, 'a', `t${i}`, now);
      now += limits.leaseMs;
    }
    job = begun(job, 'a', 'last', now);
    expect(job).toMatchObject({
      status: 'blocked',
      wakeAt: null,
      steps: { a: { state: 'blocked', error: { code: 'interrupted' } } },
    });
    expect(began(job, 'a', 'last')).toBe(false);
  });

  it('waits longer after each failure, up to a limit, and blocks after the last attempt', () => {
    let job = jobOf([{ id: 'a' }]);
    let now = START;
    const waits: number[] = [];
    while (job.status !== 'blocked') {
      job = settled(begun(job, 'a', 't', now), failed, now);
      if (job.wakeAt !== null) waits.push(job.wakeAt - now);
      now = job.wakeAt ?? now;
    }
    expect(waits).toEqual([100, 200, 400]);
    expect(job.steps['a']).toMatchObject({ state: 'blocked', attempts: 4, error: { code: 'x' } });
    expect(backoff(60, 100)).toBe(MAX_BACKOFF_MS);
  });

  it('blocks at once on an error that a retry cannot heal, and goes on after an officer retries', () => {
    const job = begun(jobOf([{ id: 'a' }, { id: 'b' }]));
    const blocked = settled(job, { failed: { code: 'p', message: 'm' }, permanent: true });
    // The other step is not held up by it.
    expect(blocked.status).toBe('waiting');
    expect(readySteps(blocked, START)).toEqual(['b']);
    const again = applied(retry(blocked, START));
    expect(readySteps(again, START)).toEqual(['a', 'b']);
    expect(again.steps['a']).toMatchObject({ state: 'pending', attempts: 0 });
    expect(retry(again, START)).toBeNull();
  });

  it('does not count a rate limit as a failed attempt', () => {
    const job = settled(begun(jobOf([{ id: 'a' }])), { later: START + 7000, code: 'brevo.429' });
    expect(job).toMatchObject({
      status: 'waiting',
      wakeAt: START + 7000,
      steps: { a: { attempts: 0, why: 'brevo.429' } },
    });
  });

  it('forgets earlier failures when a page went well: a job of many pages may fail now and then', () => {
    let job = settled(begun(jobOf([{ id: 'a' }])), failed);
    job = begun(job, 'a', 't', START + 100);
    expect(job.steps['a']?.attempts).toBe(2);
    job = settled(job, { progress: { more: { page: 1 } } }, START + 100);
    expect(job.steps['a']).toMatchObject({ attempts: 0, cursor: { page: 1 }, state: 'pending' });
  });

  it('shows submitted work while the other side works, and replaces it by the true result in the end', () => {
    const submitted = [{ record: 'r', count: 1, outcome: 'submitted' as const, providerId: 'p', finishBy: START + 9 }];
    const waiting: StepResult = { progress: { wait: START + 10, why: 'polling', soFar: submitted } };
    const job = settled(begun(jobOf([{ id: 'a' }])), waiting);
    expect(job.steps['a']).toMatchObject({ state: 'waiting', outcomes: submitted });
    const ended = applied(settle(begun(job, 'a', 'u', START + 10), 'a', 'u', done, START + 10, limits));
    expect(ended.steps['a']?.outcomes).toEqual([{ record: 'r', count: 1, outcome: 'done' }]);
  });

  it('stays cancelled: a late result changes nothing', () => {
    const running = begun(jobOf([{ id: 'a' }]));
    const cancelled = applied(cancel(running, START + 5));
    expect(cancelled).toMatchObject({ status: 'cancelled', wakeAt: null, finishedAt: START + 5 });
    expect(settle(cancelled, 'a', 't', done, START, limits)).toBeNull();
    expect(begin(cancelled, 'a', 'u', START + limits.leaseMs, limits)).toBeNull();
    expect(retry(cancelled, START)).toBeNull();
    expect(cancel(cancelled, START)).toBeNull();
  });

  it('names the person by the pseudonym only once it is finished, and says when that was', () => {
    const job = {
      ...jobOf([{ id: 'a' }]),
      pseudonym: 'v1_p',
      input: { uid: 'person', requestId: 'of a person', purpose: 'messages' },
    };
    const completed = settled(begun(job), done, START + 3);
    expect(completed).toMatchObject({ status: 'completed', finishedAt: START + 3, pseudonym: 'v1_p' });
    for (const finished of [completed, applied(cancel(job, START))])
      expect(finished.input).toEqual({ purpose: 'messages' });
    // A step's cursor can be a path with the uid.
    const more: StepResult = { progress: { more: { after: 'users/person/sessions/s' } } };
    const underWay = settled(begun(job), more, START + 3);
    expect(JSON.stringify(underWay)).toContain('person');
    expect(JSON.stringify(applied(cancel(underWay, START + 4)))).not.toContain('person');
  });

  it('is enqueued again by tick only when its time has come, and not twice within the grace', () => {
    const job = jobOf([{ id: 'a' }]);
    expect(nudge(job, START - 1, 50)).toBeNull();
    const nudged = applied(nudge(job, START, 50));
    expect(nudge(nudged, START + 49, 50)).toBeNull();
    expect(nudge(nudged, START + 50, 50)).not.toBeNull();
  });

  it('refuses a plan with a step that waits for one that does not come before it', () => {
    expect(() => jobOf([{ id: 'a', after: ['b'] }, { id: 'b' }])).toThrow(/a .* waits for b/);
  });
});

import fc from 'fast-check';
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
  type Limits,
} from '../../../functions/src/jobs/advance.ts';
import { newJob, type JobPlan } from '../../../functions/src/jobs/catalog.ts';
import type { Job, StepResult } from '../../../functions/src/jobs/types.ts';

const limits: Limits = { maxAttempts: 4, leaseMs: 1000, retryBaseMs: 100, graceMs: 50 };
const START = Date.UTC(2026, 0, 31);

const planOf = (steps: JobPlan['steps']): JobPlan => ({
  id: 'job',
  kind: 'change',
  input: {},
  dueAt: START + 1e9,
  steps,
});
const jobOf = (steps: JobPlan['steps']): Job => newJob(planOf(steps), START);
const applied = (job: Job | null): Job => {
  if (job === null) throw new Error('the change does not apply');
  return job;
};
const begun = (job: Job, step = 'a', token = 't', now = START): Job => applied(begin(job, step, token, now, limits));
const done: StepResult = { progress: { settled: [{ record: 'r', count: 1, outcome: 'done' }] } };
const settled = (job: Job, result: StepResult, now = START): Job => applied(settle(job, 'a', 't', result, now, limits));
const failed: StepResult = { failed: { code: 'x', message: 'm' }, permanent: false };

/** The answers of a step's work, one after the other; the last one settles it. */
type Script = readonly ('more' | 'wait' | 'later' | 'fail' | 'settled')[];

interface Worker {
  holding?: { step: string; token: string; result?: StepResult };
}

/**
 * A world in which tasks overlap, die and get lost; every change of the job is atomic, as the
 * store's transactions are.
 */
class World {
  job: Job;
  now = START;
  effects = new Map<string, number>();
  settledTimes = new Map<string, number>();
  readonly workers: Worker[] = [{}, {}, {}];
  readonly scripts: Record<string, Script>;
  private tokens = 0;

  constructor(plan: JobPlan, scripts: Record<string, Script>) {
    this.job = newJob(plan, START);
    this.scripts = scripts;
  }

  /** A task arrives at a worker: it takes the first step that is ready. */
  arrive(worker: Worker): void {
    const step = worker.holding ? undefined : readySteps(this.job, this.now)[0];
    if (step === undefined) return;
    const token = `t${this.tokens++}`;
    const next = begin(this.job, step, token, this.now, limits);
    if (next) this.job = next;
    if (began(this.job, step, token)) worker.holding = { step, token };
  }

  /** The step's effect happens; nobody has written it down yet. */
  work(worker: Worker): void {
    if (!worker.holding || worker.holding.result) return;
    const { step } = worker.holding;
    this.effects.set(step, (this.effects.get(step) ?? 0) + 1);
    const position = Number(this.job.steps[step]?.cursor?.['position'] ?? 0);
    const cursor = { position: position + 1 };
    const results: Record<Script[number], StepResult> = {
      more: { progress: { more: cursor } },
      wait: { progress: { wait: this.now + 200, why: 'polling', cursor } },
      later: { later: this.now + 300, code: 'brevo.429' },
      fail: failed,
      settled: done,
    };
    let kind = this.scripts[step]?.[position] ?? 'settled';
    // A failed or postponed call goes well the next time: the script has no cursor of its own for
    // it.
    if ((kind === 'fail' || kind === 'later') && (this.effects.get(step) ?? 0) % 2 === 0) kind = 'more';
    worker.holding.result = results[kind];
  }

  write(worker: Worker): void {
    if (!worker.holding?.result) return;
    const { step, token, result } = worker.holding;
    const next = settle(this.job, step, token, result, this.now, limits);
    if (next?.steps[step]?.state === 'done') this.settledTimes.set(step, (this.settledTimes.get(step) ?? 0) + 1);
    if (next) this.job = next;
    delete worker.holding;
  }

  /** `tick`: pushes the wake-up and enqueues, unless the task gets lost. */
  tick(lost: boolean): void {
    const next = nudge(this.job, this.now, limits.graceMs);
    if (!next) return;
    this.job = next;
    const idle = this.workers.find((worker) => !worker.holding);
    if (!lost && idle) this.arrive(idle);
  }
}

const action = fc.oneof(
  fc.record({
    do: fc.constantFrom('arrive' as const, 'work' as const, 'write' as const, 'die' as const),
    worker: fc.nat(2),
  }),
  fc.record({ do: fc.constant('time' as const), ms: fc.nat(1500) }),
  fc.record({ do: fc.constant('tick' as const), lost: fc.boolean() }),
);

const script = fc.array(fc.constantFrom<Script[number]>('more', 'wait', 'later', 'fail'), { maxLength: 4 });

/** A plan with steps that wait for any of those before them. */
const dag = fc
  .array(fc.array(fc.nat(5), { maxLength: 3 }), { minLength: 1, maxLength: 5 })
  .map((waits) =>
    waits.map((indices, i) => ({ id: `s${i}`, after: [...new Set(indices.filter((n) => n < i).map((n) => `s${n}`))] })),
  );

/**
 * Lets the world end fairly: time passes, ticks are not lost, workers finish, an officer retries
 * blocked steps.
 */
function finish(world: World): void {
  for (let round = 0; round < 2000 && world.job.status !== 'completed'; round++) {
    for (const worker of world.workers) {
      world.arrive(worker);
      world.work(worker);
      world.write(worker);
    }
    world.job = retry(world.job, world.now) ?? world.job;
    world.now += 100;
    world.tick(false);
  }
}

describe('a durable job', () => {
  it('ends completed, each effect at least once and recorded exactly once, for any order of duplicates, crashes, overlaps and lost tasks', () => {
    fc.assert(
      fc.property(
        dag,
        fc.array(script, { minLength: 5, maxLength: 5 }),
        fc.array(action, { maxLength: 120 }),
        (steps, all, actions) => {
          const scripts = Object.fromEntries(steps.map(({ id }, i) => [id, [...(all[i] ?? []), 'settled' as const]]));
          const world = new World(planOf(steps), scripts);
          for (const a of actions) {
            if (a.do === 'time') world.now += a.ms;
            else if (a.do === 'tick') world.tick(a.lost);
            else {
              const worker = world.workers[a.worker];
              if (!worker) continue;
              if (a.do === 'die') delete worker.holding;
              else world[a.do](worker);
            }
            // A step never runs, and is never done, before those it waits for.
            for (const step of Object.values(world.job.steps)) {
              if (step.state !== 'pending')
                expect(step.after.every((id) => world.job.steps[id]?.state === 'done')).toBe(true);
            }
            // Nothing that is open and not blocked sleeps for ever: tick will come for it.
            if (world.job.status === 'waiting' || world.job.status === 'running')
              expect(world.job.wakeAt).not.toBeNull();
          }
          finish(world);
          expect(world.job.status).toBe('completed');
          expect(world.job.wakeAt).toBeNull();
          for (const { id } of steps) {
            expect(world.effects.get(id) ?? 0).toBeGreaterThanOrEqual(1);
            expect(world.settledTimes.get(id)).toBe(1);
            expect(world.job.steps[id]?.outcomes).toEqual([{ record: 'r', count: 1, outcome: 'done' }]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { began, begin, nudge, readySteps, retry, settle } from '../../../functions/src/jobs/advance.ts';
import { newJob, type JobPlan } from '../../../functions/src/jobs/catalog.ts';
import type { Job, StepResult } from '../../../functions/src/jobs/types.ts';
import { done, failed, limits, planOf, START } from './advanceHelpers.ts';

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
});

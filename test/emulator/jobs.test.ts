import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import type { JobPlan, Runners } from '../../functions/src/jobs/catalog.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { createJob, loadJob } from '../../functions/src/jobs/store.ts';
import { tick } from '../../functions/src/jobs/tick.ts';
import type { Job } from '../../functions/src/jobs/types.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { testContext } from '../conformance/harness.ts';
import { freshUid } from '../kit/suite.ts';

/**
 * Tests the engine against a real Firestore, in projects of its own, which the suite's `tick` does
 * not reach.
 */

class Death extends Error {}

/** A process that dies at its n-th write, before or after it took effect. */
interface Fate {
  readonly atWrite: number;
  readonly after: boolean;
}

const STEPS: JobPlan['steps'] = [
  { id: 'a' },
  { id: 'b', after: ['a'] },
  { id: 'c', after: ['a'] },
  { id: 'd', after: ['b', 'c'] },
];

describe('durable jobs on a real Firestore', () => {
  const apps: App[] = [];
  afterAll(() => Promise.all(apps.map((app) => deleteApp(app))));

  /** A database that no other world's tick comes to. */
  function freshDatabase(): Firestore {
    const app = initializeApp({ projectId: `demo-jobs-${process.pid}-${apps.length}` }, `jobs-${apps.length}`);
    apps.push(app);
    return getFirestore(app, 'compliance');
  }

  /**
   * A world with a clock of its own, a queue that can lose tasks, and the effects that happened.
   */
  function world(lose: (n: number) => boolean = () => false) {
    const own = freshDatabase();
    const effects: string[] = [];
    const queue: string[] = [];
    let now = Date.now();
    let enqueued = 0;
    const base = testContext();
    const contextOf = (fate?: Fate): Context => {
      let writes = 0;
      const dying = new Proxy(own, {
        get(target, name, receiver) {
          const value: unknown = Reflect.get(target, name, receiver);
          if (typeof value !== 'function') return value;
          if (name !== 'runTransaction') return (value as (...a: unknown[]) => unknown).bind(target);
          return async (work: never) => {
            const doomed = fate !== undefined && ++writes === fate.atWrite;
            if (doomed && !fate.after) throw new Death();
            const result = await target.runTransaction(work);
            if (doomed) throw new Death();
            return result;
          };
        },
      });
      return {
        ...base,
        config: { ...base.config, leaseMs: 10_000, enqueueGraceMs: 1000, retryBaseMs: 100 },
        clients: { ...base.clients, own: () => dying },
        queue: {
          enqueue: async (_queue, id) => {
            if (!lose(enqueued++)) queue.push(id);
          },
        },
        now: () => now,
      };
    };
    const runner = async (step: string, _job: Job, { cursor }: { cursor?: Record<string, unknown> }) => {
      const page = Number(cursor?.['page'] ?? 0);
      effects.push(`${step}${page}`);
      if (step === 'b' && page < 2) return { more: { page: page + 1 } };
      if (step === 'c' && page < 1) return { wait: now + 5000, why: 'polling', cursor: { page: page + 1 } };
      return { settled: [{ record: step, count: page, outcome: 'done' as const }] };
    };
    const one = async () => ({ run: runner });
    const runners: Runners = {
      erasure: one,
      retention: one,
      export: one,
      change: one,
      rectify: one,
      checkpoint: one,
      reconsent: one,
      reconcile: one,
      restriction: one,
      hold: one,
      disclosure: one,
      notice: one,
      morning: one,
      accounts: one,
      inactive: one,
      lapse: one,
      request: one,
    };
    return {
      own,
      effects,
      queue,
      contextOf,
      pass: (ms: number) => void (now += ms),
      task: (id: string, fate?: Fate) =>
        runJob(contextOf(fate), runners, id).catch((error: unknown) => {
          if (!(error instanceof Death)) throw error;
        }),
    };
  }

  const planOf = (id: string): JobPlan => ({
    id,
    kind: 'change',
    pseudonym: 'v1_x',
    input: {},
    dueAt: Date.now() + 1e6,
    steps: STEPS,
  });

  /** Lets time pass and tick come until the job has ended. */
  async function toTheEnd(id: string, w: ReturnType<typeof world>): Promise<Job> {
    for (let round = 0; round < 40; round++) {
      const job = await loadJob(w.contextOf(), id);
      if (job?.status === 'completed' || job?.status === 'blocked') return job;
      w.pass(3000);
      await tick(w.contextOf());
      for (const next of w.queue.splice(0)) if (next === id) await w.task(next);
    }
    throw new Error('the job does not end');
  }

  const expectEnd = (job: Job, effects: readonly string[]): void => {
    expect(job.status).toBe('completed');
    expect(Object.values(job.steps).flatMap((step) => step.outcomes)).toEqual([
      { record: 'a', count: 0, outcome: 'done' },
      { record: 'b', count: 2, outcome: 'done' },
      { record: 'c', count: 1, outcome: 'done' },
      { record: 'd', count: 0, outcome: 'done' },
    ]);
    for (const effect of ['a0', 'b0', 'b1', 'b2', 'c0', 'c1', 'd0']) expect(effects).toContain(effect);
  };

  it('runs every step in order, waits by wakeAt, and ends', async () => {
    const w = world();
    const id = freshUid();
    await createJob(w.contextOf(), planOf(id));
    const job = await toTheEnd(id, w);
    expectEnd(job, w.effects);
    expect(w.effects).toEqual(['a0', 'b0', 'b1', 'b2', 'c0', 'c1', 'd0']);
  });

  it('ends in the same state when the process dies before or after any of its writes', async () => {
    const deaths = Array.from({ length: 12 }, (_, i) => [
      { atWrite: i + 1, after: false },
      { atWrite: i + 1, after: true },
    ]).flat();
    await Promise.all(
      deaths.map(async (fate) => {
        const w = world();
        const id = freshUid();
        await createJob(w.contextOf(), planOf(id));
        await w.task(id, fate);
        expectEnd(await toTheEnd(id, w), w.effects);
      }),
    );
  });

  it('ends in the same state when tasks overlap, and when every second enqueue is lost', async () => {
    const w = world((n) => n % 2 === 0);
    const id = freshUid();
    await createJob(w.contextOf(), planOf(id));
    await Promise.all([w.task(id), w.task(id), w.task(id)]);
    expectEnd(await toTheEnd(id, w), w.effects);
  });

  it('creating a job twice is one job', async () => {
    const w = world();
    const id = freshUid();
    expect(await createJob(w.contextOf(), planOf(id))).toBe(true);
    await w.task(id);
    const before = await loadJob(w.contextOf(), id);
    expect(await createJob(w.contextOf(), planOf(id))).toBe(false);
    expect(await loadJob(w.contextOf(), id)).toEqual(before);
  });
});

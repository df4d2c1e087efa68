import { afterAll, describe, expect, it } from 'vitest';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { foreseeRun, type Foreseen } from '../../../functions/src/retention/officer.ts';
import { startRetentionOf } from '../../../functions/src/retention/start.ts';
import { state } from '../../kit/sealed/statements.ts';
import { openSweeping, thereOf, write } from './sweeping.ts';

const { night, context, tasks, ago, work, runOf } = openSweeping('sweep-run');
afterAll(() => night.end());

describe('a run', () => {
  const OVER = 520;
  const decoys = (): Record<string, object> => ({
    'users/ada/sessions/young': { createdAt: ago(390) },
    'teams/ada/sessions/old': { createdAt: ago(900) },
    'users/ada/rooms/1/sessions/old': { createdAt: ago(900) },
    'users/held/sessions/old': { createdAt: ago(900) },
  });
  const expired = Array.from({ length: OVER }, (_, n) => `users/u${n % 7}/sessions/s${n}`);
  const seed = async (): Promise<void> => {
    const old = Object.fromEntries(expired.map((path, n) => [path, { createdAt: ago(500 + n) }]));
    await write(night.app, { ...old, ...decoys() });
    await state({ own: night.own, keys: night.context.keys }, 'restrictions/held', { createdAt: ago(1) });
    // The list of held people is read again after a while.
    night.pass(20_000);
  };
  const expectOver = async (): Promise<void> => {
    expect(await thereOf(night.app, expired)).toEqual([]);
    expect(await thereOf(night.app, Object.keys(decoys()))).toHaveLength(4);
  };

  it('is told before it begins: cut-off, how many, the oldest, the held people; and touches nothing', async () => {
    await seed();
    const all: Foreseen[] = [];
    for await (const one of foreseeRun(context, night.now(), 'sessions')) all.push(one);
    // Collections of the same name under other parents are counted; their paths are known only when
    // they are read.
    expect(all).toMatchObject([
      { record: 'sessions', found: { over: OVER + 3, oldest: ago(500 + OVER - 1).toMillis() - 20_000, held: 1 } },
    ]);
    expect(await thereOf(night.app, expired)).toHaveLength(OVER);
    await expect(startRetentionOf(context, 'photo', night.now())).rejects.toThrow(/no sweep ends rows of 'photo'/);
  });

  it('beside another one ends each row once, and counts it once', async () => {
    await seed();
    const both = [
      await startRetentionOf(context, 'sessions', night.now() + 200_000),
      await startRetentionOf(context, 'sessions', night.now() + 201_000),
    ];
    await work();
    const figures = await Promise.all(both.map(async (run) => (await runOf(run)).records['sessions']?.deleted ?? NaN));
    expect(figures.reduce((sum, deleted) => sum + deleted, 0)).toBe(OVER);
    await expectOver();
  });

  /** A database with a process that dies at the given call: no later call is heard of. */
  function dyingAt(call: number): { context: Context; called: () => number } {
    let calls = 0;
    const dead = (): never => {
      throw new Error('the process has died');
    };
    const step = (): void => {
      calls += 1;
      if (calls > call) dead();
    };
    const app = new Proxy(night.app, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (name === 'collectionGroup') {
          return (...args: unknown[]) => (step(), (value as (...all: unknown[]) => unknown).apply(target, args));
        }
        if (name !== 'bulkWriter') return value.bind(target) as unknown;
        return () => {
          const writer = target.bulkWriter();
          let deletes = 0;
          const [remove, flush] = [writer.delete.bind(writer), writer.flush.bind(writer)];
          // One of a hundred deletions is a moment to die at; and before and after the page is
          // sent.
          writer.delete = (...args) => (deletes++ % 100 === 0 && step(), remove(...args));
          writer.flush = async () => {
            step();
            await flush();
            step();
          };
          return writer;
        };
      },
    });
    // The process that dies writes nothing down either.
    const own = new Proxy(night.own, {
      get: (target, name) => {
        if (calls > call) dead();
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    return {
      context: { ...context, clients: { ...context.clients, app: () => app, own: () => own } },
      called: () => calls,
    };
  }

  it('with a process that dies, at any page and between any two, goes on and ends everything that is over and nothing else', async () => {
    let died = 0;
    for (let call = 0; ; call++) {
      await seed();
      const dying = dyingAt(call);
      const run = await startRetentionOf(context, 'sessions', night.now() + 300_000 + call * 1000);
      let survived = true;
      try {
        await work(dying.context);
      } catch {
        survived = false;
      }
      if (!survived || dying.called() > call) died += 1;
      // The lease of the task that died is over; `tick` finds its job.
      const open = await night.own.collection('jobs').where('input.run', '==', run).get();
      night.pass(11 * 60_000);
      tasks.push(...open.docs.map(({ id }) => id));
      await work();
      const { status, records } = await runOf(run);
      expect([call, status]).toEqual([call, 'finished']);
      expect(records['sessions']?.deleted).toBeLessThanOrEqual(OVER);
      await expectOver();
      for (const { id } of open.docs) expect((await loadJob(night.context, id))?.status).toBe('completed');
      if (survived && dying.called() <= call) break;
    }
    expect(died).toBeGreaterThan(8);
  });
});

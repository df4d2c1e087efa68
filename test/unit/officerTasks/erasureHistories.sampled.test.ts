import type { Timestamp, Transaction } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readySteps } from '../../../functions/src/jobs/advance.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { closeTask } from '../../../functions/src/officerTasks/store.ts';
import { taskIn, type ClosedAs, type OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { requestIn } from '../../../functions/src/requests/store.ts';
import { times } from '../../kit/depth.ts';
import { goOn, jobNow, officersWorld, type OfficersWorld } from './erasure.sample.ts';

/**
 * Random histories of an erasure that waits for officers. Tasks of the job die at any call,
 * officers close something twice, days pass, sheets are lost, tasks are forged.
 */

type Event =
  | { readonly do: 'run' }
  /** The process dies at its n-th write, before or after the effect. */
  | { readonly do: 'die'; readonly at: number; readonly when: 'before' | 'after' }
  | { readonly do: 'close'; readonly task: number; readonly as: Exclude<ClosedAs, 'disproportionate'> }
  | { readonly do: 'pass'; readonly days: number }
  | { readonly do: 'sweep' }
  | { readonly do: 'lose' | 'forge'; readonly task: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('run' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('die' as const),
      at: fc.nat(9),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      task: fc.nat(1),
      as: fc.constantFrom('done' as const, 'unconfirmed' as const, 'refused' as const, 'impossible' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), days: fc.constantFrom(1, 20, 95) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'forge' as const), task: fc.nat(1) }),
  },
);

class Died extends Error {}

/** The same database, whose n-th transaction dies. */
function dying(context: OfficersWorld['context'], at: number, when: 'before' | 'after'): Context {
  let calls = 0;
  const own = context.own;
  const runTransaction = async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
    const call = calls++;
    if (call >= at && when === 'before') throw new Died();
    const answer = await own.runTransaction(work);
    if (call >= at) throw new Died();
    return answer;
  };
  const proxy = new Proxy(own, {
    get: (target, name) => {
      if (name === 'runTransaction') return runTransaction;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { ...context, clients: { ...context.clients, own: () => proxy } };
}

interface Seen {
  readonly tasks: readonly OfficerTask[];
  readonly sheets: readonly string[];
}

async function look({ context }: OfficersWorld): Promise<Seen> {
  const [tasks, sheets] = await Promise.all(
    ['officerTasks', 'officerSheets'].map((name) => context.own.collection(name).get()),
  );
  return {
    tasks: (tasks?.docs ?? []).flatMap((one) => taskIn(one.id, one.data(), context.keys) ?? []),
    sheets: (sheets?.docs ?? []).map(({ id }) => id),
  };
}

it(
  'leaves no task open without its sheet, no sheet behind, ends once with every task, and closes each once',
  { timeout: 600_000 },
  async () => {
    let completed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 3, maxLength: 12 }), async (history) => {
        const world = await officersWorld();
        const { context, key } = world;
        const ids = (await look(world)).tasks.map(({ id }) => id);
        /** Tasks that lost their sheet, or stopped being tasks, since the job last looked. */
        const lost = new Set<string>();
        const ended = new Map<string, OfficerTask>();
        let isForged = false;
        const check = async (): Promise<void> => {
          const { tasks, sheets } = await look(world);
          const open = new Set(tasks.flatMap(({ id, status }) => (status === 'open' ? [id] : [])));
          for (const task of tasks) {
            if (task.status === 'open') {
              // Over its time it may be without: it is said to be over then.
              const isThere = sheets.includes(task.id) || task.until <= context.time.now || lost.has(task.id);
              expect([task.id, isThere]).toEqual([task.id, true]);
            } else {
              // A forged end is none: the task was made anew.
              const before = ended.get(task.id);
              if (before !== undefined) expect(task).toEqual(before);
              ended.set(task.id, task);
            }
          }
          expect(sheets.filter((id) => !open.has(id) && !lost.has(id))).toEqual([]);
          const job = await jobNow(world);
          const request = requestIn(key, (await context.own.doc(`requests/${key}`).get()).data() ?? {}, context.keys);
          if (job.steps['officers']?.state === 'done') {
            expect([...open]).toEqual([]);
            expect(job.steps['officers'].outcomes).toHaveLength(2);
            // A task that was forged after the answer is made anew: its officer is asked once more.
          } else if (request.status === 'completed' && !isForged) expect([...open]).toEqual([]);
          if (job.status === 'completed') expect(request.status).toBe('completed');
        };
        for (const one of history) {
          const id = 'task' in one ? (ids[one.task] ?? '') : '';
          if (one.do === 'run') {
            const isReady = readySteps(await jobNow(world), context.time.now).includes('officers');
            await goOn(world);
            const { state, error } = (await jobNow(world)).steps['officers'] ?? {};
            if (isReady && state === 'waiting' && error === undefined) lost.clear();
          } else if (one.do === 'die') {
            const context = dying(world.context, one.at, one.when);
            await runJob(
              context,
              { erasure: async (given) => erasureRunner(given, reconcilePerson) },
              world.job.id,
            ).catch((error: unknown) => {
              if (!(error instanceof Died)) throw error;
            });
          } else if (one.do === 'close') {
            const [as, by] = [one.as, 'officer'];
            await closeTask(context, id, { as, by, note: 'why' }, context.time.now);
          } else if (one.do === 'pass') context.time.now += one.days * DAY_MS;
          else if (one.do === 'sweep') {
            for (const sheet of (await context.own.collection('officerSheets').get()).docs)
              if ((sheet.get('until') as Timestamp).toMillis() <= context.time.now) await sheet.ref.delete();
          } else if (one.do === 'lose') {
            await context.own.doc(`officerSheets/${id}`).delete();
            lost.add(id);
          } else if ((await jobNow(world)).steps['officers']?.state !== 'done') {
            await context.own.doc(`officerTasks/${id}`).set({ status: 'done', closedBy: 'somebody' }, { merge: true });
            ended.delete(id);
            lost.add(id);
            isForged = true;
          }
          await check();
        }
        // However it went, it ends: nobody waits for ever, and nothing is left behind.
        for (let day = 0; day < 6 && (await jobNow(world)).status !== 'completed'; day++) {
          context.time.now += 100 * DAY_MS;
          await goOn(world);
          await check();
        }
        expect(await jobNow(world)).toMatchObject({ status: 'completed' });
        expect((await look(world)).sheets).toEqual([]);
        completed += 1;
      }),
      { numRuns: times(10, 1000) },
    );
    expect(completed).toBeGreaterThanOrEqual(times(10, 1000));
  },
);

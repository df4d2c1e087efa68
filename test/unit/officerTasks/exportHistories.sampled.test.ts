import type { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { closeTask } from '../../../functions/src/officerTasks/store.ts';
import type { OfficerTask } from '../../../functions/src/officerTasks/task.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { isAll, times } from '../../kit/depth.ts';
import { runDying } from '../../kit/dying.ts';
import {
  add,
  erase,
  exportWorld,
  goOn,
  jobNow,
  objectsOf,
  PARTS,
  publish,
  requestOf,
  shownTo,
  sweep,
  takeBack,
  tasksOf,
  WEEK_MS,
  type ExportWorld,
} from './export.sample.ts';
import { idsOf } from './helpers.ts';

/**
 * Random histories of an access that waits for its parts. Tasks of the job and officers die at any
 * call, parts are added or do not come, nights pass. Sheets are lost, tasks are forged, and the
 * person takes the request back or is erased.
 */

type Part = (typeof PARTS)[number];

type Event =
  | { readonly do: 'run' }
  /** Nights in which the job looks and the retention runs. */
  | { readonly do: 'nights'; readonly days: number }
  /** The backend stands still, and then the retention runs. */
  | { readonly do: 'standstill'; readonly days: number }
  | { readonly do: 'add'; readonly part: Part; readonly withFile: boolean; readonly dies: number | null }
  | { readonly do: 'close'; readonly part: Part; readonly as: 'unconfirmed' | 'refused' | 'impossible' }
  | { readonly do: 'die'; readonly moments: number }
  | { readonly do: 'lose' | 'forge'; readonly part: Part }
  | { readonly do: 'takeBack' | 'erase' };

const part = fc.constantFrom(...PARTS);
const word = <Word extends string>(...words: [Word, ...Word[]]): fc.Arbitrary<Word> => fc.constantFrom(...words);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: word('run') }) },
  { weight: 3, arbitrary: fc.record({ do: word('nights'), days: fc.constantFrom(1, 3, 9) }) },
  { weight: 1, arbitrary: fc.record({ do: word('standstill'), days: fc.constantFrom(2, 95) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: word('add'), part, withFile: fc.boolean() },
      dies: fc.option(fc.nat(5), { nil: null }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: word('close'), part, as: word('unconfirmed', 'refused', 'impossible') }) },
  { weight: 3, arbitrary: fc.record({ do: word('die'), moments: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ do: word('lose', 'forge'), part }) },
  { weight: 1, arbitrary: fc.record({ do: word('takeBack', 'erase') }) },
);

/** The facts of a history that a check has to know. */
interface Facts {
  /** Parts whose task lost its sheet, or its seal, since the job last looked. */
  readonly lost: Set<string>;
  readonly ended: Map<string, OfficerTask>;
  isForged: boolean;
  /** No look let the archives live on for so long that they may be over. */
  stoodStill: boolean;
  isUnwanted: boolean;
}

async function check(world: ExportWorld, facts: Facts): Promise<void> {
  const { context } = world;
  const [request, tasks, shown] = [await requestOf(world), await tasksOf(world), await shownTo(world)];
  const sheets = await idsOf(context, 'officerSheets');
  for (const [name, task] of Object.entries(tasks)) {
    if (task.status === 'open') {
      const isThere = sheets.includes(task.id) || task.until <= context.time.now || facts.lost.has(name);
      expect([name, isThere]).toEqual([name, true]);
    } else {
      // A forged end is none: the task was made anew.
      expect(task).toEqual(facts.ended.get(name) ?? task);
      facts.ended.set(name, task);
    }
  }
  const open = new Set(Object.values(tasks).flatMap(({ id, status }) => (status === 'open' ? [id] : [])));
  if (facts.lost.size === 0) expect(sheets.filter((id) => !open.has(id))).toEqual([]);
  // A task is done exactly if its part is published, or if there was nothing.
  const parts = (request.answer?.['parts'] ?? []) as readonly { readonly object: string; readonly sha256: string }[];
  const proofs = Object.values(tasks).flatMap(({ status, proof }) => (status === 'done' ? (proof ?? []) : []));
  const published = parts.slice(1).map(({ sha256 }) => sha256);
  if (!facts.isForged) expect(proofs.sort()).toEqual([...published].sort());
  if (request.status === 'completed' && !facts.isForged) {
    expect([...open]).toEqual([]);
    const lacking = PARTS.filter((name) => tasks[name]?.status !== 'done');
    expect((request.missing ?? []).map(({ source, why }) => [source, why])).toEqual(
      lacking.map((name) => [name, tasks[name]?.status]),
    );
  }
  // The person reads the same, unless the process died in between.
  if (shown['status'] === 'completed') expect(shown['missing']).toEqual(request.missing);
  const isAlive =
    request.status === 'waiting' ||
    (request.completedAt !== undefined && request.completedAt.toMillis() + WEEK_MS > context.time.now);
  if (isAlive && !facts.isUnwanted && !facts.stoodStill)
    expect(objectsOf(world)).toEqual(expect.arrayContaining(parts.map(({ object }) => object)));
}

async function happen(world: ExportWorld, one: Event, facts: Facts): Promise<void> {
  const { context } = world;
  const { own, app, time } = context;
  const look = async (): Promise<void> => {
    const before = await jobNow(world);
    await goOn(world);
    const { state, error } = (await jobNow(world)).steps['officers'] ?? {};
    const hasLooked = before.wakeAt !== null && before.wakeAt <= time.now && error === undefined;
    if (hasLooked && state === 'waiting') facts.lost.clear();
  };
  switch (one.do) {
    case 'run':
      return look();
    case 'nights':
      for (let night = 0; night < one.days; night++) {
        time.now += DAY_MS;
        await look();
        await sweep(world);
      }
      return;
    case 'standstill': {
      time.now += one.days * DAY_MS;
      await sweep(world);
      facts.stoodStill = true;
      for (const sheet of (await own.collection('officerSheets').get()).docs)
        if ((sheet.get('until') as Timestamp).toMillis() <= time.now) await sheet.ref.delete();
      return;
    }
    case 'add':
      await runDying(one.dies, [own, app], () => add(world, one.part, one.withFile), 'writes');
      return;
    case 'close': {
      const { [one.part]: task } = await tasksOf(world);
      await closeTask(context, task?.id ?? 'none', { as: one.as, by: 'officer', note: 'why' }, time.now);
      return;
    }
    case 'die':
      // An attempt that died holds its lease: the next look is a day later.
      await runDying(one.moments, [own, app], () => goOn(world), 'writes');
      return;
    case 'lose':
    case 'forge': {
      const { [one.part]: task } = await tasksOf(world);
      if (task === undefined || (await requestOf(world)).status !== 'waiting') return;
      if (one.do === 'lose') await own.doc(`officerSheets/${task.id}`).delete();
      else {
        await own.doc(`officerTasks/${task.id}`).set({ status: 'done', closedBy: 'somebody' }, { merge: true });
        facts.ended.delete(one.part);
        facts.isForged = true;
      }
      facts.lost.add(one.part);
      return;
    }
    case 'takeBack':
      facts.isUnwanted = true;
      return takeBack(world);
    case 'erase':
      facts.isUnwanted = true;
      return erase(world);
  }
}

it(
  'names no part done that is not there, leaves no open task without its sheet and no sheet behind, and ends with every task',
  { timeout: 600_000 },
  async () => {
    const ends = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.nat(8), fc.array(event, { minLength: 3, maxLength: 12 }), async (moments, history) => {
        const world = await exportWorld();
        const { context } = world;
        await runDying(moments, [context.own, context.app], () => publish(world), 'writes');
        await publish(world);
        const facts: Facts = {
          ...{ lost: new Set<string>(), ended: new Map<string, OfficerTask>() },
          ...{ isForged: false, stoodStill: false, isUnwanted: false },
        };
        for (const one of history) {
          await happen(world, one, facts);
          await check(world, facts);
        }
        // However it went, it ends: nobody waits for ever, and nothing is left behind.
        facts.stoodStill = true;
        for (let look = 0; look < 6; look++) {
          context.time.now += 100 * DAY_MS;
          await goOn(world);
          await check(world, facts);
        }
        expect(['completed', 'cancelled']).toContain((await jobNow(world)).status);
        expect(await idsOf(context, 'officerSheets')).toEqual([]);
        const { status } = await requestOf(world);
        expect(Object.values(await tasksOf(world)).filter((task) => task.status === 'open')).toEqual([]);
        ends.set(status, (ends.get(status) ?? 0) + 1);
      }),
      { numRuns: times(10, 1000) },
    );
    // Both ends are met, so that neither is believed by chance; a small sample may miss one.
    if (isAll) expect([...ends.keys()].sort()).toEqual(['cancelled', 'completed']);
  },
);

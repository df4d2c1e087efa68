import { setTimeout as pause } from 'node:timers/promises';
import { Timestamp, type Firestore, type Query, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { runJob } from '../../functions/src/jobs/run.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { recordOf } from '../../functions/src/policy/lookup.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { startRetentionOf } from '../../functions/src/retention/start.ts';
import { planSweeps } from '../../functions/src/retention/plan.ts';
import { runRef } from '../../functions/src/retention/runs.ts';
import { runners } from '../../functions/src/runners.ts';
import { stated } from '../../test/kit/sealed/statements.ts';
import { billed, openBench, type Bench, type Billed } from '../context.ts';
import { peakOf } from '../peak.ts';

/**
 * Runs inside a suite: sweeps of one record in this process. Each has a project of its own, so that
 * no query reads rows that another measurement left. `RECORD` lies below its people, as most
 * records do: local Firestores look through the whole collection group for each query.
 */

const RECORD = 'sessions';
/** Rows of a person, so that the backlog has many parents. */
const EACH = 100;
const DAY_MS = 86_400_000;
/** Rows lie this far apart: 200,000 of them are over two months. */
const APART_MS = 27_000;

const [what = '', ...args] = process.argv.slice(2);
const rowsOfPage = 500;

/** Rows that are over their period, the newest two years old, and as many people as they need. */
async function seed({ db }: Bench, rows: number): Promise<void> {
  const writer = db.bulkWriter({ throttling: false });
  const newest = Date.now() - 730 * DAY_MS;
  for (let n = 0; n < rows; n++) {
    const data = { createdAt: Timestamp.fromMillis(newest - n * APART_MS), minutes: n % 60, exercise: 'memory' };
    void writer.set(db.doc(`users/person-${Math.floor(n / EACH)}/${RECORD}/${n}`), data);
    if (n % 5_000 === 4_999) await writer.flush();
  }
  await writer.close();
}

/**
 * The same database with bulk writers as fast as asked. Otherwise the ramp of 500 a second that
 * production wants would be all that is measured.
 */
function writingAt(db: Firestore, throttling: false | { perSecond: number }): Firestore {
  const options =
    throttling === false
      ? { throttling }
      : { throttling: { initialOpsPerSecond: throttling.perSecond, maxOpsPerSecond: throttling.perSecond } };
  return new Proxy(db, {
    get: (target, name) => {
      if (name === 'bulkWriter') return () => target.bulkWriter(options);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const fast = (bench: Bench, throttling: Parameters<typeof writingAt>[1], policy: Policy): Context => {
  const db = writingAt(bench.db, throttling);
  return { ...bench.context, policy, clients: { ...bench.context.clients, app: () => db } };
};

const withWindows = (policy: Policy, windows: number): Policy => ({ ...policy, retention: { windows } });

const cutoffOf = (policy: Policy): number => {
  const sweep = planSweeps(policy, Date.now()).find(({ record }) => record === RECORD);
  if (sweep === undefined) throw new Error(`no sweep of ${RECORD}`);
  return sweep.cutoff;
};

/** The query of one page of a sweep, without anything around it. */
function pageOf({ db, context }: Bench, from: number | null, until: number, after?: QueryDocumentSnapshot): Query {
  const { timestamp } = recordOf(context.policy, RECORD);
  let query = db.collectionGroup(RECORD).where(timestamp ?? '', '<=', Timestamp.fromMillis(until));
  if (from !== null) query = query.where(timestamp ?? '', '>', Timestamp.fromMillis(from));
  query = query
    .orderBy(timestamp ?? '')
    .orderBy('__name__')
    .limit(rowsOfPage)
    .select(timestamp ?? '');
  return after === undefined ? query : query.startAfter(after);
}

/** A raw loop: page by page, each row deleted. Returns how long it waited for queries. */
async function rawLoop(bench: Bench, from: number | null, until: number): Promise<{ queryMs: number }> {
  const writer = bench.db.bulkWriter({ throttling: false });
  let [after, queryMs]: [QueryDocumentSnapshot | undefined, number] = [undefined, 0];
  for (;;) {
    const asked = performance.now();
    const { docs } = await pageOf(bench, from, until, after).get();
    queryMs += performance.now() - asked;
    for (const { ref } of docs) void writer.delete(ref);
    await writer.flush();
    after = docs.at(-1);
    if (docs.length < rowsOfPage) break;
  }
  await writer.close();
  return { queryMs };
}

/**
 * Runs the record from its start to its end, its jobs side by side as the queue would run them.
 * Returns the figures of its document.
 */
async function sweepRun(
  bench: Bench,
  context: Context,
): Promise<{ deleted: number; windows: number; held: number; splitMs: number }> {
  const start = performance.now();
  const run = await startRetentionOf(context, RECORD, context.now());
  // The first job counts the backlog and divides it.
  const [first = ''] = bench.tasks.splice(0);
  await runJob(context, runners, first);
  const splitMs = performance.now() - start;
  const running = new Set<Promise<void>>();
  while (bench.tasks.length > 0 || running.size > 0) {
    for (const job of bench.tasks.splice(0)) {
      const work = runJob(context, runners, job).finally(() => running.delete(work));
      running.add(work);
    }
    await Promise.race([...running, pause(20)]);
  }
  const document = await runRef(bench.own, run).get();
  if (document.get('status') !== 'finished')
    throw new Error(`the run has not finished: ${JSON.stringify(document.data())}`);
  const record = (document.data() as { records: Record<string, { deleted: number; held: number; windows?: object }> })
    .records[RECORD];
  if (record === undefined) throw new Error('the run says nothing of the record');
  const count = Object.keys(record.windows ?? {}).length;
  return { deleted: record.deleted, held: record.held, windows: count, splitMs };
}

const expectAll = (deleted: number, rows: number): void => {
  if (deleted !== rows) throw new Error(`${deleted} rows were deleted instead of ${rows}`);
};

/**
 * Measures the sweep and a raw loop, one after the other, so that other load of the machine meets
 * both.
 */
async function speed(rows: number, rounds: number): Promise<unknown> {
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    const [raw, ours] = [openBench(`demo-raw-${round}`), openBench(`demo-sweep-${round}`)];
    await Promise.all([seed(raw, rows), seed(ours, rows)]);
    const rawOnce = async (): Promise<{ rawMs: number; queryMs: number }> => {
      const start = performance.now();
      const { queryMs } = await rawLoop(raw, null, cutoffOf(raw.context.policy));
      return { rawMs: performance.now() - start, queryMs };
    };
    const oursOnce = async (): Promise<number> => {
      const context = fast(ours, false, withWindows(ours.context.policy, 1));
      const start = performance.now();
      expectAll((await sweepRun(ours, context)).deleted, rows);
      return performance.now() - start;
    };
    if (round % 2 === 0) {
      const told = await rawOnce();
      pairs.push({ ...told, oursMs: await oursOnce() });
    } else {
      const oursMs = await oursOnce();
      pairs.push({ ...(await rawOnce()), oursMs });
    }
  }
  return { rows, pairs };
}

/**
 * Measures the same backlog in 1, 2, 4 and 8 windows. Each writes at a fixed rate, as an instance
 * in production does. Also measures the most that the backend can do.
 */
async function windows(rows: number, perSecond: number): Promise<unknown> {
  const limit = openBench('demo-limit');
  await seed(limit, rows);
  const until = cutoffOf(limit.context.policy);
  const newest = Date.now() - 730 * DAY_MS;
  const part = (rows * APART_MS) / 8;
  const bounds = Array.from({ length: 8 }, (_, n) => ({
    from: n === 7 ? null : newest - (n + 1) * part,
    until: n === 0 ? until : newest - n * part,
  }));
  let start = performance.now();
  await Promise.all(bounds.map((window) => rawLoop(limit, window.from, window.until)));
  const limitPerSecond = (rows * 1000) / (performance.now() - start);
  const runs = [];
  for (const most of [1, 2, 4, 8]) {
    const bench = openBench(`demo-windows-${most}`);
    await seed(bench, rows);
    const context = fast(bench, { perSecond }, withWindows(bench.context.policy, most));
    start = performance.now();
    const told = await sweepRun(bench, context);
    const ms = performance.now() - start;
    expectAll(told.deleted, rows);
    runs.push({ most, windows: told.windows, splitMs: told.splitMs, perSecond: (rows * 1000) / (ms - told.splitMs) });
  }
  return { rows, perSecond, limitPerSecond, runs };
}

/**
 * Counts the operations that a run is billed beside a read and a delete for each row. Counts again
 * with many people under a legal hold or a restriction, whose rows stay.
 */
async function cost(rows: number, people: number): Promise<unknown> {
  const told = [];
  for (const held of [0, people]) {
    const bench = openBench(`demo-cost-${held}`);
    await seed(bench, rows);
    const writer = bench.own.bulkWriter({ throttling: false });
    for (let n = 0; n < held; n++) {
      // The first ten have rows.
      const uid = n < 10 ? `person-${n}` : `held-${n}`;
      const path = n % 2 === 0 ? `restrictions/${uid}` : `legalHolds/${uid}`;
      const data = { ...(n % 2 === 0 ? {} : { uid }), createdAt: Timestamp.now() };
      void writer.set(bench.own.doc(path), stated({ own: bench.own, keys: bench.context.keys }, path, data));
    }
    await writer.close();
    await Promise.all([billed(bench.project, '(default)', 'DELETE'), billed(bench.project, 'compliance', 'DELETE')]);
    const run = await sweepRun(bench, fast(bench, false, withWindows(bench.context.policy, 1)));
    const [app, own]: Billed[] = await Promise.all([
      billed(bench.project, '(default)'),
      billed(bench.project, 'compliance'),
    ]);
    told.push({ rows, held, deleted: run.deleted, left: run.held, app, own });
  }
  return { pages: Math.ceil(rows / rowsOfPage), told };
}

/**
 * A sweep in this process; its memory is measured from outside of it and, after collections, from
 * within.
 */
async function memory(rows: number): Promise<unknown> {
  const bench = openBench(`demo-memory-${rows}`);
  const context = fast(bench, false, withWindows(bench.context.policy, 1));
  const { result, seconds, peakMb, peakHeapMb } = await peakOf(() => sweepRun(bench, context));
  expectAll(result.deleted, rows);
  return { rows, seconds, peakMb, peakHeapMb };
}

const [first = 0, second = 0] = args.map(Number);
const measure: Readonly<Record<string, () => Promise<unknown>>> = {
  speed: () => speed(first, second),
  windows: () => windows(first, second),
  cost: () => cost(first, second),
  seed: async () => (await seed(openBench(`demo-memory-${first}`), first), {}),
  memory: () => memory(first),
};
const figures = await measure[what]?.();
if (figures === undefined) throw new Error(`one of ${Object.keys(measure).join(', ')}`);
console.log(JSON.stringify(figures));
process.exit(0);

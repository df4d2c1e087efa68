import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Storage, type Bucket } from '@google-cloud/storage';
import { FieldPath, Timestamp, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { bucketStore } from '../../functions/src/export/archive/objects.ts';
import { exportPrefix, planExport } from '../../functions/src/export/plan.ts';
import type { Written } from '../../functions/src/export/progress.ts';
import { writeArchive } from '../../functions/src/export/archive/write.ts';
import { emptyHead } from '../../functions/src/ledger/chain.ts';
import { knownFromAuth } from '../../functions/src/subject/identity.ts';
import { learn } from '../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { ROOT } from '../../scripts/run.ts';
import { openBench, type Bench } from '../context.ts';
import { peakOf } from '../peak.ts';

/** Runs inside a suite: exports of one person in this process, each in a project of its own. */

const UID = 'person';
const PAGE = 500;
const HOUR_MS = 3_600_000;

const [what = '', ...args] = process.argv.slice(2);

async function seed(bench: Bench, rows: number): Promise<void> {
  const { db, context } = bench;
  const auth = await context.clients.auth();
  await auth.deleteUsers([UID]);
  const user = await auth.createUser({ uid: UID, email: `${bench.project}@example.com`, emailVerified: true });
  // The data of everybody with an account.
  await learn(context, knownFromAuth(user, pseudonymOf(UID, context.keys)));
  await db.doc(`users/${UID}`).set({ firstName: 'Ada', locale: 'fr' });
  const writer = db.bulkWriter({ throttling: false });
  const newest = Date.now();
  for (let n = 0; n < rows; n++) {
    const createdAt = Timestamp.fromMillis(newest - n * 27_000);
    const result = { score: n % 100, level: ['easy', 'hard'][n % 2], hints: [n % 3, n % 5] };
    const data = { createdAt, minutes: n % 60, exercise: 'memory', note: `séance n° ${n} `.repeat(12), result };
    void writer.set(db.doc(`users/${UID}/activity/${String(n).padStart(7, '0')}`), data);
    if (n % 5_000 === 4_999) await writer.flush();
  }
  await writer.close();
}

/** A plain cursor read of the same rows, whole. */
async function rawRead({ db }: Bench): Promise<number> {
  const all = db.collection(`users/${UID}/activity`).orderBy(FieldPath.documentId()).limit(PAGE);
  let [count, after]: [number, QueryDocumentSnapshot | undefined] = [0, undefined];
  for (;;) {
    const { docs } = await (after === undefined ? all : all.startAfter(after)).get();
    count += docs.length;
    after = docs.at(-1);
    if (docs.length < PAGE) return count;
  }
}

async function exportOnce({ context }: Bench, rows: number): Promise<Written> {
  const store = bucketStore(await context.clients.bucket('exports'));
  const ref = { uid: UID, requestId: 'bench' };
  const chain = pseudonymOf(UID, context.keys);
  const written = await writeArchive(context, store, {
    ref,
    plan: planExport(context.policy, 'portability'),
    chain,
    head: emptyHead(chain),
    name: `${exportPrefix(ref.uid, ref.requestId)}archive.zip`,
    stopAt: context.now() + HOUR_MS,
    tolerant: false,
    part: { number: 1 },
    full: { at: Infinity, bytes: Infinity },
  });
  if (written?.counts['activity'] !== rows) throw new Error(`not ${rows} rows: ${JSON.stringify(written)}`);
  return written;
}

/**
 * Measures the export and a plain read, one after the other, so that other load of the machine
 * meets both.
 */
async function speed(rows: number, rounds: number): Promise<unknown> {
  const bench = openBench('demo-export-speed');
  await seed(bench, rows);
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await work();
    return performance.now() - start;
  };
  const raw = (): Promise<number> => timed(() => rawRead(bench));
  const ours = (): Promise<number> => timed(() => exportOnce(bench, rows));
  // Loads everything once: loading is not measured.
  await raw();
  await ours();
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) {
      const rawMs = await raw();
      pairs.push({ rawMs, oursMs: await ours() });
    } else {
      const oursMs = await ours();
      pairs.push({ rawMs: await raw(), oursMs });
    }
  }
  return { rows, pairs };
}

/** A bucket in a process of its own, which has a file of so many megabytes; see bucket.ts. */
async function openBucket(megabytes: number): Promise<{ bucket: Bucket; close: () => void }> {
  const file = megabytes === 0 ? '' : `users/${UID}/photos/large.bin`;
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'bench/bucket.ts'), file, String(megabytes)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(Number(line)));
    child.once('exit', () => reject(new Error('the bucket did not start')));
  });
  const apiEndpoint = `http://127.0.0.1:${port}`;
  // The SDK takes the emulator of the suite else.
  delete process.env['STORAGE_EMULATOR_HOST'];
  delete process.env['FIREBASE_STORAGE_EMULATOR_HOST'];
  const storage = new Storage({ apiEndpoint, projectId: 'demo-bench' });
  return { bucket: storage.bucket('bench'), close: () => void child.kill() };
}

/**
 * An export in this process; its memory is measured from outside of it and, after collections, from
 * within.
 */
async function memory(rows: number, megabytes: number): Promise<unknown> {
  const opened = openBench(`demo-export-${rows}`);
  const { bucket, close } = await openBucket(megabytes);
  const clients = { ...opened.context.clients, bucket: () => Promise.resolve(bucket) };
  const bench = { ...opened, context: { ...opened.context, clients } };
  const { result, seconds, peakMb, peakHeapMb } = await peakOf(() => exportOnce(bench, rows));
  close();
  const readAt = performance.now();
  if ((await rawRead(bench)) !== rows) throw new Error('a plain read found other rows');
  const readSeconds = (performance.now() - readAt) / 1000;
  return { rows, megabytes, readSeconds, bytes: result.bytes, seconds, peakMb, peakHeapMb };
}

const [first = 0, second = 0] = args.map(Number);
const measure: Readonly<Record<string, () => Promise<unknown>>> = {
  speed: () => speed(first, second),
  seed: async () => (await seed(openBench(`demo-export-${first}`), first), {}),
  memory: () => memory(first, second),
};
const figures = await measure[what]?.();
if (figures === undefined) throw new Error(`one of ${Object.keys(measure).join(', ')}`);
console.log(JSON.stringify(figures));
process.exit(0);

import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { onAccountDeleted } from '../functions/src/erasure/accountEvents.ts';
import { recordsToErase } from '../functions/src/erasure/plan.ts';
import { runJob } from '../functions/src/jobs/run.ts';
import { tick } from '../functions/src/jobs/tick.ts';
import { loadJob } from '../functions/src/jobs/store.ts';
import { walk } from '../functions/src/jobs/eachRecord.ts';
import { policy } from '../functions/policies/deployed.ts';
import { runners } from '../functions/src/runners.ts';
import { loadSystem } from '../functions/src/systems/registry.ts';
import type { Scope } from '../functions/src/systems/system.ts';
import { billed, openBench, type Billed } from './context.ts';

/**
 * Runs inside a suite: whole erasures in this process. Their project is their own: no function is
 * deployed there. A clock skips the waits.
 */

const PROJECT = 'demo-bench-erasure';
const HOUR_MS = 3_600_000;

let skipped = 0;
const now = (): number => Date.now() + skipped;
const { db, context, tasks } = openBench(PROJECT, now);

/**
 * The collections of the person's own documents: half declared by the policy, half below them,
 * three levels deep, declared by nobody.
 */
const places = (uid: string): ((n: number) => string)[] => [
  (n) => `users/${uid}/activity/${n}`,
  (n) => `users/${uid}/sessions/${n}`,
  (n) => `users/${uid}/projects/${n % 10}/notes/${n}`,
  (n) => `users/${uid}/projects/${n % 10}/notes/${n % 100}/lines/${n}`,
];

/**
 * Rows outside the person's own place; every other one has a document below it that nobody
 * declares.
 */
function outside(uid: string, rows: number): Record<string, object> {
  const data = { createdAt: Timestamp.now(), text: 'something that was written elsewhere' };
  const all = Array.from({ length: rows }, (_, n): [string, object][] => [
    [`contactRequests/${uid}-${n}`, { ...data, uid }],
    ...(n % 2 === 0 ? [[`contactRequests/${uid}-${n}/files/1`, data] as [string, object]] : []),
  ]);
  return Object.fromEntries(all.flat());
}

async function seed(uid: string, documents: number, store: Firestore = db, rows = 0): Promise<void> {
  const writer = store.bulkWriter();
  const all = places(uid);
  const data = { createdAt: Timestamp.now(), text: 'something that was written in the app' };
  const elsewhere = Object.entries(outside(uid, rows));
  for (let n = 0; n < documents - elsewhere.length; n++)
    void writer.set(store.doc(all[n % all.length]?.(n) ?? ''), data);
  for (const [path, row] of elsewhere) void writer.set(store.doc(path), row);
  await writer.close();
}

const accountOfBench = (uid: string) => ({
  id: uid,
  uid,
  tenantId: null,
  deletedAt: now(),
  user: { uid, email: `${uid}@bench.example`, emailVerified: true, metadata: { creationTime: '2024-01-01T00:00:00Z' } },
});

/**
 * Starts an erasure; `tick` goes on with it, as in production, until nothing of it is due any more.
 * Skips the hours between.
 *
 * @returns its job, and the reads of ticks that found nothing to do: no erasure is billed for them
 */
async function erase(uid: string): Promise<{ readonly id: string; readonly idleReads: number }> {
  const id = await onAccountDeleted(context, accountOfBench(uid));
  if (id === null) throw new Error('no erasure began');
  let idleReads = 0;
  // The third look comes four days after the second one.
  for (let idle = 0; idle < 9;) {
    while (tasks.length > 0) await runJob(context, runners, tasks.shift() ?? '');
    skipped += 13 * HOUR_MS;
    const { reads } = await billed(PROJECT, 'compliance');
    idle = (await tick(context)) === 0 ? idle + 1 : 0;
    if (idle > 0) idleReads += (await billed(PROJECT, 'compliance')).reads - reads;
  }
  return { id, idleReads };
}

/**
 * Counts the operations that one erasure is billed in each database.
 *
 * @param rows so many of the documents are rows outside the person's own place
 */
async function cost(
  documents: number,
  rows = 0,
): Promise<{ documents: number; rows: number; app: Billed; own: Billed }> {
  const uid = `cost-${documents}-${rows}`;
  await seed(uid, documents, db, rows);
  await Promise.all([billed(PROJECT, '(default)', 'DELETE'), billed(PROJECT, 'compliance', 'DELETE')]);
  const { id, idleReads } = await erase(uid);
  const all = await billed(PROJECT, 'compliance');
  const own = { ...all, reads: all.reads - idleReads };
  const figures = { documents, rows, app: await billed(PROJECT, '(default)'), own };
  const job = await loadJob(context, id);
  if (job?.status !== 'completed') throw new Error(`the erasure stopped: ${JSON.stringify(job?.steps)}`);
  return figures;
}

/**
 * Compares the Firestore step alone with a raw loop: the same queries, page by page, and a
 * BulkWriter that deletes the rows.
 */
async function wall(documents: number): Promise<{ raw: number; ours: number }> {
  const raw = `raw-${documents}-${now()}`;
  await seed(raw, documents);
  let start = performance.now();
  const writer = db.bulkWriter();
  for (const name of ['activity', 'sessions']) {
    let after: string | undefined;
    for (;;) {
      let query = db.collection(`users/${raw}/${name}`).orderBy('__name__').limit(500).select();
      if (after !== undefined) query = query.startAfter(after);
      const { docs } = await query.get();
      for (const document of docs) void writer.delete(document.ref);
      await writer.flush();
      after = docs.at(-1)?.id;
      if (docs.length < 500) break;
    }
  }
  await db.recursiveDelete(db.collection(`users/${raw}/projects`), writer);
  await writer.close();
  const rawMs = performance.now() - start;

  const uid = `ours-${documents}-${now()}`;
  await seed(uid, documents);
  const subject = { uid, pseudonym: `v1_${uid}`, accountCreatedAt: null, verifiedEmails: [], providerIds: {} };
  const system = await loadSystem('firestore', context);
  start = performance.now();
  await walk(
    recordsToErase(policy, 'firestore'),
    (named, cursor) => {
      const scope: Scope = { policy, subject, handles: [], now: now(), deadline: Infinity };
      return system.apply(named, cursor === undefined ? scope : { ...scope, cursor }, {
        kind: 'erase',
        accountDeletedAt: now(),
      });
    },
    { deadline: Infinity, now },
  );
  const oursMs = performance.now() - start;
  const left = await db.collection(`users/${uid}/projects`).listDocuments();
  if (left.length > 0) throw new Error('documents are left');
  return { raw: rawMs, ours: oursMs };
}

const sizes = [10, 100, 1000, 10_000];
const costs = [];
if ((process.env['FIRESTORE_BILLING_URL'] ?? '') !== '') {
  for (const size of sizes) costs.push(await cost(size));
  for (const rows of [5, 50]) costs.push(await cost(100, rows));
}
const walls = [];
for (let round = 0; round < Number(process.argv[2] ?? 3); round++) walls.push(await wall(10_000));
console.log(JSON.stringify({ costs, walls }));
process.exit(0);

import { initializeApp } from 'firebase-admin/app';
import { getFirestore, Timestamp, type Firestore } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { suiteParameters } from '../emulator/parameters.ts';
import { onAccountDeleted } from '../functions/src/erasure/operations.ts';
import { recordsToErase } from '../functions/src/erasure/plan.ts';
import { runJob } from '../functions/src/jobs/run.ts';
import { tick } from '../functions/src/jobs/tick.ts';
import { loadJob } from '../functions/src/jobs/store.ts';
import { walk } from '../functions/src/jobs/walk.ts';
import type { Context } from '../functions/src/platform/context.ts';
import { createClients } from '../functions/src/platform/clients.ts';
import { policy } from '../functions/src/policy.config.ts';
import { runners } from '../functions/src/runners.ts';
import { loadSystem } from '../functions/src/systems/registry.ts';
import type { Scope } from '../functions/src/systems/system.ts';

/** Runs inside a suite: whole erasures in this process, in a project of their own where no function is deployed, with a clock that skips the waits. */

const PROJECT = 'demo-bench-erasure';
const BILLING = process.env['FIRESTORE_BILLING_URL'];
const SECOND_LOOK_MS = 90_000_000;
const HOUR_MS = 3_600_000;

const app = initializeApp({ projectId: PROJECT }, 'bench');
initializeApp({ projectId: process.env['GCLOUD_PROJECT'] ?? '', storageBucket: `${PROJECT}.appspot.com` });
const [db, own] = [getFirestore(app), getFirestore(app, 'compliance')];
const { secrets } = suiteParameters({
  project: PROJECT,
  stripeUrl: '',
  brevoUrl: '',
  marketingList: 1,
  waits: 'short',
});

let skipped = 0;
const tasks: string[] = [];
const now = (): number => Date.now() + skipped;
const config: Context['config'] = {
  exportBucket: undefined,
  evidenceBucket: undefined,
  stripeApiBase: new URL(process.env['STRIPE_STANDIN_URL'] ?? ''),
  brevoApiBase: new URL(process.env['BREVO_STANDIN_URL'] ?? ''),
  brevoMarketingList: 1,
  brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
  reconcileAfterMs: 1000,
  reconcileDays: 3,
  missingAfterMs: 1000,
  secondLookMs: SECOND_LOOK_MS,
  erasureGraceMs: undefined,
  erasureHoldAbove: 100_000,
  pollMs: 1000,
  enqueueGraceMs: 60_000,
  leaseMs: undefined,
  retryBaseMs: 1000,
  contactPerHour: 5,
};
const clients = createClients(config, { stripe: () => 'sk_test_bench', brevo: () => 'xkeysib-bench' });
const context: Context = {
  policy,
  clients: {
    ...clients,
    app: () => db,
    own: () => own,
    bucket: async () => getStorage().bucket(`${PROJECT}.appspot.com`),
  },
  queue: { enqueue: async (_queue, job) => void tasks.push(job) },
  keys: { current: 1, keys: { 1: secrets['PSEUDONYM_KEY_V1'] ?? '' } },
  evidenceKeys: () => ({ current: 1, keys: { 1: secrets['EVIDENCE_SIGNING_KEY_V1'] ?? '' } }),
  config,
  now,
  log: { info: () => undefined, warn: () => undefined, error: (...args) => console.error(...args) },
};

/** The collections of the person's own documents: half declared by the policy, half below them, three levels deep, declared by nobody. */
const places = (uid: string): ((n: number) => string)[] => [
  (n) => `users/${uid}/activity/${n}`,
  (n) => `users/${uid}/sessions/${n}`,
  (n) => `users/${uid}/projects/${n % 10}/notes/${n}`,
  (n) => `users/${uid}/projects/${n % 10}/notes/${n % 100}/lines/${n}`,
];

async function seed(uid: string, documents: number, store: Firestore = db): Promise<void> {
  const writer = store.bulkWriter();
  const all = places(uid);
  const data = { createdAt: Timestamp.now(), text: 'something that was written in the app' };
  for (let n = 0; n < documents; n++) void writer.set(store.doc(all[n % all.length]?.(n) ?? ''), data);
  await writer.close();
}

const accountOfBench = (uid: string) => ({
  uid,
  deletedAt: now(),
  user: { uid, email: `${uid}@bench.example`, emailVerified: true, metadata: { creationTime: '2024-01-01T00:00:00Z' } },
});

/** Starts an erasure; `tick` goes on with it, as in production, until nothing of it is due any more. The hours between are skipped. */
async function erase(uid: string): Promise<string> {
  const id = await onAccountDeleted(context, accountOfBench(uid));
  for (let idle = 0; idle < 3;) {
    while (tasks.length > 0) await runJob(context, runners, tasks.shift() ?? '');
    skipped += 13 * HOUR_MS;
    idle = (await tick(context)) === 0 ? idle + 1 : 0;
  }
  return id;
}

interface Billed {
  reads: number;
  writes: number;
  deletes: number;
}
const billed = async (database: string, method = 'GET'): Promise<Billed> => {
  const url = `${BILLING ?? ''}?project=${PROJECT}&database=${encodeURIComponent(database)}`;
  return (await (await fetch(url, { method })).json().catch(() => ({}))) as Billed;
};

/** What one erasure of a person with so many nested documents is billed, in each database. */
async function cost(documents: number): Promise<{ documents: number; app: Billed; own: Billed }> {
  const uid = `cost-${documents}`;
  await seed(uid, documents);
  await Promise.all([billed('(default)', 'DELETE'), billed('compliance', 'DELETE')]);
  const id = await erase(uid);
  const figures = { documents, app: await billed('(default)'), own: await billed('compliance') };
  const job = await loadJob(own, id);
  if (job?.status !== 'completed') throw new Error(`the erasure stopped: ${JSON.stringify(job?.steps)}`);
  return figures;
}

/** The Firestore step alone, over a raw loop: the same queries, page by page, and a BulkWriter that deletes what they find. */
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
if (BILLING !== undefined && BILLING !== '') for (const size of sizes) costs.push(await cost(size));
const walls = [];
for (let round = 0; round < Number(process.argv[2] ?? 3); round++) walls.push(await wall(10_000));
console.log(JSON.stringify({ costs, walls }));
process.exit(0);

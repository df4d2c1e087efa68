import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { FieldValue, getFirestore, type Firestore, type Timestamp } from 'firebase-admin/firestore';
import type { Backend, BackendChoice } from '../emulator/backend.ts';
import type { CourierStatus } from '../emulator/courier.ts';
import { startSuite, type Suite } from '../emulator/suite.ts';
import { SUITES } from '../emulator/workspace.ts';
import { policy } from '../functions/policies/deployed.ts';
import { versionInForce } from '../functions/src/policy/versions/inForce.ts';
import { build } from '../scripts/build.ts';
import { ROOT } from '../scripts/run.ts';

/**
 * A minute of consents, next to the simplest trigger of the same cost. That is 1 read and 2 raw
 * writes in a transaction, and 1 write after it in the app's database. Both run at half the rate
 * that this trigger sustains on the suite. They alternate every few seconds, so that other load of
 * the machine meets both. Times are the database's own: from the document's commit to the commit
 * that its event led to.
 */

const SECONDS = 60;
const BLOCK_SECONDS = 3;
/** Events of the burst that shows the rate which the simple trigger sustains. */
const BURST = 400;

const BASELINE = `const { initializeApp } = require('firebase-admin/app');
const { getFirestore } = require('firebase-admin/firestore');
const { onDocumentWritten } = require('firebase-functions/v2/firestore');
let sdk;
exports.baseline = onDocumentWritten(
  { document: 'baseline/{id}', region: 'europe-west1', retry: true, concurrency: 40, cpu: 1 },
  async (event) => {
    sdk ??= initializeApp();
    const own = getFirestore(sdk, 'compliance');
    const head = own.doc('baseline/' + event.params.id);
    const work = own.runTransaction(async (tx) => {
      const seq = ((await tx.get(head)).get('seq') ?? 0) + 1;
      tx.create(head.collection('entries').doc(event.id), { ...event.data.after.data(), seq });
      tx.set(head, { seq });
    });
    await work.catch((error) => {
      if (error.code !== 6) throw error; // delivered again
    });
    await getFirestore(sdk).doc('baselineStates/' + event.params.id).set(event.data.after.data());
  },
);
`;
const INDEX = `const target = process.env.FUNCTION_TARGET;
if (target === undefined || target === 'baseline') exports.baseline = require('./baseline.cjs').baseline;
if (target === undefined || target === 'consentWritten') exports.consentWritten = require('./consentWritten.cjs').consentWritten;
`;

export interface Endured {
  readonly backend: Backend;
  /** Events a second that the simple trigger sustains. */
  readonly sustained: number;
  /** Events a second of the minute. */
  readonly rate: number;
  readonly sent: number;
  readonly lost: number;
  /** Milliseconds at the 50th, 95th and 99th percentile: of the simple trigger, of the consents. */
  readonly percentiles: Readonly<
    Record<'p50' | 'p95' | 'p99', { readonly baseline: number; readonly consents: number }>
  >;
}

const millis = ({ seconds, nanoseconds }: Timestamp): number => seconds * 1000 + nanoseconds / 1e6;

/** The write of a kind of event, and the collection of its result. */
interface Kind {
  readonly write: (db: Firestore, id: string) => Promise<Timestamp>;
  readonly heads: string;
}

const consent = { granted: true, policyVersion: versionInForce(policy, Date.now()), source: 'app' };
const kinds = {
  baseline: {
    write: async (db, id) =>
      (await db.doc(`baseline/${id}`).set({ ...consent, updatedAt: FieldValue.serverTimestamp() })).writeTime,
    heads: 'baseline',
  },
  consents: {
    write: async (db, id) =>
      (await db.doc(`users/${id}/consents/analytics`).set({ ...consent, updatedAt: FieldValue.serverTimestamp() }))
        .writeTime,
    heads: 'ledger',
  },
} satisfies Record<string, Kind>;

/**
 * Runs the minute.
 *
 * @param say takes one line about each part
 */
export async function benchEndurance(choice: BackendChoice, say: (line: string) => void): Promise<Endured> {
  await build();
  mkdirSync(SUITES, { recursive: true });
  const folder = mkdtempSync(join(SUITES, 'endurance-'));
  let suite: Suite | undefined;
  try {
    cpSync(join(ROOT, 'functions/lib/consentWritten.cjs'), join(folder, 'consentWritten.cjs'));
    writeFileSync(join(folder, 'baseline.cjs'), BASELINE);
    writeFileSync(join(folder, 'index.cjs'), INDEX);
    const dependencies = { 'firebase-admin': '*', 'firebase-functions': '*' };
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ main: 'index.cjs', engines: { node: '22' }, dependencies }),
    );
    suite = await startSuite({ ports: 'auto', project: 'demo-endurance', firestore: choice, functions: folder });
    Object.assign(process.env, suite.env);
    return await endure(suite, say);
  } finally {
    await suite?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function endure(suite: Suite, say: (line: string) => void): Promise<Endured> {
  const app = initializeApp({ projectId: suite.project }, 'endurance');
  const db = getFirestore(app);
  const own = getFirestore(app, 'compliance');
  const quiet = async (): Promise<void> => {
    const read = async () =>
      (await (await fetch(`${suite.env['COURIER_URL'] ?? ''}/_control/status`)).json()) as CourierStatus;
    while ((await read()).pending > 0) await pause(50);
  };
  /**
   * Sends at a rate for some seconds, without waiting for the results. Returns ids with the times
   * of their commits.
   */
  const send = async (kind: keyof typeof kinds, rate: number, seconds: number, prefix: string) => {
    const started = performance.now();
    const count = Math.round(rate * seconds);
    const sent: Promise<[string, number]>[] = [];
    for (let i = 0; i < count; i++) {
      const due = started + (i * 1000) / rate;
      const wait = due - performance.now();
      if (wait > 1) await pause(wait);
      const id = `${prefix}-${i}`;
      sent.push(kinds[kind].write(db, id).then((at) => [id, millis(at)]));
    }
    return Promise.all(sent);
  };
  /** Returns the commit time of each event's result; undefined if there is none. */
  const arrivals = async (kind: keyof typeof kinds, ids: readonly string[], chainOf: (id: string) => string) => {
    const refs = ids.map((id) => own.doc(`${kinds[kind].heads}/${chainOf(id)}`));
    const heads = refs.length === 0 ? [] : await own.getAll(...refs);
    return heads.map((head) => (head.createTime === undefined ? undefined : millis(head.createTime)));
  };
  const { pseudonymOf } = await import('../functions/src/subject/pseudonym.ts');
  const keys = { current: 1, keys: { 1: suite.env['PSEUDONYM_KEY_V1'] ?? '' } };
  const chains = { baseline: (id: string) => id, consents: (id: string) => pseudonymOf(id, keys) };

  // Both functions have their processes, and the database its caches.
  for (const kind of ['baseline', 'consents'] as const) await send(kind, 20, 5, `warm-${kind}`);
  await quiet();
  await send('consents', 2000, BURST / 2000, 'warm-burst');
  await quiet();
  const burst = await send('baseline', 2000, BURST / 2000, 'burst');
  await quiet();
  const done = (
    await arrivals(
      'baseline',
      burst.map(([id]) => id),
      chains.baseline,
    )
  )
    .flatMap((at) => at ?? [])
    .sort((a, b) => a - b);
  // The first fifth starts processes; the rest shows the sustained rate.
  const from = Math.floor(done.length / 5);
  const sustained = ((done.length - from) * 1000) / Math.max(1, (done.at(-1) ?? 0) - (done[from] ?? 0));
  const rate = sustained / 2;
  say(
    `the simple trigger sustains ${sustained.toFixed(0)} events a second (${suite.backend}); a minute at ${rate.toFixed(0)}`,
  );

  const sent = { baseline: [] as [string, number][], consents: [] as [string, number][] };
  for (let block = 0; block < SECONDS / BLOCK_SECONDS; block++) {
    // Neither is always the first after the other.
    const order = block % 2 === 0 ? (['baseline', 'consents'] as const) : (['consents', 'baseline'] as const);
    for (const kind of order) {
      sent[kind].push(...(await send(kind, rate, BLOCK_SECONDS, `${kind}-${block}`)));
      await quiet();
    }
  }
  const latencies = { baseline: [] as number[], consents: [] as number[] };
  let lost = 0;
  for (const kind of ['baseline', 'consents'] as const) {
    const arrived = await arrivals(
      kind,
      sent[kind].map(([id]) => id),
      chains[kind],
    );
    for (const [index, at] of arrived.entries()) {
      if (at === undefined) lost += 1;
      else latencies[kind].push(at - (sent[kind][index]?.[1] ?? 0));
    }
    latencies[kind].sort((a, b) => a - b);
  }
  const at = (kind: keyof typeof kinds, share: number): number =>
    latencies[kind][Math.min(latencies[kind].length - 1, Math.floor(latencies[kind].length * share))] ?? NaN;
  const both = (share: number) => ({ baseline: at('baseline', share), consents: at('consents', share) });
  await deleteApp(app);
  return {
    backend: suite.backend,
    sustained,
    rate,
    sent: sent.consents.length,
    lost,
    percentiles: { p50: both(0.5), p95: both(0.95), p99: both(0.99) },
  };
}

if (process.argv[1] === import.meta.filename) {
  const choice = (process.argv[2] ?? 'auto') as BackendChoice;
  console.log(JSON.stringify(await benchEndurance(choice, (line) => console.error(line)), null, 2));
}

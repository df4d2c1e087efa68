import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { getApps, initializeApp } from 'firebase-admin/app';
import { getAuth, type Auth } from 'firebase-admin/auth';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import type { CourierStatus } from '../../emulator/courier.ts';
import { deployment } from '../../functions/src/deployment.generated.ts';
import type { OwnStore } from '../../functions/src/platform/context.ts';
import { functionName } from '../../functions/src/platform/functions.ts';
import { REGION } from '../../functions/src/platform/functions.ts';
import { entryFromDocument, headFromDocument } from '../../functions/src/ledger/documents.ts';
import type { Entry, Head } from '../../functions/src/ledger/chain.ts';
import { verifyChain } from '../../functions/src/ledger/verifyChain.ts';
import { requestKey } from '../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import { runCommand } from './commands.ts';
import { keys, signingKeys } from './sealed/keys.ts';

/**
 * The parts of the surrounding suite that the tests of the deployed functions need (`npm run
 * emulators -- exec`).
 */

const project = process.env['GCLOUD_PROJECT'] ?? '';
if (!project.startsWith('demo-'))
  throw new Error('these tests run inside the suite: npm run emulators -- exec -- npx vitest run');
// A test may have opened an app of another name before.
const app =
  getApps().find(({ name }) => name === '[DEFAULT]') ??
  initializeApp({ projectId: project, storageBucket: process.env['EXPORT_BUCKET'] ?? '' });

export const db: Firestore = getFirestore(app);
export const own: Firestore = getFirestore(app, 'compliance');
export const auth: Auth = getAuth(app);
export const standins = {
  stripe: process.env['STRIPE_STANDIN_URL'] ?? '',
  brevo: process.env['BREVO_STANDIN_URL'] ?? '',
};
/** An officer's command against the suite, and its answer as JSON. */
export async function compliance(...args: string[]): Promise<{ code: number; out: unknown; said: string }> {
  const env = {
    ...process.env,
    EVIDENCE_SIGNING_KEY_V1: signingKeys.keys[1],
    STRIPE_API_BASE: standins.stripe,
    BREVO_API_BASE: standins.brevo,
  };
  const { code, stdout, stderr } = await runCommand([...args, '--json'], env);
  return { code, out: stdout === '' ? null : JSON.parse(stdout), said: stderr };
}

export const official = process.env['FIRESTORE_BACKEND'] === 'official';

export { keys };
/** The backend's own database, as the functions of the suite seal it. */
export const store: OwnStore = { clients: { own: () => own }, keys };
export const pseudonym = (uid: string): string => pseudonymOf(uid, keys);
/** The id of a request's record, which does not repeat the id that the app chose. */
export const requestKeyOf = (uid: string, id = 'r1'): string => requestKey(pseudonym(uid), id, keys);

/** A uid that no other test has. */
export const freshUid = (): string => `t${randomBytes(9).toString('hex')}`;

/**
 * Reads until the condition holds; fails with the last value that was seen. Reads less often the
 * longer it takes: many tests that wait side by side would keep the machine busy with that.
 */
export async function eventually<T>(
  read: () => Promise<T>,
  holds: (value: T) => boolean,
  withinMs = 240_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (let waitMs = 80; ; waitMs = Math.min(waitMs * 1.25, 600)) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(value)}`);
    await pause(waitMs);
  }
}

export async function chainOf(chain: string): Promise<{ head: Head; entries: Entry[] }> {
  const ref = own.doc(`ledger/${chain}`);
  const [head, entries] = await Promise.all([ref.get(), ref.collection('entries').orderBy('seq').get()]);
  return {
    head: headFromDocument(chain, head.data()),
    entries: entries.docs.map((d) => entryFromDocument(d.id, d.data())),
  };
}

/** Waits until a chain has this many entries, and verifies it. */
export async function chainWith(chain: string, count: number): Promise<{ head: Head; entries: Entry[] }> {
  const read = await eventually(
    () => chainOf(chain),
    // Head and entries are read one after the other: an entry can come in between.
    ({ head, entries }) => entries.length >= count && head.seq >= entries.length,
  );
  const problems = verifyChain(chain, read.head, read.entries);
  if (problems.length > 0) throw new Error(`the chain does not verify: ${JSON.stringify(problems)}`);
  return read;
}

export async function rejectedFor(
  chain: string,
): Promise<{ path: string; issues: { code: string; field: string }[] }[]> {
  const all = await own.collection('rejectedEvents').get();
  const docs = all.docs.map((d) => d.data() as { path: string; issues: { code: string; field: string }[] });
  return docs.filter(({ path }) => path.includes(chain));
}

/**
 * Sets how events are delivered from now on: twice, late, held back, not at all; and after how many
 * milliseconds without an answer once more.
 */
export async function chaos(settings: {
  duplicate: number;
  delayMs: number;
  hold: boolean;
  drop?: number;
  attemptMs?: number;
}): Promise<void> {
  await fetch(`${process.env['COURIER_URL'] ?? ''}/_control/chaos`, { method: 'PUT', body: JSON.stringify(settings) });
}

export const calm = { duplicate: 0, delayMs: 0, hold: false, drop: 0, attemptMs: 30_000 };

const courier = async (): Promise<CourierStatus> =>
  (await (await fetch(`${process.env['COURIER_URL'] ?? ''}/_control/status`)).json()) as CourierStatus;

/** Nothing is under way between Firestore and the functions. */
export async function quiet(withinMs = 240_000): Promise<void> {
  await eventually(courier, ({ pending }) => pending === 0, withinMs);
}

/** Does some work, and waits until an event of it is lost: `chaos` was asked to drop it. */
export async function losing(work: () => Promise<unknown>): Promise<void> {
  const before = await courier();
  await work();
  await eventually(courier, ({ dropped }) => dropped > before.dropped);
}

/** The address at which an app's SDK reaches a callable. */
export const callableUrl = (name: string): string =>
  `http://${process.env['FUNCTIONS_EMULATOR_HOST'] ?? ''}/${project}/${REGION}/${functionName(deployment.prefix, name)}`;

/**
 * Fires the real nightly schedule, as Cloud Scheduler does, and waits until the function answers.
 *
 * @param at the moment for which it is fired; absent: now
 */
export function fireRetention(at = new Date()): Promise<Response> {
  const name = functionName(deployment.prefix, 'retentionDaily');
  const host = process.env['FUNCTIONS_EMULATOR_HOST'] ?? '';
  const url = `http://${host}/functions/projects/${project}/triggers/${REGION}-${name}-0`;
  const headers = { 'content-type': 'application/json', 'x-cloudscheduler-scheduletime': at.toISOString() };
  return fetch(url, { method: 'POST', body: '{}', headers });
}

/**
 * Fires the real nightly schedule until the condition holds: rows that were written a moment ago
 * belong to the next one.
 */
export async function fireNightly<T>(read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (let times = 0; ; times++) {
    // The comparison leaves documents alone that are younger than RECONCILE_AFTER_SECONDS.
    await pause(1500);
    const fired = await fireRetention();
    if (!fired.ok) throw new Error(`the schedule answered ${fired.status}`);
    try {
      return await eventually(read, holds, 15_000);
    } catch (error) {
      if (times >= 15) throw error;
    }
  }
}

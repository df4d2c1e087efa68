import { initializeApp } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { localSheetKeys, suiteParameters } from '../emulator/parameters.ts';
import { createClients } from '../functions/src/platform/clients.ts';
import type { Context } from '../functions/src/platform/context.ts';
import { policy } from '../functions/policies/deployed.ts';

/**
 * Everything that the backend is a function of, inside a suite. Its project is its own: no function
 * is deployed there, and no tick comes.
 */
export interface Bench {
  readonly project: string;
  readonly db: Firestore;
  readonly own: Firestore;
  readonly context: Context;
  /** The jobs that were enqueued, in order: the measurement runs them. */
  readonly tasks: string[];
}

/** The second look comes this long after a device could have been offline. */
const SECOND_LOOK_MS = 90_000_000;

/**
 * @param project a `demo-` id; each has databases of its own
 * @param now the clock, in epoch milliseconds
 */
export function openBench(project: string, now: () => number = Date.now): Bench {
  const app = initializeApp({ projectId: project }, project);
  const storage = initializeApp({ projectId: process.env['GCLOUD_PROJECT'] ?? '' }, `${project}-storage`);
  const [db, own] = [getFirestore(app), getFirestore(app, 'compliance')];
  const { secrets } = suiteParameters({ project, stripeUrl: '', brevoUrl: '', marketingList: 1, waits: 'short' });
  const config: Context['config'] = {
    appBucket: undefined,
    exportBucket: undefined,
    evidenceBucket: undefined,
    stripeApiBase: new URL(process.env['STRIPE_STANDIN_URL'] ?? ''),
    brevoApiBase: new URL(process.env['BREVO_STANDIN_URL'] ?? ''),
    brevoMarketingList: 1,
    brevoSince: Date.UTC(2012, 0, 1),
    brevoLinkAttribute: undefined,
    linksUrl: undefined,
    brevoSmtpPerHour: 1_000_000,
    brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
    officerEmail: undefined,
    officerLanguage: 'en',
    reconcileAfterMs: 1000,
    announcementsPerNight: 5_000,
    rectifyAfterMs: 1000,
    reconcileDays: 3,
    missingAfterMs: 1000,
    secondLookMs: SECOND_LOOK_MS,
    thirdLookMs: undefined,
    officerSheetKey: localSheetKeys(project).publicKey,
    // Over when the erasure comes to wait for them.
    officerTasksMs: 1000,
    erasureGraceMs: undefined,
    erasureHoldAbove: 100_000,
    pollMs: 1000,
    enqueueGraceMs: 60_000,
    leaseMs: undefined,
    retryBaseMs: 1000,
    contactPerHour: 5,
    trustedProxyHops: 1,
    writesPerSecond: 4000,
    writesPerSecondTogether: 5000,
  };
  const tasks: string[] = [];
  const context: Context = {
    policy,
    clients: {
      ...createClients(config, () => 'sk_test_bench'),
      app: () => db,
      own: () => own,
      bucket: async () => getStorage(storage).bucket(`${project}.appspot.com`),
    },
    queue: { enqueue: async (_queue, job) => void tasks.push(job) },
    keys: { current: 1, keys: { 1: secrets['PSEUDONYM_KEY_V1'] ?? '' } },
    evidenceKeys: () => ({ current: 1, keys: { 1: secrets['EVIDENCE_SIGNING_KEY_V1'] ?? '' } }),
    config,
    now,
    log: { info: () => undefined, warn: () => undefined, error: (...args) => console.error(...args) },
  };
  return { project, db, own, context, tasks };
}

/** Operations as Firestore bills them. */
export interface Billed {
  readonly reads: number;
  readonly writes: number;
  readonly deletes: number;
}

/**
 * Returns the operations that a database of a project was billed since the last `DELETE`. Only the
 * embedded Firestore counts.
 */
export async function billed(
  project: string,
  database: '(default)' | 'compliance',
  method: 'GET' | 'DELETE' = 'GET',
): Promise<Billed> {
  const url = `${process.env['FIRESTORE_BILLING_URL'] ?? ''}?project=${project}&database=${encodeURIComponent(database)}`;
  const answer = await fetch(url, { method });
  return method === 'GET' ? ((await answer.json()) as Billed) : { reads: 0, writes: 0, deletes: 0 };
}

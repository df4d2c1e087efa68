import type { Firestore } from 'firebase-admin/firestore';
import type { Context } from '../../../functions/src/platform/context.ts';
import { findRequest, type FoundRequest } from '../../../functions/src/rights/answers/find.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { memoryDatabases } from '../../kit/firestore.ts';
import { policyWith, record } from '../export/helpers.ts';

/**
 * A context with both databases in memory, a queue that notes its tasks, and a clock that stands.
 */
export function testContext(start: number): Context & {
  app: Firestore;
  own: Firestore;
  enqueued: string[];
  logged: string[];
  time: { now: number };
} {
  const { app, own } = memoryDatabases('demo-amikeo');
  const enqueued: string[] = [];
  const logged: string[] = [];
  const time = { now: start };
  const none = (): never => {
    throw new Error('a client that this test does not expect');
  };
  const write = (event: string, fields?: object): void => void logged.push(`${event} ${JSON.stringify(fields ?? {})}`);
  return {
    app,
    own,
    enqueued,
    logged,
    time,
    policy: policyWith({ profile: record('firestore', 'users/{uid}') }),
    clients: {
      app: () => app,
      own: () => own,
      auth: async () => fakeAuth(() => []),
      bucket: none,
      stripe: none,
      brevo: none,
    },
    queue: {
      enqueue: async (queue, job) => {
        enqueued.push(`${queue} ${job}`);
      },
    },
    keys: { current: 1, keys: { 1: 'a key for tests' } },
    evidenceKeys: () => {
      throw new Error('a request signs nothing');
    },
    config: {
      appBucket: undefined,
      exportBucket: undefined,
      evidenceBucket: undefined,
      stripeApiBase: new URL('http://localhost'),
      brevoApiBase: new URL('http://localhost'),
      brevoMarketingList: undefined,
      brevoSince: Date.UTC(2012, 0, 1),
      brevoSmtpPerHour: 300,
      brevoLinkAttribute: undefined,
      brevoSender: undefined,
      officerEmail: undefined,
      officerLanguage: 'en',
      linksUrl: undefined,
      reconcileAfterMs: 1000,
      announcementsPerNight: 5_000,
      rectifyAfterMs: 1000,
      reconcileDays: 3,
      secondLookMs: 1000,
      thirdLookMs: 2000,
      officerSheetKey: undefined,
      officerTasksMs: undefined,
      erasureGraceMs: undefined,
      erasureHoldAbove: undefined,
      missingAfterMs: 1000,
      pollMs: 1000,
      enqueueGraceMs: 1000,
      leaseMs: undefined,
      retryBaseMs: 1000,
      contactPerHour: 3,
      trustedProxyHops: 1,
      writesPerSecond: 4000,
      writesPerSecondTogether: 5000,
    },
    now: () => time.now,
    log: { info: write, warn: write, error: write },
  };
}

/** Returns the request of a name. @throws Error if there is none */
export async function requestNamed(context: Context, key: string, uid?: string): Promise<FoundRequest> {
  const found = await findRequest(context, key, uid);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

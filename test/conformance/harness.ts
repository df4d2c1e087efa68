import { randomBytes } from 'node:crypto';
import { initializeApp } from 'firebase-admin/app';
import { expect } from 'vitest';
import { createClients } from '../../functions/src/platform/clients.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { ComplianceError, PermanentError } from '../../functions/src/platform/errors.ts';
import type { Config } from '../../functions/src/platform/params.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import type { Policy } from '../../functions/src/policy/schema.ts';
import { prove } from '../../functions/src/subject/prove.ts';
import { keys } from '../kit/sealed/keys.ts';
import { proven } from '../kit/proven.ts';
import { pseudonymOf } from '../../functions/src/subject/pseudonym.ts';
import type {
  Change,
  Cursor,
  NamedRecord,
  Outcome,
  Progress,
  Scope,
  Subject,
  System,
} from '../../functions/src/systems/system.ts';

export const NOW = Date.parse('2026-05-20T10:00:00Z');

/** The addresses of the local providers; without them the systems that need them cannot be made. */
export interface Urls {
  readonly stripe?: string;
  readonly brevo?: string;
}

/**
 * Everything a system is a function of, against the emulators and local servers. Only deadlines are
 * read in real time.
 */
export function testContext(urls: Urls = {}, policy: Policy = amikeo): Context {
  const config: Config = {
    appBucket: undefined,
    exportBucket: undefined,
    evidenceBucket: undefined,
    stripeApiBase: new URL(urls.stripe ?? 'http://127.0.0.1:9'),
    brevoApiBase: new URL(urls.brevo ?? 'http://127.0.0.1:9'),
    brevoMarketingList: 7,
    brevoSince: Date.UTC(2012, 0, 1),
    brevoLinkAttribute: undefined,
    linksUrl: undefined,
    brevoSmtpPerHour: 1_000_000,
    brevoSender: undefined,
    officerEmail: undefined,
    officerLanguage: 'en',
    reconcileAfterMs: 1000,
    announcementsPerNight: 5_000,
    reconcileDays: 3,
    rectifyAfterMs: 1000,
    secondLookMs: 1000,
    thirdLookMs: undefined,
    officerSheetKey: undefined,
    officerTasksMs: undefined,
    erasureGraceMs: undefined,
    erasureHoldAbove: undefined,
    missingAfterMs: 1000,
    pollMs: 1,
    enqueueGraceMs: 1000,
    leaseMs: undefined,
    retryBaseMs: 1,
    contactPerHour: 5,
    trustedProxyHops: 1,
    writesPerSecond: 4000,
    writesPerSecondTogether: 5000,
  };
  return {
    policy,
    clients: createClients(config, () => 'sk_test_conformance'),
    queue: { enqueue: () => Promise.reject(new Error('a system enqueues nothing')) },
    keys,
    evidenceKeys: () => {
      throw new Error('a system signs nothing');
    },
    config,
    now: Date.now,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  };
}

/** A uid that nobody else in the suite has; `fresh('a') + 'b'` is one that begins with it. */
export const fresh = (name: string): string => `${name}-${randomBytes(6).toString('hex')}`;

/**
 * Gives the clients that are made afterwards a project of their own. Google's emulator goes through
 * all rows of a project to list the documents below one: rows of other tests make that slow.
 */
export function ownProject(): void {
  initializeApp({ projectId: `demo-${fresh('conformance')}` });
}

export const subjectOf = (
  uid: string,
  {
    verifiedEmails = [],
    ...more
  }: Partial<Omit<Subject, 'verifiedEmails'>> & { verifiedEmails?: readonly string[] } = {},
): Subject => ({
  uid,
  pseudonym: pseudonymOf(uid, keys),
  accountCreatedAt: 1_700_000_000,
  providerIds: {},
  ...more,
  verifiedEmails: proven(...verifiedEmails),
});

export const erase: Change = { kind: 'erase', accountDeletedAt: NOW - 60_000 };

/** Returns the scope of a subject with the handles that the system itself can prove. */
export async function scopeFor(system: System, policy: Policy, subject: Subject): Promise<Scope> {
  const { handles, refused } = prove(subject, await system.find(subject));
  return { policy, subject, handles, refused, now: NOW, deadline: Date.now() + 60_000 };
}

/** The records of a policy that a system holds. */
export const recordsOf = (policy: Policy, system: string): NamedRecord[] =>
  Object.entries(policy.records).flatMap(([id, record]) => (record.system === system ? [{ id, record }] : []));

const MOST_CALLS = 200;

export interface Drive {
  readonly outcomes: readonly Outcome[];
  readonly calls: number;
}

/**
 * Calls until it is settled, as a job would. The cursor goes through JSON, and waits are over at
 * once. A failed attempt comes again from the last cursor that was written down.
 *
 * @param interrupted the deadline is over before each call begins
 */
export async function drive(
  call: (scope: Scope) => Promise<Progress>,
  scope: Scope,
  { interrupted = false, attempts = 1 }: { interrupted?: boolean; attempts?: number } = {},
): Promise<Drive> {
  let cursor: Cursor | undefined = scope.cursor;
  let failures = 0;
  for (let calls = 1; calls <= MOST_CALLS; calls++) {
    const deadline = interrupted ? 0 : Date.now() + 60_000;
    let progress: Progress;
    try {
      progress = await call({ ...scope, deadline, ...(cursor === undefined ? {} : { cursor }) });
    } catch (error) {
      failures += 1;
      if (error instanceof PermanentError || failures >= attempts) throw error;
      expect(error, 'an error without a code of our own').toBeInstanceOf(ComplianceError);
      continue;
    }
    if ('settled' in progress) return { outcomes: progress.settled, calls };
    const next = 'more' in progress ? progress.more : progress.cursor;
    if (next !== undefined) {
      const stored = JSON.parse(JSON.stringify(next)) as Cursor;
      expect(stored, 'a cursor is plain JSON').toEqual(next);
      expect(JSON.stringify(stored).length, 'a cursor is small').toBeLessThan(2000);
      cursor = stored;
    }
  }
  throw new Error(`not settled after ${MOST_CALLS} calls`);
}

/** Everything that an iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

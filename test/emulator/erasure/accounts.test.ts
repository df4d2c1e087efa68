import { getApp } from 'firebase-admin/app';
import { getAuth } from 'firebase-admin/auth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountsJob, accountsRunner } from '../../../functions/src/erasure/compareAccounts.ts';
import type { EndedAccount } from '../../../functions/src/erasure/accountEvents.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { learnAddress } from '../../../functions/src/subject/addresses.ts';
import { addressKey } from '../../../functions/src/subject/emails.ts';
import { knownFromAuth } from '../../../functions/src/subject/identity.ts';
import { forgetKnown, learn, readKnown } from '../../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { drive, openNight } from '../retention/nightly.ts';

const night = openNight('accounts');
// A project of its own: no function hears of these accounts, as of an import or of a deletion of
// many in production.
const auth = getAuth(getApp('accounts'));
const context: Context = { ...night.context, clients: { ...night.context.clients, auth: async () => auth } };
afterAll(() => night.end());

const HOUR = 3_600_000;
const MANY = 230;
const created = (index: number): string => new Date(1_700_000_000_000 + index * 1000).toUTCString();
const uids = Array.from({ length: MANY }, (_, index) => `u${String(index).padStart(4, '0')}`);
const importAll = (some: readonly string[], later = 0): Promise<unknown> =>
  auth.importUsers(
    some.map((uid) => ({
      uid,
      email: `${uid}@example.com`,
      emailVerified: true,
      metadata: { creationTime: created(uids.indexOf(uid) + later) },
    })),
  );
const missing = async (uid: string): Promise<unknown> =>
  (await night.own.doc(`subjects/${uid}`).get()).get('missingSince');

/** The erasures that were started, by the ids of their jobs. */
const erasures = async () =>
  new Map(
    (await night.own.collection('jobs').where('kind', '==', 'erasure').get()).docs.map((job) => [job.id, job] as const),
  );

/** One night's comparison, in tasks that have time for one page each. */
const look = (deadline = 0) =>
  drive(accountsRunner(context), 'accounts', newJob(accountsJob(night.now()), night.now()), deadline);

/** Returns the accounts for which one night's comparison started erasures. */
async function compare(): Promise<EndedAccount[]> {
  const before = await erasures();
  await look();
  const started = [...(await erasures()).values()].flatMap((job): EndedAccount[] => {
    if (before.has(job.id)) return [];
    const { uid, tenantId, accountCreatedAt, startedAt } = job.get('input') as {
      uid: string;
      tenantId: string | null;
      accountCreatedAt: number | null;
      startedAt: number;
    };
    return [{ uid, tenantId, accountCreatedAt, since: startedAt }];
  });
  return started.sort((a, b) => (a.uid < b.uid ? -1 : 1));
}

/**
 * Counts the operations that this project's databases are billed for some work (only the embedded
 * Firestore counts).
 */
const billing = process.env['FIRESTORE_BILLING_URL'];
async function billed(work: () => Promise<unknown>): Promise<unknown> {
  const url = `${billing ?? ''}?project=demo-accounts-${process.pid}`;
  await fetch(url, { method: 'DELETE' });
  await work();
  return (await fetch(url)).json();
}

/** Two nights: the first misses accounts that are gone, the second starts their erasures. */
async function twoNights(): Promise<EndedAccount[]> {
  expect(await compare()).toEqual([]);
  night.pass(24 * HOUR);
  return compare();
}

beforeAll(async () => {
  await importAll(uids);
  const { users } = await auth.listUsers(1000);
  expect(users).toHaveLength(MANY);
  await Promise.all(
    users.map((user) => learn(night.context, knownFromAuth(user, pseudonymOf(user.uid, context.keys)))),
  );
  await learnAddress(night.context, { email: 'nobody@example.com', provenAt: night.now() });
});

describe('accounts that were known and are gone', () => {
  it.skipIf(billing === undefined)('none is: a read for each, and nothing is written', async () => {
    expect(await billed(look)).toEqual({ reads: MANY + 1, writes: 0, deletes: 0 });
  });

  it('in the dozens, by a deletion of many that fires no event: missed once, started by another look a day later', async () => {
    const gone = uids.filter((_, index) => index % 9 === 0);
    await auth.deleteUsers(gone);
    expect(await compare()).toEqual([]);
    const since = night.now();
    // Another look in the same night is not a second sighting.
    expect(await compare()).toEqual([]);
    night.pass(24 * HOUR);
    const started = await compare();
    expect(started.map(({ uid }) => uid)).toEqual(gone);
    for (const { uid, accountCreatedAt: createdAt, since: missedSince } of started) {
      expect(createdAt).toBe(Date.parse(created(uids.indexOf(uid))) / 1000);
      expect(missedSince).toBe(since);
    }

    // Accounts with an ended erasure are forgotten, and missed no more.
    await Promise.all(
      started.map(async ({ uid }) => {
        const known = await readKnown(night.context, uid);
        if (known) await forgetKnown(night.context, known);
      }),
    );
    await Promise.all([...(await erasures()).values()].map((job) => job.ref.delete()));
    expect(await twoNights()).toEqual([]);
  });

  it('starts one erasure, however many nights and tasks see it missing', async () => {
    const [, uid = ''] = uids;
    await auth.deleteUsers([uid]);
    await compare();
    night.pass(24 * HOUR);
    for (let times = 0; times < 3; times++) {
      await Promise.all([1, 2].map(() => look()));
      night.pass(24 * HOUR);
    }
    const jobs = [...(await erasures()).values()];
    expect(jobs.map((job) => job.get('pseudonym') as unknown)).toEqual([pseudonymOf(uid, context.keys)]);
    const known = await readKnown(night.context, uid);
    if (known) await forgetKnown(night.context, known);
  });

  it('and back before the next night were only imported again', async () => {
    const [, , uid = ''] = uids;
    await auth.deleteUsers([uid]);
    await compare();
    expect(await missing(uid)).toBeDefined();
    await importAll([uid]);
    night.pass(24 * HOUR);
    expect(await compare()).toEqual([]);
    expect(await missing(uid)).toBeUndefined();
    expect(await readKnown(night.context, uid)).toMatchObject({ verifiedEmails: [`${uid}@example.com`] });
  });

  it('with another account under the same uid are gone all the same: the uid’s new user is another person', async () => {
    const [, , , uid = ''] = uids;
    await auth.deleteUsers([uid]);
    await importAll([uid], 3600);
    expect(await twoNights()).toEqual([
      { uid, tenantId: null, accountCreatedAt: Date.parse(created(3)) / 1000, since: night.now() - 24 * HOUR },
    ]);
    const known = await readKnown(night.context, uid);
    expect(known?.accountCreatedAt).toBe(Date.parse(created(3)) / 1000);
    if (known) await forgetKnown(night.context, known);
  });

  it('never are people without an account', async () => {
    const kept = await night.own.doc(`subjects/${addressKey('nobody@example.com', context.keys)}`).get();
    expect(kept.data()).toEqual({
      verifiedEmails: ['nobody@example.com'],
      provenAt: expect.anything(),
      seal: expect.any(String),
    });
  });
});

describe('facts that no event of Auth tells', () => {
  it('an address that was verified, a telephone number, an account that was linked: learnt in the next night, once', async () => {
    const [, , , , uid = ''] = uids;
    await auth.updateUser(uid, { email: 'new@example.com', emailVerified: false, phoneNumber: '+33612345678' });
    await compare();
    expect(await readKnown(night.context, uid)).toMatchObject({
      verifiedEmails: [`${uid}@example.com`],
      phones: ['+33612345678'],
    });
    await auth.updateUser(uid, {
      emailVerified: true,
      providerToLink: { providerId: 'google.com', uid: '1234', email: 'victim@example.com' },
    });
    await compare();
    const known = await readKnown(night.context, uid);
    expect(known).toMatchObject({
      // The newest comes first; earlier verified addresses are remembered.
      verifiedEmails: ['new@example.com', `${uid}@example.com`],
      phones: ['+33612345678'],
      federated: ['google.com:1234'],
    });
    if (billing !== undefined) expect(await billed(look)).toMatchObject({ writes: 0 });
  });
});

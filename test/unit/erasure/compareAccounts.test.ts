import type { Firestore, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { accountsJob, accountsRunner, findingOf, comparePage } from '../../../functions/src/erasure/compareAccounts.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { RetryAfterError } from '../../../functions/src/platform/errors.ts';
import { sealed } from '../../../functions/src/crypto/seal.ts';
import { addressKey } from '../../../functions/src/subject/emails.ts';
import { knownFromAuth, type Known } from '../../../functions/src/subject/identity.ts';
import { readKnown } from '../../../functions/src/subject/known.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { testContext } from '../requests/helpers.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 5, 1, 3);
const CREATED = 1_700_000_000;
const creationTime = new Date(CREATED * 1000).toUTCString();
const times = { now: NOW, missingAfterMs: 20 * HOUR };
const known: Known = {
  uid: 'u',
  pseudonym: 'p',
  accountCreatedAt: CREATED,
  tenantId: null,
  verifiedEmails: ['ada@example.com'],
  providerIds: { stripeCustomer: 'cus_1' },
};
const user = { uid: 'u', email: 'ada@example.com', emailVerified: true, metadata: { creationTime } };
const learnt = knownFromAuth(user, 'p');

describe('the result of one look at a known account', () => {
  it('nothing, for one that is there as it was known', () => {
    expect(findingOf({ known }, learnt, times)).toEqual({ found: 'nothingNew' });
    expect(findingOf({ known: { ...known, phones: ['+331'] } }, learnt, times)).toEqual({ found: 'nothingNew' });
  });

  it.each([
    ['an address that was verified since', { ...user, email: 'new@example.com' }],
    ['a telephone number', { ...user, phoneNumber: '+33612345678' }],
    ['an account that was linked', { ...user, providerData: [{ providerId: 'google.com', uid: '1' }] }],
  ])('learns %s', (_, now) => {
    expect(findingOf({ known }, knownFromAuth(now, 'p'), times).found).toBe('news');
  });

  it('learns an address that is not verified as a claim, and never as one that was verified', () => {
    const changed = { ...user, email: 'victim@example.com', emailVerified: false };
    const finding = findingOf({ known }, knownFromAuth(changed, 'p'), times);
    expect(finding).toMatchObject({
      found: 'news',
      known: { verifiedEmails: [], unverifiedEmails: ['victim@example.com'] },
    });
  });

  it('misses an account at the first look, and starts its erasure at another one a day later, not before', () => {
    expect(findingOf({ known }, undefined, times)).toEqual({ found: 'missed' });
    const missed = (ago: number) => findingOf({ known, missingSince: NOW - ago }, undefined, times);
    expect(missed(0)).toEqual({ found: 'nothingNew' });
    expect(missed(20 * HOUR - 1)).toEqual({ found: 'nothingNew' });
    expect(missed(20 * HOUR)).toEqual({
      found: 'missedAgain',
      account: { uid: 'u', tenantId: null, accountCreatedAt: CREATED, since: NOW - 20 * HOUR },
    });
  });

  it('takes one that is back as not missed any more', () => {
    expect(findingOf({ known, missingSince: NOW - HOUR }, learnt, times).found).toBe('news');
  });

  it('does not take another account of the same uid for it', () => {
    const other = knownFromAuth(
      { ...user, metadata: { creationTime: new Date((CREATED + 60) * 1000).toUTCString() } },
      'p',
    );
    expect(findingOf({ known }, other, times)).toEqual({ found: 'missed' });
    expect(findingOf({ known, missingSince: NOW - 24 * HOUR }, other, times).found).toBe('missedAgain');
  });

  it('learns the creation time if nobody knew it, and also misses an account without a known time', () => {
    const unknown = { ...known, accountCreatedAt: null };
    expect(findingOf({ known: unknown }, learnt, times).found).toBe('news');
    expect(findingOf({ known: unknown, missingSince: NOW - 24 * HOUR }, undefined, times)).toEqual({
      found: 'missedAgain',
      account: { uid: 'u', tenantId: null, accountCreatedAt: null, since: NOW - 24 * HOUR },
    });
  });
});

/** A page of known accounts, and the updates of their documents. */
function page(known: Record<string, object>) {
  const updates: string[] = [];
  const docs = Object.entries(known).map(
    ([id, data]) =>
      ({
        id,
        data: () =>
          'unsealed' in data ? data.unsealed : sealed(`subjects/${id}`, data, { current: 1, keys: { 1: 'key' } }),
        updateTime: Timestamp.fromMillis(NOW),
        ref: { update: async () => void updates.push(id) },
      }) as unknown as QueryDocumentSnapshot,
  );
  return { docs, updates };
}

/** @param own absent: nothing is to be written, and no erasure to be started */
function contextWith(getUsers: (uids: { uid: string }[]) => Promise<unknown>, own?: Firestore): Context {
  const auth = Object.assign(
    fakeAuth(() => []),
    { getUsers },
  );
  const none = {
    runTransaction: () => Promise.reject(new Error('nothing was to be written')),
    collection: () => ({ doc: () => ({}) }),
  };
  const base = testContext(NOW);
  return {
    ...base,
    clients: { ...base.clients, own: () => own ?? none, auth: async () => auth },
    keys: { current: 1, keys: { 1: 'key' } },
    config: { ...base.config, missingAfterMs: times.missingAfterMs },
  } as unknown as Context;
}

const stored = {
  pseudonym: 'p',
  accountCreatedAt: CREATED,
  tenantId: null,
  verifiedEmails: ['ada@example.com'],
  providerIds: {},
};
const auth = (present: readonly string[]) => async (asked: { uid: string }[]) => ({
  users: asked.filter(({ uid }) => present.includes(uid)).map(({ uid }) => ({ ...user, uid })),
  notFound: asked.filter(({ uid }) => !present.includes(uid)),
});

describe('a page of known accounts', () => {
  it('is not believed if it is forged: it begins no erasure, and Auth is asked about an account that lives', async () => {
    const missed = { ...stored, missingSince: Timestamp.fromMillis(NOW - 24 * HOUR) };
    const { docs, updates } = page({ here: { unsealed: missed }, gone: { unsealed: missed }, empty: { unsealed: {} } });
    const { own } = testContext(NOW);
    const context = contextWith(auth(['here']), own);
    expect(await comparePage(context, docs)).toBe(0);
    expect(updates).toEqual([]);
    expect((await own.collection('jobs').get()).size).toBe(0);
    expect((await own.collection('subjects').get()).docs.map(({ id }) => id)).toEqual(['here']);
    expect(await readKnown(context, 'here')).toMatchObject({ uid: 'here' });
    expect((context as ReturnType<typeof testContext>).logged).toEqual([
      'what is known of accounts is not as the backend wrote it {"code":"seal.broken","count":3}',
    ]);
  });

  it('is one call to Auth, marks newly missing accounts, starts the erasure of those missing twice, and writes nothing else', async () => {
    const { docs, updates } = page({
      here: stored,
      first: stored,
      again: { ...stored, missingSince: Timestamp.fromMillis(NOW - 24 * HOUR) },
      lately: { ...stored, missingSince: Timestamp.fromMillis(NOW - HOUR) },
      [addressKey('ada@example.com', { current: 1, keys: { 1: 'key' } })]: { verifiedEmails: ['ada@example.com'] },
    });
    const { own } = testContext(NOW);
    let calls = 0;
    const answer = auth(['here']);
    const context = contextWith((asked) => {
      calls += 1;
      expect(asked.map(({ uid }) => uid)).toEqual(['here', 'first', 'again', 'lately']);
      return answer(asked);
    }, own);
    const missed = await comparePage(context, docs);
    const jobs = await own.collection('jobs').get();
    const started = jobs.docs.map((job) => {
      const { uid, tenantId, accountCreatedAt, startedAt, startedBy } = job.get('input') as Record<string, unknown>;
      return { uid, tenantId, createdAt: accountCreatedAt, since: startedAt, startedBy };
    });
    expect({ calls, missed, updates, started }).toEqual({
      calls: 1,
      missed: 2,
      updates: ['first'],
      started: [
        {
          uid: 'again',
          tenantId: null,
          createdAt: CREATED,
          since: NOW - 24 * HOUR,
          startedBy: 'missingAccount',
        },
      ],
    });
  });

  it('takes no account for gone that has moved to a tenant, and notes it', async () => {
    const { docs, updates } = page({ moved: stored });
    const pools = fakeAuth(() => [{ ...user, uid: 'moved', tenantId: 'schools' }], ['schools']);
    const context = contextWith(async () => ({ users: [], notFound: [{ uid: 'moved' }] }));
    const auth = async () =>
      Object.assign(pools, { getUsers: async () => ({ users: [], notFound: [{ uid: 'moved' }] }) });
    const written: unknown[] = [];
    const own = {
      collection: () => ({ doc: () => ({}) }),
      runTransaction: (work: (tx: unknown) => Promise<unknown>) =>
        work({
          get: async () => ({ data: () => stored }),
          set: (_: unknown, data: unknown) => void written.push(data),
        }),
    };
    const moved = { ...context, clients: { own: () => own, auth } } as unknown as Context;
    expect(await comparePage(moved, docs)).toBe(0);
    expect({ updates, written }).toMatchObject({ updates: [], written: [{ tenantId: 'schools' }] });
  });

  it('of an uid that only looks like the key of an address is looked at like any other', async () => {
    const { docs, updates } = page({ email_somebody: stored, email_v1_short: stored });
    await comparePage(contextWith(auth([])), docs);
    expect(updates).toEqual(['email_somebody', 'email_v1_short']);
  });

  it('takes no account for deleted if Auth said nothing about it', async () => {
    const { docs, updates } = page({ a: stored, b: stored });
    const silent = contextWith(async () => ({ users: [], notFound: [{ uid: 'a' }] }));
    await expect(comparePage(silent, docs)).rejects.toMatchObject({ code: 'auth.answer' });
    expect(updates).toEqual([]);
  });

  it.each(['auth/quota-exceeded', 'auth/too-many-requests'])('comes back later when Auth says so: %s', async (code) => {
    const { docs } = page({ a: stored });
    const busy = contextWith(() => Promise.reject(Object.assign(new Error(), { code })));
    await expect(comparePage(busy, docs)).rejects.toBeInstanceOf(RetryAfterError);
  });

  it.each([
    [5, 'forgotten'],
    [9, 'learnt'],
  ])('of which one was %d (%s) a moment ago leaves it alone', async (code) => {
    const { docs } = page({ a: stored });
    const [one] = docs;
    Object.assign(one?.ref ?? {}, { update: () => Promise.reject(Object.assign(new Error(), { code })) });
    await expect(comparePage(contextWith(auth([])), docs)).resolves.toBe(1);
    Object.assign(one?.ref ?? {}, { update: () => Promise.reject(Object.assign(new Error(), { code: 14 })) });
    await expect(comparePage(contextWith(auth([])), docs)).rejects.toMatchObject({ code: 14 });
  });
});

describe('the job', () => {
  it('is one for the night, and has one step', async () => {
    expect(accountsJob(NOW)).toEqual(accountsJob(NOW));
    expect(accountsJob(NOW).id).toBe('accounts_20260601T030000Z');
    expect(Object.keys(newJob(accountsJob(NOW), NOW).steps)).toEqual(['accounts']);
    const { run } = accountsRunner(contextWith(auth([])));
    await expect(run('other', newJob(accountsJob(NOW), NOW), { deadline: 0 })).rejects.toThrow('no step other');
  });
});

import type { Auth } from 'firebase-admin/auth';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, test } from 'vitest';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { admit, DAILY, rule, type Window } from '../../../functions/src/rights/budget.ts';
import { onPrivacyRequestCancelled, onPrivacyRequestCreated } from '../../../functions/src/rights/receive.ts';
import { requestKey, requestTypes } from '../../../functions/src/requests/request.ts';
import { queueRunner } from '../../../functions/src/rights/queue.ts';
import { finishRequest, refOf } from '../../../functions/src/requests/store.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { NOW, context, chain, fresh, person, shown, recorded, ids, entries, keyOf } from './helpers.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';

beforeEach(fresh);

const size = async (path: string): Promise<number> => (await ids(path)).length;
const finish = (id: string) => finishRequest(context, refOf('u1', chain, id, context.keys), { status: 'completed' });

/** The person writes a request, and its event is delivered. */
async function ask(type: string, id: string): Promise<void> {
  await person(id).set({ type, createdAt: Timestamp.fromMillis(context.time.now) });
  await deliver(id);
}
const event = async (kind: string, id: string) => ({
  id: `${kind}-${id}`,
  uid: 'u1',
  requestId: id,
  data: (await person(id).get()).data(),
  time: context.time.now,
});
const deliver = async (id: string) => onPrivacyRequestCreated(context, await event('create', id));
async function takeBack(id: string): Promise<void> {
  await person(id).update({ cancelled: true });
  await onPrivacyRequestCancelled(context, await event('cancel', id));
}

/** The job that begins queued requests of a type, as far as they are due. */
async function queue(type: string): Promise<void> {
  await runJob(context, { request: async (c) => queueRunner(c) }, `queue_${type}_${chain}`);
}

describe('Art. 12(5): repetitive requests', () => {
  test.each(['access', 'portability'])(
    'a second %s while one is open is refused, and the first goes on',
    async (type) => {
      await ask(type, 'r1');
      await ask(type, 'r2');
      expect(await shown('r2')).toMatchObject({ status: 'refused', reason: 'already_open' });
      expect(await recorded('r2')).toMatchObject({
        status: 'refused',
        reason: 'already_open',
        completedAt: Timestamp.fromMillis(NOW),
      });
      expect(await shown('r1')).toMatchObject({ status: 'in_progress' });
      expect(await size('jobs')).toBe(1);
      expect(await entries()).toEqual([`${type}.requested`, `${type}.refused`]);
    },
  );

  test('one of the other kind is no repetition; one after the first was answered, or taken back, neither', async () => {
    await ask('access', 'r1');
    await ask('portability', 'r2');
    await finish('r1');
    await ask('access', 'r3');
    await takeBack('r3');
    await ask('access', 'r4');
    for (const id of ['r2', 'r3', 'r4']) expect((await shown(id))?.['reason']).toBeUndefined();
    expect(await shown('r4')).toMatchObject({ status: 'in_progress' });
  });

  test('one that an officer still has to finish is open, on any day', async () => {
    await ask('access', 'r1');
    await finishRequest(context, refOf('u1', chain, 'r1', context.keys), { status: 'waiting' });
    context.time.now += 20 * DAY_MS;
    await ask('access', 'r2');
    expect(await shown('r2')).toMatchObject({ status: 'refused', reason: 'already_open' });
  });

  test('two at the same moment: one is answered', async () => {
    const ids = ['r1', 'r2', 'r3'];
    for (const id of ids) await person(id).set({ type: 'portability', createdAt: Timestamp.fromMillis(NOW) });
    await Promise.all(ids.map(deliver));
    expect(await size('jobs')).toBe(1);
    const all = await Promise.all(ids.map(async (id) => String((await shown(id))?.['status'])));
    expect(all.sort()).toEqual(['in_progress', 'refused', 'refused']);
  });

  test('a refusal is final: taken back, it stays one', async () => {
    await ask('access', 'r1');
    await ask('access', 'r2');
    await takeBack('r2');
    expect(await shown('r2')).toMatchObject({ status: 'refused' });
    expect(await entries()).toEqual(['access.requested', 'access.refused']);
  });

  test('delivered again, also a day later, a request has the answer that it had', async () => {
    await ask('access', 'r1');
    await ask('access', 'r2');
    for (const id of ['r2', 'r1']) await deliver(id);
    context.time.now += DAY_MS + 1;
    await finish('r1');
    for (const id of ['r2', 'r1']) await deliver(id);
    expect(await shown('r1')).toMatchObject({ status: 'completed' });
    expect(await shown('r2')).toMatchObject({ status: 'refused' });
    expect(await size('jobs')).toBe(1);
    expect(await entries()).toHaveLength(2);
  });
});

test('taken back between its turn and its record, a request is not open', async () => {
  // The process died here.
  await admit(context, { uid: 'u1', chains: [chain], request: { type: 'access', requestId: 'r1' } });
  await ask('access', 'r2');
  expect(await shown('r2')).toMatchObject({ status: 'refused', reason: 'already_open' });
  await person('r1').set({ type: 'access', createdAt: Timestamp.fromMillis(NOW) });
  await takeBack('r1');
  await ask('access', 'r3');
  expect(await shown('r3')).toMatchObject({ status: 'in_progress' });
});

describe('a uid that another person uses after an erasure', () => {
  const createdAt = NOW / 1000 - 60;
  beforeEach(async () => {
    const getUser = () => Promise.resolve({ metadata: { creationTime: new Date(createdAt * 1000).toUTCString() } });
    context.clients.auth = () => Promise.resolve({ getUser } as unknown as Auth);
    // The person before asked as well, and was erased while that was open.
    await ask('access', 'r1');
    await changeHead(context, chain, { closed: { at: NOW, accountCreatedAt: 1 } });
  });

  test('has requests of their own', async () => {
    await onPrivacyRequestCreated(context, { ...(await event('create', 'r1')), id: 'e2' });
    expect(
      (await context.own.doc(`requests/${requestKey(`${chain}~2`, 'r1', context.keys)}`).get()).data(),
    ).toMatchObject({ status: 'in_progress' });
  });

  test('has none of those that the person before made, even if their events come late', async () => {
    await person('r2').set({ type: 'erasure', createdAt: Timestamp.fromMillis(createdAt * 1000 - 5000) });
    const late = { ...(await event('create', 'r2')), time: createdAt * 1000 - 5000 };
    await onPrivacyRequestCreated(context, late);
    expect(await size('requests')).toBe(1);
    const [rejected] = (await context.own.collection('rejectedEvents').get()).docs;
    expect(rejected?.get('issues')).toEqual([{ code: 'erased', field: '(subject)' }]);
  });
});

describe('after a change of the pseudonym key', () => {
  const older = { current: 1, keys: { 1: 'a key for tests' } };
  const newer = { current: 2, keys: { 1: 'a key for tests', 2: 'a newer key' } };

  test('a request made under the older one is open still, is known, and is taken back', async () => {
    await ask('access', 'r1');
    Object.assign(context, { keys: newer });
    await ask('access', 'r2');
    expect(await shown('r2')).toMatchObject({ status: 'refused', reason: 'already_open' });
    await deliver('r1');
    expect(await size('jobs')).toBe(1);
    await takeBack('r1');
    expect(await shown('r1')).toMatchObject({ status: 'cancelled' });
    const first = pseudonymOf('u1', older);
    expect((await context.own.doc(`requests/${requestKey(first, 'r1', older)}`).get()).get('status')).toBe('cancelled');
    expect(await size('requests')).toBe(2);
    const jobs = (await context.own.collection('jobs').get()).docs.map((d) => `${d.id} ${String(d.get('status'))}`);
    expect(jobs.map((job) => job.replace(/_.*_.* /, ' ')).sort()).toEqual(['discard waiting', 'export cancelled']);
  });
});

describe('a flood', () => {
  test.each(requestTypes)('of %s: a bounded number is written, and one document says so', async (type) => {
    for (let n = 0; n < DAILY.recorded + 10; n++) await ask(type, `r${n}`);
    expect(await size('requests')).toBe(DAILY.recorded);
    // Of exports all but one are refused, and said to be; of the others those that are queued have
    // no entry.
    const isExport = type === 'access' || type === 'portability';
    expect(await entries()).toHaveLength(isExport ? DAILY.recorded : DAILY.begun);
    const rejected = (await context.own.collection('rejectedEvents').get()).docs.map((d) => d.data());
    expect(rejected).toMatchObject([
      { path: `users/${chain}/privacyRequests/{id}`, issues: [{ code: 'over_budget', field: 'type' }] },
    ]);
    expect(context.logged.filter((line) => line.startsWith('event rejected'))).toHaveLength(1);
    expect(
      (await context.own.collection('rateLimits').get()).docs.map((d) => JSON.stringify(d.data())).join(),
    ).not.toMatch(/"u1"|"r\d+"/);
  });

  test('taken back, an unwritten request is not written either', async () => {
    for (let n = 0; n < DAILY.recorded + 2; n++) await ask('access', `r${n}`);
    await takeBack(`r${DAILY.recorded + 1}`);
    expect(await size('requests')).toBe(DAILY.recorded);
    expect(await size('rejectedEvents')).toBe(1);
  });

  test('a written request is taken back at any state of the budget', async () => {
    for (let n = 0; n < DAILY.recorded + 2; n++) await ask('access', `r${n}`);
    await takeBack('r0');
    expect(await shown('r0')).toMatchObject({ status: 'cancelled' });
  });

  test.each(['erasure', 'restriction', 'objection', 'rectification'])(
    'never keeps out %s: not by one of exports, nor if all of its type are closed',
    async (type) => {
      for (let n = 0; n < DAILY.recorded + 2; n++) await ask('access', `a${n}`);
      for (let n = 0; n < 2 * DAILY.recorded; n++) {
        await ask(type, `r${n}`);
        await takeBack(`r${n}`);
        // An erasure that has begun is taken back by its own job
        // (test/emulator/erasure/starts.test.ts): here it could. One that was queued has left no
        // record.
        const ref = context.own.doc(`requests/${keyOf(`r${n}`)}`);
        if (type === 'erasure' && (await ref.get()).exists)
          await writeSealed(ref, { status: 'cancelled' }, context.keys);
      }
      await ask(type, 'real');
      expect(await shown('real')).toMatchObject({ status: 'queued', retryAt: Timestamp.fromMillis(NOW + DAY_MS) });
      context.time.now += DAY_MS;
      await queue(type);
      const open = type === 'erasure' ? 'in_progress' : 'waiting';
      expect(await shown('real')).toMatchObject({ status: open });
      expect((await context.own.doc(`requests/${keyOf('real')}`).get()).get('status')).toBe(open);
    },
  );

  test('hides nothing of a request that was recorded before, if its event comes again', async () => {
    const data = { type: 'access', createdAt: Timestamp.fromMillis(NOW) };
    await ask('access', 'r0');
    context.time.now += DAY_MS;
    for (let n = 1; n <= DAILY.recorded; n++) await ask('access', `r${n}`);
    // The first delivery had died before the person saw it.
    await person('r0').set(data);
    await onPrivacyRequestCreated(context, { id: 'create-r0', uid: 'u1', requestId: 'r0', data, time: NOW });
    expect(await shown('r0')).toMatchObject({ status: 'in_progress' });
    expect(await size('rejectedEvents')).toBe(0);
  });

  test('of one person is nobody else’s', async () => {
    for (let n = 0; n < DAILY.recorded + 2; n++) await ask('access', `r${n}`);
    const data = { type: 'access', createdAt: Timestamp.fromMillis(NOW) };
    await onPrivacyRequestCreated(context, { id: 'e', uid: 'u2', requestId: 'mine', data, time: NOW });
    const theirs = await context.own
      .doc(`requests/${requestKey(pseudonymOf('u2', context.keys), 'mine', context.keys)}`)
      .get();
    expect(theirs.get('status')).toBe('in_progress');
  });
});

describe('the rule', () => {
  const window = (entries: readonly string[]): Window => ({
    taken: Object.fromEntries(entries.map((entry, n) => [`h${n}`, entry as 'accepted'])),
    expiresAt: NOW + DAY_MS,
  });
  const many = (count: number, entry: string): string[] => Array.from({ length: count }, () => entry);

  test.each([
    ['the first', window([]), 'new', false, 'accepted'],
    ['one more than begin in a day', window(many(DAILY.begun, 'accepted')), 'new', false, 'queued'],
    ['refusals began nothing', window(many(DAILY.recorded - 1, 'already_open')), 'new', false, 'accepted'],
    ['what was taken back counts', window(many(DAILY.begun, 'cancelled')), 'new', false, 'queued'],
    ['what is queued has not begun', window(many(DAILY.begun, 'queued')), 'new', false, 'accepted'],
    ['open and more than begin: open', window(many(DAILY.begun, 'accepted')), 'new', true, 'already_open'],
    ['past what is written down', window(many(DAILY.recorded, 'already_open')), 'new', false, 'flood'],
    ['the same again', window(many(DAILY.recorded, 'already_open')), 'h3', false, 'already_open'],
    ['the same again, accepted', window(many(DAILY.begun, 'accepted')), 'h0', true, 'accepted'],
    ['the same again, queued', window(many(DAILY.begun, 'queued')), 'h0', true, 'queued'],
  ])('exports: %s', (_name, before, hash, isOpen, ruling) => {
    expect(rule(before, 'access', hash, isOpen)).toEqual(ruling);
    expect(rule(before, 'portability', hash, isOpen)).toEqual(ruling);
  });

  test.each([
    [DAILY.begun - 1, true, 'accepted'],
    [DAILY.begun, true, 'queued'],
    [DAILY.recorded - 1, true, 'queued'],
    [DAILY.recorded, true, 'flood'],
    [DAILY.recorded, false, 'queued'],
  ])('requests that protect a person: after %i with one open %s: %j', (count, isOpen, ruling) => {
    for (const type of ['erasure', 'restriction', 'objection', 'rectification'] as const)
      expect(rule(window(many(count, 'accepted')), type, 'new', isOpen)).toEqual(ruling);
  });
});

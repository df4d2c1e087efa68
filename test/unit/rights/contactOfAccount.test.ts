import { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import {
  CONTACTS_PER_DAY,
  judgeContact,
  onContactRequestCreated,
} from '../../../functions/src/rights/contact/ofAccount.ts';
import { heldBeyond, listDue, startDue } from '../../../functions/src/rights/due.ts';
import { testContext } from '../requests/helpers.ts';

/** Contact requests that an account writes through the rules, which count nothing. */

const NOW = Date.parse('2026-03-01T09:00:00Z');
const { plain, kept } = CONTACTS_PER_DAY;
const contextNow = () => ({ ...testContext(NOW), policy: amikeo });
let context = contextNow();
beforeEach(() => {
  context = contextNow();
});

const rows = () => context.app.collection('contactRequests');
const deliver = (id: string, data: object) =>
  onContactRequestCreated(context, { id, data, writtenAt: context.time.now + 200 });
async function write(id: string, more: object = { uid: 'ada', message: 'Hello' }, deliveries = 1): Promise<void> {
  const data = { createdAt: Timestamp.fromMillis(context.time.now), ...more };
  await rows().doc(id).set(data);
  for (let n = 0; n < deliveries; n++) await deliver(id, data);
}
const heldIds = async () => (await rows().where('heldForReview', '==', true).get()).docs.map(({ id }) => id);

describe('contact requests of an account', () => {
  it('are taken, then held for an officer, and past a day’s number not kept; one document says so', async () => {
    for (let n = 0; n < kept + 10; n++) await write(`r${n}`);
    expect((await rows().get()).size).toBe(kept);
    expect(await heldIds()).toHaveLength(kept - plain);
    const rejected = (await context.own.collection('rejectedEvents').get()).docs.map((d) => d.data());
    expect(rejected).toMatchObject([{ issues: [{ code: 'over_budget', field: '(subject)' }] }]);
    expect(JSON.stringify([rejected, context.logged])).not.toMatch(/ada|r2\d|Hello/);
    const counters = (await context.own.collection('rateLimits').get()).docs;
    expect(JSON.stringify(counters.map((d) => [d.id, d.data()]))).not.toMatch(/"ada"|"r\d+"/);
  });

  it('are each one’s own, and a day’s', async () => {
    for (let n = 0; n < kept + 1; n++) await write(`r${n}`);
    await write('of-bob', { uid: 'bob', message: 'Hello' });
    context.time.now += 86_400_000;
    await write('next-day');
    expect((await rows().get()).size).toBe(kept + 2);
    expect(await heldIds()).not.toContain('next-day');
    expect(await heldIds()).not.toContain('of-bob');
  });

  it('are counted once, however often the event is delivered', async () => {
    for (let n = 0; n < plain; n++) await write(`r${n}`, undefined, 4);
    expect(await heldIds()).toEqual([]);
    await deliver('r0', { uid: 'ada', createdAt: Timestamp.fromMillis(NOW) });
    expect(await heldIds()).toEqual([]);
  });

  it('that a server imports or restores are no flood', async () => {
    const createdAt = Timestamp.fromMillis(NOW - 86_400_000);
    for (let n = 0; n < kept + 5; n++) await write(`r${n}`, { uid: 'ada', message: 'Hello', createdAt });
    expect((await rows().get()).size).toBe(kept + 5);
    expect(await heldIds()).toEqual([]);
  });

  it('of a policy without such a record are the app’s own business', async () => {
    context = { ...context, policy: testContext(NOW).policy };
    for (let n = 0; n < kept + 5; n++) await write(`r${n}`);
    expect((await rows().get()).size).toBe(kept + 5);
    expect(await heldIds()).toEqual([]);
  });

  it('that are gone when the event comes stay gone', async () => {
    for (let n = 0; n < plain; n++) await write(`r${n}`);
    await deliver('erased', { uid: 'ada', createdAt: Timestamp.fromMillis(NOW) });
    expect((await rows().doc('erased').get()).exists).toBe(false);
  });

  it('that the callable has counted are not counted again', async () => {
    for (let n = 0; n < kept + 5; n++) {
      await write(`without${n}`, { message: 'Hello' });
      await write(`with${n}`, { uid: 'ada', message: 'Hello', heldForReview: false });
    }
    expect((await rows().get()).size).toBe(2 * (kept + 5));
    expect((await context.own.collection('rateLimits').get()).size).toBe(0);
  });

  it('the same one always gets the same answer', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { maxLength: 2 * kept }), (ids) => {
        const taken: string[] = [];
        const first = ids.map((id) => {
          const verdict = judgeContact(taken, id);
          if (verdict !== 'over') taken.push(id);
          return verdict;
        });
        expect(taken.length).toBeLessThanOrEqual(kept);
        expect(ids.map((id) => judgeContact(taken, id)).filter((verdict, n) => verdict !== first[n])).toEqual([]);
      }),
    );
  });
});

describe('held contact requests', () => {
  it('are counted in one line of the log, those that are due, which names none', async () => {
    const came = (days: number) => ({ heldForReview: true, createdAt: Timestamp.fromMillis(NOW - days * DAY_MS) });
    for (let n = 0; n < 105; n++) await rows().doc(`0${n}`).set(came(1));
    expect(await startDue(context, NOW)).toEqual({ due: 0, reported: 0 });
    await rows().doc('zoe@example.com').set(came(40));
    expect(await startDue(context, NOW)).toEqual({ due: 1, reported: 1 });
    expect(context.logged).toEqual([expect.stringMatching(/^overdue.*"contactRequests":1/)]);
    expect(context.logged.join()).not.toContain('zoe');
    expect((await listDue(context))[0]).toMatchObject({ id: 'zoe@example.com', kind: 'contact' });
  });

  it('that are not shown are counted, by the command and in the log', async () => {
    const createdAt = Timestamp.fromMillis(NOW - 40 * DAY_MS);
    const hold = (n: number) => rows().doc(`m${n}`).set({ heldForReview: true, createdAt });
    for (let n = 0; n < 100; n++) await hold(n);
    const items = await listDue(context);
    expect([items.length, await heldBeyond(context, items)]).toEqual([100, 0]);
    for (let n = 100; n < 107; n++) await hold(n);
    expect(await heldBeyond(context, await listDue(context))).toBe(7);
    await startDue(context, NOW);
    expect(context.logged).toEqual([expect.stringMatching(/^overdue.*"contactRequests":100,"held":107/)]);
  });
});

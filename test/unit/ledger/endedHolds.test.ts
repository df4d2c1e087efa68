import { Firestore, Query, Timestamp, type QuerySnapshot } from 'firebase-admin/firestore';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { liftHold } from '../../../functions/src/erasure/holds.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import { forgottenRestraints } from '../../../functions/src/ledger/forgotten.ts';
import { verifyAll } from '../../../functions/src/checkpoints/verify.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { times } from '../../kit/depth.ts';
import { testContext } from '../requests/helpers.ts';
import { DAY, heldByNight, NOW, setFor, told } from './heldPerson.ts';

/**
 * Legal holds and restrictions that are over: the nightly list reads none of them, neither the
 * documents nor the entries, and the chains verify as before.
 */

const ENDED = times(60, 500);
let context = testContext(NOW);
beforeEach(() => void (context = testContext(NOW)));
afterEach(() => void vi.restoreAllMocks());

/** Counts the documents that the nightly list reads. Each count of documents is a read as well. */
async function readsOfANight(): Promise<number> {
  const [gets, counts] = [vi.spyOn(Query.prototype, 'get'), vi.spyOn(Query.prototype, 'count')];
  const several = vi.spyOn(Firestore.prototype, 'getAll');
  await heldByNight(context, 'kim');
  const found = gets.mock.settledResults.map(({ value }) => Math.max(1, (value as QuerySnapshot).size));
  const heads = several.mock.settledResults.map(({ value }) => (value as unknown[]).length);
  const reads = [...found, ...heads, counts.mock.calls.length].reduce((sum, one) => sum + one, 0);
  vi.restoreAllMocks();
  return reads;
}
const problems = async () => {
  const { policy, own, keys } = context;
  return (await Array.fromAsync(verifyAll(own, { policy, now: context.now(), keys }))).at(-1)?.verified.problems;
};
const forgotten = () => forgottenRestraints(context.own, context.keys, context.now());
const says = (statement: object) => onStatement(context, statement);

describe('the list of everybody who is held', () => {
  it(`reads no more with ${ENDED} holds that are over than with none`, { timeout: 120_000 }, async () => {
    await setFor(context);
    const before = await readsOfANight();
    expect(before).toBeGreaterThan(5);
    for (let n = 0; n < ENDED; n++) {
      const ends = n % 2 === 0 ? { until: NOW + DAY } : {};
      const id = await setFor(context, { uid: `person-${n % 100}`, requestId: `case number ${n}`, ...ends });
      if (n % 2 === 1) await liftHold(context, id);
    }
    context.time.now = NOW + 2 * DAY;
    expect(await readsOfANight()).toBe(before);
    expect(await problems()).toEqual([]);
  });

  it('reads one that runs by its date until that day, and one that was changed by its newest version', async () => {
    await setFor(context, { until: NOW + DAY });
    await says({ submit: 'restriction', uid: 'lou', reason: 'asked' });
    await says({ submit: 'restriction', uid: 'lou', reason: 'asked again' });
    const running = async () =>
      (await context.own.collectionGroup('entries').where('keepsUntil', '>', context.time.now).get()).size;
    expect(await running()).toBe(2);
    context.time.now += 2 * DAY;
    expect(await running()).toBe(1);
    await says({ withdraw: 'restriction', id: 'lou', toldAt: told });
    expect(await running()).toBe(0);
    expect(await problems()).toEqual([]);
  });

  it('reads all holds if the end of one is no time', async () => {
    await context.own.doc('legalHolds/forged').set({ uid: 'kim', until: 'yesterday' });
    expect(await heldByNight(context, 'kim')).toBe(true);
    await context.own.doc('legalHolds/forged').set({ uid: 'kim' });
    context.time.now += DAY;
    expect(await heldByNight(context, 'kim')).toBe(true);
    await context.own.doc('legalHolds/forged').set({ uid: 'kim', until: Timestamp.fromMillis(NOW) });
    context.time.now += DAY;
    expect(await heldByNight(context, 'kim')).toBe(false);
  });
});

describe('an entry', () => {
  const chain = () => pseudonymOf('kim', context.keys);

  it('of a restriction keeps nothing after the erasure, also if the head is removed', async () => {
    await says({ submit: 'restriction', uid: 'kim', reason: 'asked' });
    const id = await setFor(context);
    const erased = { at: NOW, accountCreatedAt: 1 };
    await beginErasure(context, chain(), { job: 'job', createdAt: 1 }, erased);
    await closeChain(context, chain(), 'job', erased);
    await context.own.doc(`ledger/${chain()}`).delete();
    expect((await forgotten()).map(({ version }) => version.kind)).toEqual(['legalHolds']);
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await heldByNight(context, 'kim')).toBe(true);
  });

  it('of a hold from before a new key ends with the hold', async () => {
    const id = await setFor(context);
    for (const version of [2, 3]) {
      const keys = { current: version, keys: { ...context.keys.keys, [version]: `key ${version}` } };
      context = { ...context, keys };
      await setFor(context, { requestId: `under key ${version}`, until: NOW + DAY });
    }
    expect(await liftHold(context, id)).toMatchObject({ ok: true });
    context.time.now += 2 * DAY;
    for (const { ref } of (await context.own.collection('ledger').get()).docs) await ref.delete();
    expect(await forgotten()).toEqual([]);
  });

  it('is not written anew if somebody forged it: it stays named', async () => {
    const id = await setFor(context);
    const [entry] = (await context.own.collection(`ledger/${chain()}/entries`).get()).docs;
    await entry?.ref.update({ keepsUntil: NOW + DAY });
    expect(await problems()).toMatchObject([{ problem: 'unsealed', id: entry?.id }]);
    expect(await liftHold(context, id)).toMatchObject({ ok: true });
    expect(await problems()).toMatchObject([{ problem: 'unsealed', id: entry?.id }]);
  });
});

import { Query, Timestamp, type QuerySnapshot } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { verifyAll } from '../../../functions/src/checkpoints/verify.ts';
import { liftHold, listHolds, setHold } from '../../../functions/src/erasure/holds.ts';
import { chainOfAccount } from '../../../functions/src/erasure/start.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import { chainsOf, headsOf, latestHead, newestHead, newestHeads } from '../../../functions/src/ledger/find.ts';
import { holdsOn } from '../../../functions/src/ledger/holds.ts';
import { historiesOfUid } from '../../../functions/src/proof/history.ts';
import { onPrivacyRequestCreated } from '../../../functions/src/rights/receive.ts';
import { answer, end, erase, nth, UID, usedAgain, useAgain, type Again } from './usedAgain.ts';

/**
 * A uid that is used again: its present person is found by the names of the chains, whichever of
 * the chains before are deleted by their period, or forged.
 */

let context: Again;
const chains = () => chainsOf(context, UID);
const latest = async () => (await latestHead(context, UID)).chain;
const problems = async () => {
  const how = { policy: amikeo, now: context.now(), keys: context.keys };
  return (await Array.fromAsync(verifyAll(context.own, how))).at(-1)?.verified.problems;
};
/** Two people after each other. */
beforeEach(async () => {
  context = usedAgain();
  await answer(context, 'first');
  await erase(context);
  useAgain(context);
  await answer(context, 'second');
});

describe('if the chain of the person before is deleted by its period', () => {
  beforeEach(() => end(context, nth(context)));

  it('the present chain goes on, and is all that is there', async () => {
    expect(await answer(context, 'third')).toMatchObject({ recorded: true, chain: nth(context, 2) });
    expect(await newestHead(context, UID)).toMatchObject({ chain: nth(context, 2), head: { seq: 2 } });
    expect(await chains()).toEqual([nth(context, 2)]);
    expect(await problems()).toEqual([]);
  });

  it('a request, an erasure, a hold and a proof find the present chain', async () => {
    const request = { type: 'access', createdAt: Timestamp.fromMillis(context.now()) };
    await context.app.doc(`users/${UID}/privacyRequests/r1`).set(request);
    const event = { id: 'e1', uid: UID, requestId: 'r1', data: request, time: context.now() };
    await onPrivacyRequestCreated(context, event);
    const recorded = await context.own
      .collection(`ledger/${nth(context, 2)}/entries`)
      .where('kind', '==', 'request')
      .get();
    expect(recorded.size).toBe(1);
    expect(await chainOfAccount(context, UID, context.account)).toEqual({ chain: nth(context, 2), erased: false });
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
    const { id } = await setHold(context, { uid: UID, ground });
    expect((await headsOf(context, UID)).map(({ chain, head }) => [chain, head.restraints?.names.length])).toEqual([
      [nth(context, 2), 1],
    ]);
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await holdsOn(context, UID)).toHaveLength(1);
    expect(await listHolds(context, UID)).toMatchObject([{ goneFrom: nth(context, 2), runs: true }]);
    expect(await liftHold(context, id)).toMatchObject({ ok: true });
    expect((await historiesOfUid(context, UID)).map(({ chains, problems }) => [chains.length, problems])).toEqual([
      [1, []],
    ]);
    expect(await context.own.doc(`ledger/${nth(context)}`).get()).toMatchObject({ exists: false });
  });

  it('the next person has a chain of their own, behind it', async () => {
    expect(await erase(context)).toBe(nth(context, 2));
    useAgain(context);
    expect(await chainOfAccount(context, UID, context.account)).toEqual({ chain: nth(context, 3), erased: false });
    expect(await answer(context, 'third')).toMatchObject({ recorded: true, chain: nth(context, 3) });
  });

  it('nothing is given if somebody removed the head of the present chain; verification of the person names it', async () => {
    await context.own.doc(`ledger/${nth(context, 2)}`).delete();
    await expect(newestHead(context, UID)).rejects.toMatchObject({ code: 'ledger.set_back' });
    expect(await chains()).toEqual([nth(context, 2)]);
  });

  it('an older head of the first person that somebody puts back gives the present one nothing, and is named', async () => {
    const before = usedAgain();
    await answer(before, 'first');
    const open = (await before.own.doc(`ledger/${nth(context)}`).get()).data() ?? {};
    await context.own.doc(`ledger/${nth(context)}`).set(open);
    expect(await newestHead(context, UID)).toMatchObject({ chain: nth(context, 2) });
    expect(await problems()).toMatchObject([{ chain: nth(context), problem: 'missing' }]);
  });

  it('a head that somebody writes as that of a next person stops the person; one without such a name is nothing', async () => {
    await context.own.doc(`ledger/${nth(context, 2)}x`).set({ seq: 9 });
    await context.own.doc(`ledger/${nth(context)}~x`).set({ seq: 9 });
    expect(await latest()).toBe(nth(context, 2));
    await context.own.doc(`ledger/${nth(context, 3)}`).set({ seq: 9 });
    await expect(latest()).rejects.toMatchObject({ code: 'seal.broken' });
    await expect(answer(context, 'third')).rejects.toMatchObject({ code: 'seal.broken' });
  });
});

describe('while the chain of the person before is there', () => {
  it('its removal before its period hides the present chain from nobody', async () => {
    await context.own.doc(`ledger/${nth(context)}`).delete();
    expect(await answer(context, 'third')).toMatchObject({ recorded: true, chain: nth(context, 2) });
    expect(await newestHead(context, UID)).toMatchObject({ chain: nth(context, 2) });
    expect(await chains()).toEqual([nth(context), nth(context, 2)]);
  });

  it('an event of the account before is late', async () => {
    expect(await answer(context, 'late', (context.account ?? 0) * 1000 - 1)).toMatchObject({ because: 'late' });
    expect(await answer(context, 'second')).toMatchObject({ because: 'duplicate' });
  });

  it('the tenth person and those after are in their order', async () => {
    for (let person = 3; person <= 11; person++) {
      await erase(context);
      useAgain(context);
      expect(await answer(context, `of ${person}`)).toMatchObject({ chain: nth(context, person) });
    }
    await end(context, nth(context, 10));
    expect(await latest()).toBe(nth(context, 11));
    expect((await chains()).at(-1)).toBe(nth(context, 11));
    await context.own.doc(`ledger/${nth(context, 11)}`).delete();
    await expect(newestHead(context, UID)).rejects.toMatchObject({ code: 'ledger.set_back' });
  });
});

it.each([1, 2])('first events at once of person %i are in one chain, one after the other', async (person) => {
  context = usedAgain();
  if (person === 2) {
    await answer(context, 'first');
    await erase(context);
    useAgain(context);
  }
  const all = await Promise.all(['a', 'b', 'c'].map((id) => answer(context, id)));
  expect(all.map((one) => one.recorded)).toEqual([true, true, true]);
  expect(await latestHead(context, UID)).toMatchObject({ chain: nth(context, person), head: { seq: 3 } });
  expect(await problems()).toEqual([]);
});

/** Does something else after the n-th query has been answered, and before its answer is used. */
function between(n: number, work: () => Promise<unknown>): void {
  const get = Reflect.get(Query.prototype, 'get') as (this: Query) => Promise<QuerySnapshot>;
  let queries = 0;
  const spy = vi.spyOn(Query.prototype, 'get').mockImplementation(async function (this: Query) {
    const isNow = ++queries === n;
    const answered = await get.call(this);
    if (isNow) await work();
    return answered;
  });
  onTestFinished(() => spy.mockRestore());
}

it('a first event that another one overtakes follows it: no head replaces another', async () => {
  context = usedAgain();
  await answer(context, 'first');
  await erase(context);
  useAgain(context);
  // The first query finds the closed chain, the second one that nothing comes behind it.
  between(2, () => answer(context, 'faster'));
  expect(await answer(context, 'slower')).toMatchObject({ recorded: true, chain: nth(context, 2) });
  expect(await latestHead(context, UID)).toMatchObject({ chain: nth(context, 2), head: { seq: 2 } });
  expect(await problems()).toEqual([]);
});

it('an answer that is recorded while the newest head is read is no head that was set back', async () => {
  between(1, () => answer(context, 'third'));
  expect(await newestHead(context, UID)).toMatchObject({ chain: nth(context, 2), head: { seq: 2 } });
});

it('while the erasure of the first person goes on, the answers of the next one are in their own chain', async () => {
  context = usedAgain();
  await answer(context, 'first');
  const { chain } = await chainOfAccount(context, UID, context.account);
  const erased = { at: context.time.now, accountCreatedAt: context.account };
  await beginErasure(context, chain, { job: 'erasure', createdAt: 1 }, erased);
  useAgain(context);
  for (const id of ['a', 'b']) expect(await answer(context, id)).toMatchObject({ chain: nth(context, 2) });
  expect((await newestHeads(context, UID)).map((one) => one.chain)).toEqual([nth(context)]);
  await closeChain(context, chain, 'erasure', erased);
  expect(await newestHead(context, UID)).toMatchObject({ chain: nth(context, 2), head: { seq: 2 } });
});

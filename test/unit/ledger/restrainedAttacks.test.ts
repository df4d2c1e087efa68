import { beforeEach, describe, expect, it } from 'vitest';
import { liftHold, listHolds, setHold } from '../../../functions/src/erasure/holds.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { heldSubjects, holdsOn, peopleOfHolds, untouchableUntil } from '../../../functions/src/ledger/holds.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { testContext } from '../requests/helpers.ts';
import { isStoredOnly, told } from './heldPerson.ts';

/**
 * A hold or a restriction whose document and head somebody removed or put back, and whose entry is
 * still there: nothing is ended, and no message is sent.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
const setBack = { code: 'ledger.set_back' };
let context = testContext(NOW);
beforeEach(() => void (context = testContext(NOW)));

const set = async (of = context): Promise<string> =>
  (await setHold(of, { uid: 'kim', records: ['profile'], ground, unknownUid: true })).id;
const headOf = (chain: string) => context.own.doc(`ledger/${chain}`);
const chain = () => pseudonymOf('kim', context.keys);

/** The person with a head of before, a hold and a restriction, and their documents removed. */
async function removed(): Promise<object> {
  await putHead(context, chain(), {});
  const before = (await headOf(chain()).get()).data() ?? {};
  const id = await set();
  await onStatement(context, { submit: 'restriction', uid: 'kim' });
  await context.own.doc(`legalHolds/${id}`).delete();
  await context.own.doc('restrictions/kim').delete();
  return before;
}

describe('somebody removes the documents of a hold and of a restriction', () => {
  const ways: [string, (before: object) => Promise<unknown>][] = [
    ['removes the head', () => headOf(chain()).delete()],
    ['puts an older head back', (before) => headOf(chain()).set(before)],
  ];
  it.each(ways)('and %s', async (_, attack) => {
    await attack(await removed());
    await expect(holdsOn(context, 'kim')).rejects.toMatchObject(setBack);
    await expect(untouchableUntil(context, 'kim')).rejects.toMatchObject(setBack);
    await expect(isStoredOnly(context, 'kim')).rejects.toMatchObject(setBack);
  });

  const lists: typeof ways = [...ways, ['changes the head', () => headOf(chain()).set({ seq: 0 })]];
  it.each(lists)('and %s: the nightly retention and a replay keep the rows', async (_, attack) => {
    await attack(await removed());
    expect((await heldSubjects(context, 'profile', Infinity)).has('kim')).toBe(true);
    expect((await peopleOfHolds(context)).has('kim')).toBe(true);
    expect((await peopleOfHolds(context)).has('lou')).toBe(false);
  });

  it.each(lists)(
    'and %s: an officer sees the hold in the list, and cannot lift it before that is mended',
    async (_, attack) => {
      await attack(await removed());
      const listed = [{ goneFrom: chain(), onlyEntry: true, runs: true, isSealed: false }];
      expect(await listHolds(context)).toMatchObject(listed);
      expect(await listHolds(context, 'kim')).toMatchObject(listed);
      expect(await listHolds(context, 'lou')).toEqual([]);
      const [gone] = await listHolds(context);
      expect(await liftHold(context, gone?.id ?? '')).toEqual({ ok: false, because: 'unknown' });
    },
  );

  it.each(lists)('and %s, but not the document: it is listed once, by its id', async (_, attack) => {
    await putHead(context, chain(), {});
    const before = (await headOf(chain()).get()).data() ?? {};
    const id = await set();
    await attack(before);
    expect((await listHolds(context)).map((hold) => hold.id)).toEqual([id]);
  });

  it.each(ways)('and %s, after both were ended: nothing is kept', async (_, attack) => {
    const before = await removed();
    await onStatement(context, { withdraw: 'restriction', id: 'kim', toldAt: told });
    for (const { id } of await listHolds(context, 'kim')) await liftHold(context, id);
    await attack(before);
    expect((await heldSubjects(context, 'profile', Infinity)).isEmpty).toBe(true);
  });

  it('and the head of the chain that goes on under a new key', async () => {
    await removed();
    const later = { ...context, keys: { current: 2, keys: { ...context.keys.keys, 2: 'another key for tests' } } };
    await set(later);
    const { docs } = await context.own.collection('legalHolds').get();
    for (const { ref } of docs) await ref.delete();
    expect(await holdsOn(later, 'kim')).toHaveLength(2);
    await headOf(pseudonymOf('kim', later.keys)).delete();
    await expect(holdsOn(later, 'kim')).rejects.toMatchObject(setBack);
    await expect(isStoredOnly(later, 'kim')).rejects.toMatchObject(setBack);
  });

  it('and a head under a new key, to which only the chain before it had handed them over', async () => {
    await removed();
    const later = { ...context, keys: { current: 2, keys: { ...context.keys.keys, 2: 'another key for tests' } } };
    await liftHold(later, await set(later));
    expect((await heldSubjects(later, 'profile', Infinity)).has('kim')).toBe(true);
    await headOf(pseudonymOf('kim', later.keys)).delete();
    expect((await heldSubjects(later, 'profile', Infinity)).has('kim')).toBe(true);
  });

  it('and the head of the chain of the person who has the uid since', async () => {
    const erased = { at: NOW - 1000, accountCreatedAt: 1 };
    await beginErasure(context, chain(), { job: 'job', createdAt: NOW }, erased);
    await closeChain(context, chain(), 'job', erased);
    const account = { uid: 'kim', metadata: { creationTime: new Date(NOW).toUTCString() } };
    context.clients.auth = async () => fakeAuth(() => [account]);
    const id = await set();
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await holdsOn(context, 'kim')).toHaveLength(1);
    await headOf(`${chain()}~2`).delete();
    await expect(holdsOn(context, 'kim')).rejects.toMatchObject(setBack);
  });
});

describe('somebody changes the head of a person, so that no chain can record a hold', () => {
  it('which keeps the data all the same; the same order again is recorded once that is mended', async () => {
    await putHead(context, chain(), {});
    const head = (await headOf(chain()).get()).data() ?? {};
    await headOf(chain()).update({ seq: 9 });
    const order = { uid: 'kim', ground, unknownUid: true, requestId: 'case-2026-1' };
    await expect(setHold(context, order)).rejects.toMatchObject({ code: 'seal.broken' });
    expect((await heldSubjects(context, 'profile', Infinity)).has('kim')).toBe(true);
    await headOf(chain()).set(head);
    expect(await setHold(context, order)).toMatchObject({ changed: true });
    expect(await setHold(context, order)).toMatchObject({ changed: false });
    const { docs } = await context.own.collection('legalHolds').get();
    for (const { ref } of docs) await ref.delete();
    expect(await holdsOn(context, 'kim')).toHaveLength(1);
  });
});

describe('a chain that nobody touched', () => {
  it('is asked while it is written, and of a person whom it does not know', async () => {
    expect(await holdsOn(context, 'lou')).toEqual([]);
    expect(await isStoredOnly(context, 'lou')).toBe(false);
    const [found] = await Promise.all([holdsOn(context, 'kim'), set(), holdsOn(context, 'kim'), set()]);
    expect(found).toBeDefined();
    expect((await latestHead(context, 'kim')).head.seq).toBe(2);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { liftHold, listHolds, setHold } from '../../../functions/src/erasure/holds.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { heldSubjects, holdsOn, untouchableUntil } from '../../../functions/src/ledger/holds.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { problemsOf } from '../../kit/sealed/verified.ts';
import { testContext } from '../requests/helpers.ts';
import { DAY, heldByNight, NOW, order, setFor, isStoredOnly, told } from './heldPerson.ts';

/**
 * Legal holds and restrictions in the person's chain: each is recorded with its document, and one
 * whose document somebody deletes, changes or puts back keeps data until somebody lifts it.
 */

let context = testContext(NOW);
beforeEach(() => void (context = testContext(NOW)));

const set = (more: object = {}): Promise<string> => setFor(context, more);
const says = async (statement: object) => {
  const answer = await onStatement(context, statement);
  if (!answer.ok) throw new Error(answer.code);
  return answer;
};
const restrict = () => says({ submit: 'restriction', uid: 'kim', reason: 'asked' });
const chain = () => pseudonymOf('kim', context.keys);
const entries = async () => {
  const { docs } = await context.own.collection(`ledger/${chain()}/entries`).orderBy('seq').get();
  return docs.map((one) => [one.get('kind'), one.get('state'), one.get('statement.kind')] as unknown[]);
};
const problems = () => problemsOf(context);
const isHeldByNight = (uid = 'kim') => heldByNight(context, uid);

describe('the chain of a person', () => {
  it('records a hold that is set and lifted, once each, without a word or an id of it', async () => {
    const id = await set({ requestId: 'case-2026-1' });
    expect(await setHold(context, order({ requestId: 'case-2026-1' }))).toMatchObject({ id, changed: false });
    expect(await liftHold(context, id)).toMatchObject({ ok: true });
    expect(await liftHold(context, id)).toMatchObject({ ok: false, because: 'over' });
    expect(await entries()).toEqual([
      ['statement', 'set', 'legalHolds'],
      ['statement', 'ended', 'legalHolds'],
    ]);
    const { docs } = await context.own.collection(`ledger/${chain()}/entries`).get();
    const stored = JSON.stringify([docs.map((one) => one.data()), (await latestHead(context, 'kim')).head]);
    for (const word of ['kim', id, 'case-2026', 'claim', 'profile']) expect(stored).not.toContain(word);
    expect(await problems()).toEqual([]);
    // One that was lifted is not begun again, also without its document.
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await setHold(context, order({ requestId: 'case-2026-1' }))).toMatchObject({ changed: false });
  });

  it('says of each whether an officer or a server ordered it', async () => {
    await liftHold(context, await set());
    const { id } = await says({ submit: 'legalHold', requestId: 'case-2026-2', ...order() });
    await says({ withdraw: 'legalHold', id });
    await restrict();
    await says({ withdraw: 'restriction', id: 'kim', toldAt: told });
    const { docs } = await context.own.collection(`ledger/${chain()}/entries`).orderBy('seq').get();
    const [officer, server] = ['officer', 'server'];
    expect(docs.map((one) => one.get('actor') as unknown)).toEqual([officer, officer, server, server, server, server]);
  });

  it('records a restriction, each change of it, and its end', async () => {
    await restrict();
    expect(await restrict()).toMatchObject({ changed: false });
    await says({ submit: 'restriction', uid: 'kim', reason: 'asked again' });
    await says({ withdraw: 'restriction', id: 'kim', toldAt: told });
    expect(await says({ withdraw: 'restriction', id: 'kim', toldAt: told })).toMatchObject({ changed: false });
    expect((await entries()).map(([, state]) => state)).toEqual(['set', 'set', 'ended']);
    expect(await isStoredOnly(context, 'kim')).toBe(false);
    expect(await problems()).toEqual([]);
  });

  it('takes a hold while the person is erased, and after it; restrictions end with the person', async () => {
    await restrict();
    const before = await set();
    const erased = { at: NOW, accountCreatedAt: 1 };
    await beginErasure(context, chain(), { job: 'job', createdAt: NOW }, erased);
    const meanwhile = await set();
    await closeChain(context, chain(), 'job', erased);
    await context.own.doc('restrictions/kim').delete();
    const after = await set();
    expect(await isStoredOnly(context, 'kim')).toBe(false);
    expect(await holdsOn(context, 'kim')).toHaveLength(3);
    context.time.now += 400 * DAY;
    for (const id of [before, meanwhile, after]) expect(await liftHold(context, id)).toMatchObject({ ok: true });
    expect(await holdsOn(context, 'kim')).toEqual([]);
    expect(await entries()).toHaveLength(9);
    expect(await problems()).toEqual([]);
    // No second chain was begun: the person is still an erased one.
    expect((await latestHead(context, 'kim')).head.closed).toMatchObject({ at: NOW });
  });

  it('takes no restriction once the person is erased: the next person of the uid is not restricted', async () => {
    const erased = { at: NOW - 1000, accountCreatedAt: 1 };
    await beginErasure(context, chain(), { job: 'job', createdAt: NOW }, erased);
    await closeChain(context, chain(), 'job', erased);
    const order = { submit: 'restriction', uid: 'kim', reason: 'asked' };
    expect(await onStatement(context, order)).toMatchObject({ ok: false, code: 'unknown_subject' });
    const account = { uid: 'kim', metadata: { creationTime: new Date(NOW).toUTCString() } };
    context.clients.auth = async () => fakeAuth(() => [account]);
    expect(await isStoredOnly(context, 'kim')).toBe(false);
    expect((await heldSubjects(context, 'profile', Infinity)).has('kim')).toBe(false);
    await restrict();
    expect(await isStoredOnly(context, 'kim')).toBe(true);
    expect((await latestHead(context, 'kim')).chain).toBe(`${chain()}~2`);
  });

  it('goes on under a new key with all that it remembers, and a hold of before is lifted there', async () => {
    const id = await set();
    await restrict();
    const keys = { current: 2, keys: { ...context.keys.keys, 2: 'another key for tests' } };
    const later = { ...context, keys };
    await setHold(later, order());
    await context.own.doc('restrictions/kim').delete();
    expect(await isStoredOnly(later, 'kim')).toBe(true);
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await holdsOn(later, 'kim')).toHaveLength(2);
    expect(await liftHold(later, id)).toMatchObject({ ok: true });
    expect(await onStatement(later, { withdraw: 'restriction', id: 'kim', toldAt: told })).toMatchObject({
      changed: true,
    });
    expect(await holdsOn(later, 'kim')).toHaveLength(1);
    expect(await isStoredOnly(later, 'kim')).toBe(false);
  });
});

describe('a hold whose document somebody deleted', () => {
  it('keeps everything, by day and by night, until it is lifted by its id, with an entry', async () => {
    const id = await set();
    await context.own.doc(`legalHolds/${id}`).delete();
    const [found, ...more] = await holdsOn(context, 'kim');
    expect(more).toEqual([]);
    expect(found).toMatchObject({ ground: { article: 'Art. 17(3)(e)' } });
    expect(found).not.toHaveProperty('record');
    expect(await untouchableUntil(context, 'kim')).toBe(Infinity);
    expect([await isHeldByNight(), await isHeldByNight('lou')]).toEqual([true, false]);
    const held = await heldSubjects(context, 'profile', Infinity);
    expect([chain(), pseudonymOf('lou', context.keys)].map(held.byPseudonym())).toEqual([true, false]);
    expect(await problems()).toEqual(['statementMissing']);
    expect(await liftHold(context, id)).toMatchObject({ ok: true, hold: { goneFrom: chain() } });
    expect(await problems()).toEqual([]);
    expect(await holdsOn(context, 'kim')).toEqual([]);
    expect(await isHeldByNight()).toBe(false);
    expect((await entries()).map(([, state]) => state)).toEqual(['set', 'ended']);
    expect(await liftHold(context, id)).toMatchObject({ ok: false, because: 'over' });
  });

  it('ends at its own end', async () => {
    const id = await set({ until: NOW + DAY });
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await holdsOn(context, 'kim')).toMatchObject([{ until: NOW + DAY }]);
    expect(await untouchableUntil(context, 'kim')).toBe(NOW + DAY);
    context.time.now += DAY;
    expect(await holdsOn(context, 'kim')).toEqual([]);
    expect(await isHeldByNight()).toBe(false);
  });

  it('is listed by its name in the ledger, and lifted by that, if nobody knows its id any more', async () => {
    const id = await set();
    const other = await set();
    await context.own.doc(`legalHolds/${id}`).delete();
    for (const uid of [undefined, 'kim'] as const) {
      const [gone] = (await listHolds(context, uid)).filter(({ goneFrom }) => goneFrom === chain());
      expect(gone).toMatchObject({ runs: true, isSealed: false });
    }
    const [gone] = (await listHolds(context)).filter(({ goneFrom }) => goneFrom !== undefined);
    expect(await liftHold(context, gone?.id ?? '')).toMatchObject({ ok: true });
    expect((await listHolds(context)).map((one) => one.id)).toEqual([other]);
    // The name of one whose document is there lifts that.
    const [name] = (await latestHead(context, 'kim')).head.restraints?.names.filter((one) => one !== gone?.id) ?? [];
    expect(await liftHold(context, name ?? '')).toMatchObject({ ok: true, hold: { id: other } });
    expect(await holdsOn(context, 'kim')).toEqual([]);
  });

  it('is put right by the same order', async () => {
    const id = await set({ requestId: 'case-2026-1' });
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await setHold(context, order({ requestId: 'case-2026-1' }))).toMatchObject({ id, changed: true });
    expect(await holdsOn(context, 'kim')).toEqual([{ record: 'profile', ground: order().ground }]);
  });

  it('keeps too if the head that remembers it was changed: nothing is decided by that', async () => {
    const id = await set();
    await context.own.doc(`legalHolds/${id}`).delete();
    await context.own.doc(`ledger/${chain()}`).update({ 'restraints.of': {} });
    await expect(holdsOn(context, 'kim')).rejects.toMatchObject({ code: 'seal.broken' });
    expect(await isHeldByNight()).toBe(true);
  });
});

describe('an older version that somebody puts back', () => {
  it('of a hold that was lifted keeps everything, and lifting it again deletes it', async () => {
    const id = await set();
    const before = (await context.own.doc(`legalHolds/${id}`).get()).data() ?? {};
    await liftHold(context, id);
    await context.own.doc(`legalHolds/${id}`).set(before);
    const [found] = await holdsOn(context, 'kim');
    expect(found).not.toHaveProperty('record');
    expect(await problems()).toEqual(['statementOlder']);
    expect(await liftHold(context, id)).toMatchObject({ ok: true });
    expect((await context.own.doc(`legalHolds/${id}`).get()).exists).toBe(false);
    expect(await holdsOn(context, 'kim')).toEqual([]);
  });

  it('as one that was over before lifts no hold', async () => {
    const id = await set({ requestId: 'case-2026-1', until: NOW + DAY });
    const ended = (await context.own.doc(`legalHolds/${id}`).get()).data() ?? {};
    await context.own.doc(`legalHolds/${id}`).delete();
    context.time.now += 1;
    await setHold(context, order({ requestId: 'case-2026-1', until: NOW + DAY }));
    await context.own.doc(`legalHolds/${id}`).set(ended);
    expect(await holdsOn(context, 'kim')).toMatchObject([{ ground: { article: 'Art. 17(3)(e)' } }, {}]);
    expect((await holdsOn(context, 'kim'))[0]).not.toHaveProperty('record');
  });
});

describe('a restriction whose document somebody deleted', () => {
  it('protects until a server withdraws it', async () => {
    await restrict();
    await context.own.doc('restrictions/kim').delete();
    expect(await isStoredOnly(context, 'kim')).toBe(true);
    expect(await untouchableUntil(context, 'kim')).toBe(Infinity);
    expect(await isHeldByNight()).toBe(true);
    expect(await problems()).toEqual(['statementMissing']);
    expect(await says({ withdraw: 'restriction', id: 'kim', toldAt: told })).toMatchObject({ changed: true });
    expect(await untouchableUntil(context, 'kim')).toBeNull();
    expect(await isHeldByNight()).toBe(false);
  });
});

import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { unlessBroken } from '../../../functions/src/ledger/broken.ts';
import { entryPath, entryRef, headPath, headRef } from '../../../functions/src/ledger/documents.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { amend, amendChain, record } from '../../../functions/src/ledger/store.ts';
import { isSealed, withoutSeal } from '../../../functions/src/crypto/seal.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * Every document of the ledger is sealed by each of its writers. Nothing is decided from an
 * unsealed one: it is neither recorded, nor amended, nor erased, nor taken for recorded already.
 */

const NOW = Date.UTC(2026, 5, 1);
let context = testContext(NOW);
beforeEach(() => void (context = testContext(NOW)));

const chainOf = (uid: string): string => pseudonymOf(uid, context.keys);
const draft = (state = 'given'): Draft => ({
  ...{ kind: 'consent', purpose: 'messages', state },
  ...{ occurredAt: context.now(), recordedAt: context.now() },
});
const give = (uid: string, id: string, state = 'given', at?: number) =>
  record(
    context,
    uid,
    id,
    (head) => (head.erasing ? { reject: 'late' } : { record: draft(state), patch: { current: { messages: state } } }),
    { at },
  );
const stored = async (uid: string): Promise<DocumentData> =>
  (await headRef(context.own, chainOf(uid)).get()).data() ?? {};
/** An insider writes past the backend, without a key. */
const forge = (uid: string, data: DocumentData) => headRef(context.own, chainOf(uid)).set(data);
const count = async (uid: string): Promise<number> =>
  (await headRef(context.own, chainOf(uid)).collection('entries').count().get()).data().count;

describe('every document of the ledger', () => {
  it('is sealed through a life: answers, amendments, an erasure, a new account, a new key', async () => {
    await give('ada', 'e1');
    await amend(context, 'ada', () => ({ entries: [{ id: 'a1', draft: draft('expired') }], patch: {} }));
    await give('ben', 'e1');
    context = { ...context, keys: { current: 2, keys: { ...context.keys.keys, 2: 'a further key' } } };
    await give('ben', 'e2', 'withdrawn');
    for (const uid of ['ada', 'ben']) {
      const { chain } = await latestHead(context, uid);
      await beginErasure(context, chain, { job: 'job', createdAt: 1 }, { at: NOW, accountCreatedAt: 1 });
      await closeChain(context, chain, 'job', { at: NOW, accountCreatedAt: 1 });
    }
    const creationTime = new Date(NOW + 5_000).toUTCString();
    context.clients.auth = async () => fakeAuth(() => [{ uid: 'ada', metadata: { creationTime } }]);
    expect(await give('ada', 'e9', 'given', NOW + 10_000)).toMatchObject({ recorded: true });

    const heads = await context.own.collection('ledger').get();
    const entries = await context.own.collectionGroup('entries').get();
    expect([heads.size, entries.size]).toEqual([4, 9]);
    expect(heads.docs.filter((head) => head.get('successor') !== undefined)).toHaveLength(1);
    for (const document of [...heads.docs, ...entries.docs])
      expect(isSealed(document.ref.path, document.data(), context.keys), document.ref.path).toBe(true);
  });
});

describe('a head that nobody with a key wrote', () => {
  const without = (head: DocumentData, name: string): DocumentData =>
    Object.fromEntries(Object.entries(head).filter(([field]) => field !== name));
  const forgeries: [string, (head: DocumentData) => DocumentData][] = [
    ['with another state', (head) => ({ ...head, current: { messages: 'given' } })],
    [
      'with a protection',
      (head) => ({ ...head, protection: { mode: 'holder', reason: 'age', since: 1, holders: [] } }),
    ],
    ['that is closed', (head) => ({ ...head, closed: { at: Timestamp.fromMillis(NOW), accountCreatedAt: null } })],
    ['without a field', (head) => without(head, 'since')],
    ['with a field more', (head) => ({ ...head, note: 'x' })],
    ['with a number as a text', (head) => ({ ...head, seq: '1' })],
    ['without its seal', withoutSeal],
    ['with nothing', () => ({})],
  ];
  it.each(forgeries)('%s decides nothing', async (_, change) => {
    await give('ada', 'e1', 'refused');
    const forged = change(await stored('ada'));
    await forge('ada', forged);
    const broken = { code: 'seal.broken' };
    await expect(give('ada', 'e2')).rejects.toMatchObject(broken);
    await expect(amend(context, 'ada', () => ({ entries: [], patch: {} }))).rejects.toMatchObject(broken);
    await expect(amendChain(context, chainOf('ada'), () => null)).rejects.toMatchObject(broken);
    await expect(latestHead(context, 'ada')).rejects.toMatchObject(broken);
    await expect(
      beginErasure(context, chainOf('ada'), { job: 'job', createdAt: 1 }, { at: NOW, accountCreatedAt: 1 }),
    ).rejects.toMatchObject(broken);
    await expect(closeChain(context, chainOf('ada'), 'job', { at: NOW, accountCreatedAt: 1 })).rejects.toMatchObject(
      broken,
    );
    expect(await stored('ada')).toEqual(forged);
    expect(await count('ada')).toBe(1);
  });

  it('that is another person’s decides nothing', async () => {
    await give('ben', 'e1');
    await forge('ada', await stored('ben'));
    await expect(latestHead(context, 'ada')).rejects.toMatchObject({ code: 'seal.broken' });
  });

  it('leaves one person out of work about many, with one error that names the chain alone', async () => {
    await give('ada', 'e1');
    await give('ben', 'e1');
    await forge('ada', {});
    const looked = (uid: string) =>
      unlessBroken(context, { job: 'night', chain: chainOf(uid) }, () => latestHead(context, uid));
    expect(await looked('ada')).toBeNull();
    expect(await looked('ben')).toMatchObject({ chain: chainOf('ben') });
    expect(context.logged).toEqual([expect.stringContaining(chainOf('ada'))]);
    const failing = unlessBroken(context, { job: 'night', chain: 'x' }, () => Promise.reject(new Error('Firestore')));
    await expect(failing).rejects.toThrow('Firestore');
  });
});

describe('an entry that is there already', () => {
  it('of a delivery before makes the event a duplicate', async () => {
    await give('ada', 'e1');
    expect(await give('ada', 'e1')).toMatchObject({ recorded: false, because: 'duplicate' });
  });

  it('and is not ours does not', async () => {
    await give('ada', 'e1');
    const entry = (await entryRef(context.own, chainOf('ada'), 'e1').get()).data() ?? {};
    await entryRef(context.own, chainOf('ada'), 'e2').set(entry);
    await expect(give('ada', 'e2', 'withdrawn')).rejects.toMatchObject({ code: 'seal.broken' });
    expect((await stored('ada'))['current']).toEqual({ messages: 'given' });
  });

  it('nor does another document that is in the way of the same write', async () => {
    await putHead(context, chainOf('ada'), {});
    await context.own.doc('jobs/j1').set({});
    const also = { also: (tx: FirebaseFirestore.Transaction) => void tx.create(context.own.doc('jobs/j1'), {}) };
    await expect(record(context, 'ada', 'e1', () => ({ record: draft() }), also)).rejects.toThrow();
  });

  it('in the chain under an older key does not either, if it is not ours', async () => {
    await give('ada', 'e1');
    const old = chainOf('ada');
    context = { ...context, keys: { current: 2, keys: { ...context.keys.keys, 2: 'a further key' } } };
    await give('ada', 'e2');
    await context.own.doc(entryPath(old, 'e3')).set({ kind: 'consent' });
    await expect(give('ada', 'e3', 'withdrawn')).rejects.toMatchObject({ code: 'seal.broken' });
    expect((await context.own.doc(headPath(chainOf('ada'))).get()).get('seq')).toBe(1);
  });
});

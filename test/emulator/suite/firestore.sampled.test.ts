/**
 * Tests the parts of Firestore that the project uses, on the running backend: both must behave
 * alike, in both databases.
 */
import { randomUUID } from 'node:crypto';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import {
  FieldPath,
  FieldValue,
  getFirestore,
  GeoPoint,
  Timestamp,
  type DocumentReference,
  type Firestore,
} from 'firebase-admin/firestore';
import { describe, expect, test, vi } from 'vitest';
import { times } from '../../kit/depth.ts';

const codes = { NOT_FOUND: 5, ALREADY_EXISTS: 6, FAILED_PRECONDITION: 9, INVALID_ARGUMENT: 3 };

describe.concurrent.each(['(default)', 'compliance'])('database %s', (database) => {
  /** A test has a project of its own, since some wait long for each other's locks. */
  const it = test.extend<{ db: Firestore }>({
    db: async ({ task }, use) => {
      const app = initializeApp({ projectId: `demo-${randomUUID().slice(-12)}` }, task.id);
      await use(getFirestore(app, database));
      await deleteApp(app);
    },
  });

  it('refuses to create a document twice', async ({ db }) => {
    await db.doc('a/1').create({ n: 1 });
    await expect(db.doc('a/1').create({ n: 2 })).rejects.toMatchObject({ code: codes.ALREADY_EXISTS });
    expect((await db.doc('a/1').get()).data()).toEqual({ n: 1 });
  });

  it('holds preconditions: the last update time, and that a document exists', async ({ db }) => {
    const first = await db.doc('a/1').set({ n: 1 });
    await db.doc('a/1').set({ n: 2 });
    const stale = { lastUpdateTime: first.writeTime };
    await expect(db.doc('a/1').update({ n: 3 }, stale)).rejects.toMatchObject({ code: codes.FAILED_PRECONDITION });
    await expect(db.doc('a/1').delete(stale)).rejects.toMatchObject({ code: codes.FAILED_PRECONDITION });
    await expect(db.doc('a/none').delete({ exists: true })).rejects.toMatchObject({ code: codes.NOT_FOUND });
    await expect(db.doc('a/none').update({ n: 3 })).rejects.toMatchObject({ code: codes.NOT_FOUND });
    const current = (await db.doc('a/1').get()).updateTime;
    await db.doc('a/1').update({ n: 4 }, current ? { lastUpdateTime: current } : {});
    expect((await db.doc('a/1').get()).get('n')).toBe(4);
  });

  it('makes a batch wholly or not at all', async ({ db }) => {
    await db.doc('a/there').set({ n: 1 });
    const batch = db.batch().set(db.doc('a/new'), { n: 1 }).create(db.doc('a/there'), { n: 2 });
    await expect(batch.commit()).rejects.toMatchObject({ code: codes.ALREADY_EXISTS });
    expect((await db.doc('a/new').get()).exists).toBe(false);
  });

  it('serialises transactions: as many increments at once are all counted', async ({ db }) => {
    const counter = db.doc('a/counter');
    await counter.set({ n: 0 });
    const increments = times(8, 20);
    await Promise.all(
      Array.from({ length: increments }, () =>
        db.runTransaction(
          async (transaction) => {
            const now = (await transaction.get(counter)).get('n') as number;
            transaction.update(counter, { n: now + 1 });
          },
          { maxAttempts: 50 },
        ),
      ),
    );
    expect((await counter.get()).get('n')).toBe(increments);
  });

  it('runs a transaction again if a document that it read has changed', async ({ db }) => {
    const read = db.doc('a/read');
    await read.set({ n: 1 });
    let attempts = 0;
    let outside: Promise<unknown> | undefined;
    await db.runTransaction(async (transaction) => {
      attempts++;
      const n = (await transaction.get(read)).get('n') as number;
      // Google's emulator lets this wait for the transaction's lock instead, so it must not be
      // awaited here.
      outside ??= read.set({ n: 10 });
      transaction.set(db.doc('a/seen'), { n, attempts });
    });
    await outside;
    expect((await read.get()).get('n')).toBe(10);
    expect((await db.doc('a/seen').get()).data()).toEqual({ n: attempts === 1 ? 1 : 10, attempts });
  });

  it('lets one of two transactions create a document, and tells the other', async ({ db }) => {
    const create = (by: string): Promise<string> =>
      db.runTransaction(async (transaction) => {
        if ((await transaction.get(db.doc('a/once'))).exists) return 'late';
        transaction.create(db.doc('a/once'), { by });
        return 'made';
      });
    expect((await Promise.all([create('x'), create('y')])).sort()).toEqual(['late', 'made']);
  });

  it('queries inside transactions', async ({ db }) => {
    await Promise.all([1, 2, 3].map((n) => db.doc(`a/${n}`).set({ n })));
    const found = await db.runTransaction(async (transaction) => {
      const snapshot = await transaction.get(db.collection('a').where('n', '>=', 2).limit(5));
      for (const document of snapshot.docs) transaction.update(document.ref, { seen: true });
      return snapshot.size;
    });
    expect(found).toBe(2);
    expect((await db.collection('a').where('seen', '==', true).get()).size).toBe(2);
  });

  it('writes in bulk, and reports the writes that fail one by one', async ({ db }) => {
    await db.doc('a/7').set({ n: 'old' });
    const writer = db.bulkWriter();
    const failed: string[] = [];
    writer.onWriteError((error) => {
      failed.push(`${error.documentRef.path} ${error.code}`);
      return false;
    });
    const made = Array.from({ length: 100 }, (_, n) => writer.create(db.doc(`a/${n}`), { n }).catch(() => undefined));
    await Promise.all([...made, writer.close()]);
    expect(failed).toEqual([`a/7 ${codes.ALREADY_EXISTS}`]);
    expect((await db.collection('a').count().get()).data().count).toBe(100);
  });

  it('deletes recursively the documents under a document, and nothing beside it', async ({ db }) => {
    const paths = ['users/u', 'users/u/a/1', 'users/u/a/1/b/2', 'users/u/c/3', 'users/u2/a/1', 'users/ua/a/1'];
    await Promise.all(paths.map((path) => db.doc(path).set({ path })));
    await db.recursiveDelete(db.doc('users/u'));
    const left = await Promise.all(paths.map(async (path) => (await db.doc(path).get()).exists));
    expect(paths.filter((_, index) => left[index])).toEqual(['users/u2/a/1', 'users/ua/a/1']);
  });

  it('pages through a collection group by time, with chosen fields', async ({ db }) => {
    const at = (n: number): Timestamp => Timestamp.fromMillis(1_700_000_000_000 + 1000 * Math.floor(n / 2));
    await Promise.all(
      Array.from({ length: 9 }, (_, n) => db.doc(`users/u${n}/activity/x${n}`).set({ createdAt: at(n), n, more: 'x' })),
    );
    await db.doc('other/x').set({ createdAt: at(1), n: 99 });
    const query = db
      .collectionGroup('activity')
      .where('createdAt', '<', at(8))
      .orderBy('createdAt')
      .select('n', 'createdAt');
    const seen: number[] = [];
    let page = await query.limit(3).get();
    while (page.size > 0) {
      for (const document of page.docs) {
        expect(Object.keys(document.data()).sort()).toEqual(['createdAt', 'n']);
        seen.push(document.get('n') as number);
      }
      const last = page.docs.at(-1);
      if (last === undefined) break;
      page = await query.startAfter(last).limit(3).get();
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const byName = db.collectionGroup('activity').orderBy('createdAt').orderBy(FieldPath.documentId());
    const after = await byName.startAfter(at(2), db.doc('users/u2/activity/x2')).limit(1).get();
    expect(after.docs.map((document) => document.id)).toEqual(['x3']);
  });

  it('filters, sorts and counts', async ({ db }) => {
    const rows = [{ n: 1, s: 'a' }, { n: 2, s: 'b' }, { n: 3, s: 'a', tags: ['x'] }, { s: 'c' }, { n: null, s: 'd' }];
    await Promise.all(rows.map((row, index) => db.doc(`a/${index}`).set(row)));
    const a = db.collection('a');
    const ids = async (query: FirebaseFirestore.Query): Promise<string[]> => (await query.get()).docs.map((d) => d.id);
    expect(await ids(a.where('s', 'in', ['a', 'c']).orderBy('s'))).toEqual(['0', '2', '3']);
    expect(await ids(a.orderBy('n', 'desc'))).toEqual(['2', '1', '0', '4']);
    expect(await ids(a.where('n', '>', 1).where('n', '<=', 3))).toEqual(['1', '2']);
    expect(await ids(a.where('tags', 'array-contains', 'x'))).toEqual(['2']);
    expect(await ids(a.where('n', '==', null))).toEqual(['4']);
    expect(await ids(a.orderBy('s').limitToLast(2))).toEqual(['3', '4']);
    expect(await ids(a.orderBy('s').offset(3).limit(1))).toEqual(['3']);
    expect(await ids(a.where(FieldPath.documentId(), '>', '2'))).toEqual(['3', '4']);
    const count = async (query: FirebaseFirestore.Query): Promise<number> => (await query.count().get()).data().count;
    expect([await count(a), await count(a.where('n', '>=', 2)), await count(db.collection('none'))]).toEqual([5, 2, 0]);
    const streamed: string[] = [];
    for await (const document of a.orderBy('s', 'desc').stream())
      streamed.push((document as unknown as { id: string }).id);
    expect(streamed).toEqual(['4', '3', '1', '2', '0']);
  });

  it('keeps every type of value, and changes single fields', async ({ db }) => {
    const reference: DocumentReference = db.doc('a/other');
    const value = {
      time: new Timestamp(1_700_000_000, 123_456_000),
      bytes: Buffer.from([0, 255]),
      place: new GeoPoint(48.85, 2.35),
      reference,
      big: Number.MAX_SAFE_INTEGER,
      half: 0.5,
      none: null,
      list: [1, { a: [] }],
      empty: {},
    };
    await db.doc('a/1').set({ value, 'odd.key': 1 });
    expect((await db.doc('a/1').get()).get('value')).toEqual(value);
    await db.doc('a/1').update({
      'value.half': FieldValue.increment(1),
      'value.none': FieldValue.delete(),
      'value.list': FieldValue.arrayUnion(2),
      at: FieldValue.serverTimestamp(),
    });
    await db.doc('a/1').set({ value: { empty: { x: 1 } } }, { merge: true });
    const after = await db.doc('a/1').get();
    expect(after.get('value')).toMatchObject({ half: 1.5, list: [1, { a: [] }, 2], big: value.big, empty: { x: 1 } });
    expect(Object.keys(after.get('value') as object)).not.toContain('none');
    expect(after.get(new FieldPath('odd.key'))).toBe(1);
    expect(Math.abs((after.get('at') as Timestamp).toMillis() - Date.now())).toBeLessThan(60_000);
    const [masked] = await db.getAll(db.doc('a/1'), { fieldMask: ['value.big'] });
    expect(masked?.data()).toEqual({ value: { big: value.big } });
  });

  it('takes a document of 900 KB, and refuses one above 1 MiB', async ({ db }) => {
    await db.doc('a/big').set({ text: 'x'.repeat(900_000) });
    expect(((await db.doc('a/big').get()).get('text') as string).length).toBe(900_000);
    await expect(db.doc('a/huge').set({ text: 'x'.repeat(1_100_000) })).rejects.toMatchObject({
      code: codes.INVALID_ARGUMENT,
    });
  });

  it('lists collections, and documents that only have something under them', async ({ db }) => {
    await Promise.all(['users/u/a/1', 'users/u/b/1', 'users/ünïcödé ☃/a/1'].map((path) => db.doc(path).set({})));
    expect((await db.doc('users/u').listCollections()).map((one) => one.id)).toEqual(['a', 'b']);
    expect((await db.collection('users').listDocuments()).map((one) => one.id)).toEqual(['u', 'ünïcödé ☃']);
    expect((await db.collection('users').get()).size).toBe(0);
  });

  it('tells listeners of documents that come, change and go', async ({ db }) => {
    const names: string[][] = [];
    const stop = db
      .collection('a')
      .where('open', '==', true)
      .onSnapshot((snapshot) => void names.push(snapshot.docs.map((document) => document.id)));
    const latest = (expected: string[]): Promise<void> =>
      vi.waitFor(() => expect(names.at(-1)).toEqual(expected), 10_000);
    try {
      await latest([]);
      await db.doc('a/1').set({ open: true });
      await db.doc('a/2').set({ open: true });
      await latest(['1', '2']);
      await db.doc('a/1').update({ open: false });
      await latest(['2']);
      await db.doc('a/2').delete();
      await latest([]);
    } finally {
      stop();
    }
  });
});

/** Tests the operations that the embedded Firestore counts as billed. */
import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getFirestore, type Firestore } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const url = process.env.FIRESTORE_BILLING_URL;
const project = `demo-billing-${process.pid}`;

describe.skipIf(url === undefined)('billed operations (only the embedded Firestore counts them)', () => {
  let app: App;
  let db: Firestore;
  beforeAll(() => {
    app = initializeApp({ projectId: project }, 'billing');
    db = getFirestore(app);
  });
  afterAll(() => deleteApp(app));

  async function cost(work: () => Promise<unknown>, part = ''): Promise<unknown> {
    const at = `${url ?? ''}?project=${project}${part}`;
    await fetch(at, { method: 'DELETE' });
    await work().catch(() => undefined);
    return (await fetch(at)).json();
  }
  const billed = (reads: number, writes: number, deletes: number): object => ({ reads, writes, deletes });

  it('counts reads of documents, found or missing', async () => {
    await db.doc('a/1').set({ n: 1 });
    expect(await cost(() => db.doc('a/1').get())).toEqual(billed(1, 0, 0));
    expect(await cost(() => db.getAll(db.doc('a/1'), db.doc('a/none')))).toEqual(billed(2, 0, 0));
  });

  it('counts the documents of a query, and one read for an empty one', async () => {
    await Promise.all([1, 2, 3].map((n) => db.doc(`q/${n}`).set({ n })));
    const q = db.collection('q');
    expect(await cost(() => q.get())).toEqual(billed(3, 0, 0));
    expect(await cost(() => q.limit(2).get())).toEqual(billed(2, 0, 0));
    expect(await cost(() => q.offset(2).get())).toEqual(billed(3, 0, 0));
    expect(await cost(() => q.where('n', '>', 9).get())).toEqual(billed(1, 0, 0));
    expect(await cost(() => q.count().get())).toEqual(billed(1, 0, 0));
    expect(await cost(() => db.collection('none').count().get())).toEqual(billed(1, 0, 0));
  });

  it('counts a read for every thousand index entries of a count', async () => {
    // Begins within the count: a writer sends full batches before it is closed.
    const write = async (): Promise<void> => {
      const writer = db.bulkWriter();
      for (let n = 0; n < 1001; n++) void writer.create(db.doc(`many/${n}`), { n });
      await writer.close();
    };
    expect(await cost(write)).toEqual(billed(0, 1001, 0));
    expect(await cost(() => db.collection('many').count().get())).toEqual(billed(2, 0, 0));
  });

  it('counts writes and deletes that were made, and none of a commit that failed', async () => {
    await db.doc('w/there').set({});
    const batch = db.batch().set(db.doc('w/1'), {}).delete(db.doc('w/none'));
    expect(await cost(() => batch.commit())).toEqual(billed(0, 1, 1));
    expect(await cost(() => db.doc('w/there').create({}))).toEqual(billed(0, 0, 0));
    const move = (): Promise<unknown> =>
      db.runTransaction(async (transaction) => {
        await transaction.get(db.doc('w/1'));
        transaction.update(db.doc('w/1'), { n: 1 }).create(db.doc('w/2'), {});
      });
    expect(await cost(move)).toEqual(billed(1, 2, 0));
  });

  it('counts each database for itself, too', async () => {
    const both = async (): Promise<void> => {
      await db.doc('x/1').set({});
      await getFirestore(app, 'compliance').doc('x/1').get();
    };
    expect(await cost(both, '&database=compliance')).toEqual(billed(1, 0, 0));
    expect(await cost(both)).toEqual(billed(1, 1, 0));
  });
});

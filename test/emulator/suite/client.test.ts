/** The client SDK in Node, as an app uses it, on whichever backend runs. */
import { deleteApp, initializeApp, type FirebaseApp } from 'firebase/app';
import type { Timestamp } from 'firebase/firestore';
import {
  collection,
  connectFirestoreEmulator,
  deleteDoc,
  deleteField,
  doc,
  getDoc,
  getFirestore,
  onSnapshot,
  orderBy,
  query,
  runTransaction,
  serverTimestamp,
  setDoc,
  terminate,
  updateDoc,
  where,
  writeBatch,
  type Firestore,
} from 'firebase/firestore';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

describe.each(['(default)', 'compliance'])('client SDK, database %s', (database) => {
  const projectId = `demo-client-${process.pid}`;
  let app: FirebaseApp;
  let db: Firestore;

  beforeAll(() => {
    app = initializeApp({ projectId, apiKey: 'suite' }, `client-${database}`);
    db = getFirestore(app, database);
    const [host = '', port = ''] = (process.env.FIRESTORE_EMULATOR_HOST ?? '').split(':');
    // The owner of a project is above its rules, which are tested elsewhere.
    connectFirestoreEmulator(db, host, Number(port), { mockUserToken: 'owner' });
  });
  beforeEach(async () => {
    const url = `http://${process.env.FIRESTORE_EMULATOR_HOST ?? ''}/emulator/v1/projects/${projectId}/databases/${database}/documents`;
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(200);
  });
  afterAll(async () => {
    await terminate(db);
    await deleteApp(app);
  });

  it('sets, updates and deletes, with the server’s time', async () => {
    const consent = doc(db, 'users/u/consents/analytics');
    await setDoc(consent, { granted: true, updatedAt: serverTimestamp(), old: 1 });
    await updateDoc(consent, { granted: false, old: deleteField() });
    const read = await getDoc(consent);
    expect(Object.keys(read.data() ?? {}).sort()).toEqual(['granted', 'updatedAt']);
    expect(read.get('granted')).toBe(false);
    expect(Math.abs((read.get('updatedAt') as Timestamp).toMillis() - Date.now())).toBeLessThan(60_000);
    await expect(updateDoc(doc(db, 'users/none'), { x: 1 })).rejects.toMatchObject({ code: 'not-found' });
    // A refused write must not stop those after it.
    await writeBatch(db).set(doc(db, 'users/v'), { x: 1 }).delete(consent).commit();
    expect([(await getDoc(consent)).exists(), (await getDoc(doc(db, 'users/v'))).exists()]).toEqual([false, true]);
  });

  it('runs transactions that write, and that only look', async () => {
    const counter = doc(db, 'counters/c');
    await setDoc(counter, { n: 0 });
    const add = (): Promise<void> =>
      runTransaction(db, async (transaction) => {
        const { n } = (await transaction.get(counter)).data() as { n: number };
        transaction.update(counter, { n: n + 1 });
      });
    await Promise.all([add(), add(), add()]);
    const seen = await runTransaction(db, async (transaction) => (await transaction.get(counter)).get('n') as number);
    expect(seen).toBe(3);
  });

  it('listens to a document and to two queries at a time: documents that come, change, leave and go', async () => {
    const at = {} as Record<'document' | 'open' | 'all', unknown>;
    const stops = [
      onSnapshot(doc(db, 'a/1'), (one) => void (at.document = one.exists() ? one.data() : 'none')),
      onSnapshot(query(collection(db, 'a'), where('open', '==', true)), (found) => {
        at.open = found.docs.map((one) => one.id);
      }),
      onSnapshot(query(collection(db, 'a'), orderBy('n')), (found) => void (at.all = found.docs.map((one) => one.id))),
    ];
    const becomes = (expected: typeof at): Promise<void> => vi.waitFor(() => expect(at).toEqual(expected), 10_000);
    try {
      await becomes({ document: 'none', open: [], all: [] });
      await setDoc(doc(db, 'a/1'), { n: 1, open: true });
      await setDoc(doc(db, 'a/2'), { n: 0, open: true });
      await becomes({ document: { n: 1, open: true }, open: ['1', '2'], all: ['2', '1'] });
      await changeFromElsewhere(projectId, database, 'a/1', { n: 1, open: false });
      await becomes({ document: { n: 1, open: false }, open: ['2'], all: ['2', '1'] });
      await changeFromElsewhere(projectId, database, 'a/2');
      await becomes({ document: { n: 1, open: false }, open: [], all: ['1'] });
      await deleteDoc(doc(db, 'a/1'));
      await becomes({ document: 'none', open: [], all: [] });
    } finally {
      for (const stop of stops) stop();
    }
  });
});

/** Sets or deletes a document as a server does, so that the client only hears of it. */
async function changeFromElsewhere(projectId: string, database: string, path: string, data?: object): Promise<void> {
  const admin = await import('firebase-admin/app');
  const { getFirestore: adminFirestore } = await import('firebase-admin/firestore');
  const other = admin.initializeApp({ projectId }, `elsewhere-${database}-${path}`);
  const document = adminFirestore(other, database).doc(path);
  await (data ? document.set(data) : document.delete());
  await admin.deleteApp(other);
}

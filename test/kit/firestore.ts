import { FirestoreMock } from '@firebase-bridge/firestore-admin';
import { CollectionReference, type Firestore } from 'firebase-admin/firestore';

/**
 * Opens both databases of a project in memory.
 *
 * The package tells changes apart by whole milliseconds, and answers faster than that in these
 * tests (preload/promptFirestore.mjs): each look at its clock is a millisecond later than the one
 * before.
 */
export function memoryDatabases(project: string): { readonly app: Firestore; readonly own: Firestore } {
  const mock = new FirestoreMock();
  let last = 0;
  mock.systemTime.custom(() => new Date((last = Math.max(Date.now(), last + 1))));
  const open = (id: string): Firestore => mock.createDatabase(project, id).firestore();
  return { app: open('(default)'), own: open('compliance') };
}

// The mock in memory lists no documents without data; the emulator's test has those too. For good:
// files of tests share their modules.
CollectionReference.prototype.listDocuments = async function (this: CollectionReference) {
  return (await this.get()).docs.map(({ ref }) => ref);
};

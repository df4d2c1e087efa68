import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import type { AccountDeletion } from '../../functions/src/erasure/accountEvents.ts';

/**
 * The collections of a person's own documents: half declared by the policy, half below them, three
 * levels deep, declared by nobody.
 */
const places = (uid: string): ((n: number) => string)[] => [
  (n) => `users/${uid}/activity/${n}`,
  (n) => `users/${uid}/sessions/${n}`,
  (n) => `users/${uid}/projects/${n % 10}/notes/${n}`,
  (n) => `users/${uid}/projects/${n % 10}/notes/${n % 100}/lines/${n}`,
];

/**
 * Rows outside the person's own place; every other one has a document below it that nobody
 * declares.
 */
function outside(uid: string, rows: number): Record<string, object> {
  const data = { createdAt: Timestamp.now(), text: 'something that was written elsewhere' };
  const all = Array.from({ length: rows }, (_, n): [string, object][] => [
    [`contactRequests/${uid}-${n}`, { ...data, uid }],
    ...(n % 2 === 0 ? [[`contactRequests/${uid}-${n}/files/1`, data] as [string, object]] : []),
  ]);
  return Object.fromEntries(all.flat());
}

/**
 * Writes a person who is to be erased.
 *
 * @param rows so many of the documents are rows outside the person's own place
 */
export async function seedPerson(db: Firestore, uid: string, documents: number, rows = 0): Promise<void> {
  const writer = db.bulkWriter({ throttling: false });
  const all = places(uid);
  const data = { createdAt: Timestamp.now(), text: 'something that was written in the app' };
  const elsewhere = Object.entries(outside(uid, rows));
  for (let n = 0; n < documents - elsewhere.length; n++) {
    void writer.set(db.doc(all[n % all.length]?.(n) ?? ''), data);
    if (n % 5_000 === 4_999) await writer.flush();
  }
  for (const [path, row] of elsewhere) void writer.set(db.doc(path), row);
  await writer.close();
}

/** The event of a deleted account. */
export const deletionOf = (uid: string, deletedAt: number): AccountDeletion => ({
  uid,
  tenantId: null,
  deletedAt,
  user: { uid, email: `${uid}@bench.example`, emailVerified: true, metadata: { creationTime: '2024-01-01T00:00:00Z' } },
});

import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import type { Instant } from '../platform/clock.ts';

/**
 * `tombstones/{chain}`: the lasting mark of an erasure. It refuses late events and effects, and lets a restore be followed by the erasures
 * that it undid. Pseudonymous personal data, with a period of its own.
 */
export interface Tombstone {
  readonly accountCreatedAt: number | null;
  readonly deletedAt: Instant;
  readonly job: string;
  /** Hashes of the verified e-mail addresses (emails.ts): a complainant can be found as long as the mark lasts. */
  readonly emails?: readonly string[];
}

/** Has this job written the mark? It is the first thing that an erasure writes. */
export async function isBuried(own: Firestore, chain: string, job: string): Promise<boolean> {
  return (await own.collection('tombstones').doc(chain).get()).get('job') === job;
}

/** Writes the mark; writing it again changes nothing. */
export async function bury(
  own: Firestore,
  chain: string,
  { deletedAt, ...mark }: Tombstone,
  completedAt?: Instant,
): Promise<void> {
  const completed = completedAt === undefined ? {} : { completedAt: Timestamp.fromMillis(completedAt) };
  await own
    .collection('tombstones')
    .doc(chain)
    .set({ ...mark, deletedAt: Timestamp.fromMillis(deletedAt), ...completed }, { merge: true });
}

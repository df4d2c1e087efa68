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
}

/** Writes the mark; writing it again changes nothing. */
export async function bury(
  own: Firestore,
  chain: string,
  { accountCreatedAt, deletedAt, job }: Tombstone,
  completedAt?: Instant,
): Promise<void> {
  const completed = completedAt === undefined ? {} : { completedAt: Timestamp.fromMillis(completedAt) };
  await own
    .collection('tombstones')
    .doc(chain)
    .set({ accountCreatedAt, deletedAt: Timestamp.fromMillis(deletedAt), job, ...completed }, { merge: true });
}

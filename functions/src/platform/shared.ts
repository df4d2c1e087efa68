import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import type { Instant } from './time.ts';
import type { Context } from './context.ts';

/**
 * A change of a shared document: its new content, until when it counts, and the caller's answer.
 */
export interface SharedChange<T> {
  readonly data: DocumentData;
  readonly expiresAt: Instant;
  readonly answer: T;
}

/**
 * Changes `rateLimits/{id}`, which all instances share, in a transaction: 1 read, 1 write. The
 * nightly retention removes it once it has expired.
 *
 * @param change pure: the transaction calls it again if another instance was first
 * @throws as the transaction does: ABORTED if too many change it at once, and then nothing changed
 */
export async function changeShared<T>(
  { clients, now }: { readonly clients: Pick<Context['clients'], 'own'>; readonly now: Context['now'] },
  id: string,
  change: (data: DocumentData | undefined, now: Instant) => SharedChange<T>,
): Promise<T> {
  const own = clients.own();
  const ref = own.doc(`rateLimits/${id}`);
  return own.runTransaction(async (tx) => {
    const { data, expiresAt, answer } = change((await tx.get(ref)).data(), now());
    tx.set(ref, { ...data, expiresAt: Timestamp.fromMillis(expiresAt) });
    return answer;
  });
}

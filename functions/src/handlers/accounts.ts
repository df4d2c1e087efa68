import type { AuthEvent } from 'firebase-functions/v2/identity';
import { context } from '../compose.ts';
import type { UserRecordLike } from '../subject/identity.ts';

/** A user in an event of Auth: its times are ISO 8601 with milliseconds, or as Auth's records write them. */
type AccountEvent = AuthEvent<UserRecordLike>;

export async function accountCreated(event: AccountEvent): Promise<void> {
  const { onAccountCreated } = await import('../erasure/operations.ts');
  const user = event.data as UserRecordLike | undefined;
  if (user) await onAccountCreated(context(), user);
}

export async function accountDeleted(event: AccountEvent & { uid?: string }): Promise<void> {
  const { onAccountDeleted } = await import('../erasure/operations.ts');
  const user = event.data as UserRecordLike | undefined;
  const uid = user?.uid ?? event.uid;
  if (uid === undefined) throw new Error('a deletion of an account that does not say which');
  await onAccountDeleted(context(), { uid, user, deletedAt: Date.parse(event.time) });
}

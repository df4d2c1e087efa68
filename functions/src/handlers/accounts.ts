import type { AuthEvent } from 'firebase-functions/v2/identity';
import type { Context } from '../platform/context.ts';
import type { UserRecordLike } from '../subject/identity.ts';

/**
 * A user in an event of Auth. Its times are ISO 8601 with milliseconds, or as Auth's records write
 * them.
 */
type AccountEvent = AuthEvent<UserRecordLike>;

export async function accountCreated(context: Context, event: AccountEvent): Promise<void> {
  const { onAccountCreated } = await import('../erasure/accountEvents.ts');
  const user = event.data as Partial<UserRecordLike> | undefined;
  if (user?.uid !== undefined) await onAccountCreated(context, { ...user, uid: user.uid, tenantId: tenantOf(event) });
}

export async function accountDeleted(context: Context, event: AccountEvent & { uid?: string }): Promise<void> {
  const { onAccountDeleted } = await import('../erasure/accountEvents.ts');
  const user = event.data as UserRecordLike | undefined;
  const uid = user?.uid ?? event.uid;
  if (uid === undefined) throw new Error('a deletion of an account that does not say which');
  await onAccountDeleted(context, { uid, tenantId: tenantOf(event), user, deletedAt: Date.parse(event.time) });
}

/** The tenant of the account that an event is about; null: the project's own pool. */
const tenantOf = ({ tenantId, data }: AccountEvent): string | null =>
  tenantId ?? (data as UserRecordLike | undefined)?.tenantId ?? null;

import type { FirestoreEvent, QueryDocumentSnapshot } from 'firebase-functions/v2/firestore';
import type { Context } from '../platform/context.ts';
import { writtenAt } from '../platform/time.ts';

/**
 * A contact request was written: counts those that come through the rules. The document says its
 * id, since the policy names the variable of its path.
 */
export async function contactRequestCreated(
  context: Context,
  event: FirestoreEvent<QueryDocumentSnapshot | undefined>,
): Promise<void> {
  const { onContactRequestCreated } = await import('../rights/contact/ofAccount.ts');
  const { data } = event;
  const row = { id: data?.id ?? '', data: data?.data(), writtenAt: writtenAt(event, data) };
  await onContactRequestCreated(context, row);
}

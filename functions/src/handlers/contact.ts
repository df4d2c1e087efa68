import type { FirestoreEvent, QueryDocumentSnapshot } from 'firebase-functions/v2/firestore';
import type { Context } from '../platform/context.ts';

/** A contact request was written: counts those that come through the rules. */
export async function contactRequestCreated(
  context: Context,
  event: FirestoreEvent<QueryDocumentSnapshot | undefined>,
): Promise<void> {
  const { onContactRequestCreated } = await import('../rights/contact/ofAccount.ts');
  const { id = '' } = event.params;
  await onContactRequestCreated(context, { id, data: event.data?.data(), writtenAt: Date.parse(event.time) });
}

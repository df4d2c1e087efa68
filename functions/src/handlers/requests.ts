import type { DocumentSnapshot, FirestoreEvent } from 'firebase-functions/v2/firestore';
import type { Context } from '../platform/context.ts';
import { writtenAt } from '../platform/time.ts';
import type { RequestEvent } from '../rights/receive.ts';
import type { Written } from './events.ts';

/**
 * Returns a rights request as plain data. An event without data (above 10 MiB) has no shape that
 * could be one.
 */
function requestEvent(event: FirestoreEvent<unknown>, document: DocumentSnapshot | undefined): RequestEvent {
  const { uid = '', id: requestId = '' } = event.params;
  return { id: event.id, uid, requestId, data: document?.data(), time: writtenAt(event, document) };
}

export async function privacyRequestCreated(
  context: Context,
  event: FirestoreEvent<DocumentSnapshot | undefined>,
): Promise<void> {
  // The backend wrote it, and has recorded everything about it.
  if (event.data?.get('askedFor') !== undefined) return;
  const { onPrivacyRequestCreated } = await import('../rights/receive.ts');
  await onPrivacyRequestCreated(context, requestEvent(event, event.data));
}

export async function privacyRequestUpdated(context: Context, event: Written): Promise<void> {
  const { isCancellation, onPrivacyRequestCancelled, onWord } = await import('../rights/receive.ts');
  const { wordIn } = await import('../rights/onBehalf/say.ts');
  const [before, after] = [event.data?.before.data(), event.data?.after.data()];
  const word = wordIn(before, after);
  if (word !== undefined) await onWord(context, requestEvent(event, event.data?.after), word);
  else if (isCancellation(before, after))
    await onPrivacyRequestCancelled(context, requestEvent(event, event.data?.after));
}

import type { FirestoreEvent, QueryDocumentSnapshot } from 'firebase-functions/v2/firestore';
import type { Context } from '../platform/context.ts';
import { submitContact } from '../rights/contact.ts';
import type { Caller } from '../subject/signIn.ts';
import type { Call } from './callable.ts';

export async function contact(
  context: Context,
  { data, acceptLanguage, address, caller }: Call & { readonly caller: Caller | null },
): ReturnType<typeof submitContact> {
  return submitContact(context, { data, address, acceptLanguage, uid: caller?.uid });
}

/** A contact request was written: what comes through the rules is counted now. */
export async function contactRequestCreated(
  context: Context,
  event: FirestoreEvent<QueryDocumentSnapshot | undefined>,
): Promise<void> {
  const { onContactRequestCreated } = await import('../rights/contactOfAccount.ts');
  const { id = '' } = event.params;
  await onContactRequestCreated(context, { id, data: event.data?.data(), writtenAt: Date.parse(event.time) });
}

import type { FirestoreEvent, QueryDocumentSnapshot } from 'firebase-functions/v2/firestore';
import type { Context } from '../platform/context.ts';
import { submitContact } from '../rights/contact.ts';
import type { Caller } from '../subject/signIn.ts';
import type { Answer, Call } from './callable.ts';

export async function contact(
  context: Context,
  { data, acceptLanguage, address, caller }: Call & { readonly caller: Caller | null },
): Promise<Answer<{ id: string }>> {
  const outcome = await submitContact(context, { data, address, acceptLanguage, uid: caller?.uid });
  return outcome.ok ? { ok: true, result: { id: outcome.id } } : outcome;
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

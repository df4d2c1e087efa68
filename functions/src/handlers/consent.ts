import type { Context } from '../platform/context.ts';
import type { DocumentEvent } from '../consent/documents.ts';
import { writtenAt } from '../platform/time.ts';
import type { Written } from './events.ts';

/**
 * Returns a written document as plain data. Above 10 MiB an event has no data: the document is
 * read, and its content before is unknown.
 */
async function written(context: Context, event: Written, key: string): Promise<DocumentEvent> {
  const { uid = '', [key]: id = '' } = event.params;
  const base = { id: event.id, uid, key: id, writtenAt: writtenAt(event, event.data?.after) };
  if (event.data) return { ...base, before: event.data.before.data(), after: event.data.after.data() };
  return { ...base, before: undefined, after: (await context.clients.app().doc(event.document).get()).data() };
}

export async function consentWritten(context: Context, event: Written): Promise<void> {
  const { onConsentWritten } = await import('../consent/recordDecision.ts');
  await onConsentWritten(context, await written(context, event, 'purpose'));
}

/** A server restricts the processing of a person's data, or lifts that (Art. 18). */
export async function restrictionWritten(context: Context, event: Written): Promise<void> {
  const { onRestrictionWritten } = await import('../consent/effects.ts');
  const { isUid } = await import('../subject/identity.ts');
  const { uid = '' } = event.params;
  if (isUid(uid)) await onRestrictionWritten(context, { id: event.id, uid });
}

export async function devicePermissionWritten(context: Context, event: Written): Promise<void> {
  const { onDevicePermissionWritten } = await import('../consent/permissions.ts');
  await onDevicePermissionWritten(context, await written(context, event, 'id'));
}

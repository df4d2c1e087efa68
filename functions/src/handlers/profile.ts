import type { Context } from '../platform/context.ts';
import { writtenAt } from '../platform/time.ts';
import type { Written } from './events.ts';

/**
 * A person's profile was written. The document says its id, since the policy names the variable of
 * its path. Above 10 MiB an event has no data: the document is read, and its content before is
 * unknown.
 */
export async function profileWritten(context: Context, event: Written): Promise<void> {
  const { onProfileWritten } = await import('../rectification/start.ts');
  const { isUid } = await import('../subject/identity.ts');
  const uid = event.document.split('/').at(-1) ?? '';
  if (!isUid(uid)) return;
  const { data } = event;
  await onProfileWritten(context, {
    uid,
    before: data?.before.data(),
    after: data === undefined ? (await context.clients.app().doc(event.document).get()).data() : data.after.data(),
    writtenAt: writtenAt(event, data?.after),
    isUnknown: data === undefined,
  });
}

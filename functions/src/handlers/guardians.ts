import type { DocumentData } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { Written } from './events.ts';

/** A server wrote or changed the band of age of a person. */
export async function ageBandWritten(context: Context, event: Written): Promise<void> {
  const { uid = '' } = event.params;
  await (await import('../consent/protection.ts')).refreshProtection(context, uid);
}

/**
 * A server wrote, changed or ended a guardianship: looks at the child that it names, and the one
 * that it named before.
 */
export async function guardianshipWritten(context: Context, event: Written): Promise<void> {
  const { refreshProtection } = await import('../consent/protection.ts');
  const { isUid } = await import('../subject/identity.ts');
  const childIn = (data: DocumentData | undefined): unknown => data?.['child'];
  const children = new Set([childIn(event.data?.before.data()), childIn(event.data?.after.data())]);
  for (const child of children) if (typeof child === 'string' && isUid(child)) await refreshProtection(context, child);
}

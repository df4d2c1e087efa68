import type { Context } from '../platform/context.ts';
import { installationsOf, serverWrittenIds } from '../subject/known.ts';
import { provenByAccount } from '../subject/proven.ts';
import type { SheetSubject } from './sheet.ts';

/**
 * Returns the person of an account for the sheets, with their proofs of now; null if there is no
 * account. Costs a few reads, and calls to Auth.
 */
export async function sheetSubject(
  context: Context,
  who: { readonly uid: string; readonly pseudonym: string },
): Promise<SheetSubject | null> {
  const { subject, account } = await provenByAccount(context, who);
  if (account === null) return null;
  const written = await serverWrittenIds(context.clients.app(), context.policy, who.uid);
  const installations = await installationsOf(context, who.uid);
  return { ...subject, providerIds: { ...subject.providerIds, ...written }, installations };
}

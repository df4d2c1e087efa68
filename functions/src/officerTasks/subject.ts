import type { Context } from '../platform/context.ts';
import { findAccount } from '../subject/accounts.ts';
import type { Subject } from '../subject/identity.ts';
import { installationsOf, serverWrittenIds } from '../subject/known.ts';
import { provenByAccount, type WhichAccount } from '../subject/proven.ts';

/**
 * Returns the person of an account for the sheets, with their proofs of now; null if there is no
 * account. Costs a few reads, and calls to Auth.
 */
export async function sheetSubject(context: Context, who: WhichAccount): Promise<Subject | null> {
  const { subject, account } = await provenByAccount(context, who);
  return account === null ? null : withIds(context, subject);
}

/**
 * The same for an account that may be gone, as far as its person is still known; null if somebody
 * else uses the uid by now.
 */
export async function sheetSubjectEvenGone(context: Context, who: WhichAccount): Promise<Subject | null> {
  const { subject, account } = await provenByAccount(context, who);
  if (account === null && (await findAccount(context, { uid: who.uid })) !== null) return null;
  return withIds(context, subject);
}

/**
 * Adds the ids that rows of theirs give: those of other companies, and the app's installations. To
 * be called before these rows end. Costs a few reads.
 */
export async function withIds(context: Context, subject: Subject): Promise<Subject> {
  const written = await serverWrittenIds(context.clients.app(), context.policy, subject.uid);
  const installations = await installationsOf(context, subject.uid);
  const known = { ...subject, providerIds: { ...subject.providerIds, ...written } };
  return installations.length > 0 ? { ...known, installations } : known;
}

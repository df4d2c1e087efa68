import type { Context } from '../platform/context.ts';
import { learn, type Subject } from '../subject/identity.ts';
import { provenByAccount } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';

/**
 * The person, and what proves them now; null if the account is gone. Keeps what was learnt of the
 * account.
 */
export async function currentSubject(context: Context, uid: string): Promise<Subject | null> {
  const { subject, account } = await provenAndLearnt(context, uid);
  return account === null ? null : subject;
}

/**
 * The person of a change, also if Auth knows no such account: their rows are found by the uid all
 * the same.
 */
export async function personOf(context: Context, uid: string): Promise<Subject> {
  return (await provenAndLearnt(context, uid)).subject;
}

async function provenAndLearnt(context: Context, uid: string): ReturnType<typeof provenByAccount> {
  const proven = await provenByAccount(context, { uid, pseudonym: pseudonymOf(uid, context.keys) });
  if (proven.account !== null && proven.known !== null) await learn(context.clients.own(), proven.known);
  return proven;
}

import type { Job } from '../jobs/types.ts';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { isUid, learn, type Subject } from '../subject/identity.ts';
import { provenByAccount } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';

/** Whose consent to what a change is about. @throws PermanentError `input` where it does not say */
export function inputOf(job: Job): { uid: string; purpose: string } {
  const { uid, purpose } = job.input;
  if (typeof uid !== 'string' || !isUid(uid) || typeof purpose !== 'string') {
    throw new PermanentError('input', 'this change does not say whose consent it is about: cancel it');
  }
  return { uid, purpose };
}

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
export async function personOf(context: Context, job: Job): Promise<Subject> {
  return (await provenAndLearnt(context, inputOf(job).uid)).subject;
}

async function provenAndLearnt(context: Context, uid: string): ReturnType<typeof provenByAccount> {
  const proven = await provenByAccount(context, { uid, pseudonym: pseudonymOf(uid, context.keys) });
  if (proven.account !== null && proven.known !== null) await learn(context.clients.own(), proven.known);
  return proven;
}

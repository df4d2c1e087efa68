import type { Job } from '../jobs/types.ts';
import { accountCreatedAt } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { isUid, learnSubject, readSubject, subjectFromAuth, type Subject } from '../subject/identity.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';

/** Whose consent to what a change is about. @throws PermanentError `input` where it does not say */
export function inputOf(job: Job): { uid: string; purpose: string } {
  const { uid, purpose } = job.input;
  if (typeof uid !== 'string' || !isUid(uid) || typeof purpose !== 'string') {
    throw new PermanentError('input', 'this change does not say whose consent it is about: cancel it');
  }
  return { uid, purpose };
}

/** The person as Auth knows them now; null where the account is gone. */
export async function currentSubject(context: Context, uid: string): Promise<Subject | null> {
  if ((await accountCreatedAt(context, uid)) === null) return null;
  const user = await (await context.clients.auth()).getUser(uid);
  return learnSubject(context.clients.own(), subjectFromAuth(user, pseudonymOf(uid, context.keys)));
}

/** The person of a change, also where Auth knows no such account: their rows are found by the uid all the same. */
export async function personOf(context: Context, job: Job): Promise<Subject> {
  const { uid } = inputOf(job);
  const known = (await currentSubject(context, uid)) ?? (await readSubject(context.clients.own(), uid));
  if (known !== null) return known;
  const pseudonym = pseudonymOf(uid, context.keys);
  return { uid, pseudonym, accountCreatedAt: null, verifiedEmails: [], providerIds: {} };
}

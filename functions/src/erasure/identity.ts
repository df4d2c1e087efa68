import type { DocumentReference } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { accountCreatedAt } from '../ledger/store.ts';
import { prove } from '../subject/prove.ts';
import { isUid, readSubject, serverWrittenIds, type Handle, type Refusal, type Subject } from '../subject/identity.ts';
import { loadSystem } from '../systems/registry.ts';
import type { Job } from '../jobs/types.ts';
import { systemsOf } from './plan.ts';

/** Who the person is, as it was proven before anything was deleted. */
export interface Identity {
  readonly subject: Subject;
  readonly handles: readonly Handle[];
  readonly refused: readonly Refusal[];
}

/** What a job of an erasure is about, from its input. */
export function accountOf(job: Job): {
  uid: string;
  accountCreatedAt: number | null;
  deletedAt: number;
  pseudonym: string;
} {
  const { uid, accountCreatedAt: createdAt, deletedAt } = job.input;
  if (typeof uid !== 'string' || !isUid(uid) || typeof deletedAt !== 'number' || job.pseudonym === undefined) {
    throw new PermanentError('input', 'this erasure does not say whom it is about: cancel it and start it again');
  }
  return {
    uid,
    accountCreatedAt: typeof createdAt === 'number' ? createdAt : null,
    deletedAt,
    pseudonym: job.pseudonym,
  };
}

/** Kept with the subject, not with the job: it holds e-mail addresses, and goes when the erasure ends. */
function identityRef(context: Context, job: Job): DocumentReference {
  return context.clients.own().doc(`subjects/${accountOf(job).uid}/identities/${job.id}`);
}

/**
 * Collects every id that is proven to be the person's, in every system, before anything is deleted. Doing it again after a part was
 * deleted changes nothing: the first collection stays.
 *
 * @throws PermanentError where the uid belongs to another, living account: its data must not be taken for the erased one's.
 */
export async function collectIdentity(context: Context, job: Job): Promise<Identity> {
  const { uid, accountCreatedAt: erased, pseudonym } = accountOf(job);
  const kept = (await identityRef(context, job).get()).data();
  if (kept !== undefined) return JSON.parse(String(kept['identity'])) as Identity;

  const living = await accountCreatedAt(context, uid);
  if (living !== null && living !== erased) {
    throw new PermanentError(
      'uid_in_use',
      'the uid of the erased account belongs to another account now: separate their data by hand, then cancel this erasure',
    );
  }
  const known = await readSubject(context.clients.own(), uid);
  const isSame =
    known !== null && (known.accountCreatedAt === null || erased === null || known.accountCreatedAt === erased);
  const base = isSame ? known : { uid, verifiedEmails: [], providerIds: {} };
  const written = await serverWrittenIds(context.clients.app(), context.policy, uid);
  const providerIds = { ...base.providerIds, ...written };
  const subject: Subject = { ...base, providerIds, pseudonym, accountCreatedAt: erased };
  const candidates = [];
  for (const id of systemsOf(context.policy)) candidates.push(...(await (await loadSystem(id, context)).find(subject)));
  const identity: Identity = { subject, ...prove(subject, candidates) };
  await identityRef(context, job).set({ identity: JSON.stringify(identity) });
  return identity;
}

import type { UserRecord } from 'firebase-admin/auth';
import type { DocumentReference, Firestore } from 'firebase-admin/firestore';
import { fromDocument, jobRef } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import { withIds } from '../officerTasks/subject.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import { alreadyExists } from '../platform/codes.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { PermanentError } from '../platform/errors.ts';
import { isSealed, sealed } from '../crypto/seal.ts';
import { accountsOf } from '../subject/accounts.ts';
import { accountCreatedAt, type Handle, type Refusal, type Subject } from '../subject/identity.ts';
import { subjectKey } from '../subject/known.ts';
import { prove, proveAgain } from '../subject/prove.ts';
import { proveAndLearn, provenByAddress, stillProven } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { loadSystem } from '../systems/registry.ts';
import { systemsOf } from './plan.ts';

/** The person, as they were proven before anything was deleted. */
export interface Identity {
  readonly subject: Subject;
  readonly handles: readonly Handle[];
  readonly refused: readonly Refusal[];
}

/** The account of an erasure's job. */
export interface Account {
  /** Empty: a person without an account, by a proven e-mail address. */
  readonly uid: string;
  /** Their name among `subjects`: the uid, or the key of the address. */
  readonly key: string;
  readonly accountCreatedAt: number | null;
  /** Null: the project's own pool; absent: nobody knows. */
  readonly tenantId?: string | null;
  readonly deletedAt: number;
  readonly pseudonym: string;
}

/**
 * Reads the account of an erasure's job from its input: `uid`, `subjectKey` if that is empty,
 * `accountCreatedAt`, `deletedAt`.
 */
export function accountOf(job: Job): Account {
  const { uid, accountCreatedAt: createdAt, tenantId, deletedAt } = job.input;
  if (typeof uid !== 'string' || typeof deletedAt !== 'number' || job.pseudonym === undefined) throw unclear();
  return {
    uid,
    key: keyOf(job),
    accountCreatedAt: typeof createdAt === 'number' ? createdAt : null,
    ...(typeof tenantId === 'string' || tenantId === null ? { tenantId } : {}),
    deletedAt,
    pseudonym: job.pseudonym,
  };
}

function keyOf(job: Job): string {
  try {
    return subjectKey(job.input);
  } catch {
    throw unclear();
  }
}

const unclear = () =>
  new PermanentError('input', 'this erasure does not say whom it is about: cancel it and start it again');

/**
 * Kept with the subject, not with the job: it holds e-mail addresses, and goes when the erasure
 * ends.
 */
export const identityRef = (own: Firestore, job: Job): DocumentReference => identityAt(own, accountOf(job).key, job.id);

/** The same, by the person's name among `subjects` and the id of the job. */
export const identityAt = (own: Firestore, key: string, job: string): DocumentReference =>
  own.doc(`subjects/${key}/identities/${job}`);

/** Forgets the identity that was collected for this erasure, and nothing else. */
export async function forgetIdentity({ clients }: Pick<OwnStore, 'clients'>, job: Job): Promise<void> {
  await identityRef(clients.own(), job).delete();
}

/**
 * Collects every id that is proven to be the person's, in every system, before anything is deleted.
 * Doing it again after a part was deleted changes nothing: the first collection stays. A forged one
 * proves nothing, and is collected anew.
 *
 * @throws PermanentError `uid_in_use` if the uid belongs to another, living account: its data must
 *   not be taken for the erased one's. `email_in_use` if a person without an account has one by now
 */
export async function collectIdentity(context: Context, job: Job): Promise<Identity> {
  const ref = identityRef(context.clients.own(), job);
  const kept = (await ref.get()).data();
  const isForged = kept !== undefined && !isSealed(ref.path, kept, context.keys);
  if (kept !== undefined && !isForged) return JSON.parse(String(kept['identity'])) as Identity;

  const account = accountOf(job);
  const found = await (account.uid === '' ? byAddress(context, account) : byAccount(context, account));
  // Some of it may be deleted by now: an officer looks for the rows that it led to.
  const subject: Subject = isForged ? { ...found, historyLost: true } : found;
  const identity: Identity = { subject, ...(await provenElsewhere(context, subject)) };
  try {
    await keep(context, job, identity, isForged ? 'instead' : 'first');
    return identity;
  } catch (error) {
    // Another task was faster: its collection, before anything was deleted, counts.
    if (alreadyExists(error)) return collectIdentity(context, job);
    throw error;
  }
}

/** Looks for the person in every system, and proves the candidates. */
export async function provenElsewhere(context: Context, subject: Subject): Promise<ReturnType<typeof prove>> {
  const candidates = [];
  for (const id of systemsOf(context.policy)) candidates.push(...(await (await loadSystem(id, context)).find(subject)));
  return prove(subject, candidates);
}

/**
 * Looks for the person in every system once more: search lags, and servers write late. Handles add
 * up. Running it twice changes nothing more.
 *
 * @param before the identity as it counts now, by `identityNow` of the same task
 */
export async function collectAgain(context: Context, job: Job, before: Identity): Promise<Identity> {
  const { subject } = before;
  const again = await provenElsewhere(context, subject);
  const keyOf = ({ system, id }: Handle): string => JSON.stringify([system, id]);
  const handles = new Map([...before.handles, ...again.handles].map((handle) => [keyOf(handle), handle]));
  const refused = new Map([...before.refused, ...again.refused].map((one) => [keyOf(one.candidate), one]));
  const identity: Identity = {
    subject,
    handles: [...handles.values()],
    refused: [...refused].flatMap(([key, one]) => (handles.has(key) ? [] : [one])),
  };
  if (JSON.stringify(identity) !== JSON.stringify(before)) await keep(context, job, identity, 'again');
  return identity;
}

/**
 * A task that goes on after its erasure has ended elsewhere leaves nothing behind of the forgotten
 * person.
 */
async function keep(
  context: Context,
  job: Job,
  identity: Identity,
  when: 'first' | 'again' | 'instead',
): Promise<void> {
  const own = context.clients.own();
  await own.runTransaction(async (tx) => {
    const data = (await tx.get(jobRef(own, job.id))).data();
    if (data !== undefined && fromDocument(job.id, data, context.keys).steps[OFFICERS_STEP]?.state === 'done') {
      throw new PermanentError(
        'ended',
        'this erasure has ended, and who the person was is forgotten: there is nothing left to do',
      );
    }
    const ref = identityRef(own, job);
    const fields = sealed(ref.path, { identity: JSON.stringify(identity) }, context.keys);
    if (when === 'first') tx.create(ref, fields);
    else if (when === 'instead') tx.set(ref, fields);
    // All of its fields; only if it is still there.
    else tx.update(ref, fields);
  });
}

/** An account, as far as it tells its user from others of the uid. */
type UsedBy = Pick<Account, 'uid' | 'accountCreatedAt' | 'tenantId'>;

/**
 * Does nobody else use the uid by now? A living account of another time or tenant shares its
 * documents.
 */
export async function isUidFree(
  context: Context,
  { uid, accountCreatedAt: erased, tenantId }: UsedBy,
): Promise<boolean> {
  if (uid === '') return true;
  const isErased = (user: UserRecord): boolean =>
    accountCreatedAt(user) === erased && (tenantId === undefined || (user.tenantId ?? null) === tenantId);
  const living = await accountsOf(context, uid);
  return living.length <= 1 && living.every(isErased);
}

/**
 * Makes sure that nobody else uses the uid. Each task asks before it touches anything: an erasure
 * lasts for days, a retention for years.
 *
 * @throws PermanentError `uid_in_use`
 */
export async function assertUidFree(context: Context, account: UsedBy): Promise<void> {
  if (await isUidFree(context, account)) return;
  throw new PermanentError(
    'uid_in_use',
    'the uid of the erased account belongs to another account now: separate their data by hand, then cancel this erasure',
  );
}

/**
 * The identity as it counts now. An address that another living account has verified since it was
 * collected proves nothing any more.
 *
 * @throws PermanentError `uid_in_use`
 */
export async function identityNow(context: Context, job: Job): Promise<Identity> {
  const identity = await collectIdentity(context, job);
  await assertUidFree(context, accountOf(job));
  const subject = await stillProven(context, identity.subject);
  return { subject, ...proveAgain(subject, identity) };
}

/**
 * Returns the owner or former owner of an account, with the ids that servers wrote under its uid.
 */
async function byAccount(context: Context, account: Account): Promise<Subject> {
  const { uid, accountCreatedAt: erased, tenantId, pseudonym } = account;
  await assertUidFree(context, account);
  const which = { uid, pseudonym: pseudonymOf(uid, context.keys), accountCreatedAt: erased, ...defined({ tenantId }) };
  // Events do not tell that an address was verified: Auth's present data count as well.
  const { subject } = await proveAndLearn(context, which);
  return { ...(await withIds(context, subject)), pseudonym, accountCreatedAt: erased };
}

/** Returns somebody without an account, ever, by an address that they proved to an officer. */
async function byAddress(context: Context, { key, pseudonym }: Account): Promise<Subject> {
  const subject = await provenByAddress(context, key, pseudonym);
  if (subject === null) {
    throw new PermanentError(
      'address_gone',
      'the proven address is not kept any more: cancel this erasure and start it again',
    );
  }
  if (subject.verifiedEmails.length === 0) {
    throw new PermanentError(
      'email_in_use',
      'an account has verified this address: the person is whoever has that account. Erase the account, and cancel this erasure',
    );
  }
  return subject;
}

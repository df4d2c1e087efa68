import type { Context } from '../platform/context.ts';
import { reject } from '../platform/intake.ts';
import { jobsIn } from '../jobs/store.ts';
import { latestHead } from '../ledger/find.ts';
import type { Instant } from '../platform/time.ts';
import { accountCreatedAt, isUid, knownFromAuth, verifiedIn, type UserRecordLike } from '../subject/identity.ts';
import { learn, readKnown } from '../subject/known.ts';
import { pseudonymOf, pseudonymsOf, withoutGeneration } from '../subject/pseudonym.ts';
import type { Erasee } from './plan.ts';
import {
  chainOfAccount,
  endOfDeletionGrace,
  eraseeOf,
  erasureIdOf,
  hasRecentRequest,
  isErased,
  startErasure,
} from './start.ts';
import { erasuresBy } from './starts/find.ts';

/**
 * An account was created: keeps Auth's data of it while it lives, so that an erasure can find the
 * person elsewhere. An event that comes after the account was erased brings nothing back.
 */
export async function onAccountCreated(context: Context, user: UserRecordLike): Promise<void> {
  // Nothing of this backend can be named by such a uid; its deletion is kept for an officer.
  if (!isUid(user.uid)) return;
  const { head } = await latestHead(context, user.uid);
  if (isErased(head, accountCreatedAt(user))) return;
  await learn(context, knownFromAuth(user, pseudonymOf(user.uid, context.keys)));
}

/**
 * One delivery of the deletion of an account. In production the event may come without the
 * account's data.
 */
export interface AccountDeletion {
  readonly uid: string;
  /** The Identity Platform tenant; null: the project's own pool. */
  readonly tenantId: string | null;
  readonly user: UserRecordLike | undefined;
  readonly deletedAt: Instant;
}

/**
 * An account was deleted: starts its erasure. The same deletion twice, or from two starts, is one
 * erasure; the same uid with another creation time is another person.
 *
 * If the event has no data, and the account that is known was made after the deletion, nobody knows
 * when the deleted one was made. Its erasure names no account then: while the successor lives it is
 * blocked (`uid_in_use`), and an officer looks.
 *
 * A uid that cannot be part of a path erases nothing: the event is kept for an officer.
 *
 * @returns the job's id; null if there is none
 */
export async function onAccountDeleted(context: Context, deletion: AccountDeletion): Promise<string | null> {
  const { uid, tenantId, user, deletedAt } = deletion;
  if (!isUid(uid)) {
    const pseudonym = pseudonymOf(uid, context.keys);
    await reject(context, {
      template: 'accounts/{uid}',
      pseudonym,
      issues: [{ code: 'invalid_format', field: '(uid)' }],
    });
    context.log.error('an account was deleted whose uid cannot be part of a path: an officer erases by hand', {
      pseudonym,
    });
    return null;
  }
  const knownAt = (user && accountCreatedAt(user)) ?? (await readKnown(context, uid))?.accountCreatedAt ?? null;
  const hasSuccessor = knownAt !== null && knownAt * 1000 > deletedAt;
  const startId = `account:${deletedAt}`;
  const before = hasSuccessor ? await erasureBegunBy(context, uid, startId) : undefined;
  if (before !== undefined) return before;
  const createdAt = hasSuccessor ? null : knownAt;
  const { chain, erased } = await chainOfAccount(context, uid, createdAt);
  const erasee = { uid, pseudonym: chain, accountCreatedAt: createdAt, tenantId };
  if (erased && !hasSuccessor) return erasureIdOf(context, erasee);
  if (user !== undefined) {
    const known = knownFromAuth({ ...user, tenantId }, pseudonymOf(uid, context.keys));
    await learn(context, { ...known, atDeletion: verifiedIn(user) });
  }
  const { job } = await startErasure(context, erasee, {
    by: 'accountDeleted',
    id: startId,
    at: deletedAt,
    from: endOfDeletionGrace(context, deletedAt),
    requested: await hasRecentRequest(context, erasee, deletedAt),
  });
  return job;
}

/** Finds the erasure of a uid that this start has begun or joined; undefined: there is none. */
async function erasureBegunBy({ clients, keys }: Context, uid: string, start: string): Promise<string | undefined> {
  const found = await erasuresBy(clients.own(), start).get();
  const names = pseudonymsOf(uid, keys);
  return jobsIn(found.docs, keys).jobs.find(({ pseudonym = '' }) => names.includes(withoutGeneration(pseudonym)))?.id;
}

/** An account that is gone or unused, and since when. */
export type EndedAccount = Omit<Erasee, 'pseudonym'> & { readonly since: Instant };

/**
 * An account that nobody has seen for a day starts its erasure: in production a bulk deletion may
 * fire no event.
 */
export async function onAccountMissing(context: Context, { since, ...account }: EndedAccount): Promise<void> {
  const erasee = await eraseeOf(context, account);
  if (erasee === null) return;
  await startErasure(context, erasee, {
    by: 'missingAccount',
    id: `missing:${since}`,
    at: since,
    from: endOfDeletionGrace(context, since),
    missingSince: since,
    requested: await hasRecentRequest(context, erasee, since),
  });
}

/**
 * Starts the erasure of an account that nobody has used for the policy's period. Its person was
 * told and has not come back.
 */
export async function onAccountInactive(context: Context, { since, ...account }: EndedAccount): Promise<void> {
  const erasee = await eraseeOf(context, account);
  if (erasee === null) return;
  const now = context.now();
  // The same notice begins it once: an erasure that an officer discards stays discarded until the
  // person is told again.
  await startErasure(context, erasee, {
    by: 'inactivity',
    id: `inactivity:${since}`,
    at: now,
    from: now,
    requested: false,
  });
}

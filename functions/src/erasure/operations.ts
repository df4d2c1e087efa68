import type { Context } from '../platform/context.ts';
import { latestHead } from '../ledger/store.ts';
import type { Instant } from '../platform/clock.ts';
import {
  accountCreatedAt,
  learnSubject,
  readSubject,
  subjectFromAuth,
  type UserRecordLike,
} from '../subject/identity.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { erasureId } from './plan.ts';
import { askedLately, chainOfAccount, endOfDeletionGrace, isErased, startErasure } from './start.ts';

/**
 * An account was created: what Auth says of it is kept while it lives, so that an erasure can find the person elsewhere. An event that
 * comes after the account was erased brings nothing back.
 */
export async function onAccountCreated(context: Context, user: UserRecordLike): Promise<void> {
  const { head } = await latestHead(context, user.uid);
  if (isErased(head, accountCreatedAt(user))) return;
  await learnSubject(context.clients.own(), subjectFromAuth(user, pseudonymOf(user.uid, context.keys)));
}

/** One delivery of the deletion of an account. In production the event may come without the account's data. */
export interface AccountDeletion {
  readonly uid: string;
  readonly user: UserRecordLike | undefined;
  readonly deletedAt: Instant;
}

/**
 * An account was deleted: starts its erasure. The same deletion twice, or from two starts, is one erasure; the same uid with another
 * creation time is another person.
 *
 * @returns the job's id
 */
export async function onAccountDeleted(context: Context, { uid, user, deletedAt }: AccountDeletion): Promise<string> {
  const own = context.clients.own();
  const createdAt = (user && accountCreatedAt(user)) ?? (await readSubject(own, uid))?.accountCreatedAt ?? null;
  const { chain, erased } = await chainOfAccount(context, uid, createdAt);
  const erasee = { uid, pseudonym: chain, accountCreatedAt: createdAt };
  if (erased) return erasureId(erasee);
  if (user !== undefined) await learnSubject(own, subjectFromAuth(user, pseudonymOf(uid, context.keys)));
  await startErasure(context, erasee, {
    by: 'accountDeleted',
    id: `account:${deletedAt}`,
    at: deletedAt,
    from: endOfDeletionGrace(context, deletedAt),
    asked: await askedLately(context, chain, deletedAt),
  });
  return erasureId(erasee);
}

/** An account that nobody has seen for a day starts its erasure: in production a bulk deletion may fire no event. */
export async function onAccountMissing(
  context: Context,
  { uid, createdAt, since }: { uid: string; createdAt: number | null; since: Instant },
): Promise<void> {
  const { chain, erased } = await chainOfAccount(context, uid, createdAt);
  if (erased) return;
  await startErasure(
    context,
    { uid, pseudonym: chain, accountCreatedAt: createdAt },
    {
      by: 'missingAccount',
      id: `missing:${since}`,
      at: since,
      from: endOfDeletionGrace(context, since),
      missingSince: since,
      asked: await askedLately(context, chain, since),
    },
  );
}

/** An account that nobody has used for the policy's period, whose person was told and has not come back: starts its erasure. */
export async function onAccountInactive(
  context: Context,
  { uid, createdAt, since }: { uid: string; createdAt: number | null; since: Instant },
): Promise<void> {
  const { chain, erased } = await chainOfAccount(context, uid, createdAt);
  if (erased) return;
  const now = context.now();
  // The same notice begins it once: what an officer discards stays discarded until the person is told again.
  await startErasure(
    context,
    { uid, pseudonym: chain, accountCreatedAt: createdAt },
    { by: 'inactivity', id: `inactivity:${since}`, at: now, from: now, asked: false },
  );
}

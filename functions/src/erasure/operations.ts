import { createJob } from '../jobs/store.ts';
import { latestHead } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import {
  accountCreatedAt,
  learnSubject,
  readSubject,
  subjectFromAuth,
  type UserRecordLike,
} from '../subject/identity.ts';
import { chainName, pseudonymOf } from '../subject/pseudonym.ts';
import type { Head } from '../ledger/chain.ts';
import { planErasure } from './plan.ts';

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
  readonly deletedAt: number;
}

/**
 * An account was deleted: starts its erasure. The same deletion twice, or from two starts, is one erasure; the same uid with another
 * creation time is another person.
 *
 * @returns the job's id
 */
export async function onAccountDeleted(context: Context, { uid, user, deletedAt }: AccountDeletion): Promise<string> {
  const own = context.clients.own();
  const base = pseudonymOf(uid, context.keys);
  const createdAt = (user && accountCreatedAt(user)) ?? (await readSubject(own, uid))?.accountCreatedAt ?? null;
  const { chain, head } = await latestHead(context, uid);
  const pseudonym = isOfAnother(head, createdAt) ? followingChain(base, chain) : chain;
  const plan = planErasure(
    context.policy,
    { uid, pseudonym, accountCreatedAt: createdAt },
    { by: 'accountDeleted', id: `account:${deletedAt}`, at: deletedAt, from: deletedAt, asked: false },
  );
  if (isErased(head, createdAt)) return plan.id;
  if (user !== undefined) await learnSubject(own, subjectFromAuth(user, base));
  await createJob(context, plan);
  context.log.info('erasure started', { job: plan.id });
  return plan.id;
}

/** Was this very account erased already? */
function isErased(head: Head, createdAt: number | null): boolean {
  return head.closed !== undefined && (createdAt === null || head.closed.accountCreatedAt === createdAt);
}

/** Does this chain end with another account of the same uid? */
function isOfAnother(head: Head, createdAt: number | null): boolean {
  const erased = head.closed ?? head.erasing;
  return erased !== undefined && createdAt !== null && erased.accountCreatedAt !== createdAt;
}

function followingChain(base: string, chain: string): string {
  return chainName(base, Number(/~(\d+)$/.exec(chain)?.[1] ?? 1) + 1);
}

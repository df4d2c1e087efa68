import type { Transaction } from 'firebase-admin/firestore';
import { newJob } from '../jobs/catalog.ts';
import { isOpen } from '../jobs/advance.ts';
import { enqueueJob, fromDocument, jobRef, toDocument } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import { latestHead } from '../ledger/find.ts';
import { isOfAnother, type Head } from '../ledger/chain.ts';
import type { Instant } from '../platform/time.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { addPeriod } from '../policy/calendar.ts';
import { isOnlyNoted } from '../requests/request.ts';
import { requestsOfAccount, type Requester } from '../requests/ofAccount.ts';
import { findAccount } from '../subject/accounts.ts';
import { everyNameOfPerson } from '../subject/addresses.ts';
import { accountCreatedAt } from '../subject/identity.ts';
import { readKnown } from '../subject/known.ts';
import { followingChain, pseudonymOf } from '../subject/pseudonym.ts';
import type { ErasureJob } from './job.ts';
import { erasureId, joined, planErasure, type Erasee } from './plan.ts';
import type { Start } from './starts/standing.ts';

/** The result of one start. */
export type Started =
  | { readonly job: string; readonly state: 'created' | 'joined' | 'unchanged' }
  /** This very account was erased before; or its request was taken back meanwhile. */
  | { readonly job: null; readonly state: 'erased' | 'takenBack' };

/**
 * Starts an erasure, or joins one that runs: the same person twice, or from two starts at once, is
 * one erasure. One transaction decides; the job is enqueued after it, and `tick` finds it if that
 * was lost.
 *
 * @param guard a job on whose behalf this happens: if it was cancelled meanwhile, nothing is
 * started
 * @throws ForgedJobError if a forged job has its place: an officer removes that, and starts it
 * again
 */
export async function startErasure(context: Context, erasee: Erasee, start: Start, guard?: string): Promise<Started> {
  const own = context.clients.own();
  const { state, plan } = await own.runTransaction(async (tx) => {
    const now = context.now();
    const asker = guard === undefined ? undefined : (await tx.get(jobRef(own, guard))).data();
    const known = await asKnown(context, erasee, tx);
    const plan = planErasure(context.policy, known, start);
    const data = (await tx.get(jobRef(own, plan.id))).data();
    if (guard !== undefined && (asker === undefined || !isOpen(fromDocument(guard, asker, context.keys))))
      return { plan, state: 'takenBack' as const };
    if (data === undefined) {
      tx.create(jobRef(own, plan.id), toDocument(newJob(plan, now), context.keys));
      return { plan, state: 'created' as const };
    }
    const next: Job | null = joined(context.policy, fromDocument(plan.id, data, context.keys), known, start, now);
    if (next === null) return { plan, state: 'unchanged' as const };
    tx.set(jobRef(own, plan.id), toDocument(next, context.keys));
    return { plan, state: 'joined' as const };
  });
  if (state === 'takenBack') return { job: null, state };
  await enqueueJob(context, plan);
  if (state === 'created') context.log.info('erasure started', { job: plan.id, by: start.by });
  return { job: plan.id, state };
}

/**
 * Returns the person of an erasure under the name that its job has: one that began under another
 * pseudonym key goes on, and nobody is erased twice. Costs nothing with one key, else a read for
 * each.
 *
 * @param tx the transaction that decides by it
 */
async function asKnown(context: OwnStore, erasee: Erasee, tx?: Transaction): Promise<Erasee> {
  const { uid, subjectKey: key, pseudonym } = erasee;
  const names = await everyNameOfPerson(context, { uid, key }, pseudonym);
  if (names.length === 1) return erasee;
  const own = context.clients.own();
  const refs = names.map((name) => jobRef(own, erasureId({ ...erasee, pseudonym: name })));
  const jobs = await (tx === undefined ? own.getAll(...refs) : tx.getAll(...refs));
  return { ...erasee, pseudonym: names[jobs.findIndex(({ exists }) => exists)] ?? pseudonym };
}

/** Returns the id of an account's erasure, under whichever key its job is; 1 read for each key. */
export const erasureIdOf = async (context: OwnStore, erasee: Erasee): Promise<string> =>
  erasureId(await asKnown(context, erasee));

/** The ledger chain of an account, and whether this very account was erased already. */
export async function chainOfAccount(
  context: Context,
  uid: string,
  createdAt: number | null,
): Promise<{ chain: string; erased: boolean }> {
  const { chain, head } = await latestHead(context, uid);
  const base = pseudonymOf(uid, context.keys);
  if (isOfAnother(head, createdAt)) return { chain: followingChain(base, chain), erased: false };
  return { chain, erased: isErased(head, createdAt) };
}

/** An account as an erasure knows it; null: this very account was erased before. */
export async function eraseeOf(context: Context, account: Omit<Erasee, 'pseudonym'>): Promise<Erasee | null> {
  const { chain, erased } = await chainOfAccount(context, account.uid, account.accountCreatedAt);
  return erased ? null : { ...account, pseudonym: chain };
}

/** The same of the account that has a uid now, or had it last. */
export async function eraseeNow(context: Context, uid: string): Promise<Erasee | null> {
  const known = await readKnown(context, uid);
  const account = await findAccount(context, { uid, tenantId: known?.tenantId });
  const createdAt = (account && accountCreatedAt(account)) ?? known?.accountCreatedAt ?? null;
  const tenantId = account === null ? known?.tenantId : (account.tenantId ?? null);
  return eraseeOf(context, { uid, accountCreatedAt: createdAt, ...defined({ tenantId }) });
}

/**
 * Starts an erasure again under the following chain, by the starts that stand. An earlier account
 * under the uid was deleted so shortly before that its erasure had not begun: both took one chain,
 * and it ends with that account. Runs twice harmlessly. The circuit breaker has let it go already.
 */
export async function startUnderNextChain(context: Context, { pseudonym, input }: ErasureJob): Promise<void> {
  const { uid, tenantId, accountCreatedAt } = input;
  const chain = followingChain(pseudonymOf(uid, context.keys), pseudonym ?? '');
  const erasee = { uid, pseudonym: chain, accountCreatedAt, ...defined({ tenantId }) };
  for (const start of input.standing) await startErasure(context, erasee, { ...start, requested: true });
}

/** Was this very account erased already? */
export function isErased(head: Head, createdAt: number | null): boolean {
  return head.closed !== undefined && (createdAt === null || head.closed.accountCreatedAt === createdAt);
}

/** When an erasure that the person asked for can no longer be taken back. */
export function endOfGrace({ policy, config }: Pick<Context, 'policy' | 'config'>, askedAt: Instant): Instant {
  if (config.erasureGraceMs !== undefined) return askedAt + config.erasureGraceMs;
  return addPeriod(askedAt, policy.rights.erasureGrace.period, policy.controller.timeZone);
}

/** Until when an erasure waits that the deletion of the account began. */
export const endOfDeletionGrace = ({ policy }: Pick<Context, 'policy'>, deletedAt: Instant): Instant =>
  addPeriod(deletedAt, policy.rights.accountDeletionGrace.period, policy.controller.timeZone);

/**
 * Did the person request it lately, by this account, and not take it back? Then the circuit breaker
 * does not hold it.
 */
export async function hasRecentRequest(context: Context, account: Requester, at: Instant): Promise<boolean> {
  const { policy } = context;
  return (await requestsOfAccount(context, account, 'erasure')).some(({ record }) => {
    const { status, receivedAt } = record;
    if (status === 'cancelled' || status === 'refused' || isOnlyNoted(record)) return false;
    return addPeriod(receivedAt.toMillis(), policy.rights.erasureBreaker.ownRequest, policy.controller.timeZone) > at;
  });
}

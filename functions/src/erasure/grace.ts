import { cancel, isOpen } from '../jobs/advance.ts';
import { changeJob, fromDocument, jobRef, jobsIn } from '../jobs/store.ts';
import type { JobOf } from '../jobs/define.ts';
import type { Job } from '../jobs/types.ts';
import { newestHead } from '../ledger/find.ts';
import { changeRestriction, NAME_OF } from '../ledger/restriction/stated.ts';
import { record, unlessErased } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { PermanentError } from '../platform/errors.ts';
import type { Instant } from '../platform/time.ts';
import { mayStillHave } from '../requests/onBehalf.ts';
import {
  explainRequest,
  finishRequest,
  loadRequest,
  openErasureOf,
  personRef,
  refOfRecord,
  type RequestRef,
} from '../requests/store.ts';
import { findAccount } from '../subject/accounts.ts';
import { accountCreatedAt, isUid } from '../subject/identity.ts';
import { readKnown } from '../subject/known.ts';
import type { Progress } from '../systems/system.ts';
import type { ErasureJob, startJobs, takeBackJobs } from './job.ts';
import { forgetAnswerTo } from './answerTo.ts';
import { changeOrGiveUp, release, type GivingUp } from './giveUp.ts';
import { canBeTakenBack, hasGrace, isOfRequests, isOfWithdrawal, startJobId } from './plan.ts';
import { chainOfAccount, endOfGrace, startErasure } from './start.ts';

/** A person asked for their erasure: it begins when its grace is over. */
export async function startFromRequest(context: Context, job: JobOf<typeof startJobs>): Promise<Progress> {
  const { uid, requestId, request: key, at, graceFrom = at } = job.input;
  const known = await readKnown(context, uid);
  const account = await findAccount(context, { uid, tenantId: known?.tenantId });
  const createdAt = (account && accountCreatedAt(account)) ?? known?.accountCreatedAt ?? null;
  const tenantId = account === null ? known?.tenantId : (account.tenantId ?? null);
  const { chain, erased } = await chainOfAccount(context, uid, createdAt);
  if (erased) {
    await finishRequest(context, { key, uid, requestId }, { status: 'completed', reason: 'erased' });
    return { settled: [] };
  }
  await startErasure(
    context,
    { uid, pseudonym: chain, accountCreatedAt: createdAt, ...defined({ tenantId }) },
    {
      by: 'request',
      id: `request:${job.id}`,
      at,
      from: endOfGrace(context, graceFrom),
      requested: true,
      request: { key },
    },
    job.id,
  );
  return { settled: [] };
}

/**
 * Restricts processing until it can no longer be taken back (Art. 18), which stops marketing as
 * well (the event of the restriction).
 */
async function restrict(context: Context, job: ErasureJob): Promise<void> {
  const { uid, startedBy } = job.input;
  if (!hasGrace(startedBy) || !isUid(uid)) return;
  const own = context.clients.own();
  await changeRestriction(context, { uid, name: NAME_OF.erasure }, async (seen) => {
    const { current, isForged, isRight, now, tx } = seen;
    // A document that somebody else wrote restricts everything already, until an officer looks.
    if (isForged || (isRight && current?.job === job.id)) return null;
    const stored = (await tx.get(jobRef(own, job.id))).data();
    // An erasure that was taken back restricts nothing.
    if (stored === undefined || !isOpen(fromDocument(job.id, stored, context.keys))) return null;
    return { next: { since: now, at: now, job: job.id }, actor: 'backend' };
  });
}

export async function grace(context: Context, job: ErasureJob): Promise<Progress> {
  const { graceUntil: until } = job.input;
  if (context.now() >= until) return { settled: [] };
  await restrict(context, job);
  return { wait: until, why: 'it can be taken back until then' };
}

/**
 * Was the request taken back, or refused, that alone began this erasure? An older version of its
 * job, put back, would not know. Asks the record of the request, and the person's own document,
 * which lies in another database, before anything is touched. Costs 3 reads, for requests only. One
 * that somebody else made also ends with a word of the person, or with the power of the other,
 * which its record says then.
 *
 * @throws PermanentError `seal.broken` if the record of the request is forged, or is gone
 */
export async function isTakenBack(context: Context, job: ErasureJob): Promise<boolean> {
  const { uid, request: key } = job.input;
  if (key === undefined || !isUid(uid) || !isOfRequests(job)) return false;
  const record = await loadRequest(context, key);
  if (record === null)
    throw new PermanentError('seal.broken', 'the request that began this erasure is gone: ask the person');
  const ends: readonly unknown[] = ['cancelled', 'refused'];
  if (ends.includes(record.status)) return true;
  const ref = await refOfRecord(context, uid, key, record);
  const shown = await personRef(context.clients.app(), ref).get();
  // Only the backend writes the status there.
  if (ends.includes(shown.get('status'))) return true;
  if (record.onBehalf === undefined) return false;
  // Their word counts as they wrote it, also if its event is still on its way.
  if (shown.get('say') === 'disagrees' || shown.get('cancelled') === true) return true;
  const { powers } = (await newestHead(context, uid)).head;
  if (mayStillHave(context.policy, powers, record, context.now())) return false;
  await finishRequest(context, ref, { status: 'cancelled', reason: 'powerEnded' });
  return true;
}

/**
 * The person took the request back: stops every step that can still be stopped, and processing goes
 * on as before.
 */
export async function takeBack(context: Context, job: JobOf<typeof takeBackJobs>): Promise<Progress> {
  const { uid, requestId, request: key, at, of } = job.input;
  const ref = { key, uid, requestId };
  const by = { by: 'subject', now: context.now() } as const;
  if (!(await stop(context, { ref, of, chain: job.pseudonym }, by, () => true))) {
    await explainRequest(context, ref, 'too_late');
    return { settled: [] };
  }
  await finishRequest(context, ref, { status: 'cancelled' });
  // Refused meanwhile: its entry says so.
  if ((await loadRequest(context, key))?.status !== 'cancelled') return { settled: [] };
  await record(
    context,
    uid,
    job.id,
    unlessErased(() => ({
      kind: 'request',
      state: 'erasure.cancelled',
      actor: 'subject',
      source: 'app',
      occurredAt: at,
      recordedAt: context.now(),
    })),
  );
  return { settled: [] };
}

/** A request of an erasure, and the job that begins it. */
interface Beginning {
  readonly ref: RequestRef;
  readonly of: string;
  readonly chain: string | undefined;
}

/**
 * Stops the erasure that a request began, if it can still be stopped; lifts its restriction. Runs
 * twice harmlessly.
 *
 * @param may further conditions of an erasure that would be stopped
 * @returns false if it goes on
 */
async function stop(
  context: Context,
  { ref: { key, uid }, of, chain }: Beginning,
  by: GivingUp,
  may: (job: Job) => boolean,
): Promise<boolean> {
  await changeJob(context, of, (current) => cancel(current, context.now()));
  const found = await context.clients.own().collection('jobs').where('input.request', '==', key).get();
  const other = chain === undefined ? null : await openErasureOf(context, chain, key);
  for (const { id, kind, steps } of jobsIn(found.docs, context.keys).jobs) {
    if (kind !== 'erasure' || steps['grace'] === undefined) continue;
    const stopped = await changeOrGiveUp(context, id, by, (current) =>
      may(current) ? stoppedBy(key, other, current, by.now) : null,
    );
    if (stopped === null || stopped.job.status === 'cancelled') {
      await release(context, uid, id);
      await forgetAnswerTo(context, id);
    } else if (!stopped.applied) return false;
  }
  return true;
}

/**
 * Why an officer cannot refuse a request of an erasure. `begun`: nothing can be taken back any
 * more. `alsoAsked`: the account was deleted as well, or an officer ordered it.
 */
export type Unstoppable = 'begun' | 'alsoAsked';

/** Why an erasure goes on although its request is refused; undefined if it would end. Pure. */
export function unstoppable(job: Job, now: Instant): Unstoppable | undefined {
  const isEnded = job.status === 'completed' || job.status === 'cancelled';
  if (job.kind !== 'erasure' || job.steps['grace'] === undefined || isEnded) return undefined;
  if (!canBeTakenBack(job, now)) return 'begun';
  return isOfRequests(job) ? undefined : 'alsoAsked';
}

/**
 * An officer refuses a request of an erasure: the erasure ends as if it was taken back, and nothing
 * was deleted. Comes before the refusal is recorded: after a crash the request lies open with the
 * officer. Runs twice harmlessly.
 *
 * @returns false if it goes on
 */
export const stopRefused = (
  context: Context,
  ref: RequestRef,
  chain: string,
  officer: string | undefined,
): Promise<boolean> => {
  const by = { by: 'officer', officer, now: context.now() } as const;
  const of = startJobId(ref);
  return stop(context, { ref, of, chain }, by, (job) => unstoppable(job, by.now) === undefined);
};

/**
 * Returns the job after its request was taken back or refused. Cancelled, if this request alone
 * began it; led by the other request if there is one; without a request if something else began it.
 * Null: too late.
 */
function stoppedBy(key: string, other: string | null, job: Job, now: number): Job | null {
  if (!canBeTakenBack(job, now) || job.input['request'] !== key) return null;
  if (other !== null) return { ...job, input: { ...job.input, request: other } };
  // A consent that the service rests on was taken back as well: only a new yes ends that.
  if (job.input['startedBy'] === 'request' && !isOfWithdrawal(job)) return cancel(job, now);
  const input = Object.fromEntries(Object.entries(job.input).filter(([name]) => name !== 'request'));
  return { ...job, input };
}

import { cancel, isOpen } from '../jobs/advance.ts';
import { changeJob, fromDocument, jobRef, jobsIn } from '../jobs/store.ts';
import type { JobOf } from '../jobs/define.ts';
import type { Job } from '../jobs/types.ts';
import { NAME_OF } from '../ledger/restriction/stated.ts';
import { record, unlessErased } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { MINUTE_MS, type Instant } from '../platform/time.ts';
import { changeRestrictionEverywhere, endOfErasureEverywhere } from '../rectification/restricted.ts';
import { explainRequest, finishRequest, loadRequest, type RequestRef } from '../requests/store.ts';
import { isUid } from '../subject/identity.ts';
import type { Progress } from '../systems/system.ts';
import type { ErasureJob, startJobs, takeBackJobs } from './job.ts';
import { forgetAnswerTo } from './answerTo.ts';
import { changeOrGiveUp, type GivingUp } from './giveUp.ts';
import { endOfGrace, eraseeNow, startErasure } from './start.ts';
import { erasuresOf } from './starts/find.ts';
import {
  canBeTakenBack,
  hasGrace,
  isOfRequests,
  requestStart,
  standingOf,
  startJobId,
  withoutStarts,
  type Standing,
} from './starts/standing.ts';

/** A person asked for their erasure: it begins when its grace is over. */
export async function startFromRequest(context: Context, job: JobOf<typeof startJobs>): Promise<Progress> {
  const { uid, requestId, request: key, at, graceFrom = at } = job.input;
  const erasee = await eraseeNow(context, uid);
  if (erasee === null) {
    await finishRequest(context, { key, uid, requestId }, { status: 'completed', reason: 'erased' });
    return { settled: [] };
  }
  const from = endOfGrace(context, graceFrom);
  const start = { by: 'request', id: requestStart({ key }), at, from, requested: true, request: key } as const;
  await startErasure(context, erasee, start, job.id);
  return { settled: [] };
}

/**
 * Restricts processing until it can no longer be taken back (Art. 18), which stops marketing as
 * well.
 */
async function restrict(context: Context, job: ErasureJob): Promise<void> {
  const { uid, startedBy } = job.input;
  if (!hasGrace(startedBy) || !isUid(uid)) return;
  const own = context.clients.own();
  await changeRestrictionEverywhere(context, { uid, name: NAME_OF.erasure }, async (seen) => {
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
 * The person took the request back: stops every step that can still be stopped, and processing goes
 * on as before.
 */
export async function takeBack(context: Context, job: JobOf<typeof takeBackJobs>): Promise<Progress> {
  const { uid, requestId, request: key, at, of } = job.input;
  const ref = { key, uid, requestId };
  const by = { by: 'subject', now: context.now() } as const;
  const end = await stop(context, ref, of, { ...by, at }, () => true);
  if (end === 'undecided') return { wait: by.now + MINUTE_MS, why: 'the erasure asks now whether it may begin' };
  if (end === 'goesOn') {
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

/**
 * Stops the erasure that a request began, if nothing else stands and it can still be stopped; lifts
 * its restriction. Runs twice harmlessly.
 *
 * @param of the job that begins it
 * @param by by whom; `at`: since when
 * @param may further conditions of an erasure that would be stopped
 * @returns `undecided` if it asks in this moment whether it may begin
 */
async function stop(
  context: Context,
  { key, uid }: RequestRef,
  of: string,
  by: GivingUp & { readonly at: Instant },
  may: (job: Job) => boolean,
): Promise<'stopped' | 'goesOn' | 'undecided'> {
  await changeJob(context, of, (current) => cancel(current, context.now()));
  const isOver = ({ request }: Standing): boolean => request === key;
  const found = await erasuresOf(context.clients.own(), key).get();
  for (const { id } of jobsIn(found.docs, context.keys).jobs) {
    const stopped = await changeOrGiveUp(context, id, by, (current) =>
      may(current) ? withoutStarts(context.policy, current, isOver, by) : null,
    );
    if (stopped === null || stopped.job.status === 'cancelled') {
      await endOfErasureEverywhere(context, uid, id);
      await forgetAnswerTo(context, id);
    } else if (!stopped.applied && standingOf(stopped.job).some(isOver)) {
      return stopped.job.steps['begin']?.state === 'running' ? 'undecided' : 'goesOn';
    }
  }
  return 'stopped';
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
export async function stopRefused(context: Context, ref: RequestRef, officer: string | undefined): Promise<boolean> {
  const now = context.now();
  const by = { by: 'officer', officer, now, at: now } as const;
  return (await stop(context, ref, startJobId(ref), by, (job) => unstoppable(job, now) === undefined)) === 'stopped';
}

import { latestHead } from '../../ledger/find.ts';
import { stands } from '../../ledger/standing.ts';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import type { PurposeId } from '../../policy/schema.ts';
import type { Progress } from '../../systems/system.ts';
import { endOfErasureEverywhere } from '../../rectification/restricted.ts';
import { changeOrGiveUp } from '../giveUp.ts';
import { endOfGrace, eraseeNow, erasureIdOf, startErasure } from '../start.ts';
import { withdrawalStart, withoutStarts } from './standing.ts';

/**
 * The end of an account after the withdrawal of the consent that the service rests on (Art. 7(3),
 * 9(2)(a), 17(1)(b)). An erasure waits for the same grace as one that was asked for. A new yes
 * takes it back until then.
 */

/** When a new yes was said that stands; null: none was. */
async function newYes(context: Context, uid: string, purpose: PurposeId): Promise<Instant | null> {
  const { current, since } = (await latestHead(context, uid)).head;
  return stands(current[purpose]) ? (since[purpose] ?? -Infinity) : null;
}

/**
 * Begins it. The same withdrawal begins it once. Its grace counts from here: a job that came late
 * takes no day of it, and the message names a day that is to come. The job of a new yes that came
 * meanwhile found nothing to take back, so the answer is asked again, before and after.
 */
export async function startFromWithdrawal(
  context: Context,
  uid: string,
  { purpose, since }: { readonly purpose: PurposeId; readonly since: Instant },
): Promise<Progress> {
  const erasee = await eraseeNow(context, uid);
  if (erasee === null || (await newYes(context, uid, purpose)) !== null) return { settled: [] };
  await startErasure(context, erasee, {
    by: 'withdrawal',
    id: withdrawalStart(purpose, since),
    at: since,
    from: endOfGrace(context, Math.max(since, context.now())),
    requested: true,
  });
  const yes = await newYes(context, uid, purpose);
  return yes === null ? { settled: [] } : keepAccount(context, uid, yes);
}

/**
 * Takes it back after a new yes: every step that can still be stopped, and the restriction that it
 * brought. One that something else began as well goes on. Runs twice harmlessly.
 *
 * @param yes when it was said: a withdrawal that came after it stands
 */
export async function keepAccount(context: Context, uid: string, yes: Instant): Promise<Progress> {
  const erasee = await eraseeNow(context, uid);
  if (erasee === null) return { settled: [] };
  const id = await erasureIdOf(context, erasee);
  const now = context.now();
  const stopped = await changeOrGiveUp(context, id, { by: 'subject', now }, (job) =>
    withoutStarts(context.policy, job, ({ by, at }) => by === 'withdrawal' && at <= yes, { at: now, now }),
  );
  if (stopped?.job.status === 'cancelled') await endOfErasureEverywhere(context, uid, id);
  return { settled: [] };
}

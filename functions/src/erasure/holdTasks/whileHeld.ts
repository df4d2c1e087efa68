import type { Job } from '../../jobs/types.ts';
import { holdsOn } from '../../ledger/holds.ts';
import type { Context } from '../../platform/context.ts';
import { DAY_MS } from '../../platform/time.ts';
import { holdableOf, type Hold } from '../../subject/hold.ts';
import type { Progress } from '../../systems/system.ts';
import { issueCertificate } from '../certificate/issue.ts';
import { accountOf, type Identity } from '../identity.ts';
import type { ErasureJob } from '../job.ts';
import { areUntold } from './wake.ts';

/** The reason of such a wait. */
const HELD = 'a legal hold runs on this person';

/** Waits until the first of these holds is over, and at most a day: one can be lifted. */
export const untilOver = (context: Pick<Context, 'now'>, holds: readonly Hold[]) => ({
  wait: Math.min(...holds.map(({ until }) => until ?? Infinity), context.now() + DAY_MS),
  why: HELD,
});

/**
 * Waits until the recipients have heard that a hold is over: their sheets need the person.
 * Undefined if all have.
 */
export async function untilTold(context: Context, job: Job): Promise<Progress | undefined> {
  if (!(await areUntold(context, accountOf(job)))) return undefined;
  return { wait: context.now() + context.config.pollMs, why: 'recipients are to hear that a legal hold is over' };
}

/**
 * The wait of an erasure while a legal hold runs on the person; undefined if none does. Looks each
 * day whether it was lifted. Recipients hear first that a hold is over.
 */
export async function whileHeld(
  context: Context,
  job: ErasureJob,
  who: () => Promise<Identity>,
): Promise<Progress | undefined> {
  const { subject } = await who();
  const running = await holdsOn(context, holdableOf(subject));
  if (running.length === 0) return untilTold(context, job);
  // The results so far are attested before the wait, which can be years.
  await issueCertificate(context, job, { step: 'holds', subject });
  // A walk that had begun before it begins anew.
  return { ...untilOver(context, running), cursor: {} };
}

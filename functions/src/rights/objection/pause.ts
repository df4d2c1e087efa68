import { chainOf, type JobOf } from '../../jobs/define.ts';
import type { Context } from '../../platform/context.ts';
import { isFinal } from '../../requests/request.ts';
import { loadRequest } from '../../requests/store.ts';
import type { Progress } from '../../systems/system.ts';
import { isTheirs } from '../answers/find.ts';
import { endPause } from '../restriction/lift.ts';
import { nameOfRequest } from '../restriction/plan.ts';
import { setRestriction } from '../restriction/set.ts';
import { pauseJobs } from './job.ts';
import { isCarriedOut, isPaused } from './plan.ts';

type PauseJob = JobOf<typeof pauseJobs>;

/**
 * Restricts the use of data for the purpose that somebody objects to, until an officer has decided
 * (Art. 18(1)(d)). Taken back at that moment, the end is announced. Runs twice harmlessly.
 */
async function pause(context: Context, job: PauseJob): Promise<Progress> {
  const { uid, request, purpose } = job.input;
  const name = nameOfRequest(request, context.keys);
  const isThem = await isTheirs(context, { uid, pseudonym: chainOf(job) });
  // A policy of a later day may lack the purpose.
  if (!isThem || !isPaused(context.policy, purpose)) return { settled: [] };
  if (await isUndecided(context, request))
    await setRestriction(
      context,
      { uid, name, purposes: [purpose], ground: 'objection', request },
      { actor: 'backend' },
    );
  if (!(await isUndecided(context, request))) await endPause(context, { uid, name });
  return { settled: [] };
}

async function isUndecided(context: Context, request: string): Promise<boolean> {
  const record = await loadRequest(context, request);
  return record !== null && !isFinal(record.status) && !isCarriedOut(record);
}

export const pauseRunner = (context: Context) => pauseJobs.runner({ paused: (job) => pause(context, job) });

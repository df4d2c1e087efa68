import { isOpen } from '../../jobs/advance.ts';
import { chainOf } from '../../jobs/define.ts';
import { jobsIn } from '../../jobs/store.ts';
import type { Job, StepState } from '../../jobs/types.ts';
import { OFFICERS_STEP } from '../../officerTasks/task.ts';
import type { Context } from '../../platform/context.ts';
import type { JobKind } from '../../platform/queues.ts';
import { DAY_MS, type Instant } from '../../platform/time.ts';
import { everyNameOf } from '../../subject/pseudonym.ts';
import type { Progress } from '../../systems/system.ts';
import type { ChangeJob } from '../job.ts';

/**
 * The steps after which the tasks at recipients are there, each with its sheet. Of a request only
 * an objection that is carried out has one. A copy orders its parts once its archive is written. A
 * legal hold keeps every row itself.
 */
const MAKES_SHEETS: Partial<Record<JobKind, readonly string[]>> = {
  change: ['recipients'],
  restriction: ['recipients'],
  request: ['answered'],
  export: ['archive', OFFICERS_STEP],
};

/** True of a step that has made its sheets. The one that waits for officers makes them first. */
const isMade = (id: string, { state, error }: StepState): boolean =>
  state === 'done' || (id === OFFICERS_STEP && state === 'waiting' && error === undefined);

/**
 * True if this job still has to make sheets. One that brings a new yes does not count: a
 * restriction can hold up its tasks for long, and nobody deletes data by them.
 */
const makesSheets = (job: Job): boolean =>
  isOpen(job) &&
  job.input['tell'] !== 'again' &&
  Object.entries(job.steps).some(([id, step]) => MAKES_SHEETS[job.kind]?.includes(id) && !isMade(id, step));

/**
 * Keeps rows by which recipients know the person until the sheets of their other changes are made.
 * People say no to several purposes at once, and object, restrict or ask for a copy beside it.
 * Undefined: nothing has to wait. Costs a query of the person's jobs.
 *
 * @param since when the consent was taken back: answers of that moment may still be on their way
 */
export async function untilSheetsAreMade(
  context: Context,
  job: ChangeJob,
  since: Instant,
): Promise<Progress | undefined> {
  const { clients, keys, config } = context;
  const now = context.now();
  const soon = now + config.pollMs;
  if (now < since + config.pollMs)
    return { wait: since + config.pollMs, why: 'other answers of this moment may be on their way' };
  const names = everyNameOf(job.input.uid, chainOf(job), keys);
  const found = await clients.own().collection('jobs').where('pseudonym', 'in', names).get();
  const others = jobsIn(found.docs, keys).jobs.filter((other) => other.id !== job.id && makesSheets(other));
  if (others.length === 0) return undefined;
  const next = Math.min(...others.map(({ wakeAt }) => wakeAt ?? now + DAY_MS));
  return { wait: Math.max(soon, next), why: 'recipients are to hear of another answer of this person first' };
}

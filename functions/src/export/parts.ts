import { chainOf } from '../jobs/define.ts';
import { createJob, loadJob } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import { closeOver, dropTasks, endWait, makeTasks } from '../officerTasks/store.ts';
import { OFFICERS_STEP, ofJob, type OfficerTask, type TaskOrder } from '../officerTasks/task.ts';
import { sheetSubject } from '../officerTasks/subject.ts';
import type { Context } from '../platform/context.ts';
import { DAY_MS, type Instant } from '../platform/time.ts';
import { addPeriod, answerBy } from '../policy/calendar.ts';
import { manualRecipients } from '../policy/lookup.ts';
import { noticeLanguage } from '../policy/notices.ts';
import type { Policy, Text } from '../policy/schema.ts';
import {
  isGivenOut,
  openParts,
  tasksOfParts,
  waitOf,
  type PartTasks,
  type WaitingExport,
} from '../requests/answered.ts';
import type { MissingPart } from '../requests/request.ts';
import { finishRequest, loadRequest, refIn } from '../requests/store.ts';
import { localeOf } from '../subject/locale.ts';
import type { Progress } from '../systems/system.ts';
import { inLanguages } from '../texts/index.ts';
import { inLanguage } from '../texts/languages.ts';
import { bucketStore } from './archive/objects.ts';
import type { ExportJob } from './job.ts';
import { exportJobId, exportPrefix, partsJobId, toldJob } from './plan.ts';
import { nameOf } from './sources.ts';

/** The parts that an archive lacks: an officer's task for each, and the wait for them. */

const NOTHING: Progress = { settled: [] };

/**
 * Makes an officer's task of each part that a published export lacks. Waits until the last has
 * ended, or its time is over. Looks each day; an officer who closes one wakes it. Every look lets
 * the published archives live on. Runs twice harmlessly.
 *
 * @param isThere the person is not being erased
 * @throws PermanentError `officer.sheetKey` if no public key for the sheets is set
 */
export async function waitForParts(context: Context, job: ExportJob, isThere: boolean): Promise<Progress> {
  const ref = refIn(job.input);
  const record = await loadRequest(context, ref.key);
  const isWanted = isThere && record !== null && isGivenOut(record);
  if (isWanted && record.status === 'completed') {
    // The last effect of a wait that is over: an earlier attempt may have died before it.
    await createJob(context, toldJob(ref, chainOf(job), job.input.product, job.dueAt));
    return NOTHING;
  }
  const subject =
    isWanted && record.status === 'waiting'
      ? await sheetSubject(context, { uid: ref.uid, pseudonym: chainOf(job) })
      : undefined;
  if (record === null || subject === undefined || subject === null) {
    if (subject === null) await finishRequest(context, ref, { status: 'cancelled', reason: 'accountDeleted' });
    await dropTasks(context, job.id, context.now());
    return NOTHING;
  }
  const waiting = waitOf({ ref, chain: chainOf(job), record });
  const orders = waiting.asked.map((part) => orderOf(context.policy, job, part, waiting.looks[part]));
  const tasks = await closeOver(context, await makeTasks(context, orders, subject));
  const open = tasks.filter(({ status }) => status === 'open');
  if (open.length === 0) {
    const until = await untilSent(context, waiting);
    if (until > context.now()) return { wait: until, why: 'an attempt to send may still run' };
    await completeIfWhole(context, waiting);
    return NOTHING;
  }
  await liveOn(context, waiting);
  const wakes = open.map(({ until }) => until);
  return { wait: Math.min(...wakes, context.now() + DAY_MS), why: `officers have to do ${open.length} more` };
}

/**
 * The order of a part's task: by the policy's date, and before the person's answer is due.
 *
 * @param rows with words of others, to look at; undefined: it is another part
 */
function orderOf(policy: Policy, job: ExportJob, part: string, rows: number | undefined): TaskOrder {
  const { createdAt, dueAt } = job;
  const asked = manualRecipients(policy).find((one) => one.id === part);
  const look = rows === undefined ? undefined : lookIn(policy, part, rows);
  const within = asked === undefined ? dueAt : addPeriod(createdAt, asked.within, policy.controller.timeZone);
  return {
    for: look === undefined ? { part } : { look: part },
    what: look ?? asked?.manual ?? missingIn(policy, part),
    ...ofJob(job),
    by: Math.min(within, dueAt),
  };
}

/** Tells an officer to add a part that is missing, and to look at words of others in it first. */
const missingIn = (policy: Policy, part: string): Text =>
  inLanguages(policy, ({ officer }, language) => {
    const whose = policy.records[part]?.export.look;
    const words = whose === undefined ? [] : [officer.lookBeforeAdding(inLanguage(whose, language))];
    return [officer.missingPart, ...words].join(' ');
  });

/** Tells an officer how many rows there are to look at, and whose words they hold. */
export const lookIn = (policy: Policy, part: string, rows: number): Text =>
  inLanguages(policy, ({ officer }, language) => {
    const whose = policy.records[part]?.export.look;
    return officer.look(rows, whose === undefined ? '' : inLanguage(whose, language));
  });

/**
 * Lets the published archives of a request live on: their period counts from their last change
 * (record `exports`). One that is gone stays gone. Costs a call for each archive.
 */
async function liveOn(context: Context, { ref: { uid, requestId }, parts }: WaitingExport): Promise<void> {
  const store = bucketStore(await context.clients.bucket('exports'));
  const since = context.now();
  for (const { object } of parts) await store.touch(`${exportPrefix(uid, requestId)}${object}`, since);
}

/**
 * Completes an export for which no part is waited for any more, and has the person told. Of parts
 * that did not come, the request and the person's document say so. The archives live for their
 * whole period from here. Runs twice harmlessly.
 *
 * @returns the parts that are still waited for
 */
export async function completeIfWhole(context: Context, waiting: WaitingExport): Promise<readonly string[]> {
  const { policy } = context;
  const { ref, chain, product } = waiting;
  const tasks = await tasksOfParts(context, waiting);
  const open = openParts(tasks);
  if (open.length > 0) return open;
  await liveOn(context, waiting);
  const { language } = noticeLanguage(policy, await localeOf(context, ref.uid));
  const name = (part: string): string => inLanguage(nameOf(policy, part), language);
  const missing = [...notCome(tasks), ...waiting.withheld].map(({ source, why }): MissingPart => ({
    source,
    name: name(source),
    why,
  }));
  await finishRequest(context, ref, { status: 'completed', ...(missing.length === 0 ? {} : { missing }) });
  const dueAt = answerBy(policy, context.now());
  await createJob(context, toldJob(ref, chain, product, dueAt));
  return [];
}

/**
 * Returns until when an attempt to send an export may still run although an officer cancelled its
 * job: that attempt says how it ended. 0: its job was not cancelled.
 */
async function untilSent(context: Context, { ref }: Pick<WaitingExport, 'ref'>): Promise<Instant> {
  const job = await loadJob(context, exportJobId(ref.key));
  return job?.status === 'cancelled' ? leaseOf(job, 'transmit') : 0;
}

/** Returns the parts that were asked for and did not come, each with the reason. Pure. */
export const notCome = (tasks: PartTasks): Pick<MissingPart, 'source' | 'why'>[] =>
  [...tasks].flatMap(([source, task]) => {
    const isLook = task?.status === 'unconfirmed' && 'look' in task.for;
    const why = isLook ? 'notLooked' : task && WHY[task.status];
    return why === undefined ? [] : [{ source, why }];
  });

const WHY: Readonly<Record<OfficerTask['status'], MissingPart['why'] | undefined>> = {
  open: undefined,
  notNeeded: undefined,
  done: undefined,
  unconfirmed: 'unconfirmed',
  refused: 'refused',
  impossible: 'impossible',
  // No part ends so (officerTasks/plan.ts).
  disproportionate: 'impossible',
};

/**
 * Ends the wait of a request that was taken back or refused: its job, its tasks and their sheets.
 *
 * @returns until when an attempt may still make tasks; 0: none does
 */
export async function endParts(context: Context, requestKey: string): Promise<Instant> {
  const id = partsJobId(requestKey);
  await endWait(context, id, context.now());
  return leaseOf(await loadJob(context, id), OFFICERS_STEP);
}

/** The end of the lease under which a step runs; 0: it does not run. */
export function leaseOf(job: Pick<Job, 'steps'> | null, step: string): Instant {
  const state = job?.steps[step];
  return state?.state === 'running' ? (state.wakeAt ?? 0) : 0;
}

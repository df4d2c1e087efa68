import { chainOf } from '../jobs/define.ts';
import { restrictionsOn } from '../ledger/restriction/stated.ts';
import { closeOver, dropTasks, listTasks, makeTasks } from '../officerTasks/store.ts';
import { sheetSubject } from '../officerTasks/subject.ts';
import {
  closedOutcome,
  orderOf,
  partOf,
  taskId,
  type Manual,
  type OfficerTask,
  type TaskOrder,
} from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import { DAY_MS } from '../platform/time.ts';
import { manualRecipients } from '../policy/lookup.ts';
import type { PersonValue, Text } from '../policy/schema.ts';
import { everyNameOf } from '../subject/pseudonym.ts';
import type { Outcome, Progress } from '../systems/system.ts';
import { inLanguages } from '../texts/index.ts';
import { inLanguage } from '../texts/languages.ts';
import type { RectifyJob } from './job.ts';
import { tellBy } from './plan.ts';
import { isGone, isLaterAccount, untilReleased } from './standing.ts';

/** The officers' part of a correction: recipients without an interface, rows that need a look. */

const isManual = (outcome: Outcome): outcome is Manual => outcome.outcome === 'manual';

/** Returns the work that a system could not do, as the step before reports it. Pure. */
export const leftOver = ({ steps }: Pick<RectifyJob, 'steps'>): Manual[] =>
  (steps['carry']?.outcomes ?? []).filter(isManual);

/**
 * Has officers do their part of a job. Makes the tasks, each with a sheet by which the other side
 * knows the person, and waits until each is closed or its time is over. Looks each day, and an
 * officer wakes the job by closing one. Neither job, task nor sheet has a corrected value: the
 * officer reads them in the profile, as they are by then. Runs twice harmlessly.
 *
 * @throws PermanentError `officer.sheetKey` if no public key for the sheets is set
 */
export async function officersPart(context: Context, job: RectifyJob): Promise<Progress> {
  const { uid, recipient } = job.input;
  const parts = recipient === undefined ? leftOver(job) : tellingOf(context, job, recipient);
  if (parts.length === 0 || (await isGone(context, uid))) return dropped(context, job);
  if (recipient !== undefined && (await restrictionsOn(context, uid)).length > 0) return untilReleased(context);
  const person = await sheetSubject(context, { uid, pseudonym: chainOf(job) });
  if (person === null || isLaterAccount(person, job)) return dropped(context, job);
  const known = await openTasks(context, job);
  const isKnown = (order: TaskOrder): boolean => known.some((task) => isSameWork(task, order));
  const all = parts.map((part) => ({ part, order: orderOf(job, part) }));
  const own = all.filter(({ order }) => !isKnown(order));
  const made =
    own.length === 0
      ? []
      : await makeTasks(
          context,
          own.map(({ order }) => order),
          person,
        );
  const tasks = new Map((await closeOver(context, made)).map((task) => [task.id, task]));
  // An erasure that began meanwhile may have ended the tasks of this job just before.
  if (await isGone(context, uid)) return dropped(context, job);
  const open = [...tasks.values()].filter(({ status }) => status === 'open');
  if (open.length > 0) {
    const wait = Math.min(...open.map(({ until }) => until), context.now() + DAY_MS);
    return { wait, why: `officers have to do ${open.length} more`, soFar: parts };
  }
  const ends = all.flatMap(({ part, order }) => {
    const task = tasks.get(taskId(order, context.keys));
    // An earlier task asks for the same: its officer reads the profile as well.
    return task === undefined ? [part] : closedOutcome(part, task);
  });
  return { settled: ends };
}

/** A recipient without an interface, as an officer's part; nothing if the policy has changed. */
function tellingOf(context: Context, job: RectifyJob, recipient: string): Manual[] {
  const { policy } = context;
  const asked = manualRecipients(policy).find(({ id }) => id === recipient);
  const { mirrors } = asked?.recipient ?? {};
  if (asked === undefined || mirrors === undefined) return [];
  const by = tellBy(policy, recipient, job.createdAt) ?? job.dueAt;
  return [{ recipient, count: 1, outcome: 'manual', what: taskText(context, asked.manual, mirrors.values), by }];
}

/**
 * The open tasks of other jobs about the same person. Somebody with a change each minute makes one
 * task for each thing to look at, and not one for each change. Asks under every pseudonym key.
 */
async function openTasks(context: Context, job: RectifyJob): Promise<readonly OfficerTask[]> {
  const openOf = everyNameOf(job.input.uid, chainOf(job), context.keys);
  const { tasks } = await listTasks(context, { openOf });
  return tasks.filter((task) => task.job !== job.id);
}

const isSameWork = (task: OfficerTask, order: TaskOrder): boolean =>
  'record' in order.for &&
  partOf(task.for) === partOf(order.for) &&
  JSON.stringify(Object.entries(task.what).sort()) === JSON.stringify(Object.entries(order.what).sort());

async function dropped(context: Context, { id }: RectifyJob): Promise<Progress> {
  await dropTasks(context, id, context.now());
  return { settled: [] };
}

/** Says which values are to be corrected, by their names in the profile, and how to reach it. */
const taskText = ({ policy }: Pick<Context, 'policy'>, manual: Text, mirrors: readonly PersonValue[]): Text =>
  inLanguages(policy, ({ officer }, language) => {
    const names = mirrors.flatMap((value) => ('account' in value ? [officer.verifiedAddress] : value.profile));
    return `${officer.correctAt(names.join(', '))} ${inLanguage(manual, language)}`;
  });

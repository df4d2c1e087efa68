import type { Transaction } from 'firebase-admin/firestore';
import { isOpen, woken } from '../../jobs/advance.ts';
import type { Runner } from '../../jobs/catalog.ts';
import { chainOf, runnerOf } from '../../jobs/define.ts';
import { changeJob, createJob } from '../../jobs/store.ts';
import type { Run } from '../../jobs/types.ts';
import { endWithoutAccount } from '../../ledger/erasure.ts';
import { endOfHold, holdsOn } from '../../ledger/holds.ts';
import { closeOver, dropTask, dropTasks, listTasks, makeTasks, tasksOfChains } from '../../officerTasks/store.ts';
import { sheetSubjectEvenGone } from '../../officerTasks/subject.ts';
import type { SheetSubject } from '../../officerTasks/sheet.ts';
import { OFFICERS_STEP, outcomesOf, toDo, type OfficerTask, type TaskOrder } from '../../officerTasks/task.ts';
import { untilClosed } from '../../officerTasks/wait.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { DAY_MS } from '../../platform/time.ts';
import { addressBehind, everyKeyOf, everyNameOfPerson } from '../../subject/addresses.ts';
import type { Hold, Holdable } from '../../subject/hold.ts';
import { provenByOfficer } from '../../subject/proven.ts';
import type { Progress } from '../../systems/system.ts';
import { textsIn } from '../../texts/index.ts';
import { openErasuresOf } from './wake.ts';
import { keepJobs, overJobs, type KeepJob, type OverJob } from './job.ts';
import {
  hearingOf,
  isEarly,
  isHeldAt,
  isOfHold,
  isOver,
  laterJob,
  ordersAt,
  overJob,
  recipientsOf,
  toldOf,
} from './plan.ts';

/**
 * The recipients of a person under a legal hold: an officer tells each to keep the data, and when
 * the hold is over, each that was told (docs/holds.md). Each step can run twice.
 */

/**
 * The address of a person without an account. @throws PermanentError `hold.address` if it is kept
 * no longer
 */
async function addressIn(context: Context, { input: { subjectKey: key = '' } }: KeepJob | OverJob): Promise<string> {
  const email = await addressBehind(context, key);
  if (email !== undefined) return email;
  throw new PermanentError(
    'hold.address',
    'the address of this legal hold is kept no longer: set it again with --email',
  );
}

/** The person as their holds are found. */
const whoOf = async (context: Context, job: KeepJob | OverJob): Promise<string | Holdable> =>
  job.input.uid === '' ? { uid: '', emails: [await addressIn(context, job)] } : job.input.uid;

/** The person of a job for the sheets; null: the uid is another person's by now. */
const personOf = async (context: Context, job: KeepJob | OverJob): Promise<SheetSubject | null> => {
  const { uid, accountCreatedAt: createdAt } = job.input;
  if (uid === '') return provenByOfficer(context, [await addressIn(context, job)], chainOf(job));
  const who = { uid, pseudonym: chainOf(job), ...(createdAt === null ? {} : { accountCreatedAt: createdAt }) };
  return sheetSubjectEvenGone(context, who);
};

/**
 * Makes the tasks, each with a sheet by which the recipient knows the person.
 *
 * @throws PermanentError `uid_in_use` if the uid is another person's by now, `officer.sheetKey` if
 *   no public key for the sheets is set
 */
async function make(
  context: Context,
  job: KeepJob | OverJob,
  orders: readonly TaskOrder[],
  isLeft?: Parameters<typeof makeTasks>[3],
): Promise<OfficerTask[]> {
  if (orders.length === 0) return [];
  const person = await personOf(context, job);
  if (person === null)
    throw new PermanentError(
      'uid_in_use',
      'the uid of this legal hold belongs to another account by now: tell the recipients by hand, then cancel this job',
    );
  return makeTasks(context, orders, person, isLeft);
}

/** The tasks as they are now. The sheet of an open one is made again while the person is known. */
async function seen(
  context: Context,
  job: KeepJob | OverJob,
  orders: readonly TaskOrder[],
): Promise<readonly OfficerTask[]> {
  const person = orders.length === 0 ? null : await personOf(context, job);
  return person === null ? (await listTasks(context, { job: job.id })).tasks : makeTasks(context, orders, person);
}

const keepOrders = ({ policy }: Context, job: KeepJob): TaskOrder[] =>
  ordersAt(policy, job, recipientsOf(policy, job.input.records), 'begun');

/**
 * Makes a task for each recipient that can have data of the person. No older task tells the same
 * recipient that a hold is over: its job is woken, and withdraws it.
 */
async function tellToKeep(context: Context, job: KeepJob): Promise<Progress> {
  if ((await endOfHold(context, await whoOf(context, job), job.input.hold)) === null) return { settled: [] };
  const tasks = await make(context, job, keepOrders(context, job));
  const chains = await namesOf(context, job);
  const { tasks: open } = await listTasks(context, { openOf: chains });
  const over = new Set(open.filter((task) => isOfHold(task) && isOver(task)).map((task) => task.job));
  const now = context.now();
  for (const id of over) await changeJob(context, id, (one) => woken(woken(one, 'over', now), OFFICERS_STEP, now));
  return { settled: toDo(tasks) };
}

/** Every name of the chain of a job's person. */
const namesOf = (context: Context, job: KeepJob | OverJob): Promise<string[]> =>
  everyNameOfPerson(context, { uid: job.input.uid, key: job.input.subjectKey }, chainOf(job));

/**
 * Waits until the hold is over, and looks each day. Tasks that are open then are not needed any
 * more. A job tells the recipients that were told; nobody else hears of the end.
 */
async function waitForEnd(context: Context, job: KeepJob): Promise<Progress> {
  const until = await endOfHold(context, await whoOf(context, job), job.input.hold);
  if (until !== null) {
    const tasks = await closeOver(context, await seen(context, job, keepOrders(context, job)));
    const times = tasks.flatMap((task) => (task.status === 'open' ? [task.until] : []));
    return { wait: Math.min(until, ...times, context.now() + DAY_MS), why: 'the legal hold runs' };
  }
  const why = textsIn(context.policy.languages[0]).officer.hold.overtaken;
  await dropTasks(context, job.id, context.now(), why);
  const { tasks } = await listTasks(context, { job: job.id });
  const told = toldOf(tasks);
  if (told.length > 0) await createJob(context, overJob(context.policy, job, told, context.now()));
  await endChain(context, job);
  return { settled: outcomesOf(tasks) };
}

/**
 * Ends the chain of a person without an account, which was there for the hold alone. One that is
 * being erased ends with the erasure.
 */
async function endChain(context: Context, job: KeepJob): Promise<void> {
  const { subjectKey: key } = job.input;
  if (key === undefined) return;
  const erasures = await openErasuresOf(context, { uid: '', keys: await everyKeyOf(context, key) });
  if (erasures.some((one) => isOpen(one) || one.status === 'held')) return;
  await endWithoutAccount(context, chainOf(job), `ended_${job.id}`);
}

/**
 * Finds the recipients that hear of the end of another hold on the person, in the transaction that
 * makes the tasks: two jobs can run at once.
 */
const toldByOthers =
  (context: Context, job: OverJob, chains: readonly string[]) =>
  async (tx: Transaction): Promise<(order: TaskOrder) => boolean> => {
    const all = await tasksOfChains(tx, context, chains);
    const told = hearingOf(all.filter((task) => isOfHold(task) && task.job !== job.id));
    return ({ for: part }) => 'recipient' in part && told.has(part.recipient);
  };

/**
 * Returns the holds on the person. If one began after the tasks were made, withdraws those at its
 * recipients: two contrary orders would be open there. Another job tells them when it is over.
 */
async function holdsNow(context: Context, job: OverJob): Promise<readonly Hold[]> {
  const { policy } = context;
  const holds = await holdsOn(context, await whoOf(context, job));
  if (holds.length === 0) return holds;
  const { tasks } = await listTasks(context, { job: job.id });
  const early = tasks.filter((task) => isEarly(policy, task, holds));
  if (early.length === 0) return holds;
  await createJob(context, laterJob(policy, job, early, context.now()));
  const why = textsIn(policy.languages[0]).officer.hold.heldAgain;
  for (const { id } of early) await dropTask(context, id, context.now(), why);
  return holds;
}

/**
 * Makes the contrary task at each recipient that was told, once if two holds end together. One that
 * another hold on the person keeps waits for the end of that, and its time begins then.
 */
async function tellOver(context: Context, job: OverJob, { cursor }: Run): Promise<Progress> {
  const { policy } = context;
  const { recipients } = job.input;
  const holds = await holdsNow(context, job);
  const free = recipients.filter((id) => !isHeldAt(policy, id, holds));
  const chains = await namesOf(context, job);
  const from = cursor?.['held'] === true ? context.now() : job.createdAt;
  const orders = ordersAt(policy, job, free, 'over', from);
  const tasks = await make(context, job, orders, toldByOthers(context, job, chains));
  if (free.length === recipients.length) return { settled: toDo(tasks) };
  const first = Math.min(...holds.map(({ until }) => until ?? Infinity), context.now() + DAY_MS);
  return { wait: first, why: 'another legal hold runs on this person', soFar: toDo(tasks), cursor: { held: true } };
}

/** Waits until the last of these tasks has ended, or its time is over. */
async function waitForOfficers(context: Context, job: OverJob): Promise<Progress> {
  await holdsNow(context, job);
  const outcomes = job.steps['over']?.outcomes ?? [];
  const asked = outcomes.flatMap((one) => ('recipient' in one ? [one.recipient] : []));
  const tasks = await seen(context, job, ordersAt(context.policy, job, asked, 'over'));
  return untilClosed(context, tasks, (ended) => ({ settled: outcomesOf(ended) }));
}

export const holdRunner = (context: Context): Runner =>
  runnerOf(
    keepJobs.runner({
      recipients: (job) => tellToKeep(context, job),
      hold: (job) => waitForEnd(context, job),
    }),
    overJobs.runner({
      over: (job, run) => tellOver(context, job, run),
      officers: (job) => waitForOfficers(context, job),
    }),
  );

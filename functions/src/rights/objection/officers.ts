import { endsIds } from '../../consent/effects.ts';
import { decideObjection, type Objection } from '../../consent/objection/record.ts';
import type { Head } from '../../ledger/chain.ts';
import { holdsOn } from '../../ledger/holds.ts';
import { dropTask, listTasks, makeTasks } from '../../officerTasks/store.ts';
import { withIds } from '../../officerTasks/subject.ts';
import { orderOf, taskId, type OfficerTask, type TaskOrder } from '../../officerTasks/task.ts';
import { overtaken } from '../../officerTasks/wait.ts';
import type { Context } from '../../platform/context.ts';
import type { RequestRecord } from '../../requests/store.ts';
import type { Hold } from '../../subject/hold.ts';
import type { Subject } from '../../subject/identity.ts';
import type { ObjectionJob } from './job.ts';
import { ordersOf, recipientsToAsk, stillObjected } from './plan.ts';

/** The officers' tasks of an objection, each with its sheet. */

/** The person of a job as they are now, if it still is about them. */
export interface Objector {
  readonly record: RequestRecord;
  readonly subject: Subject;
  /** Absent: they have no account. */
  readonly head?: Head;
}

/** The legal holds on the person, under which nobody is asked to delete. */
export const holdsOf = async (context: Context, { input: { uid } }: ObjectionJob): Promise<readonly Hold[]> =>
  uid === '' ? [] : holdsOn(context, uid);

/**
 * Makes the tasks at recipients before the objection is recorded, if rows end with it by which they
 * know the person. Made again, they are the same.
 *
 * @throws PermanentError `officer.sheetKey` if no public key for the sheets is set
 */
export async function makeSheetsFirst(
  context: Context,
  job: ObjectionJob,
  objector: Objector,
  objection: Objection,
): Promise<void> {
  const { policy, now } = context;
  const { purposes, at } = objection;
  const { head } = objector;
  if (head === undefined || !purposes.some((id) => endsIds(policy, id))) return;
  const { current = head.current } = decideObjection(policy, head, objection, now())?.patch ?? {};
  const objected = stillObjected(purposes, { current });
  const asked = recipientsToAsk(policy, objected, { at, head, holds: await holdsOf(context, job) });
  const orders = asked.map((one) => orderOf(job, one));
  await make(context, job, orders, objector);
}

/**
 * Makes the tasks that the steps so far ask for. Made again, they are the same. Closes the open
 * ones that a later yes of the person has overtaken.
 */
export async function tasksOf(context: Context, job: ObjectionJob, objector: Objector): Promise<OfficerTask[]> {
  const { policy, keys, now } = context;
  const orders = ordersOf(policy, job, { head: objector.head, holds: await holdsOf(context, job) });
  const ids = orders.map((order) => taskId(order, keys));
  for (const { id, status } of (await listTasks(context, { job: job.id })).tasks)
    if (status === 'open' && !ids.includes(id)) await dropTask(context, id, now(), overtaken(policy));
  return make(context, job, orders, objector);
}

async function make(
  context: Context,
  { input: { uid } }: ObjectionJob,
  orders: readonly TaskOrder[],
  { subject }: Objector,
): Promise<OfficerTask[]> {
  if (orders.length === 0) return [];
  return makeTasks(context, orders, uid === '' ? subject : await withIds(context, subject));
}

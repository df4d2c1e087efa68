import type { Head } from '../../ledger/chain.ts';
import { holdsOn } from '../../ledger/holds.ts';
import { dropTask, listTasks, makeTasks } from '../../officerTasks/store.ts';
import { withIds } from '../../officerTasks/subject.ts';
import { taskId, type OfficerTask } from '../../officerTasks/task.ts';
import { overtaken } from '../../officerTasks/wait.ts';
import type { Context } from '../../platform/context.ts';
import type { RequestRecord } from '../../requests/store.ts';
import type { Hold } from '../../subject/hold.ts';
import type { Subject } from '../../subject/identity.ts';
import type { ObjectionJob } from './job.ts';
import { ordersOf } from './plan.ts';

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
 * Makes the tasks that the steps so far ask for. Made again, they are the same. Closes the open
 * ones that a later yes of the person has overtaken.
 */
export async function tasksOf(context: Context, job: ObjectionJob, objector: Objector): Promise<OfficerTask[]> {
  const { policy, keys, now } = context;
  const orders = ordersOf(policy, job, { head: objector.head, holds: await holdsOf(context, job) });
  const ids = orders.map((order) => taskId(order, keys));
  for (const { id, status } of (await listTasks(context, { job: job.id })).tasks)
    if (status === 'open' && !ids.includes(id)) await dropTask(context, id, now(), overtaken(policy));
  if (orders.length === 0) return [];
  const { subject } = objector;
  return makeTasks(context, orders, job.input.uid === '' ? subject : await withIds(context, subject));
}

import { woken } from '../../jobs/advance.ts';
import { changeJob } from '../../jobs/store.ts';
import { listTasks } from '../../officerTasks/store.ts';
import { OFFICERS_STEP, type OfficerTask } from '../../officerTasks/task.ts';
import type { Context } from '../../platform/context.ts';
import { everyNameOf } from '../../subject/pseudonym.ts';
import { isOfRestriction } from './plan.ts';

/** A change of the use of a person's data, of which a job tells. */
interface UseChanged {
  readonly uid: string;
  readonly chain: string;
  /** The id of that job. */
  readonly job: string;
  /** True if a use stops. */
  readonly stops: boolean;
}

/**
 * Lets the jobs of older tasks look again, so that no two of them contradict each other. A
 * restriction that begins, or an objection, can stop a use that they tell of. The end of a
 * restriction overtakes its beginning. Runs twice harmlessly. Costs a query, and a read and a write
 * for each of these jobs.
 */
export async function wakeOlder(context: Context, { uid, chain, job, stops }: UseChanged): Promise<void> {
  const openOf = everyNameOf(uid, chain, context.keys);
  const { tasks } = await listTasks(context, { openOf });
  const isOfUse = ({ consent }: OfficerTask): boolean => stops && consent?.tell === 'again';
  const isOlder = (task: OfficerTask): boolean => task.job !== job && (isOfRestriction(task.job) || isOfUse(task));
  const jobs = new Set(tasks.filter(isOlder).map((task) => task.job));
  for (const id of jobs) await changeJob(context, id, (one) => woken(one, OFFICERS_STEP, context.now()));
}

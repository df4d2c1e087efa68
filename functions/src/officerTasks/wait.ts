import type { Context } from '../platform/context.ts';
import { DAY_MS } from '../platform/time.ts';
import type { Policy } from '../policy/schema.ts';
import type { Progress } from '../systems/system.ts';
import { textsIn } from '../texts/index.ts';
import { closeOver } from './store.ts';
import type { OfficerTask } from './task.ts';

/** Says in the policy's main language why the backend closed a task that nobody needs any more. */
export const overtaken = ({ languages }: Pick<Policy, 'languages'>): string =>
  textsIn(languages[0]).officer.consent.overtaken;

/**
 * Waits until the last of these tasks has ended, or its time is over. Looks once a day: the officer
 * who closes one wakes the job, and that can be lost.
 *
 * @param settled makes the progress from the tasks once all have ended
 */
export async function untilClosed(
  context: Context,
  made: readonly OfficerTask[],
  settled: (tasks: readonly OfficerTask[]) => Progress | Promise<Progress>,
): Promise<Progress> {
  const tasks = await closeOver(context, made);
  const open = tasks.filter(({ status }) => status === 'open');
  if (open.length === 0) return settled(tasks);
  const wait = Math.min(...open.map(({ until }) => until), context.now() + DAY_MS);
  return { wait, why: `officers have to do ${open.length} more` };
}

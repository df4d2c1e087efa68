import { runJob } from '../../../../../functions/src/jobs/run.ts';
import type { Job } from '../../../../../functions/src/jobs/types.ts';
import type { Context } from '../../../../../functions/src/platform/context.ts';
import { runners } from '../../../../../functions/src/runners.ts';
import { Injector } from '../injector.ts';
import { Machine } from '../machine.ts';
import type { State } from '../state.ts';
import type { World } from '../world.ts';

/** Does something as a process that nothing happens to. */
export async function undisturbed<T>(world: World, work: (context: Context) => Promise<T>): Promise<T> {
  const machine = new Machine(world, new Injector(), new Set());
  try {
    return await machine.run(work);
  } finally {
    await machine.close();
  }
}

/** Runs every job that was enqueued, until none is left. */
export async function workOff(world: World): Promise<void> {
  for (let job = world.tasks.shift(); job !== undefined; job = world.tasks.shift()) {
    const id = job;
    await undisturbed(world, (context) => runJob(context, runners, id));
  }
}

/** Has a job done all but wait for officers? */
export const isWithOfficers = ({ status, steps }: Pick<Job, 'status' | 'steps'>): boolean =>
  status === 'completed' ||
  (status === 'waiting' &&
    Object.entries(steps).every(([id, { state }]) => state === 'done' || (id === 'officers' && state === 'waiting')));

/** The jobs of a kind, as they are stored. */
export const jobsOf = ({ own }: State, prefix: string): Job[] =>
  [...own].flatMap(([path, row]) => (path.startsWith(`jobs/${prefix}`) ? [{ ...row.data(), id: row.id } as Job] : []));

/** The parts for which officers are asked. A thing that is asked for twice is named twice. */
export function openTasks({ own }: State): { readonly parts: string[]; readonly twice: string[] } {
  const open = [...own].flatMap(([path, row]) =>
    path.startsWith('officerTasks/') && row.get('status') === 'open' ? [row] : [],
  );
  const asked = open.map((row) => JSON.stringify([row.get('for'), row.get('what')]));
  const parts = [...new Set(open.map((row) => JSON.stringify(row.get('for'))))].sort();
  return { parts, twice: asked.filter((one, index) => asked.indexOf(one) !== index) };
}

import type { Context } from '../../../../functions/src/platform/context.ts';
import { closeTask, listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { partOf, type OfficerTask } from '../../../../functions/src/officerTasks/task.ts';
import * as world from '../../rights/objection/objection.world.ts';

/** People with consents, and the tasks at the recipients of their purposes. */

const { answer, chainOf, person, time, work } = world;
export const now = (): Context => world.context;
export const DAY = 86_400_000;

/** Every task of a person, as `recipient word status`, in the order of their making. */
export async function all(uid: string): Promise<string[]> {
  const found = await listTasks(now(), { chains: [chainOf(uid)] });
  return found.tasks
    .toSorted((a, b) => (a.consent?.seq ?? 0) - (b.consent?.seq ?? 0))
    .map(({ for: part, consent, status }) => `${partOf(part)} ${consent?.tell ?? ''} ${status}`);
}
export const done = ({ id }: OfficerTask) => closeTask(now(), id, { as: 'done', by: 'v1_officer' }, time.now);

/** Somebody who said yes to analytics. */
export async function agreed(purpose = 'analytics'): Promise<string> {
  const { uid } = await person();
  await answer(uid, true, purpose);
  await work();
  return uid;
}

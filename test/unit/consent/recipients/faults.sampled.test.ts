import { expect, it } from 'vitest';
import { listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { momentsOfTheDay } from '../../../kit/depth.ts';
import { runDying } from '../../../kit/dying.ts';
import * as world from '../../rights/objection/objection.world.ts';

/** Whenever a process dies in a withdrawal, or in a new yes: the recipients hear the same. */

const { answer, chainOf, documentOf, jobs, person, time, told, useObjections, work, write } = world;
useObjections();
const DAY = 86_400_000;
/** The writes of an answer's entry and of its jobs: the last number is past all of them. */
const MOMENTS = momentsOfTheDay(4, 26);

/** The leases of what died end. */
async function settle(): Promise<void> {
  for (let hours = 0; hours < 3; hours++) {
    time.now += 3_600_000;
    await work();
  }
}
const statesOf = async (uid: string): Promise<string[]> => {
  const { tasks } = await listTasks(world.context, { chains: [chainOf(uid)] });
  return tasks.map(({ consent, status }) => `${consent?.tell ?? ''} ${status}`);
};
/** The person answers; the process dies at a write of the backend, and the event comes again. */
async function tell(moment: number, uid: string, granted: boolean): Promise<void> {
  const before = await documentOf(uid, 'analytics');
  await write(uid, granted, 'analytics');
  const writtenAt = time.now;
  const event = () => told(uid, 'analytics', before, writtenAt);
  const run = async () => {
    await event();
    await work();
  };
  await runDying(moment, [world.context.clients.app(), world.context.clients.own()], run, 'writes');
  await event();
  await settle();
}

it.each(MOMENTS)('at the write %i of a withdrawal: one task, open', async (moment) => {
  const { uid } = await person();
  await answer(uid, true, 'analytics');
  await tell(moment, uid, false);
  expect(await statesOf(uid)).toEqual(['delete open']);
});

it.each(MOMENTS)('at the write %i of a new yes: no task is open, and no job waits', async (moment) => {
  const { uid } = await person();
  await answer(uid, true, 'analytics');
  await answer(uid, false, 'analytics');
  await work();
  await tell(moment, uid, true);
  time.now += 2 * DAY;
  await work();
  expect(await statesOf(uid)).toEqual(['delete notNeeded']);
  const waits = (await jobs()).filter(({ steps }) => steps['officers']?.state === 'waiting');
  expect(waits).toEqual([]);
});

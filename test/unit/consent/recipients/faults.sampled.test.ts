import { expect, it } from 'vitest';
import { listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { momentsOfTheDay } from '../../../kit/depth.ts';
import { runDying } from '../../../kit/dying.ts';
import * as world from '../../rights/objection/objection.world.ts';

/** Whenever a process dies in a withdrawal, or in a new yes: the recipients hear the same. */

const { answer, chainOf, documentOf, jobs, person, time, told, useObjections, work } = world;
useObjections();
const DAY = 86_400_000;
/** The writes of an answer and of its jobs: the last number is past all of them. */
const MOMENTS = momentsOfTheDay(4, 26);

async function settle(uid: string, before: Awaited<ReturnType<typeof documentOf>>): Promise<void> {
  // The event comes again, and the leases of what died end.
  await told(uid, 'analytics', before);
  for (let hours = 0; hours < 3; hours++) {
    time.now += 3_600_000;
    await work();
  }
}
const statesOf = async (uid: string): Promise<string[]> => {
  const { tasks } = await listTasks(world.context, { chains: [chainOf(uid)] });
  return tasks.map(({ consent, status }) => `${consent?.tell ?? ''} ${status}`);
};
const dying = (moment: number, run: () => Promise<void>) =>
  runDying(moment, [world.context.clients.app(), world.context.clients.own()], run, 'writes');

it.each(MOMENTS)('at the write %i of a withdrawal: one task, open', async (moment) => {
  const { uid } = await person();
  await answer(uid, true, 'analytics');
  const before = await documentOf(uid, 'analytics');
  await dying(moment, async () => {
    await answer(uid, false, 'analytics');
    await work();
  });
  await settle(uid, before);
  if ((await documentOf(uid, 'analytics'))?.['granted'] !== false) return;
  expect(await statesOf(uid)).toEqual(['delete open']);
});

it.each(MOMENTS)('at the write %i of a new yes: no task is open, and no job waits', async (moment) => {
  const { uid } = await person();
  await answer(uid, true, 'analytics');
  await answer(uid, false, 'analytics');
  await work();
  const before = await documentOf(uid, 'analytics');
  await dying(moment, async () => {
    await answer(uid, true, 'analytics');
    await work();
  });
  await settle(uid, before);
  if ((await documentOf(uid, 'analytics'))?.['granted'] !== true) return;
  time.now += 2 * DAY;
  await work();
  expect(await statesOf(uid)).toEqual(['delete notNeeded']);
  const waits = (await jobs()).filter(({ steps }) => steps['officers']?.state === 'waiting');
  expect(waits).toEqual([]);
});

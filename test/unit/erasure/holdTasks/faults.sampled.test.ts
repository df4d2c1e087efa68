import { describe, expect, it } from 'vitest';
import { seedOfTheDay, times } from '../../../kit/depth.ts';
import { runDying } from '../../../kit/dying.ts';
import { close, holdWorld, lift, RECIPIENTS, recipients, set, tasks, work, type World } from './world.ts';

/** A process dies before or after each of its writes: the recipients hear the same, each once. */

/** Sets the hold under one name, so that the officer can order it again. */
const order = (world: World) => set(world, { requestId: 'case-1' });

/** The acts of a hold, in their order: each is done again after a crash. */
const acts: readonly ((world: World, id: string) => Promise<unknown>)[] = [
  (world) => order(world),
  (world) => work(world),
  (world) => close(world, 'stripe'),
  (world, id) => lift(world, id),
  (world) => work(world),
];

/** Time passes until the leases of dead tasks are over. */
async function recover(world: World): Promise<void> {
  world.context.time.now += 3_600_000;
  await work(world);
}

/** From one moment of a death to the next one that is tried; each day begins with another one. */
const STEP = times(4, 1);

/** Lives through a hold, and dies in one act at one moment; true if it died. */
async function lived(at: number, moment: number): Promise<{ readonly died: boolean; readonly world: World }> {
  const world = holdWorld();
  // The id follows from the order.
  const id = await order(holdWorld());
  let died = false;
  for (const [index, act] of acts.entries()) {
    if (index === at) {
      died = await runDying(moment, [world.context.own], () => act(world, id), 'writes');
      if (index === 0 || index === 3) await act(world, id);
      else await recover(world);
      if (index === 2 && (await recipients(world, false, 'done')).length === 0) await act(world, id);
    } else await act(world, id);
  }
  await recover(world);
  return { died, world };
}

describe('a process that dies', () => {
  it.each(acts.map((_, index) => index))('in act %i leaves what a living one leaves', async (at) => {
    for (let moment = seedOfTheDay % STEP; ; moment += STEP) {
      const { died, world } = await lived(at, moment);
      const where = `act ${at}, moment ${moment}`;
      expect(await recipients(world, false, 'done'), where).toEqual(['stripe']);
      expect(await recipients(world, false, 'notNeeded'), where).toEqual(RECIPIENTS.filter((one) => one !== 'stripe'));
      expect(await recipients(world, true, 'open'), where).toEqual(['stripe']);
      expect(await tasks(world), where).toHaveLength(RECIPIENTS.length + 1);
      expect((await world.context.own.collection('officerSheets').get()).size, where).toBe(1);
      if (!died) {
        expect(moment, where).toBeGreaterThan(1);
        break;
      }
    }
  });
});

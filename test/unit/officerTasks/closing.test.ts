import { expect, it } from 'vitest';
import { closeTask, listTasks } from '../../../functions/src/officerTasks/store.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { runDying } from '../../kit/dying.ts';
import { goOn, jobNow, officersWorld } from './erasure.sample.ts';
import { idsOf } from './helpers.ts';

it('a command that dies anywhere, and comes again, closes a task once; the erasure goes on within a day', async () => {
  for (let moment = 0; moment < 5; moment++) {
    const world = await officersWorld();
    const { context, job } = world;
    await goOn(world);
    const { tasks } = await listTasks(context, { job: job.id });
    expect(tasks).toHaveLength(2);
    for (const { id } of tasks) {
      const close = (note: string) => closeTask(context, id, { as: 'done', by: 'officer', note }, context.time.now);
      await runDying(moment, [context.own], () => close('first'));
      const died = (await listTasks(context, { job: job.id })).tasks.find((task) => task.id === id);
      const again = await close('again');
      // Before its write nothing was closed; after it the first answer counts.
      expect([moment, again.ok]).toEqual([moment, died?.status === 'open']);
      const now = (await listTasks(context, { job: job.id })).tasks.find((task) => task.id === id);
      expect(now).toMatchObject({ status: 'done', note: again.ok ? 'again' : 'first' });
    }
    expect(await idsOf(context, 'officerSheets')).toEqual([]);
    context.time.now += DAY_MS;
    await goOn(world);
    expect([moment, (await jobNow(world)).status]).toEqual([moment, 'completed']);
  }
});

import { beforeEach, describe, expect, it } from 'vitest';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import { areUntold } from '../../../../functions/src/erasure/holdTasks/wake.ts';
import { holdRunner } from '../../../../functions/src/erasure/holdTasks/steps.ts';
import { keepJobId } from '../../../../functions/src/erasure/holdTasks/plan.ts';
import { closeTask } from '../../../../functions/src/officerTasks/store.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import {
  after,
  close,
  DAY,
  holdWorld,
  lift,
  NOW,
  RECIPIENTS,
  recipients,
  set,
  sheetOf,
  tasks,
  work,
  type World,
} from './world.ts';

/** A legal hold reaches the recipients: each is told to keep, and when it is over, that it is. */

let world: World;
beforeEach(() => void (world = holdWorld()));

/** An officer closes every open task. */
async function closeAll(): Promise<void> {
  for (const { id, status } of await tasks(world))
    if (status === 'open') await closeTask(world.context, id, { as: 'done', by: 'v1_officer' }, NOW);
}

describe('a legal hold', () => {
  it('makes one task for each recipient that can have data, with its sheet; set again it makes none', async () => {
    await set(world, { requestId: 'case-1' });
    await work(world);
    await set(world, { requestId: 'case-1' });
    await after(world, 1);
    expect(await recipients(world, false, 'open')).toEqual(RECIPIENTS);
    const all = await tasks(world);
    expect(all).toHaveLength(RECIPIENTS.length);
    const [zendesk] = all.filter(({ recipient }) => recipient === 'zendesk');
    expect(zendesk?.what['en']).toContain('keep the data of this person');
    expect(await sheetOf(world, zendesk?.id ?? '')).toContain('kim@example.com');
  });

  it('that ends together with another one makes one contrary task at each recipient', async () => {
    for (const requestId of ['case-1', 'case-2']) await set(world, { requestId, until: NOW + DAY });
    await work(world);
    await closeAll();
    await after(world, 2);
    expect(await recipients(world, true, 'open')).toEqual(RECIPIENTS);
    // A night later neither job has made another one.
    await after(world, 1);
    expect(await recipients(world, true, 'open')).toEqual(RECIPIENTS);
    for (const one of RECIPIENTS) await close(world, one);
    await after(world, 1);
    const over = (await idsOf(world.context, 'jobs')).filter((id) => id.endsWith('_over'));
    expect(over).toHaveLength(2);
    for (const id of over) expect(await loadJob(world.context, id)).toMatchObject({ status: 'completed' });
  });

  it('leaves a recipient to the task of the other one also once an officer has closed that', async () => {
    for (const requestId of ['case-1', 'case-2']) await set(world, { requestId, until: NOW + DAY });
    await set(world, { records: ['stripeCustomer'] });
    await work(world);
    await closeAll();
    await after(world, 2);
    const told = await recipients(world, true, 'open');
    expect(told).toContain('googleAnalytics');
    expect(told).not.toContain('stripe');
    await close(world, 'googleAnalytics');
    await after(world, 1);
    expect(await recipients(world, true, 'open')).toEqual(told.filter((one) => one !== 'googleAnalytics'));
  });

  it('and another one make one contrary task also if their jobs run at once', async () => {
    for (const requestId of ['case-1', 'case-2']) await set(world, { requestId, until: NOW + DAY });
    await work(world);
    await closeAll();
    const { context } = world;
    context.time.now += 2 * DAY;
    const run = (id: string) => runJob(context, { hold: async (c) => holdRunner(c) }, id);
    for (const id of await idsOf(context, 'jobs')) await run(id);
    const [one = '', two = ''] = (await idsOf(context, 'jobs')).filter((id) => id.endsWith('_over'));
    const { auth } = context.clients;
    // The other one makes its tasks while this one asks whom they are about.
    const other = async () => {
      Object.assign(context.clients, { auth });
      await run(one);
      return auth();
    };
    Object.assign(context.clients, { auth: other });
    await run(two);
    expect(await recipients(world, true, 'open')).toEqual(RECIPIENTS);
  });

  it('on some records reaches the recipients of their purposes and systems alone', async () => {
    await set(world, { records: ['stripeCustomer'] });
    await work(world);
    expect(await recipients(world, false, 'open')).toContain('stripe');
    expect(await recipients(world, false, 'open')).not.toContain('googleAnalytics');
  });

  it('that is lifted makes the contrary task at those that were told; the others need none any more', async () => {
    const id = await set(world);
    await work(world);
    await close(world, 'zendesk');
    await close(world, 'newRelic', 'unconfirmed');
    await close(world, 'heroku', 'refused');
    expect(await lift(world, id)).toMatchObject({ ok: true, woken: [] });
    await work(world);
    const left = RECIPIENTS.filter((one) => !['zendesk', 'newRelic', 'heroku'].includes(one));
    expect(await recipients(world, false, 'notNeeded')).toEqual(left);
    expect(await recipients(world, true, 'open')).toEqual(['newRelic', 'zendesk']);
    const over = (await tasks(world)).filter(({ isOver }) => isOver);
    expect(over[0]?.what['en']).toContain('need not keep');
    const [zendesk] = over.filter(({ recipient }) => recipient === 'zendesk');
    expect(await sheetOf(world, zendesk?.id ?? '')).toContain('kim@example.com');
    // No sheet is left of a task that is not needed.
    expect((await world.context.own.collection('officerSheets').get()).size).toBe(2);

    expect(await lift(world, id)).toMatchObject({ ok: false, because: 'over' });
    await after(world, 1);
    expect(await tasks(world)).toHaveLength(RECIPIENTS.length + 2);
    await close(world, 'zendesk');
    await close(world, 'newRelic');
    await after(world, 1);
    const job = await loadJob(world.context, `${keepJobId(id)}_over`);
    expect([job?.status, job?.input['uid']]).toEqual(['completed', undefined]);
  });

  it('makes no contrary task if nobody was told, and none at all if it was lifted before', async () => {
    const id = await set(world);
    await work(world);
    await lift(world, id);
    await work(world);
    expect(await recipients(world, false, 'notNeeded')).toEqual(RECIPIENTS);
    expect(await recipients(world, true, 'open')).toEqual([]);
    const second = await set(world);
    await lift(world, second);
    await work(world);
    expect(await tasks(world)).toHaveLength(RECIPIENTS.length);
    expect((await loadJob(world.context, keepJobId(second)))?.status).toBe('completed');
  });

  it('that ends by its date tells those that were told, on that day', async () => {
    await set(world, { until: NOW + 10 * DAY });
    await work(world);
    await close(world, 'stripe');
    await after(world, 9);
    expect(await recipients(world, true, 'open')).toEqual([]);
    await after(world, 1);
    expect(await recipients(world, true, 'open')).toEqual(['stripe']);
  });

  it('says nowhere that it is over while another one keeps data there', async () => {
    const first = await set(world);
    await set(world, { records: ['stripeCustomer'], until: NOW + 5 * DAY });
    await work(world);
    for (const recipient of ['stripe', 'googleAnalytics']) await close(world, recipient);
    await lift(world, first);
    await work(world);
    expect(await recipients(world, true, 'open')).toEqual(['googleAnalytics']);
    expect(await areUntold(world.context, { uid: 'kim', key: 'kim' })).toBe(true);
    await after(world, 5);
    expect(await recipients(world, true, 'open')).toContain('stripe');
    expect(await areUntold(world.context, { uid: 'kim', key: 'kim' })).toBe(false);
  });

  it('lets a recipient that another one kept for long have its time from the end of that on', async () => {
    const first = await set(world);
    const second = await set(world, { records: ['stripeCustomer'] });
    await work(world);
    for (const recipient of ['stripe', 'googleAnalytics']) await close(world, recipient);
    await lift(world, first);
    await work(world);
    await after(world, 100);
    await lift(world, second);
    await work(world);
    const over = (await tasks(world)).filter((one) => one.isOver && one.status === 'open');
    const { now } = world.context.time;
    expect(over.map(({ recipient, by }) => [recipient, by > now + 7 * DAY])).toEqual([['stripe', true]]);
  });

  it.each([
    ['has told them to keep again', true],
    ['has not told them of it yet', false],
  ])(
    'that begins while the end of another one is told withdraws that; they hear it later, once, if an officer %s',
    async (_, isTold) => {
      const first = await set(world);
      await work(world);
      await closeAll();
      await lift(world, first);
      await work(world);
      expect(await recipients(world, true, 'open')).toEqual(RECIPIENTS);
      await close(world, 'googleAnalytics');
      const second = await set(world);
      await work(world);
      expect(await recipients(world, true, 'open')).toEqual([]);
      expect(await recipients(world, false, 'open')).toEqual(RECIPIENTS);
      expect(await recipients(world, true, 'done')).toEqual(['googleAnalytics']);
      if (isTold) await closeAll();
      await after(world, 1);
      await lift(world, second);
      await work(world);
      await after(world, 1);
      // One that heard of the first end, and of no new order, is told nothing.
      const all = RECIPIENTS.filter((one) => isTold || one !== 'googleAnalytics');
      expect(await recipients(world, true, 'open')).toEqual(all);
      expect(await recipients(world, false, 'open')).toEqual([]);
      await closeAll();
      await after(world, 1);
      for (const id of await idsOf(world.context, 'jobs'))
        expect([id, (await loadJob(world.context, id))?.status]).toEqual([id, 'completed']);
    },
  );

  it('on one record withdraws the word of an end at its recipients alone', async () => {
    const first = await set(world);
    await work(world);
    await closeAll();
    await lift(world, first);
    await work(world);
    await set(world, { records: ['stripeCustomer'] });
    await work(world);
    const told = await recipients(world, true, 'open');
    expect(told).toContain('googleAnalytics');
    expect(told).not.toContain('stripe');
  });

  it('whose document somebody deletes goes on at the recipients until it is lifted', async () => {
    const id = await set(world, { requestId: 'case-1' });
    await work(world);
    await close(world, 'stripe');
    await world.context.own.doc(`legalHolds/${id}`).delete();
    await after(world, 2);
    expect(await recipients(world, true, 'open')).toEqual([]);
    expect(await recipients(world, false, 'notNeeded')).toEqual([]);
    // Ordered again it is written anew, and nobody is told twice.
    expect(await set(world, { requestId: 'case-1' })).toBe(id);
    await work(world);
    expect(await tasks(world)).toHaveLength(RECIPIENTS.length);
    await world.context.own.doc(`legalHolds/${id}`).delete();
    expect(await lift(world, id)).toMatchObject({ ok: true });
    await work(world);
    expect(await recipients(world, true, 'open')).toEqual(['stripe']);
  });

  it('of an account that is gone names its person by all that is known; another account on its uid is not named', async () => {
    const id = await set(world);
    await work(world);
    await close(world, 'stripe');
    world.users.length = 0;
    world.users.push({
      ...{ uid: 'kim', email: 'eve@example.com', emailVerified: true },
      metadata: { creationTime: new Date(NOW - DAY).toUTCString() },
    });
    // The wait goes on: nobody learns of the new account.
    await after(world, 1);
    await lift(world, id);
    await work(world);
    expect(await recipients(world, true, 'open')).toEqual([]);
    const over = await loadJob(world.context, `${keepJobId(id)}_over`);
    expect(over?.steps['over']).toMatchObject({ state: 'blocked', error: { code: 'uid_in_use' } });
  });
});

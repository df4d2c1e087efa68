import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { jobsIn } from '../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import { open, useProviders } from './service.sample.ts';
import { DAY } from './world.ts';

/** A person pays no longer after they took the service back, or an officer learns why not. */

useProviders();

async function person() {
  const life = await open();
  const { context, say, work, stripe, uid } = life;
  const takeBack = async (): Promise<Job | undefined> => {
    await say('coreService', true);
    await say('coreService', false);
    await work();
    return renewalJob();
  };
  const renewalJob = async (): Promise<Job | undefined> => {
    const found = await context.clients.own().collection('jobs').get();
    return jobsIn(found.docs, context.keys).jobs.find(({ steps }) => steps['serviceRenewal'] !== undefined);
  };
  const tasks = async () => {
    const { chain } = await latestHead(context, uid);
    const { tasks: all } = await listTasks(context, { chains: [chain] });
    return all.filter(({ for: part }) => 'record' in part);
  };
  const ends = async (id: string): Promise<boolean> => (await stripe.subscriptions.retrieve(id)).cancel_at_period_end;
  return { ...life, takeBack, renewalJob, tasks, ends };
}

describe('the renewals of somebody who took the service back', () => {
  it('stop also if the subscription was to end a year later: every month until then would be charged', async () => {
    const { customer, stripe, takeBack, ends, time } = await person();
    const subscription = await customer();
    await stripe.subscriptions.update(subscription, { cancel_at: Math.floor((time.now + 365 * DAY) / 1000) });
    const job = await takeBack();
    expect(await ends(subscription)).toBe(true);
    expect(job?.steps['serviceRenewal']?.outcomes).toMatchObject([{ outcome: 'done', how: 'changed', count: 1 }]);
  });

  it('are left as they are if the subscription ends with its period anyway', async () => {
    const { customer, stripe, takeBack, ends } = await person();
    const subscription = await customer();
    const { items } = await stripe.subscriptions.retrieve(subscription);
    await stripe.subscriptions.update(subscription, { cancel_at: items.data[0]?.current_period_end ?? 0 });
    const job = await takeBack();
    expect(await ends(subscription)).toBe(false);
    expect(job?.steps['serviceRenewal']?.outcomes).toMatchObject([{ outcome: 'done', count: 1 }]);
  });

  it.each(['nobody', 'somebody else'])('are an officer’s if the customer that a server wrote names %s', async (who) => {
    const { customer, stripe, context, uid, takeBack, ends, tasks } = await person();
    const subscription = await customer();
    const id = String((await context.clients.app().doc(`customers/${uid}`).get()).get('stripeId'));
    const other = `${randomUUID()}@example.com`;
    await stripe.customers.update(id, {
      email: other,
      metadata: { uid: who === 'nobody' ? '' : `other${randomUUID()}` },
    });
    const job = await takeBack();
    expect(await ends(subscription)).toBe(false);
    expect(job?.steps['serviceRenewal']?.outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    const [task, ...more] = await tasks();
    expect(more).toEqual([]);
    expect(task).toMatchObject({ status: 'open', what: { fr: expect.stringContaining(id) as string } });
  });

  it('ask nobody about a doubted customer without a subscription, and tell no change of nothing', async () => {
    const { world, email, takeBack, tasks } = await person();
    await world.customer({ email, metadata: { uid: `other${randomUUID()}` } });
    const job = await takeBack();
    expect(job?.steps['serviceRenewal']?.outcomes).toEqual([
      { record: expect.any(String) as string, count: 0, outcome: 'done' },
    ]);
    expect(await tasks()).toEqual([]);
  });
});

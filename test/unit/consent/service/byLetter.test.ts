import { describe, expect, it } from 'vitest';
import { verifyAll } from '../../../../functions/src/checkpoints/verify.ts';
import { enterWithdrawal } from '../../../../functions/src/consent/letters/withdrawal.ts';
import { startFromWithdrawal } from '../../../../functions/src/erasure/starts/withdrawal.ts';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { open, useProviders } from './service.sample.ts';
import { DAY, VERSION } from './world.ts';

/** A no to the service that came late, or that nobody proved, ends no account unseen. */

useProviders();

describe('a no to the service by letter (Art. 7(3), 17)', () => {
  it('stops the use and the renewals, and erases nothing: an officer asks the person', async () => {
    const { context, time, uid, say, work, customer, stripe, erasures, letters } = await open();
    const subscription = await customer();
    await say('coreService', true);
    await work();
    time.now += 9 * DAY;
    const no = { purpose: 'coreService', channel: 'letter', receivedAt: time.now - 8 * DAY } as const;
    expect(await enterWithdrawal(context, { uid }, no)).toMatchObject({ state: 'withdrawn', stands: false });
    await work();

    expect(await erasures()).toEqual([]);
    expect(await letters()).toEqual([]);
    expect(await stripe.subscriptions.retrieve(subscription)).toMatchObject({ cancel_at_period_end: true });
    const { chain, head } = await latestHead(context, uid);
    const account = (await listTasks(context, { chains: [chain] })).tasks.filter(({ for: part }) => 'record' in part);
    expect(account).toMatchObject([
      { status: 'open', what: { en: expect.stringContaining('Ask the person') as string } },
    ]);
    expect(head.consents['coreService']?.subject).toMatchObject({ granted: false, entered: true });
    // The entries alone say the same, and the head can be read.
    const { policy, keys, now } = context;
    const [last] = (await Array.fromAsync(verifyAll(context.clients.own(), { policy, keys, now: now() }))).slice(-1);
    expect(last?.verified.problems).toEqual([]);

    // Their own yes and no in the app are theirs.
    await say('coreService', true, VERSION);
    await say('coreService', false, VERSION);
    await work();
    expect(await erasures()).toHaveLength(1);
    const { tasks } = await listTasks(context, { chains: [chain] });
    expect(tasks.filter(({ for: part, status }) => 'record' in part && status === 'open')).toEqual([]);
  });
});

describe('a no to the service whose job comes late', () => {
  it('leaves the whole grace from the moment at which the person is told', async () => {
    const { context, time, uid, say, erasure } = await open();
    await say('coreService', true);
    await say('coreService', false);
    const since = time.now;
    time.now += 8 * DAY;
    await startFromWithdrawal(context, uid, { purpose: 'coreService', since });
    const { job } = await erasure();
    expect(job?.input).toMatchObject({ startedAt: since, graceUntil: time.now + 7 * DAY });
  });
});

import { beforeEach, describe, expect, test } from 'vitest';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { DAILY } from '../../../functions/src/rights/budget.ts';
import { queueJobId, queueRunner } from '../../../functions/src/rights/queue.ts';
import { runDying } from '../../kit/dying.ts';
import { NOW, context, chain, fresh, shown, recorded, ids, entries } from './helpers.ts';
import { begin, cycles, deliver, takeBack, tickAndRun, type Told, write } from './queue.sample.ts';

beforeEach(fresh);

describe('more than begins in a day', () => {
  test('taken back while it waits, it is cancelled and leaves no entry; it never begins', async () => {
    await cycles('erasure', DAILY.begun);
    await deliver(await write('erasure', 'real'));
    const before = { entries: await entries(), jobs: await ids('jobs') };
    await deliver(await takeBack('real'));
    expect(await shown('real')).toMatchObject({ status: 'cancelled' });
    expect((await shown('real'))?.['retryAt']).toBeUndefined();
    context.time.now = NOW + DAY_MS;
    await begin('erasure');
    expect(await recorded('real')).toBeUndefined();
    expect({ entries: await entries(), jobs: await ids('jobs') }).toEqual(before);
  });

  test.each([
    ['in order', [0, 1]],
    ['the other way round', [1, 0]],
    ['again, each of them', [0, 1, 0, 1, 1, 0]],
    ['the other way round, and again', [1, 0, 1, 0]],
  ])(
    'within the day’s window or past it, taken back, its events %s, a day later too: the same end',
    async (_, order) => {
      for (const before of [DAILY.begun, DAILY.recorded]) {
        fresh();
        await cycles('objection', before);
        const state = async () => [await ids('requests'), await entries(), await ids('rejectedEvents')];
        const start = await state();
        const asked = await write('objection', 'real');
        // In order the first event comes before the person takes it back.
        if (order[0] === 0) await deliver(asked);
        const events = [asked, await takeBack('real')] as const;
        for (const which of order) await deliver(which === 0 ? events[0] : events[1]);
        expect([await state(), (await shown('real'))?.['status']]).toEqual([start, 'cancelled']);
        const jobs = await ids('jobs');
        context.time.now = NOW + DAY_MS;
        for (const which of order) await deliver(which === 0 ? events[0] : events[1]);
        await tickAndRun();
        expect([await state(), (await shown('real'))?.['status']]).toEqual([start, 'cancelled']);
        expect(await ids('jobs')).toEqual(jobs);
      }
    },
  );

  test('taken back while its own event is at work: it is cancelled, and nothing of it is kept', async () => {
    await cycles('objection', DAILY.recorded);
    const before = await ids('requests');
    const asked = await write('objection', 'real');
    const original = context.own.runTransaction.bind(context.own);
    context.own.runTransaction = async (...args) => {
      context.own.runTransaction = original;
      await deliver(await takeBack('real'));
      return original(...args);
    };
    await deliver(asked);
    expect(await shown('real')).toMatchObject({ status: 'cancelled' });
    expect(await ids('requests')).toEqual(before);
  });

  test('taken back, and the process dies anywhere: delivered again, the person sees it', async () => {
    for (let calls = 0; calls < 8; calls++) {
      fresh();
      await cycles('objection', DAILY.begun);
      const before = await ids('requests');
      const asked = await write('objection', 'real');
      await deliver(asked);
      const taken = await takeBack('real');
      const dying = (event: Told) => runDying(calls, [context.app, context.own], () => deliver(event));
      await dying(taken);
      await deliver(taken);
      // The first event comes late and dies as well: it leaves nothing to end again.
      await dying(asked);
      expect(await shown('real')).toMatchObject({ status: 'cancelled' });
      expect(await ids('requests')).toEqual(before);
    }
  });

  test('taken back, and the event of that was lost: it does not begin', async () => {
    await cycles('erasure', DAILY.begun);
    await deliver(await write('erasure', 'real'));
    await takeBack('real');
    context.time.now = NOW + DAY_MS;
    await begin('erasure');
    expect(await shown('real')).toMatchObject({ status: 'cancelled' });
    expect(await recorded('real')).toBeUndefined();
    expect((await ids('jobs')).filter((id) => id.startsWith('erase_'))).toHaveLength(DAILY.begun);
  });

  test('taken back in a flood, and its own event comes a day later: it does not begin, and keeps nothing out', async () => {
    await cycles('access', DAILY.recorded);
    const late = await write('access', 'late');
    await deliver(await takeBack('late'));
    expect(await recorded('late')).toBeUndefined();
    context.time.now = NOW + DAY_MS;
    const before = await ids('jobs');
    await deliver(late);
    expect(await recorded('late')).toBeUndefined();
    expect(await ids('jobs')).toEqual(before);
    await deliver(await write('access', 'next'));
    expect(await shown('next')).toMatchObject({ status: 'in_progress' });
  });

  test('taken back at the moment at which it begins: it is cancelled, and nothing of it begins', async () => {
    await cycles('erasure', DAILY.begun);
    await deliver(await write('erasure', 'real'));
    const before = { entries: await entries(), jobs: await ids('jobs') };
    context.time.now = NOW + DAY_MS;
    const job = await loadJob(context, queueJobId(chain, 'erasure'));
    if (job === null) throw new Error('it waits');
    const original = context.own.runTransaction.bind(context.own);
    let isFirst = true;
    context.own.runTransaction = async (...args) => {
      if (isFirst) {
        isFirst = false;
        await deliver(await takeBack('real'));
      }
      return original(...args);
    };
    await queueRunner(context).run('begin', job, { deadline: Infinity });
    expect(isFirst).toBe(false);
    expect(await shown('real')).toMatchObject({ status: 'cancelled' });
    expect({ entries: await entries(), jobs: await ids('jobs') }).toEqual(before);
  });
});

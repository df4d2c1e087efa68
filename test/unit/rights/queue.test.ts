import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, test } from 'vitest';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { DAILY } from '../../../functions/src/rights/budget.ts';
import { listDue } from '../../../functions/src/rights/due.ts';
import { requestTypes } from '../../../functions/src/requests/request.ts';
import { queueJobId, queueRunner } from '../../../functions/src/rights/queue.ts';
import { finishRequestsOf } from '../../../functions/src/requests/erased.ts';
import { loadRequest, mirror, refOf } from '../../../functions/src/requests/store.ts';
import { NOW, context, chain, fresh, shown, recorded, ids, entries, keyOf } from './helpers.ts';
import { begin, cycles, deliver, tickAndRun, write } from './queue.sample.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';

/**
 * A request beyond the day's number is kept, and begins by itself. Nothing is lost, and asking and
 * taking back again and again costs a bounded number of entries and jobs.
 */

beforeEach(fresh);

describe('more than begins in a day', () => {
  test.each(requestTypes)(
    '%s: asked for and taken back again and again, entries and jobs are bounded',
    async (type) => {
      await cycles(type, 2 * DAILY.recorded);
      expect((await entries()).length).toBeLessThanOrEqual(2 * DAILY.begun);
      // Each that began, each job that takes one back or removes its objects, and the queue.
      expect((await ids('jobs')).length).toBeLessThanOrEqual(2 * DAILY.begun + 1);
      // A request that waited, and was taken back, leaves nothing.
      expect((await ids('requests')).length).toBeLessThanOrEqual(DAILY.begun);
      const notes = await ids('rejectedEvents');
      expect(notes.length).toBeLessThanOrEqual(1);
    },
  );

  test.each(requestTypes)('%s: kept with one document, shown with its time, and begun by itself then', async (type) => {
    await cycles(type, DAILY.begun);
    const before = { entries: await entries(), jobs: await ids('jobs') };
    await deliver(await write(type, 'real'));
    const retryAt = Timestamp.fromMillis(NOW + DAY_MS);
    expect(await shown('real')).toMatchObject({ status: 'queued', retryAt });
    expect(await recorded('real')).toMatchObject({ status: 'queued', retryAt, job: queueJobId(chain, type) });
    expect(await entries()).toEqual(before.entries);
    expect((await ids('jobs')).filter((id) => !before.jobs.includes(id))).toEqual([queueJobId(chain, type)]);

    context.time.now = NOW + DAY_MS - 1;
    await tickAndRun();
    expect(await shown('real')).toMatchObject({ status: 'queued' });
    context.time.now = NOW + DAY_MS;
    await tickAndRun();
    const isOfficers = !['access', 'portability', 'erasure'].includes(type);
    expect(await recorded('real')).toMatchObject(
      isOfficers ? { status: 'waiting', waitingFor: 'officer' } : { status: 'in_progress' },
    );
    expect((await recorded('real'))?.['retryAt']).toBeUndefined();
    expect(await shown('real')).toMatchObject({ status: isOfficers ? 'waiting' : 'in_progress' });
    expect((await shown('real'))?.['retryAt']).toBeUndefined();
    expect(await entries()).toEqual([...before.entries, `${type}.requested`]);
    if (!isOfficers) expect(await ids('jobs')).toContain((await recorded('real'))?.['job']);
    expect((await loadJob(context, queueJobId(chain, type)))?.status).toBe('completed');
  });

  test('Art. 12(3): its month runs from receipt, and the list of due items shows it', async () => {
    await cycles('objection', DAILY.begun);
    await deliver(await write('objection', 'real'));
    const due = Timestamp.fromMillis(Date.parse('2026-04-01T08:00:00Z'));
    expect(await recorded('real')).toMatchObject({ receivedAt: Timestamp.fromMillis(NOW), dueAt: due });
    expect(await listDue(context, 'P2M')).toMatchObject([
      { id: keyOf('real'), status: 'queued', waitsFor: { for: 'step', step: 'begin', wakeAt: NOW + DAY_MS } },
    ]);
    context.time.now = NOW + DAY_MS;
    await begin('objection');
    expect(await recorded('real')).toMatchObject({ receivedAt: Timestamp.fromMillis(NOW), dueAt: due });
  });

  test('is never shown as queued once it has begun, whichever of two writes comes last', async () => {
    await cycles('objection', DAILY.begun);
    const asked = await write('objection', 'real');
    await deliver(asked);
    const stale = await loadRequest(context, keyOf('real'));
    if (stale === null) throw new Error('it waits');
    context.time.now = NOW + DAY_MS;
    await begin('objection');
    await mirror(context, refOf('u1', chain, 'real', context.keys), stale);
    expect(await shown('real')).toMatchObject({ status: 'waiting' });
  });

  test('a second export while one is queued is refused; a second rectification is another one, and waits as well', async () => {
    for (const type of ['access', 'rectification'] as const) {
      await cycles(type, DAILY.begun, type);
      await deliver(await write(type, `${type}-1`));
      await deliver(await write(type, `${type}-2`));
    }
    expect(await shown('access-2')).toMatchObject({ status: 'refused', reason: 'already_open' });
    expect(await shown('rectification-2')).toMatchObject({ status: 'queued' });
    context.time.now = NOW + DAY_MS;
    await begin('rectification');
    for (const id of ['rectification-1', 'rectification-2'])
      expect(await shown(id)).toMatchObject({ status: 'waiting' });
  });

  test('many at the same moment: no more begin than in a row, and one export waits', async () => {
    await cycles('portability', DAILY.begun);
    const told = await Promise.all([1, 2, 3, 4].map((n) => write('portability', `r${n}`)));
    await Promise.all(told.map(deliver));
    const statuses = await Promise.all(told.map(async ({ id }) => String((await shown(id))?.['status'])));
    expect(statuses.sort()).toEqual(['queued', 'refused', 'refused', 'refused']);
  });

  test('one that comes while the queue is at work is not overlooked', async () => {
    await cycles('objection', DAILY.begun);
    await deliver(await write('objection', 'first'));
    context.time.now = NOW + DAY_MS - 1;
    const late = await write('objection', 'second');
    // Its turn is taken while the job, with a clock a little ahead, reads the queued requests.
    const now = context.now.bind(context);
    const ahead = { ...context, now: () => now() + 1 };
    const list = async () => {
      const runner = queueRunner(ahead);
      return {
        ...runner,
        run: async (...work: Parameters<typeof runner.run>) => {
          const progress = await runner.run(...work);
          await deliver(late);
          return progress;
        },
      };
    };
    await runJob(ahead, { request: list }, queueJobId(chain, 'objection'));
    expect(await shown('first')).toMatchObject({ status: 'waiting' });
    context.time.now = NOW + DAY_MS + 5000;
    await tickAndRun();
    expect(await shown('second')).toMatchObject({ status: 'waiting' });
  });

  test('with a turn after the person’s erasure has begun does not begin', async () => {
    await cycles('rectification', DAILY.begun);
    await deliver(await write('rectification', 'real'));
    await changeHead(context, chain, { erasing: { at: NOW, accountCreatedAt: 1 } });
    context.time.now = NOW + DAY_MS;
    await begin('rectification');
    expect(await recorded('real')).toMatchObject({ status: 'queued' });
    await finishRequestsOf(context, { uid: 'u1', pseudonym: chain, accountCreatedAt: 1 }, {});
    expect(await recorded('real')).toMatchObject({ status: 'cancelled', reason: 'erased' });
  });

  test('a portability that is to be sent says so when it begins, by the person’s own document', async () => {
    const details = { transmitTo: 'https://elsewhere.example/in' };
    await cycles('portability', DAILY.begun);
    await deliver(await write('portability', 'real', { details }));
    expect(
      JSON.stringify([await recorded('real'), await loadJob(context, queueJobId(chain, 'portability'))]),
    ).not.toMatch(/elsewhere/);
    context.time.now = NOW + DAY_MS;
    await begin('portability');
    expect(await shown('real')).toMatchObject({ transmission: { state: 'refused', reason: 'hostNotAllowed' } });
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Runners } from '../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import { tick } from '../../../functions/src/jobs/tick.ts';
import { headRef } from '../../../functions/src/ledger/store.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { DAILY } from '../../../functions/src/rights/budget.ts';
import { listDue } from '../../../functions/src/rights/due.ts';
import { onPrivacyRequestCancelled, onPrivacyRequestCreated } from '../../../functions/src/rights/operations.ts';
import { requestTypes, type RequestType } from '../../../functions/src/requests/request.ts';
import { queueJobId, queueRunner } from '../../../functions/src/rights/queue.ts';
import {
  finishRequest,
  finishRequestsOf,
  loadRequest,
  mirror,
  openErasureOf,
  refOf,
} from '../../../functions/src/requests/store.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { Died, dieAfter } from '../../kit/dying.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * A request beyond the day's number is kept, and begins by itself: nothing is lost, and asking and
 * taking back again and again costs a bounded number of entries and jobs.
 */

const NOW = Date.parse('2026-03-01T09:00:00Z');
let context = testContext(NOW);
let chain = '';
function fresh(): void {
  context = testContext(NOW);
  chain = pseudonymOf('u1', context.keys);
}
beforeEach(fresh);

const person = (id: string) => context.app.doc(`users/u1/privacyRequests/${id}`);
const shown = async (id: string) => (await person(id).get()).data();
const recorded = async (id: string) => (await context.own.doc(`requests/${chain}_${id}`).get()).data();
const ids = async (path: string) => (await context.own.collection(path).get()).docs.map((d) => d.id);
const entries = async (): Promise<string[]> =>
  (await headRef(context.own, chain).collection('entries').orderBy('seq').get()).docs.map((d) =>
    String(d.get('state')),
  );

interface Told {
  readonly kind: 'create' | 'cancel';
  readonly id: string;
  readonly data: object;
  readonly time: number;
}
/**
 * The person writes; answers the event of that, which may be delivered at any time, and more than
 * once.
 */
async function write(type: RequestType, id: string, more: object = {}): Promise<Told> {
  const data = { type, createdAt: Timestamp.fromMillis(context.time.now), ...more };
  await person(id).set(data);
  return { kind: 'create', id, data, time: context.time.now };
}
async function takeBack(id: string): Promise<Told> {
  await person(id).update({ cancelled: true });
  return { kind: 'cancel', id, data: (await shown(id)) ?? {}, time: context.time.now };
}
async function deliver({ kind, id, data, time }: Told): Promise<void> {
  const event = { id: `${kind}-${id}`, uid: 'u1', requestId: id, data, time };
  await (kind === 'create' ? onPrivacyRequestCreated : onPrivacyRequestCancelled)(context, event);
}

const runners = { request: async (c) => queueRunner(c) } as Runners;
const begin = (type: RequestType) => runJob(context, runners, queueJobId(chain, type));

/** Runs the queue jobs of requests that `tick` enqueues. */
async function tickAndRun(): Promise<void> {
  context.enqueued.length = 0;
  await tick(context);
  for (const job of context.enqueued.map((line) => line.replace(/^\w+ /, '')))
    if (job.startsWith('queue_')) await runJob(context, runners, job);
}

/** Asks for and takes back again and again, each event delivered at once. */
async function cycles(type: RequestType, count: number, name = 'c'): Promise<void> {
  for (let n = 0; n < count; n++) {
    await deliver(await write(type, `${name}${n}`));
    await deliver(await takeBack(`${name}${n}`));
    await keep(type, `${name}${n}`);
  }
}
/** An erasure that has begun is taken back by its own job, which ends it here. */
async function keep(type: RequestType, id: string): Promise<void> {
  if (type !== 'erasure' || (await recorded(id))?.['status'] !== 'in_progress') return;
  await finishRequest(context, refOf('u1', chain, id), { status: 'cancelled' });
}

describe('more than begins in a day', () => {
  test.each(requestTypes)(
    '%s: asked for and taken back again and again, entries and jobs are bounded',
    async (type) => {
      await cycles(type, 2 * DAILY.recorded);
      expect((await entries()).length).toBeLessThanOrEqual(2 * DAILY.begun);
      // Each that began, what takes it back or removes what it wrote, and the queue.
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
    expect((await loadJob(context.own, queueJobId(chain, type)))?.status).toBe('completed');
  });

  test('Art. 12(3): its month runs from receipt, and who looks for what is due sees it', async () => {
    await cycles('objection', DAILY.begun);
    await deliver(await write('objection', 'real'));
    const due = Timestamp.fromMillis(Date.parse('2026-04-01T08:00:00Z'));
    expect(await recorded('real')).toMatchObject({ receivedAt: Timestamp.fromMillis(NOW), dueAt: due });
    expect(await listDue(context, 'P2M')).toMatchObject([
      { id: `${chain}_real`, status: 'queued', waitsFor: { for: 'step', step: 'begin', wakeAt: NOW + DAY_MS } },
    ]);
    context.time.now = NOW + DAY_MS;
    await begin('objection');
    expect(await recorded('real')).toMatchObject({ receivedAt: Timestamp.fromMillis(NOW), dueAt: due });
  });

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
      const dying = async (event: Told): Promise<void> => {
        const restore = dieAfter(calls, [context.app, context.own]);
        await deliver(event).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error;
        });
        restore();
      };
      await dying(taken);
      await deliver(taken);
      // The first event comes late, and dies as well: it keeps nothing that it had to end again.
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

  test('is never shown as queued once it has begun, whichever of two writes comes last', async () => {
    await cycles('objection', DAILY.begun);
    const asked = await write('objection', 'real');
    await deliver(asked);
    const stale = await loadRequest(context.own, `${chain}_real`);
    if (stale === null) throw new Error('it waits');
    context.time.now = NOW + DAY_MS;
    await begin('objection');
    await mirror(context, refOf('u1', chain, 'real'), stale);
    expect(await shown('real')).toMatchObject({ status: 'waiting' });
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
    const job = await loadJob(context.own, queueJobId(chain, 'erasure'));
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

  test('an erasure that is queued leads none that is taken back', async () => {
    await cycles('erasure', DAILY.begun - 1);
    await deliver(await write('erasure', 'first'));
    await deliver(await write('erasure', 'second'));
    expect(await shown('second')).toMatchObject({ status: 'queued' });
    const other = await openErasureOf(context, chain, `${chain}_first`);
    expect(other).toBeNull();
  });

  test('one that comes while the queue is at work is not overlooked', async () => {
    await cycles('objection', DAILY.begun);
    await deliver(await write('objection', 'first'));
    context.time.now = NOW + DAY_MS - 1;
    const late = await write('objection', 'second');
    // Its turn is taken while the job, whose clock is a little ahead, looks for what is queued.
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
    await runJob(ahead, { request: list } as unknown as Runners, queueJobId(chain, 'objection'));
    expect(await shown('first')).toMatchObject({ status: 'waiting' });
    context.time.now = NOW + DAY_MS + 5000;
    await tickAndRun();
    expect(await shown('second')).toMatchObject({ status: 'waiting' });
  });

  test('whose time comes when the person’s erasure has begun does not begin', async () => {
    await cycles('rectification', DAILY.begun);
    await deliver(await write('rectification', 'real'));
    await headRef(context.own, chain).update({ erasing: { at: Timestamp.fromMillis(NOW), accountCreatedAt: 1 } });
    context.time.now = NOW + DAY_MS;
    await begin('rectification');
    expect(await recorded('real')).toMatchObject({ status: 'queued' });
    await finishRequestsOf(context, chain, 'u1', {});
    expect(await recorded('real')).toMatchObject({ status: 'cancelled', reason: 'erased' });
  });

  test('a portability that is to be sent says so when it begins, by the person’s own document', async () => {
    const details = { transmitTo: 'https://elsewhere.example/in' };
    await cycles('portability', DAILY.begun);
    await deliver(await write('portability', 'real', { details }));
    expect(
      JSON.stringify([await recorded('real'), await loadJob(context.own, queueJobId(chain, 'portability'))]),
    ).not.toMatch(/elsewhere/);
    context.time.now = NOW + DAY_MS;
    await begin('portability');
    expect(await shown('real')).toMatchObject({ transmission: { state: 'refused', reason: 'hostNotAllowed' } });
  });
});

type Act =
  | { readonly do: 'ask' }
  | { readonly do: 'takeBack'; readonly which: number }
  | { readonly do: 'again'; readonly which: number; readonly dies: number | null }
  | { readonly do: 'officer'; readonly which: number }
  | { readonly do: 'wait'; readonly hours: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Act>({ do: 'ask' }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('takeBack' as const), which: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('again' as const),
      which: fc.nat(30),
      dies: fc.option(fc.nat(6), { nil: null }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('officer' as const), which: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 30 }) }) },
);

const FINAL = ['completed', 'cancelled', 'refused'];

test('any sequence of asking, taking back, redelivery, deaths and days: bounded, nothing lost, twice changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...requestTypes),
      fc.array(act, { minLength: 1, maxLength: 45 }),
      fc.boolean(),
      async (type, acts, isOrdered) => {
        fresh();
        const told: Told[] = [];
        const taken = new Set<string>();
        const asked: string[] = [];
        let days = 1;
        const tell = async (event: Told): Promise<void> => {
          told.push(event);
          // Not ordered: it is on its way, and comes with the redeliveries or in the end.
          if (isOrdered || told.length % 3 !== 0) await deliver(event);
          for (const id of taken) await keep(type, id);
        };
        for (const one of acts) {
          if (one.do === 'ask') {
            const id = `r${asked.length}`;
            asked.push(id);
            await tell(await write(type, id));
          } else if (one.do === 'takeBack') {
            const id = asked.at(-1 - one.which);
            if (id === undefined || taken.has(id)) continue;
            taken.add(id);
            await tell(await takeBack(id));
          } else if (one.do === 'again') {
            const event = told[one.which % Math.max(1, told.length)];
            if (event === undefined) continue;
            const restore = one.dies === null ? () => undefined : dieAfter(one.dies, [context.app, context.own]);
            await deliver(event).catch((error: unknown) => {
              if (!(error instanceof Died)) throw error;
            });
            restore();
            for (const id of taken) await keep(type, id);
          } else if (one.do === 'officer') {
            const id = asked.at(-1 - one.which);
            if (id !== undefined && ['waiting', 'in_progress'].includes(String((await recorded(id))?.['status'])))
              await finishRequest(context, refOf('u1', chain, id), { status: 'completed' });
          } else {
            context.time.now += one.hours * 3_600_000;
            days += Math.ceil(one.hours / 24);
            await tickAndRun();
          }
        }
        // Each event is delivered in the end, as the platform promises, and the queue is worked
        // off.
        for (const event of told) await deliver(event);
        for (const id of taken) await keep(type, id);

        const written = await ids('requests');
        const isExport = type === 'access' || type === 'portability';
        // Two a request that began or was refused; a day's window and the one before it may both
        // end within a day.
        expect((await entries()).length).toBeLessThanOrEqual(2 * (days + 1) * (DAILY.recorded + 1));
        expect(written.length).toBeLessThanOrEqual((days + 1) * (DAILY.recorded + 1));
        expect((await ids('rejectedEvents')).length).toBeLessThanOrEqual(days + 1);
        for (const id of asked) {
          const known = await recorded(id);
          const status = String(known?.['status']);
          if (taken.has(id)) {
            // An answer from before it was taken back stays. A flood was not written
            // down.
            if (known !== undefined) expect(FINAL).toContain(status);
            continue;
          }
          if (known === undefined) {
            expect(written.length).toBeGreaterThanOrEqual(DAILY.recorded);
            continue;
          }
          if (status === 'queued')
            expect((known['retryAt'] as Timestamp).toMillis()).toBeLessThanOrEqual(context.time.now + DAY_MS);
          else if (status === 'refused') expect([isExport, known['reason']]).toEqual([true, 'already_open']);
          else expect(['in_progress', 'waiting', 'completed']).toContain(status);
          expect((await shown(id))?.['status']).toBe(status);
        }
        const state = async (): Promise<string> =>
          JSON.stringify([
            await entries(),
            (await context.own.collection('requests').get()).docs.map((d) => d.data()),
            (await context.own.collection('jobs').get()).docs.map((d) => [d.id, d.data()]),
            (await context.app.collection('users/u1/privacyRequests').get()).docs.map((d) => d.data()),
            (await ids('rejectedEvents')).length,
          ]);
        const before = await state();
        for (const event of told) await deliver(event);
        expect(await state()).toBe(before);

        // Everything that waits begins.
        context.time.now += DAY_MS + 1;
        await tickAndRun();
        const left = (await context.own.collection('requests').where('status', '==', 'queued').get()).size;
        expect(left).toBe(0);
      },
    ),
    { numRuns: Number(process.env['QUEUES'] ?? 40) },
  );
}, 120_000);

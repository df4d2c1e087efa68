import type { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { DAILY } from '../../../functions/src/rights/budget.ts';
import { requestTypes } from '../../../functions/src/requests/request.ts';
import { finishRequest, refOf } from '../../../functions/src/requests/store.ts';
import { runDying } from '../../kit/dying.ts';
import { context, chain, fresh, shown, recorded, ids, entries } from './helpers.ts';
import { deliver, keep, takeBack, tickAndRun, type Told, write } from './queue.sample.ts';
import { times } from '../../kit/depth.ts';

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
          // Without an order, an event comes with the redeliveries or in the end.
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
            await runDying(one.dies, [context.app, context.own], () => deliver(event));
            for (const id of taken) await keep(type, id);
          } else if (one.do === 'officer') {
            const id = asked.at(-1 - one.which);
            if (id !== undefined && ['waiting', 'in_progress'].includes(String((await recorded(id))?.['status'])))
              await finishRequest(context, refOf('u1', chain, id, context.keys), { status: 'completed' });
          } else {
            context.time.now += one.hours * 3_600_000;
            days += Math.ceil(one.hours / 24);
            await tickAndRun();
          }
        }
        // The platform delivers each event in the end, and the queue works off its requests.
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
            // An answer from before it was taken back stays. A flood was not written down.
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
    { numRuns: times(12, 40) },
  );
}, 120_000);

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { queues } from '../../../functions/src/platform/queues.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { BudgetError, RetryAfterError } from '../../../functions/src/platform/errors.ts';
import { A_SECOND } from '../../../functions/src/systems/brevo/history.ts';
import {
  BLOCK_MS,
  blockOf,
  callsFor,
  ExportCalls,
  giveBack,
  NO_QUOTA,
  shareOfExports,
  takeBlock,
  takeOne,
  type Quota,
} from '../../../functions/src/systems/brevo/quota.ts';
import { testContext } from '../requests/helpers.ts';
import { times } from '../../kit/depth.ts';

/**
 * Brevo's calls by the hour are shared by all instances: exports wait, erasures always have a
 * third.
 */

const NOW = Date.parse('2026-05-20T10:02:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIMIT = 300;
const ask = (reading: string, calls: number, token = reading) => ({ reading, token, calls });

describe('the budget of calls, for any takers in any order', () => {
  /** Somebody asks for something, so many milliseconds after the one before. */
  const event = fc.record({
    after: fc.oneof(fc.integer({ min: 0, max: 3 * MINUTE }), fc.integer({ min: 0, max: 90 * MINUTE })),
    who: fc.oneof(
      fc.record({ kind: fc.constant('other' as const), calls: fc.integer({ min: 1, max: 40 }) }),
      fc.record({
        kind: fc.constant('export' as const),
        reading: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        calls: fc.integer({ min: 1, max: 120 }),
        /**
         * How many calls of the block are made, when, and is the attempt ended by the process
         * dying?
         */
        made: fc.double({ min: 0, max: 1, noNaN: true }),
        spread: fc.integer({ min: 0, max: BLOCK_MS - 1 }),
        dies: fc.boolean(),
      }),
    ),
  });
  const limits = fc.constantFrom(12, 30, 100, 300, 301);

  /** The times and makers of calls; checks after each ruling. */
  function play(limit: number, events: readonly (typeof event extends fc.Arbitrary<infer T> ? T : never)[]) {
    let [quota, now]: [Quota, number] = [NO_QUOTA, NOW];
    const made: { at: number; by: 'other' | 'export' }[] = [];
    for (const [index, { after, who }] of events.entries()) {
      now += after;
      if (who.kind === 'other') {
        for (let n = 0; n < who.calls; n++) {
          const ruling = takeOne(quota, limit, now);
          quota = ruling.quota;
          if ('granted' in ruling) {
            made.push({ at: now, by: 'other' });
            continue;
          }
          expect(ruling.later).toBeGreaterThan(now);
          // Refused: then others have had a third within the time that is counted.
          const had = made.filter(({ at, by }) => by === 'other' && at > now - 70 * MINUTE).length;
          expect(had).toBeGreaterThanOrEqual(limit - shareOfExports(limit));
        }
        continue;
      }
      const ruling = takeBlock(quota, limit, ask(who.reading, who.calls, String(index)), now);
      quota = ruling.quota;
      if ('later' in ruling) {
        expect(ruling.later).toBeGreaterThan(now);
        continue;
      }
      expect(ruling.granted).toBe(Math.min(who.calls, blockOf(limit)));
      const calls = Math.floor(ruling.granted * who.made);
      for (let n = 0; n < calls; n++) made.push({ at: now + (who.spread * n) / ruling.granted, by: 'export' });
      const unused = ruling.granted - calls;
      const end = { reading: who.reading, token: String(index), unused, takenAt: now, isWhole: unused === 0 };
      if (!who.dies) quota = giveBack(quota, end, now);
    }
    return made;
  }

  it('gives no hour more than the limit, and exports no more than two thirds; others are refused after their third only', () => {
    fc.assert(
      fc.property(limits, fc.array(event, { minLength: 1, maxLength: 80 }), (limit, events) => {
        const made = play(limit, events);
        for (const { at } of made) {
          const hour = made.filter((call) => call.at > at - HOUR && call.at <= at);
          expect(hour.length).toBeLessThanOrEqual(limit);
          expect(hour.filter(({ by }) => by === 'export').length).toBeLessThanOrEqual(shareOfExports(limit));
        }
      }),
      { numRuns: times(80, 300) },
    );
  });

  it('lets a caller who comes back at the told time finish, however many others come: nobody starves', () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 200 }), (limit, many, calls) => {
        let quota = NO_QUOTA;
        const open = new Map(
          Array.from({ length: many }, (_, n) => [`r${n}`, { left: calls, comes: NOW + n, rounds: 0 }]),
        );
        const order: string[] = [];
        for (let steps = 0; open.size > 0; steps++) {
          expect(steps).toBeLessThan(100_000);
          const [next] = [...open].sort(([, a], [, b]) => a.comes - b.comes);
          if (next === undefined) break;
          const [reading, state] = next;
          const now = state.comes;
          // Each time, somebody new asks as well.
          quota = takeBlock(quota, limit, ask(`new${steps}`, 1), now).quota;
          const ruling = takeBlock(quota, limit, ask(reading, state.left), now);
          quota = ruling.quota;
          if ('later' in ruling) {
            open.set(reading, { left: state.left, comes: ruling.later, rounds: state.rounds + 1 });
            // It and the exports before it take so many hours. A told time is rarely wrong.
            const hours = Math.ceil((many * (calls + 1)) / shareOfExports(limit));
            expect(state.rounds).toBeLessThan(20 * (hours + many));
            continue;
          }
          const left = state.left - ruling.granted;
          if (left > 0) open.set(reading, { left, comes: now + MINUTE, rounds: 0 });
          else {
            open.delete(reading);
            order.push(reading);
          }
        }
        expect(order).toHaveLength(many);
      }),
      { numRuns: times(12, 40) },
    );
  });
});

describe('exports that wait', () => {
  /** A budget of which exports have had everything. */
  const spent = (now = NOW): Quota => {
    let quota = NO_QUOTA;
    for (const reading of ['x', 'y', 'z']) {
      const ruling = takeBlock(quota, LIMIT, ask(reading, reading === 'z' ? 50 : 75), now);
      expect(ruling).toHaveProperty('granted');
      quota = ruling.quota;
    }
    return quota;
  };

  it('come in the order in which they asked, and a caller in between waits behind them', () => {
    let quota = spent();
    const told: number[] = [];
    for (const reading of ['a', 'b', 'c', 'd']) {
      const ruling = takeBlock(quota, LIMIT, ask(reading, 63), NOW);
      quota = ruling.quota;
      told.push('later' in ruling ? ruling.later : NaN);
    }
    // Three fit into the next hour, the fourth into the one after it.
    expect(told.map((at) => Math.round((at - NOW) / MINUTE))).toEqual([68, 68, 68, 138]);
    const later = NOW + 68 * MINUTE;
    expect(takeBlock(quota, LIMIT, ask('newcomer', 63), later)).toHaveProperty('later');
    const first = takeBlock(quota, LIMIT, ask('a', 63), later);
    expect(first).toHaveProperty('granted', 63);
    // 11 calls are left for the fourth, which waits for 63 of them: nobody small slips in before
    // it.
    const second = takeBlock(first.quota, LIMIT, ask('b', 63), later);
    const third = takeBlock(second.quota, LIMIT, ask('c', 63), later);
    expect(third).toHaveProperty('granted', 63);
    expect(takeBlock(third.quota, LIMIT, ask('newcomer', 11), later)).toHaveProperty('later');
  });

  it('lose their place if nobody comes for it within an hour, so that a cancelled one holds up nobody', () => {
    let { quota } = takeBlock(spent(), LIMIT, ask('cancelled', 75), NOW);
    ({ quota } = takeBlock(quota, LIMIT, ask('cancelled too', 75), NOW));
    ({ quota } = takeBlock(quota, LIMIT, ask('cancelled as well', 50), NOW));
    const back = NOW + 68 * MINUTE;
    expect(takeBlock(quota, LIMIT, ask('new', 1), back + HOUR - 1)).toHaveProperty('later');
    expect(takeBlock(quota, LIMIT, ask('new', 1), back + HOUR)).toHaveProperty('granted', 1);
  });

  it('go on before others if their reading takes more than a block', () => {
    let { quota } = takeBlock(NO_QUOTA, LIMIT, ask('long', 120), NOW);
    ({ quota } = takeBlock(quota, LIMIT, ask('other', 75), NOW));
    // 150 of 200 are taken, and 45 are for the first one.
    expect(takeBlock(quota, LIMIT, ask('third', 75), NOW)).toHaveProperty('later');
    expect(takeBlock(quota, LIMIT, ask('third', 5), NOW)).toHaveProperty('granted', 5);
    expect(takeBlock(quota, LIMIT, ask('long', 45), NOW)).toHaveProperty('granted', 45);
  });

  it('are one attempt for each reading: another one waits until it is over, or for five minutes if that one died', () => {
    const { quota } = takeBlock(NO_QUOTA, LIMIT, ask('a', 10, 'first'), NOW);
    expect(takeBlock(quota, LIMIT, ask('a', 10, 'second'), NOW + 1)).toMatchObject({ later: NOW + BLOCK_MS });
    expect(takeBlock(quota, LIMIT, ask('a', 10, 'second'), NOW + BLOCK_MS)).toHaveProperty('granted');
    const ended = { reading: 'a', token: 'first', unused: 4, takenAt: NOW, isWhole: false };
    const free = giveBack(quota, ended, NOW + 1);
    expect(takeBlock(free, LIMIT, ask('a', 4, 'second'), NOW + 2)).toHaveProperty('granted', 4);
    // The late end of an attempt that was taken over frees nothing.
    expect(
      takeBlock(giveBack(quota, { ...ended, token: 'stale' }, NOW), LIMIT, ask('a', 1, 'second'), NOW),
    ).toHaveProperty('later');
  });
});

describe('the budget in Firestore', () => {
  const SLOT = 5 * MINUTE;
  const storedIn = ({ own }: ReturnType<typeof testContext>) => own.doc('rateLimits/brevo_smtp').get();
  const taking = async (context: Context, reading: string, calls: number): Promise<ExportCalls> => {
    const one = new ExportCalls(context, reading);
    one.expect(calls);
    await one.take();
    return one;
  };

  it('is one for all instances, names nobody, and says when an erasure and an export come again', async () => {
    const context = testContext(NOW);
    const others = testContext(NOW);
    const shared = { ...others, clients: context.clients };
    for (const [n, calls] of [75, 75, 50].entries()) await taking(n % 2 === 0 ? context : shared, `reading${n}`, calls);
    const waits: unknown = await new ExportCalls(shared, 'another').take().catch((error: unknown) => error);
    expect(waits).toBeInstanceOf(BudgetError);
    expect((waits as BudgetError).until).toBe(Math.floor(NOW / SLOT) * SLOT + 14 * SLOT);
    for (let n = 0; n < 100; n++) await callsFor(n % 2 === 0 ? context : shared, 'erasure').take();
    const late: unknown = await callsFor(shared, 'erasure')
      .take()
      .catch((error: unknown) => error);
    expect(late).toBeInstanceOf(RetryAfterError);
    expect(late).not.toBeInstanceOf(BudgetError);
    expect(Object.keys((await storedIn(context)).data() ?? {}).sort()).toEqual(['busy', 'expiresAt', 'line', 'slots']);
  });

  it('gives back the calls that an attempt did not use; those of a dead process are lost for the hour, and no more', async () => {
    const context = testContext(NOW);
    await (await taking(context, 'a', 75)).end(false);
    // 74 came back: 199 are left, of which a process that dies takes 75.
    await taking(context, 'b', 75);
    await taking(context, 'c', 75);
    expect(await taking(context, 'd', 49)).toBeInstanceOf(ExportCalls);
    await expect(taking(context, 'e', 1)).rejects.toThrow(BudgetError);
  });

  it('gives its place in the line back as well, if the log was shorter than its block', async () => {
    const context = testContext(NOW);
    const one = await taking(context, 'a', 120);
    for (let n = 1; n < 75; n++) await one.take();
    const line = async () => (await storedIn(context)).get('line') as unknown[];
    expect(await line()).toHaveLength(1);
    await one.end(true);
    expect(await line()).toEqual([]);
  });

  it('a block that is not used in time is lost: no call is made in an hour that it was not counted for', async () => {
    const context = testContext(NOW);
    const one = await taking(context, 'slow', 10);
    context.time.now += BLOCK_MS;
    await one.take();
    const slots = (await storedIn(context)).get('slots') as Record<string, { exports: number }>;
    expect(Object.values(slots).map((slot) => slot.exports)).toEqual([10, 10]);
  });

  it('a transaction that lost against too many others has taken nothing, and the caller comes again soon', async () => {
    const context = testContext(NOW);
    const aborted = Object.assign(new Error('10 ABORTED: contention'), { code: 10 });
    const busy = { doc: context.own.doc.bind(context.own), runTransaction: () => Promise.reject(aborted) };
    const under = { ...context, clients: { ...context.clients, own: () => busy as unknown as typeof context.own } };
    for (const calls of [new ExportCalls(under, 'a'), callsFor(under, 'erasure')])
      await expect(calls.take()).rejects.toMatchObject({
        code: 'brevo.budget',
        until: NOW + context.config.retryBaseMs,
      });
    const down = { ...busy, runTransaction: () => Promise.reject(Object.assign(new Error('14'), { code: 14 })) };
    const off = { ...context, clients: { ...context.clients, own: () => down as unknown as typeof context.own } };
    await expect(callsFor(off, 'erasure').take()).rejects.not.toBeInstanceOf(RetryAfterError);
  });
});

describe('calls to Brevo', () => {
  it('about contacts, all exports together, are two thirds of ten a second at most', () => {
    expect(queues.exportTask.concurrentTasks * A_SECOND).toBeLessThanOrEqual((10 * 2) / 3);
  });

  it('are made in one place, which gives the hourly ones to nobody without a purpose', () => {
    const root = join(import.meta.dirname, '../../../functions/src');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const places = files.filter((file) => /clients\s*\.brevo\(/.test(readFileSync(join(root, file), 'utf8')));
    expect(places).toEqual(['systems/brevo/client.ts']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LEASE_MS,
  leaseShare,
  takeShare,
  type Shares,
} from '../../../../functions/src/systems/firestore/bulk/shares.ts';
import { testContext } from '../../requests/helpers.ts';

/** All instances together write no more than they may; none waits for one that died. */

const ALL = 5000;
const NOW = Date.UTC(2026, 5, 1);
const ids = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Each takes or renews its share, in this order; answers the rate of each. */
function round(shares: Shares, wants: Readonly<Record<string, number>>, now: number) {
  const rates: Record<string, number> = {};
  for (const [id, wanted] of Object.entries(wants)) {
    const taken = takeShare(shares, { id, wanted }, ALL, now);
    [shares, rates[id]] = [taken.shares, taken.rate];
  }
  return { shares, rates };
}

describe('the shares of the writes', () => {
  it('never come to more than everybody may write, for any order of requests and deaths', () => {
    const event = fc.record({
      id: fc.constantFrom(...ids),
      wanted: fc.integer({ min: 100, max: 4000 }),
      after: fc.nat({ max: LEASE_MS + 1000 }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let [shares, now]: [Shares, number] = [{}, NOW];
        for (const { id, wanted, after } of events) {
          now += after;
          const taken = takeShare(shares, { id, wanted }, ALL, now);
          ({ shares } = taken);
          expect(taken.rate).toBeLessThanOrEqual(wanted);
          const running = Object.values(shares).filter(({ until }) => now < until);
          expect(running.reduce((sum, { rate }) => sum + rate, 0)).toBeLessThanOrEqual(ALL);
        }
      }),
    );
  });

  it('one alone has all that it wants; the second one the rest; then both the same', () => {
    const alone = round({}, { a: 4000 }, NOW);
    expect(alone.rates).toEqual({ a: 4000 });
    const second = round(alone.shares, { b: 4000 }, NOW + 1000);
    expect(second.rates).toEqual({ b: 1000 });
    expect(round(second.shares, { a: 4000, b: 4000 }, NOW + 3000).rates).toEqual({ a: 2500, b: 2500 });
  });

  it('are fair once everybody has renewed twice: nobody has less than a part of all, unless they want less', () => {
    const wants = fc.dictionary(fc.constantFrom(...ids), fc.integer({ min: 100, max: 4000 }), { minKeys: 1 });
    fc.assert(
      fc.property(wants, (wants) => {
        const first = round({}, wants, NOW);
        const { rates } = round(round(first.shares, wants, NOW + 1000).shares, wants, NOW + 2000);
        const part = Math.floor(ALL / Object.keys(wants).length);
        for (const [id, wanted] of Object.entries(wants))
          expect(rates[id]).toBeGreaterThanOrEqual(Math.min(wanted, part));
        // Nothing is left over that somebody wants.
        const [given = 0, asked = 0] = [rates, wants].map((one) => Object.values(one).reduce((a, b) => a + b, 0));
        expect(given).toBeGreaterThanOrEqual(Math.min(ALL, asked) - ids.length);
      }),
    );
  });

  it('that of a process that died is free after a few seconds', () => {
    const { shares } = round({}, { a: 4000, b: 4000, c: 4000 }, NOW);
    expect(takeShare(shares, { id: 'd', wanted: 4000 }, ALL, NOW + LEASE_MS - 1).rate).toBe(0);
    expect(takeShare(shares, { id: 'd', wanted: 4000 }, ALL, NOW + LEASE_MS).rate).toBe(4000);
  });

  it('stand in one document that names nobody; a wrong value in it counts for nothing', async () => {
    const world = testContext(NOW);
    const ref = world.own.doc('rateLimits/firestore_writes');
    await ref.set({
      shares: {
        text: 'wrong',
        none: null,
        negative: { wanted: 1, rate: -9000, until: NOW + 1 },
        endless: { wanted: 5000, rate: 5000, until: NOW + LEASE_MS + 1 },
        infinite: { wanted: 1, rate: Infinity, until: NOW + 1 },
        other: { wanted: 1500, rate: 9000, until: NOW + 1 },
      },
    });
    expect(await leaseShare(world, { id: 'a', wanted: 4000 })).toBe(3500);
    const stored = (await ref.get()).data();
    expect(Object.keys(stored?.['shares'] as object).sort()).toEqual(['a', 'other']);
    expect(Object.keys(stored ?? {}).sort()).toEqual(['expiresAt', 'shares']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  msUntil,
  nextPace,
  NO_ANSWERS,
  refilled,
  SLOW_MS,
  SLOWEST,
  type Answers,
  type Pace,
} from '../../../../functions/src/systems/firestore/bulk/pace.ts';

/** Writes in bulk begin fast, and slow down by Firestore's answers. */

const MOST = 4000;
const answers = fc.record({
  exhausted: fc.nat({ max: 20 }),
  aborted: fc.nat({ max: 20 }),
  written: fc.nat({ max: 2000 }),
  waitedMs: fc.integer({ min: 0, max: 10_000_000 }),
});
const pace = fc.record({
  limit: fc.integer({ min: SLOWEST, max: MOST }),
  usualMs: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: undefined }),
});
const well = (meanMs: number): Answers => ({ ...NO_ANSWERS, written: 100, waitedMs: meanMs * 100 });
const after = (from: Pace, ...all: readonly Answers[]): Pace =>
  all.reduce((now, one) => nextPace(now, one, MOST), from);

describe('the next pace', () => {
  it('lies between the slowest one and the most, for any answers of Firestore', () => {
    fc.assert(
      fc.property(pace, fc.array(answers, { maxLength: 200 }), (from, all) => {
        const { limit, usualMs } = after(from, ...all);
        expect(limit).toBeGreaterThanOrEqual(SLOWEST);
        expect(limit).toBeLessThanOrEqual(MOST);
        expect(Number.isNaN(usualMs)).toBe(false);
      }),
    );
  });

  it('is slower after a refusal or a contention, and a refusal counts for more', () => {
    fc.assert(
      fc.property(pace, answers, fc.integer({ min: 1, max: 20 }), (from, other, count) => {
        const refused = after(from, { ...other, exhausted: count });
        const contended = after(from, { ...other, exhausted: 0, aborted: count });
        expect(refused.limit).toBeLessThanOrEqual(Math.max(SLOWEST, from.limit / 2));
        expect(contended.limit).toBeLessThanOrEqual(Math.max(SLOWEST, from.limit * 0.75));
        expect(refused.limit).toBeLessThanOrEqual(contended.limit);
      }),
    );
  });

  it('is slower when answers take twice as long as usual, and more than a second', () => {
    const from = { limit: MOST, usualMs: 600 };
    expect(after(from, well(1400)).limit).toBeLessThan(MOST);
    expect(after(from, well(1190)).limit).toBe(MOST);
    expect(after({ limit: MOST, usualMs: 10 }, well(SLOW_MS - 1)).limit).toBe(MOST);
    // A database that is always slow is written to all the same.
    expect(after(from, ...Array.from({ length: 200 }, () => well(1400))).limit).toBe(MOST);
  });

  it('comes back to the most within seconds when all is well again', () => {
    fc.assert(
      fc.property(pace, (from) => {
        // 80 intervals of 250 ms.
        expect(after({ ...from, usualMs: 20 }, ...Array.from({ length: 80 }, () => well(20))).limit).toBe(MOST);
      }),
    );
  });
});

describe('the bucket', () => {
  it('lets through no more than its burst and its rate, however often it is asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 20, max: 1000 }),
        fc.array(fc.nat({ max: 500 }), { minLength: 1, maxLength: 100 }),
        (rate, burst, steps) => {
          let [bucket, written] = [{ tokens: burst, at: 0 }, 0];
          for (const step of steps) {
            bucket = refilled(bucket, { rate, burst }, bucket.at + step);
            written += Math.floor(bucket.tokens);
            bucket = { ...bucket, tokens: bucket.tokens - Math.floor(bucket.tokens) };
          }
          expect(written).toBeLessThanOrEqual(burst + (rate * bucket.at) / 1000 + 1e-6);
        },
      ),
    );
  });

  it('has the awaited share when the time is over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 10_000 }), fc.integer({ min: 1, max: 20 }), (rate, wanted) => {
        const empty = { tokens: 0, at: 5 };
        const later = refilled(empty, { rate, burst: 20 }, 5 + msUntil(empty, { rate, burst: 20 }, wanted));
        expect(later.tokens).toBeGreaterThanOrEqual(wanted);
      }),
    );
  });
});

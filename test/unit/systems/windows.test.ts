import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LEAST_ROWS,
  sliceBacklog,
  windowsOf,
  type Slice,
  type Window,
} from '../../../functions/src/systems/windows.ts';

const cutoff = Date.UTC(2026, 0, 1);

/** A backlog in memory: how many rows at each moment. */
function backlog(moments: ReadonlyMap<number, number>) {
  let counts = 0;
  const rowsIn = ({ from, until }: Window): number =>
    [...moments].reduce((sum, [at, rows]) => (at > (from ?? -Infinity) && at <= until ? sum + rows : sum), 0);
  const count = (window: Window): Promise<number> => {
    counts += 1;
    return Promise.resolve(rowsIn(window));
  };
  const over = rowsIn({ from: null, until: cutoff });
  const split = async (most: number): Promise<Window[]> => {
    const oldest = Math.min(...moments.keys());
    return windowsOf(await sliceBacklog(count, { oldest, cutoff, over, most }), most);
  };
  return { rowsIn, split, over, counts: () => counts };
}

const moments = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 4000 * 86_400_000 }), fc.integer({ min: 1, max: 60_000 })), {
    minLength: 1,
    maxLength: 60,
  })
  .map((all) => new Map(all.map(([ago, rows]) => [cutoff - ago, rows])));

describe('the windows of a backlog', () => {
  it('hold every row once, are as many as allowed, and lie one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(moments, fc.integer({ min: 1, max: 16 }), async (rows, most) => {
        const { split, rowsIn, over } = backlog(rows);
        const windows = await split(most);
        expect(windows.length).toBeGreaterThanOrEqual(1);
        expect(windows.length).toBeLessThanOrEqual(most);
        expect(windows[0]?.from).toBeNull();
        expect(windows.at(-1)?.until).toBe(cutoff);
        for (const [n, { from }] of windows.entries()) if (n > 0) expect(from).toBe(windows[n - 1]?.until);
        expect(windows.reduce((sum, window) => sum + rowsIn(window), 0)).toBe(over);
      }),
      { numRuns: 300 },
    );
  });

  it('are of about the same size, however the rows are spread: most of them written in the last week', async () => {
    const rows = new Map(
      Array.from({ length: 4000 }, (_, n) => [cutoff - (n < 3800 ? n * 150_000 : n * 43_200_000), 50] as const),
    );
    const { split, rowsIn, over, counts } = backlog(rows);
    const windows = await split(8);
    expect(windows).toHaveLength(8);
    for (const window of windows) expect(rowsIn(window)).toBeLessThan((over / 8) * 1.35);
    expect(counts()).toBeLessThan(150);
  });

  it('are one if there is little, or if everything lies at one moment', async () => {
    expect(await backlog(new Map([[cutoff - 5, LEAST_ROWS]])).split(8)).toEqual([{ from: null, until: cutoff }]);
    const import_ = backlog(new Map([[cutoff - 86_400_000, 1_000_000]]));
    expect((await import_.split(8)).filter((window) => import_.rowsIn(window) > 0)).toHaveLength(1);
    expect(import_.counts()).toBeLessThan(20);
  });

  it('also of slices that count less than there is: rows that went meanwhile', () => {
    const slices: Slice[] = [0, 0, 0].map((rows, n) => ({ from: n === 0 ? null : n, until: n + 1, rows }));
    expect(windowsOf(slices, 8)).toEqual([{ from: null, until: 3 }]);
  });
});

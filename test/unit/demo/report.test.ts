import { describe, expect, it } from 'vitest';
import { allOk, same, sameCounts, sameSet, show, unchanged, type FlowResult } from '../../../demo/report.ts';
import { play } from '../../../demo/flows/flow.ts';
import { until } from '../../../demo/wait.ts';
import type { Stage } from '../../../demo/stage.ts';

const flow = (...rows: FlowResult['rows']): FlowResult => ({ title: 't', rows, seconds: 0 });
const good = same('a', 1, 1);

describe('a row', () => {
  it('is true only if both are written the same', () => {
    expect(good.ok).toBe(true);
    expect(same('a', 0, 1).ok).toBe(false);
    expect(same('a', 'completed', undefined)).toEqual({ what: 'a', expected: 'completed', actual: '–', ok: false });
    expect(same('a', ['x', 'y'], ['y', 'x']).ok).toBe(false);
  });

  it('never takes nothing for an empty list or a zero', () => {
    expect(new Set([undefined, [], {}, 0, false].map(show)).size).toBe(5);
  });

  it('of two sets names missing and surplus members', () => {
    expect(sameSet('s', ['a', 'b'], ['b', 'a']).ok).toBe(true);
    const row = sameSet('s', ['a', 'b'], ['b', 'c']);
    expect(row.ok).toBe(false);
    expect(row.actual).toBe('2; 1 missing: a; 1 too many: c');
  });

  it('of counts names each one that differs', () => {
    expect(sameCounts('c', { a: [2, 2], b: [3, 3] })).toMatchObject({ expected: '5', actual: '5', ok: true });
    const row = sameCounts('c', { a: [2, 3], b: [3, 2], c: [0, 'no entry'] });
    expect(row).toMatchObject({ ok: false, actual: '5; a 3, not 2; b 2, not 3; c no entry, not 0' });
  });

  it('of unchanged things names each one that changed or is gone; new ones are another question', () => {
    const before = new Map([
      ['a', '1'],
      ['b', '2'],
    ]);
    expect(unchanged('u', before, new Map([...before, ['c', '3']])).ok).toBe(true);
    expect(unchanged('u', before, new Map([['a', '1']])).actual).toContain('gone: b');
    expect(unchanged('u', before, new Map([...before, ['a', '9']])).ok).toBe(false);
  });
});

describe('the demo succeeds', () => {
  it('only if every row of every flow is true, and there are some', () => {
    expect(allOk([flow(good)])).toBe(true);
    expect(allOk([flow(good), flow(good, same('a', 1, 2))])).toBe(false);
    expect(allOk([])).toBe(false);
    expect(allOk([flow(good), flow()])).toBe(false);
  });

  it('not if a flow ends with an error: that is a row that is not true', async () => {
    const result = await play({ title: 't', run: () => Promise.reject(new Error('no route')) }, {} as Stage, () => {});
    expect(allOk([result])).toBe(false);
    expect(result.rows[0]?.actual).toBe('Error: no route');
  });
});

describe('until', () => {
  it('answers as soon as it is enough', async () => {
    let n = 0;
    expect(
      await until(
        async () => ++n,
        (value) => value === 3,
        { within: 5_000, every: 1 },
      ),
    ).toBe(3);
  });

  it('answers the last value when the time is over, so that a table shows it', async () => {
    expect(
      await until(
        async () => 'running',
        (value) => value === 'completed',
        { within: 5, every: 1 },
      ),
    ).toBe('running');
  });
});

import { describe, expect, it } from 'vitest';
import type { ExportRow } from '../../../../functions/src/export/archive/rows.ts';
import { decide, type Kept } from '../../../../functions/src/export/look/decide.ts';

const row = (n: number, more: Partial<ExportRow> = {}): ExportRow => ({
  path: `posts/${n}`,
  data: { at: '2026-03-01T09:00:00.000Z', text: `words ${n}`, by: { name: 'Bob' } },
  types: { '/at': 'timestamp' },
  ...more,
});
const hashOf = (one: ExportRow): string => JSON.stringify(one);
const shown = [row(1), row(2), row(3)];
const seen = shown.map(hashOf);
const LOOK = { hashes: seen, more: false, hashOf, promised: 0, path: 'posts/{id}', uid: 'ada' };

function answered(kept: readonly Kept[], rows: readonly ExportRow[] = shown) {
  const decision = decide(LOOK, kept);
  return { given: rows.map((one) => decision.given(one)), decision };
}

describe('an officer’s decision about rows with words of others', () => {
  it('gives everything that it does not name', () => {
    const { given, decision } = answered([]);
    expect(given).toEqual(shown);
    expect(decision.withheld()).toEqual([]);
  });

  it('keeps back whole rows and fields, by the number under which they were shown, and counts them by reason', () => {
    const { given, decision } = answered([
      { row: 1, because: 'confidence' },
      { row: 3, fields: ['text', 'by.name'], because: 'othersData' },
    ]);
    expect(given[0]).toBeNull();
    expect(given[1]).toEqual(shown[1]);
    expect(given[2]).toEqual({
      ...{ path: 'posts/3', data: { at: '2026-03-01T09:00:00.000Z', by: {} }, types: { '/at': 'timestamp' } },
      withheld: ['/text', '/by/name'],
    });
    expect(decision.withheld()).toEqual([
      { because: 'othersData', rows: 0, fields: 2 },
      { because: 'confidence', rows: 1, fields: 0 },
    ]);
    expect(decision.left()).toBe(2);
  });

  it('takes the type of a value with it', () => {
    const { given } = answered([{ row: 1, fields: ['at'], because: 'othersData' }]);
    expect(given[0]).not.toHaveProperty('types');
  });

  it('gives no row that was not shown as it is now, and says so', () => {
    const { given, decision } = answered([], [row(1), row(2, { data: { text: 'changed' } }), row(4)]);
    expect(given.map((one) => one?.path)).toEqual(['posts/1', undefined, undefined]);
    expect(decision.unseen()).toBe(2);
    expect(decision.withheld()).toEqual([{ because: 'notLookedAt', rows: 2, fields: 0 }]);
  });

  it('takes a field that is kept back out of the path as well, and leaves the person’s own name there', () => {
    const one = row(1, { path: 'posts/ada_bob', data: { from: { id: 'bob', to: ['ada'] }, text: 'words' } });
    const decision = decide({ ...LOOK, hashes: [hashOf(one)] }, [{ row: 1, fields: ['from'], because: 'othersData' }]);
    expect(decision.given(one)).toMatchObject({ path: 'posts/ada_somebody else', data: { text: 'words' } });
  });

  it('counts rows that the archive promised and that are not there any more', () => {
    const decision = decide({ ...LOOK, promised: 5 }, []);
    for (const one of shown) decision.given(one);
    expect(decision.withheld()).toEqual([{ because: 'notFound', rows: 2, fields: 0 }]);
  });

  it('says if a field is not there: a wrong name would give the words away', () => {
    const wrong: Kept = { row: 2, fields: ['txt'], because: 'othersData' };
    expect(answered([wrong]).decision.withoutField()).toEqual([wrong]);
    expect(answered([{ ...wrong, fields: ['text'] }]).decision.withoutField()).toEqual([]);
  });

  it('treats rows that look the same in the same way', () => {
    const twice = decide({ ...LOOK, hashes: [...seen, hashOf(row(1))] }, [{ row: 4, because: 'othersData' }]);
    expect([twice.given(row(1)), twice.given(row(1))]).toEqual([null, null]);
  });
});

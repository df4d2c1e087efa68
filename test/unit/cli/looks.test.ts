import { describe, expect, it } from 'vitest';
import { keptBack, keptIn } from '../../../cli/looks.ts';

describe('export give --keep', () => {
  it('names a whole row, or fields of one, each with its reason', () => {
    const first = keptIn('3=confidence');
    expect(keptIn('5:text,reply.text=othersData', first)).toEqual([
      { row: 3, because: 'confidence' },
      { row: 5, fields: ['text', 'reply.text'], because: 'othersData' },
    ]);
  });

  it.each(['3', '=othersData', '3:=othersData', 'x=othersData', '3=because', '3=notLookedAt', '0=othersData:text'])(
    'refuses %s, which would keep back something else than was meant',
    (text) => {
      expect(() => keptIn(text)).toThrow(/write 3=REASON/);
    },
  );
});

it('the answer says of rows that are gone that they were not found: nobody has kept them back', () => {
  expect(keptBack({ because: 'notFound', rows: 2, fields: 0 })).toBe('not found: 2 rows');
  expect(keptBack({ because: 'confidence', rows: 1, fields: 3 })).toBe('kept back, confidence: 1 rows, 3 fields');
});

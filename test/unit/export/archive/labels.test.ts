import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Columns, MAX_COLUMNS } from '../../../../functions/src/export/archive/csv.ts';
import { labelsOf } from '../../../../functions/src/export/archive/labels.ts';
import { exportRow } from '../../../../functions/src/export/archive/rows.ts';

/**
 * Letters that readers strip, fold, or show as nothing; `\u0085` and `\u001c` are spaces to Python
 * only, `\ufeff` to JavaScript only.
 */
const HOSTILE_LETTERS = [
  ...[' ', '\t', '\n', '\r', '\u00a0', '\u0085', '\u001c', '\u001f', '\u2028', '\u2029', '\u3000', '\u180e', '\u200b'],
  ...[
    '\u202e',
    '\ufeff',
    '\u0000',
    '\ud800',
    'a',
    'A',
    'e',
    'E',
    '=',
    "'",
    '"',
    '-',
    '@',
    ';',
    ',',
    '|',
    '_',
    '(',
    ')',
    '1',
    '2',
  ],
  ...['\u0130', '\u00df', '\u00e9', '\u0301', '\ufb01', '\uff21'],
];
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom(...HOSTILE_LETTERS), maxLength: 4 }),
  fc.constantFrom('__path__', '__more__', ' __path__', '__PATH__', 'a (2)', 'A (2)', '_', '__proto__', 'constructor'),
  fc.string({ unit: 'binary' }),
);

/** Is it a space to Python? */
const isSpace = (letter: string): boolean => /\s/.test(letter) || '\u001c\u001d\u001e\u001f\u0085'.includes(letter);

/** As Python's `str.strip` does, which frictionless-py asks of each label. */
function stripped(label: string): string {
  const letters = Array.from(label);
  const first = letters.findIndex((letter) => !isSpace(letter));
  return first < 0 ? '' : letters.slice(first, letters.findLastIndex((letter) => !isSpace(letter)) + 1).join('');
}

describe('labels of columns', () => {
  it('are none of them blank, stripped already, and told apart without regard to case, for any names of fields', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 30 }), (names) => {
        const labels = labelsOf(names, ['__path__', '__more__']);
        expect(labels).toHaveLength(names.length);
        for (const label of labels) {
          expect(label).not.toBe('');
          expect(stripped(label)).toBe(label);
          expect(Buffer.from(label).toString()).toBe(label);
          expect(label).not.toMatch(/^[=+\-@]/);
        }
        const all = ['__path__', '__more__', ...labels].map((label) => label.toLowerCase());
        expect(new Set(all).size).toBe(all.length);
        expect(labelsOf(names, ['__path__', '__more__'])).toEqual(labels);
      }),
      { numRuns: 1000 },
    );
  });

  it('lead back to the fields, letter by letter', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 20 }), (names) => {
        const columns = new Columns();
        columns.see(exportRow({ path: 'p', data: Object.fromEntries(names.map((one) => [one, 1])) }));
        const fields = columns.fields().slice(1);
        // Whole numbers come first in an object of JavaScript.
        expect(fields.map((field) => field.fieldName ?? field.name).sort()).toEqual([...names].sort());
      }),
    );
  });

  it('are the names themselves if they can be; the others get a number', () => {
    expect(
      labelsOf([' email', 'email', 'EMAIL', ' ', '\u00a0', '', '__path__', '=x', 'email (2)'], ['__path__']),
    ).toEqual(['email (3)', 'email', 'EMAIL (4)', '_', '_ (2)', '_ (3)', '__path__ (2)', "'=x", 'email (2)']);
  });

  it('of hundreds of equal ones are found in no time', () => {
    const names = Array.from({ length: MAX_COLUMNS }, (_, n) => ' '.repeat(n + 1));
    expect(new Set(labelsOf(names, [])).size).toBe(MAX_COLUMNS);
  });
});

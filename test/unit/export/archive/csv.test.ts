import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cell,
  Columns,
  csvLines,
  MAX_COLUMNS,
  MORE_COLUMN,
  PATH_COLUMN,
} from '../../../../functions/src/export/archive/csv.ts';
import { safeText } from '../../../../functions/src/export/archive/formulas.ts';
import { exportRow } from '../../../../functions/src/export/archive/rows.ts';
import { parseCsv } from '../helpers.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '=',
        '+',
        '-',
        '@',
        "'",
        '"',
        ';',
        ',',
        '|',
        '\t',
        '\r',
        '\n',
        ' ',
        'a',
        '\uff1d',
        '\u200b',
        '\ufeff',
        '\u00a0',
        '1',
      ),
      { maxLength: 30 },
    )
    .map((c) => c.join('')),
);

/**
 * True if a spreadsheet that splits at semicolons, bars or tabs would begin a formula in this text:
 * none may.
 */
function executes(text: string): boolean {
  return text.split(/[;|\t\r\n]/).some((part) => /^["\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u.test(part));
}

/** The text that `safeText` was given: the apostrophe before each beginning of a cell goes. */
const restoreText = (safe: string): string =>
  safe
    .split(/(?<=[;|\t\r\n])/)
    .map((part) => {
      const first = part.split('').findIndex((char) => !/["\s\p{Cc}\p{Cf}]/u.test(char));
      return part.charAt(first) === "'" ? `${part.slice(0, first)}${part.slice(first + 1)}` : part;
    })
    .join('');

describe('CSV', () => {
  test('no cell is a formula, however the spreadsheet splits the file', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(executes(safeText(text))).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('the text comes back when the apostrophes are removed', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(restoreText(safeText(text))).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'],
    ['+33 1 23 45 67 89', "'+33 1 23 45 67 89"],
    ['\t=1+1', "\t'=1+1"],
    ['hello;=1+1', "hello;'=1+1"],
    ['hello\n"=1+1', 'hello\n"\'=1+1'],
    ["'quoted", "''quoted"],
    ["O'Brien, 3-4 = x@y", "O'Brien, 3-4 = x@y"],
    ['', ''],
  ])('%j becomes %j', (text, safe) => expect(safeText(text)).toBe(safe));

  test('a text of a million tabs takes no longer than its length', () => {
    const started = performance.now();
    safeText(`${'\t'.repeat(1_000_000)}=`);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('numbers stay numbers, null is an empty cell, maps are JSON', () => {
    expect([-5, null, '', true, { a: '=1' }].map((v) => cell(v))).toEqual([-5, null, '', 'true', '{"a":"=1"}']);
    expect(csvLines([[-5, null, '', 'x"y']])).toBe('-5,,"","x""y"\r\n');
  });

  test('RFC 4180: rows of any fields come back through a strict reader', () => {
    const value = fc.oneof(
      hostile,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    );
    const name = fc.oneof(fc.string(), hostile).filter((n) => n !== '__proto__');
    fc.assert(
      fc.property(fc.array(fc.dictionary(name, value, { maxKeys: 6 }), { maxLength: 8 }), (documents) => {
        const rows = documents.map((data, i) => exportRow({ path: `users/${i}`, data }));
        const columns = new Columns();
        for (const row of rows) columns.see(row);
        const [header = [], ...records] = parseCsv(csvLines([columns.header(), ...rows.map((r) => columns.cells(r))]));
        expect(records.length).toBe(rows.length);
        const fields = columns.fields();
        expect(header).toEqual(fields.map(({ name: label }) => label));
        const names = fields.map(({ name: label, fieldName }) => fieldName ?? label);
        for (const [i, row] of rows.entries()) {
          for (const [field, expected] of Object.entries(row.data)) {
            const got = records[i]?.[names.indexOf(field, 1)];
            if (expected === null) expect(got).toBeNull();
            else if (typeof expected === 'string') expect(restoreText(got ?? 'missing')).toBe(expected);
            else expect(got).toBe(JSON.stringify(expected));
          }
        }
      }),
    );
  });

  test('a large integer is exact, also below zero; its column is of texts, as programs round integers of any length', () => {
    const columns = new Columns();
    const rows = [2n ** 53n - 1n, 2n ** 63n - 1n, -(2n ** 63n)].map((n) =>
      exportRow({ path: 'p', data: { n, small: 1n } }),
    );
    for (const row of rows) columns.see(row);
    expect(columns.fields().map(({ type }) => type)).toEqual(['string', 'string', 'integer']);
    expect(csvLines(rows.map((row) => columns.cells(row)))).toBe(
      '"p",9007199254740991,1\r\n"p","9223372036854775807",1\r\n"p","-9223372036854775808",1\r\n',
    );
  });

  test('the column of a double that is no exact integer, or of a time that no table can hold, does not say that it is one', () => {
    const columns = new Columns();
    columns.see(exportRow({ path: 'p', data: { double: 2 ** 62 + 2 ** 10, late: new Date(8.64e15) } }));
    expect(columns.fields().map(({ type }) => type)).toEqual(['string', 'number', 'string']);
  });

  test('fields beyond the last column are kept together, none is lost', () => {
    const columns = new Columns();
    const data = Object.fromEntries(Array.from({ length: MAX_COLUMNS + 2 }, (_, i) => [`f${i}`, i]));
    const row = exportRow({ path: 'users/u', data });
    columns.see(row);
    expect(columns.header().length).toBe(MAX_COLUMNS + 2);
    expect([columns.header()[0], columns.header().at(-1)]).toEqual([PATH_COLUMN, MORE_COLUMN]);
    expect(columns.cells(row).at(-1)).toBe(
      `{"f${MAX_COLUMNS}":${MAX_COLUMNS},"f${MAX_COLUMNS + 1}":${MAX_COLUMNS + 1}}`,
    );
  });
});

import { stringify } from 'csv-stringify/sync';
import { safeText } from './formulas.ts';
import { labelsOf } from './labels.ts';
import { pointer, type ExportRow, type Json, type ValueType } from './rows.ts';

/**
 * CSV (RFC 4180, UTF-8, CRLF) of rows that need not have the same fields: one column per field,
 * maps and arrays as JSON in their cell. The JSON file beside it has the exact values and types.
 * This one is for spreadsheets, and nothing in it is executable there.
 */

/**
 * First column: the row's path in its system. Firestore reserves names of this form, so no field
 * has it.
 */
export const PATH_COLUMN = '__path__';
/**
 * Last column, if rows have more fields than a table may have columns: the others, as one JSON
 * object.
 */
export const MORE_COLUMN = '__more__';
/** Columns of a table at most; a person can write any number of fields. */
export const MAX_COLUMNS = 500;

/**
 * Types of the Frictionless table schema. A column is of texts if its values differ, or a table
 * cannot hold them exactly.
 */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'datetime' | 'object' | 'array';

/** A column. */
export interface Field {
  /** The label, as it stands in the header. */
  readonly name: string;
  readonly type: FieldType;
  /** The row's own name of the field, letter by letter, if the label differs. */
  readonly fieldName?: string;
}

const SPECIAL: Readonly<Record<ValueType, FieldType>> = {
  timestamp: 'datetime',
  geopoint: 'object',
  vector: 'array',
  reference: 'string',
  bytes: 'string',
  // Texts in the JSON file as well. A Frictionless `integer` has no bound, but most programs read
  // one into 32 or 64 bits or a double.
  number: 'string',
  integer: 'string',
};

/** Years that a Frictionless `datetime` can have; a `Date` has more. */
const DATETIME = /^(?!0000)\d{4}-/;

function typeOf(value: Json, special: ValueType | undefined): FieldType | undefined {
  if (value === null) return undefined;
  if (special === 'timestamp' && typeof value === 'string' && !DATETIME.test(value)) return 'string';
  if (special !== undefined) return SPECIAL[special];
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'number':
      // The digits of a larger double are those that lead back to it, not those of its integer:
      // 2^62 + 2^10 reads 4611686018427388928.
      return Number.isSafeInteger(value) ? 'integer' : 'number';
    case 'boolean':
      return 'boolean';
    case 'object':
      return 'object';
    default:
      return 'string';
  }
}

/** The type that holds the values of both. */
function common(a: FieldType | undefined, b: FieldType | undefined): FieldType | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  const numbers = (type: FieldType): boolean => type === 'integer' || type === 'number';
  return numbers(a) && numbers(b) ? 'number' : 'string';
}

/** Collects the columns of a table in the order in which the fields appear. */
export class Columns {
  /** The type seen in each; undefined: nothing yet. */
  readonly #types = new Map<string, FieldType | undefined>();
  #more = false;

  see(row: ExportRow): void {
    for (const [name, value] of Object.entries(row.data)) {
      if (!this.#types.has(name) && this.#types.size >= MAX_COLUMNS) this.#more = true;
      else this.#types.set(name, common(this.#types.get(name), typeOf(value, row.types?.[`/${pointer(name)}`])));
    }
  }

  /** The table's columns, in their order, as a table schema has them. */
  fields(): Field[] {
    const labels = labelsOf([...this.#types.keys()], [PATH_COLUMN, MORE_COLUMN]);
    return [
      { name: PATH_COLUMN, type: 'string' },
      ...[...this.#types].map(([name, type = 'string'], index): Field => {
        const label = labels[index] ?? '';
        return { name: label, type, ...(label === name ? {} : { fieldName: name }) };
      }),
      ...(this.#more ? [{ name: MORE_COLUMN, type: 'object' } as const] : []),
    ];
  }

  header(): string[] {
    return this.fields().map(({ name }) => name);
  }

  cells(row: ExportRow): Cell[] {
    const cells: Cell[] = [safeText(row.path)];
    for (const name of this.#types.keys())
      cells.push(Object.hasOwn(row.data, name) ? cell(row.data[name] ?? null, row.types?.[`/${pointer(name)}`]) : null);
    if (this.#more) {
      const others = Object.entries(row.data).filter(([name]) => !this.#types.has(name));
      cells.push(others.length > 0 ? cell(Object.fromEntries(others)) : null);
    }
    return cells;
  }
}

/**
 * A cell: null is an empty one without quotes, the empty text one with; maps and arrays are JSON.
 */
export type Cell = string | number | null;

/**
 * A value as a cell.
 *
 * @param special its entry in `types`: the digits of a large integer, and its minus sign, are no
 *   formula
 */
export function cell(value: Json, special?: ValueType): Cell {
  if (value === null || typeof value === 'number' || (typeof value === 'string' && special === 'integer')) return value;
  if (typeof value === 'string') return safeText(value);
  return typeof value === 'object' ? safeText(JSON.stringify(value)) : String(value);
}

/**
 * Yields lines of a CSV file. Every text is quoted, so that its line breaks and delimiters stay in
 * their cell.
 */
export function csvLines(records: readonly (readonly Cell[])[]): string {
  return stringify(
    records.map((record) => [...record]),
    { record_delimiter: '\r\n', quoted_string: true },
  );
}

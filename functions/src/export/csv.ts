import { stringify } from 'csv-stringify/sync';
import { pointer, type ExportRow, type Json, type ValueType } from './rows.ts';

/**
 * CSV (RFC 4180, UTF-8, CRLF) of rows that need not have the same fields: one column per field, maps and arrays as JSON in their cell.
 * The exact values and types are in the JSON file beside it; this one is for spreadsheets, and nothing in it is executable there.
 */

/** First column: where the system holds the row. Firestore reserves names of this form, so no field has it. */
export const PATH_COLUMN = '__path__';
/** Last column, where rows have more fields than a table may have columns: the others, as one JSON object. */
export const MORE_COLUMN = '__more__';
/** Columns of a table at most; a person can write any number of fields. */
export const MAX_COLUMNS = 500;

/** Types of the Frictionless table schema. A column whose values differ, or whose values a table cannot hold exactly, is of texts. */
export type FieldType = 'string' | 'integer' | 'number' | 'boolean' | 'datetime' | 'object' | 'array';

/** A column. */
export interface Field {
  /** As it stands in the header. */
  readonly name: string;
  readonly type: FieldType;
}

const SPECIAL: Readonly<Record<ValueType, FieldType>> = {
  timestamp: 'datetime',
  geopoint: 'object',
  vector: 'array',
  reference: 'string',
  bytes: 'string',
  // Beyond what JSON numbers are: texts in the JSON file as well.
  number: 'string',
  integer: 'string',
};

function typeOf(value: Json, special: ValueType | undefined): FieldType | undefined {
  if (value === null) return undefined;
  if (special !== undefined) return SPECIAL[special];
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) && !String(value).includes('e') ? 'integer' : 'number';
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
  /** What was seen in each; undefined: nothing yet. */
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
    return [
      { name: PATH_COLUMN, type: 'string' },
      // UTF-8 has no half characters: the name is as the header of the file will have it.
      ...[...this.#types].map(([name, type = 'string']): Field => ({
        name: Buffer.from(safeText(name)).toString(),
        type,
      })),
      ...(this.#more ? [{ name: MORE_COLUMN, type: 'object' } as const] : []),
    ];
  }

  header(): string[] {
    return this.fields().map(({ name }) => name);
  }

  cells(row: ExportRow): Cell[] {
    const cells: Cell[] = [safeText(row.path)];
    for (const name of this.#types.keys())
      cells.push(Object.hasOwn(row.data, name) ? cell(row.data[name] ?? null) : null);
    if (this.#more) {
      const others = Object.entries(row.data).filter(([name]) => !this.#types.has(name));
      cells.push(others.length > 0 ? cell(Object.fromEntries(others)) : null);
    }
    return cells;
  }
}

/** A cell: null is an empty one without quotes, the empty text one with; maps and arrays are JSON. */
export type Cell = string | number | null;

export function cell(value: Json): Cell {
  if (value === null || typeof value === 'number') return value;
  if (typeof value === 'string') return safeText(value);
  return typeof value === 'object' ? safeText(JSON.stringify(value)) : String(value);
}

/** What makes a cell a formula, and the apostrophe that prevents it: one that stands there already gets another, so that none is lost. */
const TRIGGER = /[=+\-@'\uff1d\uff0b\uff0d\uff20]/;
/** Behind these a cell begins, in a spreadsheet that is set to semicolons (as French ones are), bars or tabs and so splits this file differently. */
const DELIMITER = /[;|\t\r\n]/;
/** Programs that trim a cell go past these. */
const SKIPPED = /["\s\p{Cc}\p{Cf}]/u;

/**
 * A text that no spreadsheet takes for a formula: an apostrophe before whatever would begin one (OWASP: CSV injection). `restoreText` takes
 * it away again. Linear in the text's length, whatever the text.
 */
export function safeText(text: string): string {
  if (!TRIGGER.test(text)) return text;
  let out = '';
  let copied = 0;
  let open = true;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (DELIMITER.test(char)) open = true;
    else if (open && !SKIPPED.test(char)) {
      open = false;
      if (!TRIGGER.test(char)) continue;
      out += `${text.slice(copied, i)}'`;
      copied = i;
    }
  }
  return out + text.slice(copied);
}

/** The text that `safeText` was given. */
export function restoreText(safe: string): string {
  let out = '';
  let copied = 0;
  let open = true;
  for (let i = 0; i < safe.length; i++) {
    const char = safe.charAt(i);
    if (DELIMITER.test(char)) open = true;
    else if (open && !SKIPPED.test(char)) {
      open = false;
      if (char !== "'") continue;
      out += safe.slice(copied, i);
      copied = i + 1;
      i++;
    }
  }
  return out + safe.slice(copied);
}

/** Lines of a CSV file; every text is quoted, so that line breaks and delimiters in it stay in their cell. */
export function csvLines(records: readonly (readonly Cell[])[]): string {
  return stringify(
    records.map((record) => [...record]),
    { record_delimiter: '\r\n', quoted_string: true },
  );
}

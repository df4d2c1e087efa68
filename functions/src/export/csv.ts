import { stringify } from 'csv-stringify/sync';
import type { ExportRow, Json } from './rows.ts';

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

/** Collects the columns of a table in the order in which the fields appear. */
export class Columns {
  readonly #names = new Set<string>();
  #more = false;

  see(row: ExportRow): void {
    for (const name of Object.keys(row.data)) {
      if (this.#names.has(name)) continue;
      if (this.#names.size < MAX_COLUMNS) this.#names.add(name);
      else this.#more = true;
    }
  }

  header(): string[] {
    return [PATH_COLUMN, ...this.#names, ...(this.#more ? [MORE_COLUMN] : [])].map(safeText);
  }

  cells(row: ExportRow): Cell[] {
    const cells: Cell[] = [safeText(row.path)];
    for (const name of this.#names) cells.push(Object.hasOwn(row.data, name) ? cell(row.data[name] ?? null) : null);
    if (this.#more) {
      const others = Object.entries(row.data).filter(([name]) => !this.#names.has(name));
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

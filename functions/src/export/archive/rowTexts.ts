import { csvLines, type Cell, type Columns } from './csv.ts';
import type { ExportRow } from './rows.ts';

/** A JSON array, one row a line. */
export async function* jsonArray(rows: AsyncIterable<ExportRow>): AsyncGenerator<string> {
  let first = true;
  for await (const row of rows) {
    yield `${first ? '[' : ','}\n${JSON.stringify(row)}`;
    first = false;
  }
  yield first ? '[]\n' : '\n]\n';
}

/** Lines that are made to text together. */
const LINES_AT_ONCE = 200;

/** A table as CSV, with its header. */
export async function* table(rows: AsyncIterable<ExportRow>, columns: Columns): AsyncGenerator<string> {
  let lines: (readonly Cell[])[] = [columns.header()];
  for await (const row of rows) {
    lines.push(columns.cells(row));
    if (lines.length < LINES_AT_ONCE) continue;
    yield csvLines(lines);
    lines = [];
  }
  if (lines.length > 0) yield csvLines(lines);
}

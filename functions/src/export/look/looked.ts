import { isLookedAt } from '../../policy/parties.ts';
import type { PolicyRecord } from '../../policy/schema.ts';
import { inLanguage, type Language } from '../../texts/languages.ts';
import type { NamedRecord, Row } from '../../systems/system.ts';
import { LOOK, type Missing, type Withheld } from '../archive/manifest.ts';
import { valueAt } from '../archive/maskOthers.ts';
import type { ExportRow } from '../archive/rows.ts';

/**
 * Rows with words of others wait for an officer's look (`export.look` of the policy, Art. 15(4)).
 * An archive has none of them before that, and names how many there are.
 */

/** Rows that wait for a look, by record. */
export type Waiting = Readonly<Record<string, number>>;

/** An officer's decision about the rows of a record that they looked at. */
export interface Looked {
  /** Returns a row as it is given; null: it is kept back. Asked once for each row. */
  given(row: ExportRow): ExportRow | null;
  /** Everything that was kept back so far. */
  withheld(): readonly Withheld[];
}

/**
 * Tells of each row if an officer looks at it first. Nothing tells who wrote a document below a row
 * that the policy does not describe: an officer looks at each of them.
 */
export async function* withLook(
  record: PolicyRecord,
  uid: string,
  rows: AsyncIterable<Row>,
): AsyncGenerator<{ readonly row: Row; readonly isOthers: boolean }> {
  const isUnclear = (row: Row): boolean => row.undeclared === true && record.export.look !== undefined;
  const isOthers = (row: Row): boolean => isLookedAt(record, (field) => valueAt(row.data, field.split('.')), uid);
  for await (const row of rows) yield { row, isOthers: isUnclear(row) || isOthers(row) };
}

/** Names the records with rows that wait. One that was not read whole is named as that alone. */
export const waitingFor = (
  records: readonly NamedRecord[],
  lost: ReadonlySet<string>,
  waiting: ReadonlyMap<string, number>,
  language: Language,
): Missing[] =>
  records.flatMap(({ id, record }): Missing[] => {
    const rows = lost.has(id) ? undefined : waiting.get(id);
    return rows === undefined ? [] : [{ source: id, name: inLanguage(record.name, language), why: LOOK, rows }];
  });

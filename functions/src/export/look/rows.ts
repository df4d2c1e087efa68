import { sha256Hex } from '../../crypto/hash.ts';
import { noteSeen } from '../../officerTasks/seen.ts';
import type { OfficerTask } from '../../officerTasks/task.ts';
import type { Context } from '../../platform/context.ts';
import { keyedHash, type PseudonymKeys } from '../../platform/keys.ts';
import { keyVersionOf } from '../../subject/pseudonym.ts';
import type { NamedRecord, Row } from '../../systems/system.ts';
import { openPart, type ClosedPart, type NoPart, type OpenPart } from '../officersPart.ts';
import { openSources } from '../reading/openSources.ts';
import { ownRow } from '../reading/ownRow.ts';
import type { ExportRow } from '../archive/rows.ts';
import { withLook } from './looked.ts';

/** A look at rows with words of others, before the person gets them (Art. 15(4)). */
export interface OpenLook extends OpenPart {
  readonly uid: string;
  readonly named: NamedRecord;
}

/** Names a look: of a person's export, at the rows of a record. */
export interface WhichLook {
  readonly uid: string;
  /** The id of the request, or its key, as `compliance due` shows it. */
  readonly request: string;
  readonly record: string;
}

/**
 * Why there is no look.
 *
 * - `noLook`: the export waits for this part, and it is nothing to look at.
 * - `policy`: the policy has no such record any more.
 * - `sheet`: the sheet of the task is gone; its job makes it again within a day.
 * - `gone`: the account is gone.
 */
export type NoLook = NoPart | 'noLook' | 'policy' | 'sheet' | 'gone';

/** Finds a look that is open. Reads nothing of the person's. */
export async function openLook(
  context: Context,
  { uid, request, record: id }: WhichLook,
): Promise<OpenLook | (Omit<ClosedPart, 'because'> & { readonly because: NoLook })> {
  const opened = await openPart(context, { uid, request, source: id });
  if ('because' in opened) return opened;
  if (!('look' in opened.task.for)) return { because: 'noLook' };
  const record = context.policy.records[id];
  if (record === undefined) return { because: 'policy' };
  // Its rows are not in the archive, also if the policy asks for no look by now.
  const look = record.export.look ?? opened.task.what;
  return { ...opened, uid, named: { id, record: { ...record, export: { ...record.export, look } } } };
}

/** Reads the rows of a look, in the same order each time; null: the account is gone. */
export async function readLooked(
  context: Context,
  { uid, waiting, named }: OpenLook,
): Promise<AsyncIterable<Row> | null> {
  const how = { stopAt: Infinity, tolerant: false };
  const sources = await openSources(context, { uid, chain: waiting.chain }, [named], how);
  return sources === null ? null : sources.read(named, undefined);
}

/** The same as the person would have them. */
export async function* shownRows(
  { uid, named }: Pick<OpenLook, 'uid' | 'named'>,
  rows: AsyncIterable<Row>,
): AsyncGenerator<ExportRow> {
  for await (const { row, isOthers } of withLook(named.record, uid, rows))
    if (isOthers) yield ownRow(named.record, uid, row);
}

/** Rows that the archive said would come; 0 if it could not count them. */
export const promisedOf = ({ waiting, named }: OpenLook): number => waiting.looks[named.id] ?? 0;

/** Members in one order: a database gives them in any. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Names a row as it was shown, by nothing that tells of it. Another content is another hash. */
export const hashesOf =
  ({ id, pseudonym }: Pick<OfficerTask, 'id' | 'pseudonym'>, keys: PseudonymKeys) =>
  (row: ExportRow): string =>
    keyedHash('look', [id, JSON.stringify(row, inOrder)], keys, keyVersionOf(pseudonym));

/** The name of a list of shown rows: of two looks, an answer says which one it means. */
export const codeOf = (hashes: readonly string[]): string => sha256Hex(hashes.join(' ')).slice(0, 12);

/** The most rows of one look: a sheet has to hold the hash of each. */
const MOST_ROWS = 10_000;

/** The result of a look. */
export interface Shown {
  /** The name of the look, which the answer gives. */
  readonly code: string;
  readonly rows: number;
  /** Further rows were not shown: an answer does not give them. */
  readonly more: boolean;
  /** Rows that the archive promised and that are not there any more: the person is told. */
  readonly lacking: number;
}

/**
 * Shows the rows of a look, one after the other, and notes in the sheet of its task which they
 * were. The caller notes before that who reads.
 *
 * @param show gets each row with its number, from 1 on
 * @param most rows that are shown; further ones are not given by an answer
 * @throws the errors of the system: no look misses a row because a system did not answer
 */
export async function showRows(
  context: Context,
  look: OpenLook,
  show: (row: ExportRow, number: number) => void,
  most: number = MOST_ROWS,
): Promise<Shown | { readonly because: NoLook }> {
  const rows = await readLooked(context, look);
  if (rows === null) return { because: 'gone' };
  const hashOf = hashesOf(look.task, context.keys);
  const hashes: string[] = [];
  let more = false;
  for await (const row of shownRows(look, rows)) {
    if (hashes.length === most) {
      more = true;
      break;
    }
    hashes.push(hashOf(row));
    show(row, hashes.length);
  }
  if (!(await noteSeen(context, look.task, { hashes, more }))) return { because: 'sheet' };
  const lacking = more ? 0 : Math.max(0, promisedOf(look) - hashes.length);
  return { code: codeOf(hashes), rows: hashes.length, more, lacking };
}

import type { AnsweredPart } from '../requests/answered.ts';
import type { Cursor } from '../systems/system.ts';
import type { Position } from './archive/contents.ts';
import type { Waiting } from './look/looked.ts';

/** How far an export came: kept in its job between two parts. */
export interface ExportProgress {
  readonly parts: readonly AnsweredPart[];
  /** Rows of each record, over all parts. */
  readonly counts: Readonly<Record<string, number>>;
  /** Ids of recipients, systems and records of which something is missing. */
  readonly missing: readonly string[];
  /** Ids of `missing` that could not be read. */
  readonly failed: readonly string[];
  /** Rows that wait for an officer's look, by record. */
  readonly waiting: Waiting;
  /** The beginning of the next part; absent: there is none. */
  readonly next: Position | undefined;
}

/** A part that is written: `failed` and `waiting` are also of the parts before. */
export type Written = Omit<ExportProgress, 'parts'> & Omit<AnsweredPart, 'object'>;

const NOTHING: ExportProgress = { parts: [], counts: {}, missing: [], failed: [], waiting: {}, next: undefined };

/** Reads what `cursorOf` wrote. */
export const progressOf = (cursor: Cursor | undefined): ExportProgress =>
  (cursor?.['progress'] as ExportProgress | undefined) ?? NOTHING;

/** The progress after one more part: ids and counts. */
export function cursorOf(written: Written, object: string, before: ExportProgress): Cursor {
  const { bytes, sha256, counts, missing, failed, waiting, next } = written;
  const sums = { ...before.counts };
  for (const [record, count] of Object.entries(counts)) sums[record] = (sums[record] ?? 0) + count;
  const progress: ExportProgress = {
    parts: [...before.parts, { object, bytes, sha256 }],
    counts: sums,
    missing: [...new Set([...before.missing, ...missing])],
    failed,
    waiting,
    next,
  };
  return { progress };
}

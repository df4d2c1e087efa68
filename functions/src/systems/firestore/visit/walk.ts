import type { DocumentSnapshot, FieldPath } from 'firebase-admin/firestore';
import type { Context } from '../../../platform/context.ts';
import { defined } from '../../../platform/defined.ts';
import type { Cursor, Scope } from '../../system.ts';
import type { RowCounts } from '../../outcomes.ts';
import type { Mode } from '../../modes.ts';
import { countOf, nextPage, type Page, type Position } from '../page.ts';
import type { Place } from '../place.ts';

/** Rows that are visited for one reason. */
export interface Stage {
  readonly place: Place;
  /** Fetched of each row; null: all of it. */
  readonly fields: readonly (string | FieldPath)[] | null;
  /**
   * How the rows ended that an attempt that died did not write down; absent: as most others did.
   */
  readonly lost?: 'deleted' | 'anonymised';
  /** Does its work on the rows of a page, all of them matched, and counts them. */
  rows(documents: readonly DocumentSnapshot[]): Promise<void>;
  /**
   * False: they are not counted before the first is touched, which costs a read for each thousand.
   */
  readonly isCounted?: boolean;
  /**
   * Told before the first page of a call: the document behind which it begins, if not the first.
   */
  begin?(after: string | undefined): void;
  /** Counts all rows without reading any, and answers true, if that can be done. */
  counted?(): Promise<boolean>;
}

/**
 * Visits one place after the other in pages until all are visited, or the deadline is over. At
 * least one page a call, so that every call comes further. If the rows that end do not fit into one
 * page, they are counted before the first is touched. The cursor keeps that number: an attempt that
 * dies later takes nothing from the count.
 *
 * @returns the place to go on at; null when everything was visited
 */
export async function walkStages(
  context: Context,
  scope: Scope,
  stages: readonly Stage[],
  counts: RowCounts,
  mode: Mode,
): Promise<Cursor | null> {
  let at = numberIn(scope.cursor, 'stage');
  let from = positionIn(scope.cursor);
  let expected = numberIn(scope.cursor, 'expected');
  for (let stage = stages[at]; stage !== undefined; stage = stages[(at += 1)]) {
    const { place } = stage;
    if (place.document !== undefined) {
      const document = await place.document.get();
      if (document.exists) await stage.rows([document]);
    } else if ((place.query !== null || place.parts !== undefined) && !(await stage.counted?.())) {
      stage.begin?.(from.path);
      for (let ahead: Promise<Page> | undefined; ;) {
        const page = await (ahead ?? nextPage(place, from, stage.fields));
        if (mode === 'end' && page.full && from.path === undefined && stage.isCounted !== false)
          expected = counts.seen + (await countOf(place));
        const stayed = counts.staying;
        counts.uncounted += page.passed;
        const { last, size } = page;
        const behind = page.full && last !== undefined ? { path: last.ref.path, last, size } : undefined;
        // The next page is read while this one ends: two of them are in memory. Once the time is up
        // none is read any more that nobody would visit.
        const isLate = context.now() >= scope.deadline;
        ahead = behind === undefined || isLate ? undefined : pageAhead(stage, behind);
        await stage.rows(page.documents);
        if (behind === undefined) break;
        from = { ...behind, skip: (from.skip ?? 0) + counts.staying - stayed };
        if (isLate) return cursorAt(counts, at, expected, from);
      }
    }
    if (mode === 'end') counts.reconcile(expected, stage.lost);
    [expected, from] = [0, {}];
  }
  return null;
}

/**
 * Begins to read the page behind a row. Not if the visit takes away the value by which the rows are
 * ordered: then the page depends on the rows that are still found.
 */
function pageAhead({ place, fields }: Stage, behind: Position): Promise<Page> | undefined {
  if (place.having !== undefined) return undefined;
  const page = nextPage(place, behind, fields);
  page.catch(() => undefined);
  return page;
}

const cursorAt = (counts: RowCounts, stage: number, expected: number, { path, skip }: Position): Cursor => ({
  ...counts.toCursor(),
  ...Object.fromEntries(Object.entries({ stage, expected, skip: skip ?? 0 }).filter(([, value]) => value !== 0)),
  ...defined({ after: path }),
});

const positionIn = (cursor: Cursor | undefined): Position =>
  typeof cursor?.['after'] === 'string' ? { path: cursor['after'], skip: numberIn(cursor, 'skip') } : {};

const numberIn = (cursor: Cursor | undefined, name: string): number =>
  typeof cursor?.[name] === 'number' ? cursor[name] : 0;

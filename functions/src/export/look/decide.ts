import type { Seen } from '../../officerTasks/seen.ts';
import { pathWithout, takenOut } from '../archive/maskOthers.ts';
import { WITHHELD_BECAUSE, type Withheld } from '../archive/manifest.ts';
import { NOT_FOUND } from '../../requests/request.ts';
import type { ExportRow } from '../archive/rows.ts';
import type { Looked } from './looked.ts';

/** An officer's decision about rows with words of others (Art. 15(4)): pure. */

type Because = Withheld['because'];
/** The reasons that an officer can give. */
export const OFFICERS_REASONS = ['othersData', 'confidence', 'tradeSecret'] as const satisfies readonly Because[];
export type OfficersReason = (typeof OFFICERS_REASONS)[number];

/** Something of a row that is kept back. */
export interface Kept {
  /** The number under which the row was shown, from 1 on. */
  readonly row: number;
  /** Fields with words of others, a dot leads into a map; absent: the whole row. */
  readonly fields?: readonly string[] | undefined;
  readonly because: OfficersReason;
}

/** A look, and how its rows are told apart. */
export interface Shown extends Seen {
  /** Names a row as it was shown. */
  readonly hashOf: (row: ExportRow) => string;
  /** Rows that the archive said would come. */
  readonly promised: number;
  /** The path of the record, and the uid of the person. */
  readonly path: string;
  readonly uid: string;
}

/** A decision, and how it met the rows so far. */
export interface Decision extends Looked {
  /** Rows that go out, whole or in part. */
  rows(): number;
  /** Rows that were shown, and are still there as they were. */
  shown(): number;
  /** Rows that were shown, and have something left to give. */
  left(): number;
  /** Rows that were not shown as they are now: they are never given. */
  unseen(): number;
  /** Decisions about shown rows that have no such field: nothing was kept back by them. */
  withoutField(): readonly Kept[];
}

/**
 * Makes the decision about rows that were shown. A row is given only if it was shown as it is now:
 * its hash tells.
 *
 * If fewer rows are met than the archive promised, the difference is not found. A path that names
 * somebody of a field that is kept back loses that name as well.
 *
 * @param look the rows that were shown
 * @param kept everything that is kept back; the rest is given
 */
export function decide(look: Shown, kept: readonly Kept[]): Decision {
  const shown = new Set(look.hashes);
  const byHash = Map.groupBy(kept, ({ row }) => look.hashes[row - 1] ?? '');
  const notShown = look.more ? 'tooMany' : 'notLookedAt';
  const counts = new Map<Because, { rows: number; fields: number }>();
  const withoutField: Kept[] = [];
  let [left, rows, met] = [0, 0, 0];
  const count = (because: Because, what: 'rows' | 'fields', n: number): void => {
    const now = counts.get(because) ?? { rows: 0, fields: 0 };
    counts.set(because, { ...now, [what]: now[what] + n });
  };
  const given = (row: ExportRow): ExportRow | null => {
    const hash = look.hashOf(row);
    met += 1;
    if (!shown.has(hash)) {
      count(notShown, 'rows', 1);
      return null;
    }
    const decided = byHash.get(hash) ?? [];
    const whole = decided.find(({ fields }) => fields === undefined);
    if (whole !== undefined) {
      count(whole.because, 'rows', 1);
      return null;
    }
    let out = row;
    for (const one of decided) {
      const without = withoutFields(look, out, one.fields ?? []);
      if (without.missing) withoutField.push(one);
      count(one.because, 'fields', without.places);
      out = without.row;
    }
    rows += 1;
    if (Object.keys(out.data).length > 0) left += 1;
    return out;
  };
  const unseen = (): number => counts.get(notShown)?.rows ?? 0;
  const rowsOf = (because: Because): number =>
    because === NOT_FOUND ? Math.max(0, look.promised - met) : (counts.get(because)?.rows ?? 0);
  return {
    given,
    rows: () => rows,
    left: () => left,
    shown: () => met - unseen(),
    unseen,
    withoutField: () => withoutField,
    withheld: () =>
      WITHHELD_BECAUSE.flatMap((because): Withheld[] => {
        const [rows, fields] = [rowsOf(because), counts.get(because)?.fields ?? 0];
        return rows + fields === 0 ? [] : [{ because, rows, fields }];
      }),
  };
}

/** Takes fields out of a row, and their texts out of its path. */
function withoutFields(
  { path: template, uid }: Shown,
  row: ExportRow,
  fields: readonly string[],
): { readonly row: ExportRow; readonly places: number; readonly missing: boolean } {
  const { data, taken, texts } = takenOut(row.data, fields, uid);
  const places = taken.map(({ at }) => at);
  const { types, ...rest } = row;
  const isLeft = (at: string): boolean => !places.some((place) => at === place || at.startsWith(`${place}/`));
  const left = Object.entries(types ?? {}).filter(([at]) => isLeft(at));
  return {
    row: {
      ...rest,
      path: pathWithout(template, row.path, texts),
      data: data as ExportRow['data'],
      ...(left.length > 0 ? { types: Object.fromEntries(left) } : {}),
      ...(places.length > 0 ? { withheld: [...(row.withheld ?? []), ...places] } : {}),
    },
    places: places.length,
    missing: fields.some((field) => !taken.some((one) => one.field === field)),
  };
}

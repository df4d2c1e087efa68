import { changed } from '../archive/maskOthers.ts';
import { WITHHELD_BECAUSE, type Withheld } from '../archive/manifest.ts';
import type { ExportRow } from '../archive/rows.ts';
import type { Looked } from './looked.ts';

/** An officer's decision about rows with words of others (Art. 15(4)): pure. */

type Because = Withheld['because'];
/** A reason that an officer can give. */
export type OfficersReason = Exclude<Because, 'notLookedAt'>;
export const OFFICERS_REASONS: readonly OfficersReason[] = WITHHELD_BECAUSE.filter((one) => one !== 'notLookedAt');

/** Something of a row that is kept back. */
export interface Kept {
  /** The number under which the row was shown, from 1 on. */
  readonly row: number;
  /** Fields with words of others, a dot leads into a map; absent: the whole row. */
  readonly fields?: readonly string[] | undefined;
  readonly because: OfficersReason;
}

/** A decision, and how it met the rows so far. */
export interface Decision extends Looked {
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
 * @param seen hashes of the rows that were shown, in their order
 * @param kept everything that is kept back; the rest is given
 */
export function decide(seen: readonly string[], kept: readonly Kept[], hashOf: (row: ExportRow) => string): Decision {
  const shown = new Set(seen);
  const byHash = Map.groupBy(kept, ({ row }) => seen[row - 1] ?? '');
  const counts = new Map<Because, { rows: number; fields: number }>();
  const withoutField: Kept[] = [];
  let left = 0;
  const count = (because: Because, what: 'rows' | 'fields', n: number): void => {
    const now = counts.get(because) ?? { rows: 0, fields: 0 };
    counts.set(because, { ...now, [what]: now[what] + n });
  };
  const given = (row: ExportRow): ExportRow | null => {
    const hash = hashOf(row);
    if (!shown.has(hash)) {
      count('notLookedAt', 'rows', 1);
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
      const without = withoutFields(out, one.fields ?? []);
      if (without.missing) withoutField.push(one);
      count(one.because, 'fields', without.places.length);
      out = without.row;
    }
    if (Object.keys(out.data).length > 0) left += 1;
    return out;
  };
  return {
    given,
    left: () => left,
    unseen: () => counts.get('notLookedAt')?.rows ?? 0,
    withoutField: () => withoutField,
    withheld: () =>
      WITHHELD_BECAUSE.flatMap((because): Withheld[] => {
        const { rows = 0, fields = 0 } = counts.get(because) ?? {};
        return rows + fields === 0 ? [] : [{ because, rows, fields }];
      }),
  };
}

/** Takes fields out of a row, and names their places in it. */
function withoutFields(
  row: ExportRow,
  fields: readonly string[],
): { readonly row: ExportRow; readonly places: readonly string[]; readonly missing: boolean } {
  const places: string[] = [];
  let data: unknown = row.data;
  let missing = false;
  for (const field of fields) {
    const before = places.length;
    data = changed(data, field.split('.'), '', (_, at) => {
      places.push(at);
      return undefined;
    });
    missing ||= places.length === before;
  }
  const { types, ...rest } = row;
  const isLeft = (at: string): boolean => !places.some((place) => at === place || at.startsWith(`${place}/`));
  const left = Object.entries(types ?? {}).filter(([at]) => isLeft(at));
  return {
    row: {
      ...rest,
      data: data as ExportRow['data'],
      ...(left.length > 0 ? { types: Object.fromEntries(left) } : {}),
      ...(places.length > 0 ? { withheld: [...(row.withheld ?? []), ...places] } : {}),
    },
    places,
    missing,
  };
}

import type { Instant } from '../platform/time.ts';

/**
 * A part of a backlog: rows whose time lies after `from` (null: from the first one on) and not
 * after `until`.
 */
export interface Window {
  readonly from: Instant | null;
  readonly until: Instant;
}

/** A window, and how many rows lie in it. */
export interface Slice extends Window {
  readonly rows: number;
}

/** Fewer rows than this are one window: another job would cost more than it saves. */
export const LEAST_ROWS = 5_000;
/**
 * A backlog is counted in at least so many slices for each of its windows, so that one has at most
 * about an eighth more rows than another.
 */
const SLICES_PER_WINDOW = 8;
/**
 * The rows of one slice are divided again at most this often: a mass import leaves all rows at one
 * moment.
 */
const DEEPEST = 12;

/**
 * Counts a backlog in slices of its time, each small enough that windows of about the same size can
 * be made of them. If many rows lie close together, the slice is counted again in parts. Counts
 * only, one read per thousand rows.
 *
 * @param count how many rows lie in a window
 * @param most how many windows there may be
 * @returns the slices in order, without a gap, from before the oldest row to the cut-off
 */
export async function sliceBacklog(
  count: (window: Window) => Promise<number>,
  { oldest, cutoff, over, most }: { oldest: Instant; cutoff: Instant; over: number; most: number },
): Promise<Slice[]> {
  const fine = Math.max(LEAST_ROWS, over / most) / SLICES_PER_WINDOW;
  return slice({ from: null, until: cutoff, rows: over }, oldest, 0);

  async function slice(whole: Slice, begin: Instant, depth: number): Promise<Slice[]> {
    const middle = Math.floor((begin + whole.until) / 2);
    if (whole.rows <= fine || depth >= DEEPEST || middle >= whole.until || middle < begin) return [whole];
    const rows = await count({ from: whole.from, until: middle });
    const halves = [
      { from: whole.from, until: middle, rows },
      // Rows that come or go meanwhile: a count is never below nothing.
      { from: middle, until: whole.until, rows: Math.max(0, whole.rows - rows) },
    ] as const;
    const parts = await Promise.all(halves.map((half, n) => slice(half, n === 0 ? begin : middle, depth + 1)));
    return parts.flat();
  }
}

/**
 * Makes windows of about the same number of rows, of slices that lie one after the other. Pure.
 *
 * @returns at least one, at most `most`, in order, without a gap: every row of the slices lies in
 * exactly one window
 */
export function windowsOf(slices: readonly Slice[], most: number): Window[] {
  const total = slices.reduce((sum, { rows }) => sum + rows, 0);
  const wanted = Math.max(1, Math.min(most, Math.floor(total / LEAST_ROWS)));
  const windows: Window[] = [];
  let from = slices[0]?.from ?? null;
  let seen = 0;
  for (const [index, { rows, until }] of slices.entries()) {
    seen += rows;
    const isLast = index === slices.length - 1;
    // Ends as soon as its share of all rows is reached; the last one ends with the slices.
    if (!isLast && (windows.length >= wanted - 1 || seen < ((windows.length + 1) * total) / wanted)) continue;
    windows.push({ from, until });
    from = until;
  }
  return windows;
}

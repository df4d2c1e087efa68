import { LeftError } from '../platform/errors.ts';
import { DAY_MS, type Instant } from '../platform/time.ts';
import type { NamedRecord } from '../policy/lookup.ts';
import type { RecordAction, PersonActions } from '../systems/person.ts';
import type { Cursor, Outcome, Progress } from '../systems/system.ts';

interface Place {
  readonly record: number;
  readonly inner?: Cursor;
  readonly outcomes: readonly Outcome[];
}

/**
 * Works through records one after the other within one step, so that a step's writes do not grow
 * with the policy. The place, the record's own cursor and the outcomes so far are in one cursor: an
 * interruption loses none of them.
 */
export async function walk(
  records: readonly NamedRecord[],
  action: RecordAction,
  run: { readonly cursor?: Cursor; readonly deadline: number; readonly now: () => number },
): Promise<Progress> {
  let place = (run.cursor as { readonly place: Place } | undefined)?.place ?? { record: 0, outcomes: [] };
  for (;;) {
    const record = records[place.record];
    if (record === undefined) return { settled: place.outcomes };
    const progress = await action(record, place.inner);
    if ('wait' in progress) {
      const inner = progress.cursor === undefined ? {} : { inner: progress.cursor };
      const soFar = [...place.outcomes, ...(progress.soFar ?? [])];
      return { ...progress, cursor: { place: { record: place.record, outcomes: place.outcomes, ...inner } }, soFar };
    }
    place =
      'settled' in progress
        ? { record: place.record + 1, outcomes: [...place.outcomes, ...progress.settled] }
        : { ...place, inner: progress.more };
    if (run.now() >= run.deadline) return { more: { place } };
  }
}

/**
 * Works through records as `walk` does, but for those that must stay for now; if there are any,
 * waits for their end, and at most a day. Then all of them are walked again, from the first. The
 * cursor remembers that one was passed over: nothing may keep it any more when the walk ends.
 *
 * @param until when a record may be touched; null: now
 */
export async function walkFree(
  records: readonly NamedRecord[],
  action: RecordAction,
  run: Parameters<typeof walk>[2],
  until: (named: NamedRecord) => number | null,
): Promise<Progress> {
  const kept = records.flatMap((named) => until(named) ?? []);
  let passed = run.cursor?.['passed'] === true;
  const skipping: RecordAction = async (named, cursor) => {
    if (until(named) === null) return action(named, cursor);
    passed = true;
    return { settled: [] };
  };
  const progress = await walk(records, skipping, run);
  if ('more' in progress) return { more: { ...progress.more, ...(passed && { passed }) } };
  if ('wait' in progress) return { ...progress, cursor: { ...progress.cursor, ...(passed && { passed }) } };
  // An empty cursor begins again: the records that stay are walked then.
  if (kept.length === 0) return passed ? { more: {} } : progress;
  const wait = Math.min(...kept, run.now() + DAY_MS);
  const why = 'a legal hold or a restriction is on this person';
  return { wait, why, soFar: progress.settled, cursor: {} };
}

/** Returns when grounds end that keep rows, by the outcomes of a walk. Pure. */
export const endsOfRetained = (outcomes: readonly Outcome[]): Instant[] =>
  outcomes.flatMap((outcome) => (outcome.outcome === 'retained' ? (outcome.until ?? []) : []));

/**
 * Lets a walk that has settled come again, from the first record, when the next period is over: one
 * of those named, or of a ground that keeps rows. For grounds it comes at most once a day. Pure.
 */
export function untilNextEnd(progress: Progress, periods: readonly Instant[], now: Instant): Progress {
  if (!('settled' in progress)) return progress;
  const grounds = endsOfRetained(progress.settled).map((end) => Math.max(end, now + DAY_MS));
  const ends = [...periods.filter((end) => end > now), ...grounds];
  if (ends.length === 0) return progress;
  return { wait: Math.min(...ends), why: 'another period runs until then', soFar: progress.settled, cursor: {} };
}

/**
 * Reads a record back. Rows that are there again (a device wrote them, another company restored
 * them) are ended again, and read back again.
 *
 * @param actions `check` throws a LeftError if rows are there that should have ended
 */
export function readingBack({ check, apply }: Pick<PersonActions, 'check' | 'apply'>): RecordAction {
  return async (named, cursor) => {
    try {
      if (cursor === undefined) return await check(named, undefined);
    } catch (error) {
      if (!(error instanceof LeftError)) throw error;
    }
    const applied = await apply(named, cursor);
    if (!('settled' in applied)) return applied;
    const checked = await check(named, undefined);
    return 'settled' in checked ? { settled: withEnded(applied.settled, checked.settled) } : checked;
  };
}

/**
 * Returns the outcomes that are true now, together with those of the rows that were ended for it.
 */
function withEnded(applied: readonly Outcome[], checked: readonly Outcome[]): readonly Outcome[] {
  const ended = applied.filter(({ outcome, count }) => outcome === 'done' && count > 0);
  const now = checked.filter(({ outcome, count }) => outcome !== 'done' || count > 0);
  return ended.length + now.length > 0 ? [...ended, ...now] : checked;
}

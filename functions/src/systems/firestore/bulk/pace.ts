/**
 * How fast one process writes documents in bulk. Pure.
 *
 * BulkWriter begins at 500 writes a second and adds half of it each five minutes, whatever
 * Firestore could take
 * (https://firebase.google.com/docs/firestore/best-practices#ramping_up_traffic): most erasures end
 * before the first five minutes. Here a process begins fast, and slows down if Firestore refuses,
 * rows are contended, or answers take longer than usual. One person's documents are a range of
 * neighbouring keys, which Firestore may have to divide first.
 */

/** Writes in one request of BulkWriter. */
export const REQUEST = 20;
/** The slowest pace: five requests a second. */
export const SLOWEST = 100;
/**
 * An answer within this time is never slow, in milliseconds. It has the wait for the writes before:
 * BulkWriter sends 500 at once, and at half of that a second Firestore is slow.
 */
export const SLOW_MS = 1_000;

export interface Pace {
  /** Writes a second. */
  readonly limit: number;
  /** The mean time to an answer, in milliseconds; undefined before the first one. */
  readonly usualMs: number | undefined;
}

/** Firestore's answers of one interval. */
export interface Answers {
  /** Refusals for lack of capacity (RESOURCE_EXHAUSTED). */
  readonly exhausted: number;
  /** Writes that met others on the same rows (ABORTED). */
  readonly aborted: number;
  readonly written: number;
  /** The time to the answers of all `written` together, in milliseconds. */
  readonly waitedMs: number;
}

export const NO_ANSWERS: Answers = { exhausted: 0, aborted: 0, written: 0, waitedMs: 0 };

/** Parts of the limit after an interval. A pace that was halved is whole again after 4 seconds. */
const AFTER = { exhausted: 1 / 2, aborted: 3 / 4, slow: 3 / 4, well: 1.05 } as const;
/** The usual time follows each interval by this part: what stays slow becomes usual. */
const LEARNED = 1 / 20;

/**
 * The pace of the next interval. Pure.
 *
 * @param most writes a second at most
 */
export function nextPace({ limit, usualMs }: Pace, answers: Answers, most: number): Pace {
  const { exhausted, aborted, written, waitedMs } = answers;
  const meanMs = written === 0 ? undefined : waitedMs / written;
  const isSlow = meanMs !== undefined && meanMs >= SLOW_MS && meanMs >= 2 * (usualMs ?? meanMs);
  const how = exhausted > 0 ? 'exhausted' : aborted > 0 ? 'aborted' : isSlow ? 'slow' : 'well';
  const next = limit * AFTER[how];
  return {
    limit: Math.min(most, Math.max(SLOWEST, next)),
    usualMs: meanMs === undefined ? usualMs : (usualMs ?? meanMs) + (meanMs - (usualMs ?? meanMs)) * LEARNED,
  };
}

/** Writes that may be made now, and when they were counted. */
export interface Bucket {
  readonly tokens: number;
  /** Milliseconds of a clock that never goes back. */
  readonly at: number;
}

/** The writes that are added a second, and the most that are kept. */
export interface Flow {
  readonly rate: number;
  readonly burst: number;
}

/** The bucket at a later moment. Pure. */
export function refilled({ tokens, at }: Bucket, { rate, burst }: Flow, now: number): Bucket {
  const added = (Math.max(0, now - at) * rate) / 1000;
  return { tokens: Math.min(burst, tokens + added), at: Math.max(at, now) };
}

/** Milliseconds until so many writes may be made. Pure. */
export const msUntil = ({ tokens }: Bucket, { rate }: Flow, wanted: number): number =>
  Math.ceil((Math.max(0, wanted - tokens) * 1000) / rate);

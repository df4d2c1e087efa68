/**
 * The time in epoch milliseconds. Comes in as data everywhere, so that a test says what time it is.
 */
export type Clock = () => number;

/** A moment in epoch milliseconds. */
export type Instant = number;

/** Durations in milliseconds, of clocks; calendar periods are in policy/calendar.ts. */
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Event times can be whole seconds: times that differ by less are the same moment. */
export const PRECISION_MS = 1000;

/** A moment in UTC as ISO 8601 with milliseconds. */
export const iso = (at: Instant): string => new Date(at).toISOString();

/**
 * A moment in UTC, to the second, as a part of an id: 20260601T090000Z. A schedule that fires twice
 * for one second is one.
 */
export const stampOf = (at: Instant): string => `${iso(at).slice(0, 19).replace(/[-:]/g, '')}Z`;

/** The day of a moment in UTC, as YYYY-MM-DD. */
export const utcDay = (at: Instant): string => iso(at).slice(0, 10);

/** The last moment that a timestamp of Firestore can hold: everything is due before it. */
export const FOREVER: Instant = Date.UTC(10_000, 0, 1) - 1;

/**
 * When the write of an event happened: as its document says. An event without one tells its own
 * time, which may be whole seconds only.
 */
export const writtenAt = (
  event: { readonly time: string },
  document: { readonly updateTime?: { toMillis(): number } | undefined } | undefined,
): Instant => document?.updateTime?.toMillis() ?? Date.parse(event.time);

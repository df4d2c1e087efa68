import { Temporal } from 'temporal-polyfill';
import { builtZones, type OffsetSpan } from './builtZones.ts';

/**
 * The clocks of a time zone, in whole numbers. Instants are epoch milliseconds. A wall clock is
 * written as the instant at which UTC's clocks show the same, a date as the first of its moments.
 */

export const DAY_MS = 86_400_000;

/** The first and last moment that a `Date` can hold. */
const MOMENTS = { first: -8.64e15, last: 8.64e15 };

/** Spans by zone: those of the build, and those that were asked for. */
const known = new Map<string, OffsetSpan[]>();

/**
 * Returns the span of an instant. Temporal computes it if it is not known: that loads the first
 * `Intl.DateTimeFormat` of a process, the half of a small function's work.
 *
 * @param zone IANA time zone
 * @throws RangeError if the instant or the zone is none
 */
export function spanAt(instant: number, zone: string): OffsetSpan {
  const spans = known.get(zone) ?? [...(builtZones[zone] ?? [])];
  known.set(zone, spans);
  const found = spans.find(({ from, to }) => from <= instant && instant < to);
  if (found !== undefined) return found;
  const computed = computeSpan(instant, zone);
  spans.push(computed);
  return computed;
}

function computeSpan(instant: number, zone: string): OffsetSpan {
  const zoned = (at: number) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const change = (at: number, direction: 'previous' | 'next') =>
    zoned(at).getTimeZoneTransition(direction)?.epochMilliseconds;
  return {
    from: change(instant + 1, 'previous') ?? MOMENTS.first,
    to: change(instant, 'next') ?? MOMENTS.last,
    offset: zoned(instant).offsetNanoseconds / 1e6,
  };
}

/** Returns the spans of a zone from one instant to another, in order. */
export function spansOf(zone: string, from: number, to: number): OffsetSpan[] {
  const span = spanAt(from, zone);
  return span.to < to ? [span, ...spansOf(zone, span.to, to)] : [span];
}

const offsetAt = (instant: number, zone: string): number => spanAt(instant, zone).offset;

/** Returns the wall clock at an instant. */
export const wallClock = (instant: number, zone: string): number => instant + offsetAt(instant, zone);

/** Returns the date of a wall clock. */
export const dateOf = (wall: number): number => Math.floor(wall / DAY_MS) * DAY_MS;

/**
 * Returns the instant of a wall clock. If it comes twice, the first. If it is skipped, the instant
 * as far behind the change of clocks as the wall clock is behind the begin of the skipped time.
 */
export function instantOf(wall: number, zone: string): number {
  const before = wall - offsetAt(wall - DAY_MS, zone);
  const offset = offsetAt(before, zone);
  return offset === offsetAt(wall - offsetAt(wall + DAY_MS, zone), zone) ? wall - offset : before;
}

/** Returns the instant at which a date begins: the change of clocks, if its midnight is skipped. */
export function startOfDay(date: number, zone: string): number {
  const start = instantOf(date, zone);
  return wallClock(start, zone) === date ? start : spanAt(start, zone).from;
}

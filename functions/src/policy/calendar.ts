import { Temporal } from 'temporal-polyfill';
import type { Period, Policy } from './schema.ts';

/**
 * Calendar arithmetic of a policy: periods are counted in days of the controller's time zone. All
 * instants are epoch milliseconds, all periods ISO 8601 in calendar units (P13M, P2Y, P7D).
 *
 * The rule (Regulation (EEC, Euratom) No 1182/71, art. 3): a period of months or years ends on the
 * day of the same date. If the month has no such date, it ends with the last hour of its last day.
 * So a period never ends earlier for a later start, and a single `field <= cutoff` selects exactly
 * the rows that are over.
 */
export interface Calendar {
  /** IANA time zone, such as Europe/Paris. */
  timeZone: string;
  /** Last day of the financial year, as --MM-DD. */
  financialYearEnd: string;
}

/** The calendar of a policy's controller. */
export const calendarOf = (policy: Pick<Policy, 'controller'>): Calendar => ({
  timeZone: policy.controller.timeZone,
  financialYearEnd: policy.controller.financialYearEnd,
});

const zoned = (instant: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);

/**
 * Returns the instant at which a period that began at `instant` is over, never earlier than the
 * same wall clock on the target date.
 *
 * If the target month is too short, the period runs to the last millisecond of its last day; around
 * a change of clocks, to the end of the hour concerned. Non-decreasing in `instant`.
 *
 * @param instant epoch milliseconds
 * @param period ISO 8601, calendar units only; throws a RangeError if malformed
 * @param zone IANA time zone
 * @example addPeriod(Date.parse('2026-01-31T10:00+01:00'), 'P1M', 'Europe/Paris')
 * // 2026-02-28T23:59:59.999+01:00
 */
export function addPeriod(instant: number, period: Period, zone: string): number {
  const day = dayOf(instant, period, zone);
  if (day.shift !== undefined) return instant + day.shift;
  // Not an ordinary day: an earlier instant may reach further. The instant before each step back of
  // date or clock is a candidate.
  const candidates = [instant, day.from - 1];
  const change = zoned(day.from, zone).getTimeZoneTransition('next')?.epochMilliseconds;
  if (change !== undefined && change <= instant) candidates.push(change - 1);
  return Math.max(...candidates.map((c) => sameWallClock(c, period, zone)));
}

/**
 * Returns the same wall clock on the target date. Times in or just behind a skipped hour end in
 * order.
 */
function sameWallClock(instant: number, period: Period, zone: string): number {
  const start = zoned(instant, zone);
  const end = start.add(period);
  const change = transitionWithin(end, zone);
  if (change === undefined) return end.epochMilliseconds;
  const skipped = (zoned(change, zone).offsetNanoseconds - zoned(change - 1, zone).offsetNanoseconds) / 1e6;
  const behind = end.epochMilliseconds >= change && end.epochMilliseconds < change + skipped;
  // 02:30 does not exist and becomes 03:30: so 03:10 may not end before it.
  return behind && end.toPlainTime().equals(start.toPlainTime()) ? change + skipped - 1 : end.epochMilliseconds;
}

function transitionWithin(day: Temporal.ZonedDateTime, zone: string): number | undefined {
  const from = day.startOfDay().epochMilliseconds;
  const change = zoned(from - 1, zone).getTimeZoneTransition('next')?.epochMilliseconds;
  const to = day.startOfDay().add({ days: 1 }).startOfDay().epochMilliseconds;
  return change !== undefined && change < to ? change : undefined;
}

/**
 * The instant at which a calendar day begins in a zone, in epoch milliseconds.
 *
 * @throws RangeError if the date is none
 * @example startOfDate('2026-02-01', 'Europe/Paris') // 2026-01-31T23:00:00Z
 */
export const startOfDate = (date: string, zone: string): number =>
  Temporal.PlainDate.from(date, { overflow: 'reject' }).toZonedDateTime(zone).epochMilliseconds;

/**
 * True if a calendar day has begun in a zone. The zone is asked only near that day, since no zone
 * was ever a whole day from UTC: most answers load no calendar.
 *
 * @param date ISO 8601, such as 2026-02-01
 * @param now epoch milliseconds
 */
export function hasBegun(date: string, zone: string, now: number): boolean {
  const sinceUtc = now - Date.parse(`${date}T00:00:00Z`);
  return Math.abs(sinceUtc) > 86_400_000 ? sinceUtc > 0 : startOfDate(date, zone) <= now;
}

/** A calendar day as the start of a period; `shift` is the amount to add on an ordinary day. */
interface Day {
  from: number;
  to: number;
  shift?: number;
}

/** Sweeps ask for thousands of rows of the same few days: a pure computation, remembered. */
const days = new Map<string, Day[]>();
const MAX_DAYS = 20_000;

function dayOf(instant: number, period: Period, zone: string): Day {
  const key = `${zone} ${period} ${Math.floor(instant / 86_400_000)}`;
  const known = days.get(key) ?? [];
  const found = known.find((d) => d.from <= instant && instant < d.to);
  if (found) return found;
  const day = computeDay(instant, period, zone);
  if (days.size >= MAX_DAYS) days.clear();
  days.set(key, [...known, day]);
  return day;
}

function computeDay(instant: number, period: Period, zone: string): Day {
  const start = zoned(instant, zone).startOfDay();
  const from = start.epochMilliseconds;
  const to = start.add({ days: 1 }).startOfDay().epochMilliseconds;
  if (Temporal.Duration.from(period).blank) return { from, to, shift: 0 };
  const date = start.toPlainDate();
  const target = date.add(period);
  const clamped = target.equals(date.subtract({ days: 1 }).add(period));
  const targetStart = target.toZonedDateTime(zone);
  const ordinary =
    !clamped && transitionWithin(start, zone) === undefined && transitionWithin(targetStart, zone) === undefined;
  return ordinary ? { from, to, shift: targetStart.epochMilliseconds - from } : { from, to };
}

/**
 * Returns the instant at which `period` is over, counted from the close of the financial year of
 * `instant`. An invoice of 3 March 2026, financial year --12-31, P10Y: over with 31 December 2036.
 */
function addFromFinancialYear(instant: number, period: Period, calendar: Calendar): number {
  const date = zoned(instant, calendar.timeZone).toPlainDate();
  const [month = 12, day = 31] = calendar.financialYearEnd.slice(2).split('-').map(Number);
  const closeIn = (year: number) => Temporal.PlainDate.from({ year, month, day }, { overflow: 'constrain' });
  const thisYear = closeIn(date.year);
  const close = Temporal.PlainDate.compare(date, thisYear) <= 0 ? thisYear : closeIn(date.year + 1);
  return close.add(period).add({ days: 1 }).toZonedDateTime(calendar.timeZone).epochMilliseconds;
}

/** When a period counted from the time in a field is over; non-decreasing in `instant`. */
export function periodEnd(
  instant: number,
  period: Period,
  calendar: Calendar,
  from: 'instant' | 'financialYearEnd' = 'instant',
): number {
  return from === 'instant'
    ? addPeriod(instant, period, calendar.timeZone)
    : addFromFinancialYear(instant, period, calendar);
}

/**
 * Returns the latest instant whose period is over at `now`: `periodEnd(t, …) <= now` if and only if
 * `t <= cutoff(…)`, to the millisecond. A sweep deletes rows with `field <= cutoff`.
 */
export function cutoff(
  period: Period,
  now: number,
  calendar: Calendar,
  from: 'instant' | 'financialYearEnd' = 'instant',
): number {
  const over = (t: number) => periodEnd(t, period, calendar, from) <= now;
  let step = 86_400_000;
  let low = zoned(now, calendar.timeZone).subtract(period).epochMilliseconds;
  while (!over(low)) {
    low -= step;
    step *= 2;
  }
  step = 86_400_000;
  let high = low + step;
  while (over(high)) {
    low = high;
    step *= 2;
    high += step;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (over(middle)) low = middle;
    else high = middle;
  }
  return low;
}

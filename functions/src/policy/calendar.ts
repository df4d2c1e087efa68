import type { Period, Policy } from './schema.ts';
import { dateOf, DAY_MS, instantOf, spanAt, startOfDay, wallClock } from './zone.ts';

/**
 * Calendar arithmetic of a policy: periods are counted in days of the controller's time zone. All
 * instants are epoch milliseconds, all periods ISO 8601 in calendar units (P13M, P2Y, P7D).
 *
 * The rule (Regulation (EEC, Euratom) No 1182/71, art. 3): a period of months or years ends on the
 * day of the same date. If the month has no such date, it ends with the last hour of its last day.
 * So a period never ends earlier for a later start, and a single `field <= cutoff` selects exactly
 * the rows that are over.
 */
export type Calendar = Pick<Policy['controller'], 'timeZone' | 'financialYearEnd'>;

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
  const length = lengthOf(period);
  if (length.months === 0 && length.days === 0) return instant;
  const from = startOfDay(dateOf(wallClock(instant, zone)), zone);
  // An earlier instant may reach further, if dates or clocks step back behind it. The instant
  // before each such step is a candidate.
  const candidates = [instant, from - 1];
  const change = spanAt(from, zone).to;
  if (change <= instant) candidates.push(change - 1);
  return Math.max(...candidates.map((candidate) => sameWallClock(candidate, length, zone)));
}

/**
 * Returns the same wall clock on the target date. Times in or just behind a skipped hour end in
 * order.
 */
function sameWallClock(instant: number, length: Length, zone: string): number {
  const start = wallClock(instant, zone);
  const timeOfDay = start - dateOf(start);
  const end = instantOf(addTo(dateOf(start), length) + timeOfDay, zone);
  const wall = wallClock(end, zone);
  const change = changeOn(dateOf(wall), zone);
  if (change === undefined) return end;
  const last = change + spanAt(change, zone).offset - spanAt(change - 1, zone).offset - 1;
  // 02:30 does not exist and becomes 03:30: so 03:10 may not end before it.
  return change <= end && end <= last && wall - dateOf(wall) === timeOfDay ? last : end;
}

/** Returns the first change of clocks on a date. */
function changeOn(date: number, zone: string): number | undefined {
  const change = spanAt(startOfDay(date, zone) - 1, zone).to;
  return change < startOfDay(date + DAY_MS, zone) ? change : undefined;
}

/**
 * Returns the instant at which a calendar day begins in a zone.
 *
 * @throws RangeError if the date is none
 * @example startOfDate('2026-02-01', 'Europe/Paris') // 2026-01-31T23:00:00Z
 */
export function startOfDate(date: string, zone: string): number {
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== date)
    throw new RangeError(`'${date}' is no day`);
  return startOfDay(day, zone);
}

/**
 * True if a calendar day has begun in a zone.
 *
 * @param date ISO 8601, such as 2026-02-01
 * @param now epoch milliseconds
 * @throws RangeError if the date is none
 */
export const hasBegun = (date: string, zone: string, now: number): boolean => startOfDate(date, zone) <= now;

/** A period: months are counted before days. */
interface Length {
  readonly months: number;
  readonly days: number;
}

function lengthOf(period: Period): Length {
  const units = /^P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/.exec(period);
  if (units === null) throw new RangeError(`'${period}' is no period of calendar units`);
  const [years = 0, months = 0, weeks = 0, days = 0] = units
    .slice(1)
    .map((unit: string | undefined) => Number(unit ?? 0));
  return { months: 12 * years + months, days: 7 * weeks + days };
}

/** Adds a period to a date: a month without that day counts with its last one. */
function addTo(date: number, { months, days }: Length): number {
  const target = new Date(date);
  const day = target.getUTCDate();
  target.setUTCMonth(target.getUTCMonth() + months);
  if (target.getUTCDate() !== day) target.setUTCDate(0);
  return target.getTime() + days * DAY_MS;
}

/**
 * Returns the instant at which `period` is over, counted from the close of the financial year of
 * `instant`. An invoice of 3 March 2026, financial year --12-31, P10Y: over with 31 December 2036.
 */
function addFromFinancialYear(instant: number, period: Period, { timeZone, financialYearEnd }: Calendar): number {
  const date = dateOf(wallClock(instant, timeZone));
  // Counted from a leap year, 29 February is there.
  const closeIn = (year: number) =>
    addTo(Date.parse(`2000${financialYearEnd.slice(1)}`), { months: 12 * (year - 2000), days: 0 });
  const year = new Date(date).getUTCFullYear();
  const close = date <= closeIn(year) ? closeIn(year) : closeIn(year + 1);
  return startOfDay(addTo(close, lengthOf(period)) + DAY_MS, timeZone);
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

/** Returns when something that is asked for at an instant has to be answered (Art. 12(3)). */
export const answerBy = ({ rights, controller }: Pick<Policy, 'rights' | 'controller'>, instant: number): number =>
  addPeriod(instant, rights.answerWithin.period, controller.timeZone);

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
  const { months, days } = lengthOf(period);
  // It is over by now: no month is longer, and a financial year closes within 400 days.
  let low = now - (31 * months + days + 400) * DAY_MS;
  // It is not: no period ends before it begins.
  let high = now + 1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (over(middle)) low = middle;
    else high = middle;
  }
  return low;
}

import { Temporal } from 'temporal-polyfill';
import type { Calendar } from '../../../../functions/src/policy/calendar.ts';

/** The calendar of policies written with Temporal alone: slow, and short enough to be read. */

const zoned = (instant: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);

const nextChange = (instant: number, zone: string): number =>
  zoned(instant, zone).getTimeZoneTransition('next')?.epochMilliseconds ?? Infinity;

/** The latest of the same wall clocks of this instant and of those before steps back on its day. */
export function plainAddPeriod(instant: number, period: string, zone: string): number {
  if (Temporal.Duration.from(period).blank) return instant;
  const from = zoned(instant, zone).startOfDay().epochMilliseconds;
  const change = nextChange(from, zone);
  const candidates = [instant, from - 1, ...(change <= instant ? [change - 1] : [])];
  return Math.max(...candidates.map((candidate) => sameWallClock(candidate, period, zone)));
}

function sameWallClock(instant: number, period: string, zone: string): number {
  const start = zoned(instant, zone);
  const end = start.add(period);
  const from = end.startOfDay();
  const change = nextChange(from.epochMilliseconds - 1, zone);
  if (change >= from.add({ days: 1 }).startOfDay().epochMilliseconds) return end.epochMilliseconds;
  const skipped = (zoned(change, zone).offsetNanoseconds - zoned(change - 1, zone).offsetNanoseconds) / 1e6;
  const behind = end.epochMilliseconds >= change && end.epochMilliseconds < change + skipped;
  return behind && end.toPlainTime().equals(start.toPlainTime()) ? change + skipped - 1 : end.epochMilliseconds;
}

export function plainFromFinancialYear(instant: number, period: string, calendar: Calendar): number {
  const date = zoned(instant, calendar.timeZone).toPlainDate();
  const [month = 12, day = 31] = calendar.financialYearEnd.slice(2).split('-').map(Number);
  const closeIn = (year: number) => Temporal.PlainDate.from({ year, month, day }, { overflow: 'constrain' });
  const isOver = Temporal.PlainDate.compare(date, closeIn(date.year)) > 0;
  const close = closeIn(isOver ? date.year + 1 : date.year);
  return close.add(period).add({ days: 1 }).toZonedDateTime(calendar.timeZone).epochMilliseconds;
}

import { Temporal } from 'temporal-polyfill';
import type { Instant } from '../../platform/time.ts';

/** Days as a request names them (YYYY-MM-DD): the first and the last. */
export interface Days {
  readonly startDate: string;
  readonly endDate: string;
}

/** The range of one question. */
export interface Period {
  /**
   * The days to ask for. Brevo counts the newest days: it alone knows the present day of its own
   * count.
   */
  readonly ask: Days | { readonly days: number };
  /** The part of the answer that belongs to this period: from this moment on … */
  readonly from: Instant;
  /** … and before this one; without end for the newest. */
  readonly until: Instant;
}

/**
 * The most days that one question may cover: "The date range can not exceed 90 days". Both ends are
 * counted here, which is the stricter reading.
 */
export const LONGEST = 90;
/** The days of a period. Asked for are those beside it as well, one before and two behind. */
const DAYS = LONGEST - 3;

/**
 * Returns the time from `oldest` on, in periods, the newest first; they lie one after the other,
 * without a gap.
 *
 * Brevo takes whole days and does not say in which zone they are, nor whether the last one is
 * included. So each question asks for more than its period. In every zone (from 12 hours behind UTC
 * to 14 ahead of it), and however the last day counts, the period is in the answer. The moments of
 * the events themselves tell which belong to it. Pure.
 *
 * @param oldest nothing is older; the last period begins with its day
 */
export function periodsBack(now: Instant, oldest: Instant): Period[] {
  const today = dayOf(now);
  const first = dayOf(oldest);
  let from = later(today.subtract({ days: DAYS }), first);
  const periods: Period[] = [{ ask: { days: LONGEST }, from: startOf(from), until: Infinity }];
  while (Temporal.PlainDate.compare(from, first) > 0) {
    const until = from;
    from = later(until.subtract({ days: DAYS }), first);
    const ask = { startDate: from.subtract({ days: 1 }).toString(), endDate: until.add({ days: 1 }).toString() };
    periods.push({ ask, from: startOf(from), until: startOf(until) });
  }
  return periods;
}

/** Returns the newest days that are over in every zone, as many as a period asks for at most. */
export function newestDays(now: Instant): Days {
  const last = dayOf(now).subtract({ days: 1 });
  return { startDate: last.subtract({ days: LONGEST - 1 }).toString(), endDate: last.toString() };
}

const dayOf = (instant: Instant): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO('UTC').toPlainDate();

const startOf = (day: Temporal.PlainDate): Instant => day.toZonedDateTime('UTC').epochMilliseconds;

const later = (a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate =>
  Temporal.PlainDate.compare(a, b) > 0 ? a : b;

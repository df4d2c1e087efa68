import { Temporal } from 'temporal-polyfill';
import type { Instant } from '../../platform/time.ts';

/** Days as a request names them (YYYY-MM-DD): the first and the last. */
export interface Days {
  readonly startDate: string;
  readonly endDate: string;
}

/** What one question covers. */
export interface Period {
  /** What to ask for. The newest days are counted by Brevo: it alone knows which day it is where it counts. */
  readonly ask: Days | { readonly days: number };
  /** What of the answer belongs to this period: from this moment on … */
  readonly from: Instant;
  /** … and before this one; without end for the newest. */
  readonly until: Instant;
}

/** The most days that one question may cover: "The date range can not exceed 90 days". Both ends are counted here, which is the stricter reading. */
export const LONGEST = 90;
/** The days of a period. Asked for are those beside it as well, one before and two behind. */
const DAYS = LONGEST - 3;

/**
 * The time from `oldest` on, in periods, the newest first; they lie one after the other, without a gap.
 *
 * Brevo takes whole days and does not say in which zone they are, nor whether the last one is included. So each question asks for more than
 * its period: whatever the zone (from 12 hours behind UTC to 14 ahead of it) and whichever way the last day counts, the period is in the answer. What belongs
 * to it is known by the moments of the events themselves. Pure.
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

/** The newest days that are over wherever Brevo counts them, as many as a period asks for at most. */
export function newestDays(now: Instant): Days {
  const last = dayOf(now).subtract({ days: 1 });
  return { startDate: last.subtract({ days: LONGEST - 1 }).toString(), endDate: last.toString() };
}

const dayOf = (instant: Instant): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO('UTC').toPlainDate();

const startOf = (day: Temporal.PlainDate): Instant => day.toZonedDateTime('UTC').epochMilliseconds;

const later = (a: Temporal.PlainDate, b: Temporal.PlainDate): Temporal.PlainDate =>
  Temporal.PlainDate.compare(a, b) > 0 ? a : b;

import { Temporal } from 'temporal-polyfill';
import { invalid, missingParameter, outOfRange } from './errors.ts';
import type { BrevoState } from './state.ts';

/** Days, both included. */
export interface Days {
  from: Temporal.PlainDate;
  to: Temporal.PlainDate;
}

interface Asked {
  startDate?: string | undefined;
  endDate?: string | undefined;
}

/**
 * Returns the days asked for; without dates the last ones, today included.
 *
 * @throws BrevoFailure if one of both is missing, or they are the wrong way round
 */
export function daysOf(state: BrevoState, { startDate, endDate }: Asked, standard: number): Days {
  if ((startDate === undefined) !== (endDate === undefined))
    throw missingParameter('startDate and endDate must be passed together');
  if (startDate === undefined || endDate === undefined) {
    const to = dayOf(state, state.time());
    return { from: to.subtract({ days: standard - 1 }), to };
  }
  const [from, to] = [Temporal.PlainDate.from(startDate), Temporal.PlainDate.from(endDate)];
  if (Temporal.PlainDate.compare(from, to) > 0) throw invalid('startDate should be lower than or equal to endDate');
  return { from, to };
}

/**
 * Refuses statistics of more than 90 days at once, or older than the setting `statisticsDays`
 * allows.
 */
export function checkStatisticsDays(state: BrevoState, { from, to }: Days): void {
  if (from.until(to).days > 90) throw outOfRange('The date range can not exceed 90 days');
  const { statisticsDays } = state.settings();
  if (statisticsDays !== null && from.until(dayOf(state, state.time())).days >= statisticsDays)
    throw outOfRange(`startDate should be within the last ${statisticsDays} days`);
}

/** "Must not be greater than the current date." */
export function checkNotAhead(state: BrevoState, { to }: Days): void {
  if (Temporal.PlainDate.compare(to, dayOf(state, state.time())) > 0)
    throw invalid('endDate should not be greater than the current date');
}

/** Is a moment in these days? */
export function within(state: BrevoState, moment: string, { from, to }: Days): boolean {
  const day = dayOf(state, moment);
  return Temporal.PlainDate.compare(day, from) >= 0 && Temporal.PlainDate.compare(day, to) <= 0;
}

/** Returns the day of a moment in the account's time zone (setting `timeZone`). */
function dayOf(state: BrevoState, moment: string): Temporal.PlainDate {
  return Temporal.Instant.from(moment).toZonedDateTimeISO(state.settings().timeZone).toPlainDate();
}

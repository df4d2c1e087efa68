import { policy } from '../functions/policies/deployed.ts';
import { addPeriod, startOfDate } from '../functions/src/policy/calendar.ts';
import { wallClock } from '../functions/src/policy/zone.ts';
import { UsageError } from './common.ts';

/**
 * Days and moments of commands, in the controller's time zone: as people read them, and as they
 * give them. Answers in JSON have moments in UTC.
 */

const zone = policy.controller.timeZone;

/** Returns the day of a moment, such as 2026-03-01. */
export const day = (at: number): string => iso(at).slice(0, -'T00:00:00.000Z'.length);

/** Returns a moment with its distance from UTC, such as 2026-03-01T10:00:00+01:00. */
export function moment(at: number): string {
  const minutes = Math.round((wallClock(at, zone) - at) / 60_000);
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) =>
    String(n).padStart(2, '0'),
  );
  return `${iso(at).slice(0, -'.000Z'.length)}${minutes < 0 ? '-' : '+'}${hours}:${rest}`;
}

const iso = (at: number): string => new Date(wallClock(at, zone)).toISOString();

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads a date of a command: a day begins in the controller's time zone, a time is taken as it is.
 * Absent: now.
 *
 * @throws UsageError if it is no date
 */
export const momentOf = (text: string | undefined, option: string, now: number): number =>
  text === undefined ? now : read(text, option, (date) => startOfDate(date, zone));

/**
 * Reads the end of something: a day ends in the controller's time zone, a time is taken as it is.
 *
 * @throws UsageError if it is no date
 */
export const endOf = (text: string, option: string): number =>
  read(text, option, (date) => addPeriod(startOfDate(date, zone), 'P1D', zone) - 1);

function read(text: string, option: string, ofDay: (date: string) => number): number {
  try {
    if (DAY.test(text)) return ofDay(text);
  } catch {
    // As below.
  }
  const at = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw new UsageError(`${option} is not a date, such as 2027-01-31 or 2027-01-31T14:00Z`);
  return at;
}

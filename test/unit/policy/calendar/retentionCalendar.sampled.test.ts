import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { cutoff, periodEnd, type Calendar } from '../../../../functions/src/policy/calendar.ts';
import { fate, noFacts } from '../../../../functions/src/policy/fate.ts';
import type { FateRule } from '../../../../functions/src/policy/schema.ts';
import { times } from '../../../kit/depth.ts';

/** The rows that the nightly run takes and their night, over the calendar's odd days. */

const units = fc.record({
  years: fc.integer({ min: 0, max: 9 }),
  months: fc.integer({ min: 0, max: 11 }),
  weeks: fc.integer({ min: 0, max: 6 }),
  days: fc.integer({ min: 0, max: 30 }),
});
/** P1D to P10Y, in one unit or in several. */
const periods = fc.oneof(
  fc.constantFrom(
    'P1D',
    'P7D',
    'P30D',
    'P1W',
    'P1M',
    'P6M',
    'P12M',
    'P13M',
    'P25M',
    'P1Y',
    'P2Y',
    'P3Y',
    'P5Y',
    'P10Y',
  ),
  units.filter((some) => Object.values(some).some((n) => n > 0)).map((some) => Temporal.Duration.from(some).toString()),
);
const zones = fc.constantFrom(
  'Europe/Paris',
  'Europe/Paris',
  'Europe/Brussels',
  'America/New_York',
  'Asia/Kathmandu',
  'UTC',
);

/**
 * Days at which calendars go wrong: ends of months, leap days, changes of clocks; and any other.
 */
const dates = fc.oneof(
  fc
    .tuple(fc.integer({ min: 2015, max: 2030 }), fc.integer({ min: 1, max: 12 }))
    .map(([year, month]) => Temporal.PlainYearMonth.from({ year, month }).toPlainDate({ day: 31 })),
  fc
    .constantFrom('2020-02-28', '2020-02-29', '2020-03-01', '2024-02-29', '2023-02-28')
    .map((day) => Temporal.PlainDate.from(day)),
  fc
    .constantFrom(
      '2025-03-29',
      '2025-03-30',
      '2025-03-31',
      '2025-10-25',
      '2025-10-26',
      '2025-10-27',
      '2024-03-31',
      '2024-10-27',
    )
    .map((day) => Temporal.PlainDate.from(day)),
  fc.integer({ min: 0, max: 5500 }).map((days) => Temporal.PlainDate.from('2015-01-01').add({ days })),
);
const starts = fc
  .tuple(
    dates,
    fc.constantFrom(0, 1, 60, 119, 120, 121, 150, 179, 180, 181, 720, 1439),
    fc.integer({ min: 0, max: 59_999 }),
    zones,
  )
  .map(([date, minutes, ms, zone]) => ({
    zone,
    start: date.toZonedDateTime({ timeZone: zone, plainTime: '00:00' }).add({ minutes, milliseconds: ms })
      .epochMilliseconds,
  }));

/** The run of a night: at three o'clock by the clocks of the zone. */
const runOf = (date: Temporal.PlainDate, timeZone: string): number =>
  date.toZonedDateTime({ timeZone, plainTime: '03:00' }).epochMilliseconds;
const dayOf = (instant: number, zone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate();

const ruleOf = (after: string, from: 'instant' | 'financialYearEnd'): FateRule => ({
  when: { field: 'createdAt', from },
  after,
  then: { do: 'delete' },
  source: { kind: 'ownChoice', reference: 'a property' },
});
const froms = fc.constantFrom<'instant' | 'financialYearEnd'>('instant', 'instant', 'instant', 'financialYearEnd');

describe('the nights of a retention', () => {
  it('take a row on the first run at which its period is over: never one day early, never more than one run late', () => {
    fc.assert(
      fc.property(starts, periods, froms, ({ start, zone }, period, from) => {
        const calendar: Calendar = { timeZone: zone, financialYearEnd: '--12-31' };
        const end = periodEnd(start, period, calendar, from);
        const around = dayOf(end, zone);
        const nights = [-2, -1, 0, 1].map((days) => runOf(around.add({ days }), zone));
        const taken = nights.map((now) => start <= cutoff(period, now, calendar, from));
        expect(taken).toEqual(nights.map((now) => now >= end));
        expect(taken.at(-1)).toBe(true);
        for (const [n, now] of nights.entries()) {
          const told = fate(
            { fate: [ruleOf(period, from)] },
            { ...noFacts, values: { createdAt: start } },
            now,
            calendar,
          );
          expect(told.kind).toBe(taken[n] === true ? 'end' : 'keep');
        }
      }),
      { numRuns: times(100, 1500) },
    );
  });

  it('do not end a row on a calendar day before the one that the period names', () => {
    fc.assert(
      fc.property(starts, periods, ({ start, zone }, period) => {
        const calendar: Calendar = { timeZone: zone, financialYearEnd: '--12-31' };
        // The day of the same date, or the last one of a month that has no such date.
        const named = dayOf(start, zone).add(period);
        const ended = dayOf(periodEnd(start, period, calendar), zone);
        expect(Temporal.PlainDate.compare(ended, named)).toBeGreaterThanOrEqual(0);
        expect(ended.since(named).total('days')).toBeLessThanOrEqual(1);
      }),
      { numRuns: times(100, 1500) },
    );
  });

  it('never go back: a row that is over one night is over the next', () => {
    fc.assert(
      fc.property(dates, periods, zones, froms, (date, period, zone, from) => {
        const calendar: Calendar = { timeZone: zone, financialYearEnd: '--06-30' };
        const cutoffs = [0, 1, 2, 3].map((days) => cutoff(period, runOf(date.add({ days }), zone), calendar, from));
        expect(cutoffs).toEqual([...cutoffs].sort((a, b) => a - b));
      }),
      { numRuns: times(50, 500) },
    );
  });
});

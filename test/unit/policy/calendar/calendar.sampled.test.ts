import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { addPeriod, cutoff, hasBegun, periodEnd, type Calendar } from '../../../../functions/src/policy/calendar.ts';
import { times } from '../../../kit/depth.ts';

const paris: Calendar = { timeZone: 'Europe/Paris', financialYearEnd: '--12-31' };
const at = (text: string) => Temporal.ZonedDateTime.from(`${text}[Europe/Paris]`).epochMilliseconds;
const show = (instant: number, zone = 'Europe/Paris') =>
  Temporal.Instant.fromEpochMilliseconds(instant)
    .toZonedDateTimeISO(zone)
    .toString({ timeZoneName: 'never', fractionalSecondDigits: 3 });

describe('addPeriod', () => {
  it.each([
    ['an ordinary month keeps the time of day', '2026-05-10T10:00', 'P1M', '2026-06-10T10:00:00.000+02:00'],
    [
      'Art. 12(3): 31 January is due on the last of February',
      '2026-01-31T10:00',
      'P1M',
      '2026-02-28T23:59:59.999+01:00',
    ],
    ['in a leap year on the 29th', '2028-01-31T10:00', 'P1M', '2028-02-29T23:59:59.999+01:00'],
    ['the last day that fits keeps the time of day', '2026-01-28T10:00', 'P1M', '2026-02-28T10:00:00.000+01:00'],
    ['29 February and a year', '2028-02-29T10:00', 'P1Y', '2029-02-28T23:59:59.999+01:00'],
    ['a day across the spring change is 23 hours', '2026-03-28T10:00', 'P1D', '2026-03-29T10:00:00.000+02:00'],
    ['a day across the autumn change is 25 hours', '2026-10-24T10:00', 'P1D', '2026-10-25T10:00:00.000+01:00'],
    ['a wall clock that is skipped', '2026-03-28T02:30', 'P1D', '2026-03-29T03:30:00.000+02:00'],
    ['and the one behind it, not earlier', '2026-03-28T03:10', 'P1D', '2026-03-29T03:59:59.999+02:00'],
    ['an hour that comes twice, the second time', '2026-10-25T02:10+01:00', 'P1D', '2026-10-26T02:59:59.999+01:00'],
    ['nothing to add', '2026-03-29T03:10', 'P0D', '2026-03-29T03:10:00.000+02:00'],
    ['mixed units', '2026-01-31T10:00', 'P1Y1M1W1D', '2027-03-08T23:59:59.999+01:00'],
  ])('%s: %s + %s', (_why, start, period, end) => {
    expect(show(addPeriod(at(start), period, 'Europe/Paris'))).toBe(end);
  });

  it('refuses a text that is no period', () => {
    expect(() => addPeriod(0, 'soon', 'Europe/Paris')).toThrow(RangeError);
  });
});

describe('the financial year', () => {
  it.each([
    ['an invoice of March', '--12-31', '2026-03-03T10:00', 'P10Y', '2037-01-01T00:00:00.000+01:00'],
    ['the last moment of the year', '--12-31', '2026-12-31T23:59:59.999', 'P10Y', '2037-01-01T00:00:00.000+01:00'],
    ['the first of the next', '--12-31', '2027-01-01T00:00', 'P10Y', '2038-01-01T00:00:00.000+01:00'],
    ['a year that closes in June', '--06-30', '2026-07-01T00:00', 'P1Y', '2028-07-01T00:00:00.000+02:00'],
    ['a year that closes with February', '--02-29', '2026-02-28T23:00', 'P1Y', '2027-03-01T00:00:00.000+01:00'],
  ])('%s (%s): %s + %s', (_why, financialYearEnd, start, period, end) => {
    expect(show(periodEnd(at(start), period, { ...paris, financialYearEnd }, 'financialYearEnd'))).toBe(end);
  });
});

// --- properties
// ---------------------------------------------------------------------------------------------

const period = fc.oneof(
  fc.integer({ min: 1, max: 3660 }).map((d) => `P${String(d)}D`),
  fc.integer({ min: 1, max: 120 }).map((m) => `P${String(m)}M`),
  fc.integer({ min: 1, max: 10 }).map((y) => `P${String(y)}Y`),
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 40 }))
    .map(([m, d]) => `P${String(m)}M${String(d)}D`),
);
const anyInstant = fc.integer({ min: Date.parse('2015-01-01'), max: Date.parse('2045-01-01') });
/** Around month ends, leap days, year ends and changes of clocks: there calendars go wrong. */
const nastyInstant = fc
  .tuple(
    fc.integer({ min: 2016, max: 2040 }),
    fc.constantFrom(
      '01-29',
      '01-30',
      '01-31',
      '02-27',
      '02-28',
      '03-01',
      '03-28',
      '03-29',
      '03-30',
      '10-25',
      '10-28',
      '12-31',
    ),
    fc.integer({ min: -6 * 3_600_000, max: 30 * 3_600_000 }),
  )
  .map(([year, day, ms]) => Date.parse(`${String(year)}-${day}`) + ms);
const instant = fc.oneof(anyInstant, nastyInstant);
const zone = fc.constantFrom(
  'Europe/Paris',
  'Europe/Paris',
  'UTC',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Cairo',
);
const from = fc.constantFrom('instant' as const, 'instant' as const, 'financialYearEnd' as const);
const calendar = fc.record({ timeZone: zone, financialYearEnd: fc.constantFrom('--12-31', '--06-30', '--02-29') });
const runs = { numRuns: times(250, 1000) };

describe('every calendar', () => {
  it('is monotone: a later beginning never ends earlier', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 3 * 86_400_000 }), period, calendar, from, (t, more, p, c, f) => {
        expect(periodEnd(t + more, p, c, f)).toBeGreaterThanOrEqual(periodEnd(t, p, c, f));
      }),
      runs,
    );
  });

  it('selects exactly the rows that are over: periodEnd(t) <= now if and only if t <= cutoff', () => {
    fc.assert(
      fc.property(instant, period, calendar, from, (now, p, c, f) => {
        const last = cutoff(p, now, c, f);
        expect(periodEnd(last, p, c, f)).toBeLessThanOrEqual(now);
        expect(periodEnd(last + 1, p, c, f)).toBeGreaterThan(now);
      }),
      runs,
    );
  });

  it('agrees for any row, not only at the edge', () => {
    fc.assert(
      fc.property(instant, period, calendar, from, fc.integer({ min: -4e8, max: 4e8 }), (t, p, c, f, offset) => {
        const now = periodEnd(t, p, c, f) + offset;
        expect(t <= cutoff(p, now, c, f)).toBe(periodEnd(t, p, c, f) <= now);
      }),
      runs,
    );
  });

  it('is never early, and at most to the end of the same day late, against the plain calendar', () => {
    fc.assert(
      fc.property(instant, period, zone, (t, p, z) => {
        const plain = Temporal.Instant.fromEpochMilliseconds(t).toZonedDateTimeISO(z).add(p);
        const end = addPeriod(t, p, z);
        expect(end).toBeGreaterThanOrEqual(plain.epochMilliseconds);
        expect(end).toBeLessThan(plain.startOfDay().add({ days: 1 }).startOfDay().epochMilliseconds);
      }),
      runs,
    );
  });
});

describe('hasBegun', () => {
  const zones = [
    'Europe/Paris',
    'Pacific/Kiritimati',
    'Pacific/Apia',
    'Etc/GMT+12',
    'Asia/Kolkata',
    'America/St_Johns',
  ];

  it('is true from the first moment of the day in its zone, for any day and zone', () => {
    const day = fc.date({ min: new Date('1971-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
    const hours = fc.integer({ min: -80, max: 80 });
    fc.assert(
      fc.property(day, fc.constantFrom(...zones), hours, (some, zone, offset) => {
        const date = some.toISOString().slice(0, 10);
        const begin = Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
        const now = Date.parse(date) + offset * 3_600_000;
        expect(hasBegun(date, zone, now)).toBe(now >= begin);
        expect([hasBegun(date, zone, begin - 1), hasBegun(date, zone, begin)]).toEqual([false, true]);
      }),
    );
  });

  it.each(['2026-02-30', 'soon'])('refuses %s near that day', (date) => {
    expect(() => hasBegun(date, 'Europe/Paris', Date.parse('2026-03-02'))).toThrow(RangeError);
  });
});

import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { periodEnd } from '../../../../functions/src/policy/calendar.ts';
import { instantOf, spanAt, spansOf, startOfDay, wallClock } from '../../../../functions/src/policy/zone.ts';
import { times } from '../../../kit/depth.ts';
import { plainAddPeriod, plainFromFinancialYear } from './temporalCalendar.ts';

const DAY_MS = 86_400_000;

/**
 * Zones with changes of a half and of two hours, offsets of 45 and 44.5 minutes, a skipped day,
 * skipped midnights, a change for one month, and no change.
 */
const ZONES = [
  'Europe/Paris',
  'Europe/London',
  'America/New_York',
  'America/Santiago',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'UTC',
];
const zone = fc.constantFrom(...ZONES);
const years = { from: Date.UTC(1960), to: Date.UTC(2060) };
const anyInstant = fc.integer({ min: years.from, max: years.to });
const changes = new Map<string, number[]>();

function changesOf(name: string): number[] {
  const found =
    changes.get(name) ??
    spansOf(name, years.from, years.to)
      .slice(0, -1)
      .map(({ to }) => to);
  changes.set(name, found);
  return found;
}

/** An instant in a zone: most of them within two days of a change of its clocks. */
const place = zone.chain((name) => {
  const found = changesOf(name);
  const near =
    found.length === 0
      ? anyInstant
      : fc
          .tuple(fc.constantFrom(...found), fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }))
          .map(([change, by]) => change + by);
  return fc.record({ zone: fc.constant(name), instant: fc.oneof(anyInstant, near, near) });
});

const zoned = (instant: number, name: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name);

const period = fc
  .record({
    years: fc.integer({ min: 0, max: 12 }),
    months: fc.integer({ min: 0, max: 30 }),
    weeks: fc.integer({ min: 0, max: 6 }),
    days: fc.integer({ min: 0, max: 400 }),
  })
  .chain((units) => fc.subarray(Object.entries(units)).map((some) => Object.fromEntries(some)))
  .map((units) => Temporal.Duration.from({ days: 0, ...units }).toString())
  .map((text) => (text === 'PT0S' ? 'P0D' : text));
const runs = { numRuns: times(200, 1_000) };

describe('the clocks of a zone', () => {
  it('show the same as those of Temporal', () => {
    fc.assert(
      fc.property(place, ({ instant, zone: name }) => {
        expect(spanAt(instant, name).offset).toBe(zoned(instant, name).offsetNanoseconds / 1e6);
      }),
      runs,
    );
  });

  it('are read as Temporal reads them: skipped hours later, repeated hours the first time', () => {
    fc.assert(
      fc.property(place, ({ instant, zone: name }) => {
        const wall = instant + 3_600_000;
        const plain = Temporal.PlainDateTime.from(new Date(wall).toISOString().slice(0, -1));
        expect(instantOf(wall, name)).toBe(plain.toZonedDateTime(name).epochMilliseconds);
      }),
      runs,
    );
  });

  it('begin a day when Temporal does', () => {
    fc.assert(
      fc.property(place, ({ instant, zone: name }) => {
        const date = Math.floor(wallClock(instant, name) / DAY_MS) * DAY_MS;
        expect(startOfDay(date, name)).toBe(zoned(instant, name).startOfDay().epochMilliseconds);
      }),
      runs,
    );
  });

  it.each(['2011-12-29T12:00-10:00', '2011-12-30T12:00-10:00'])('skip a whole day in Samoa: %s', (text) => {
    const instant = Temporal.Instant.from(text).epochMilliseconds;
    expect(wallClock(instant, 'Pacific/Apia')).toBe(
      zoned(instant, 'Pacific/Apia').toPlainDateTime().toZonedDateTime('UTC').epochMilliseconds,
    );
  });

  it('have spans that follow one another, however they are asked for', () => {
    const spans = spansOf('America/Chicago', years.from, years.to);
    for (const [index, span] of spans.entries()) {
      expect(spanAt(span.from, 'America/Chicago')).toEqual(span);
      expect(spanAt(span.to - 1, 'America/Chicago')).toEqual(span);
      expect(spans[index + 1]?.from ?? span.to).toBe(span.to);
    }
    expect(spans.length).toBeGreaterThan(190);
  });

  it.each([
    [NaN, 'UTC'],
    [0, 'Europe/Nowhere'],
  ])('refuse %d in %s', (instant, name) => {
    expect(() => spanAt(instant, name)).toThrow(RangeError);
  });
});

describe('periods in whole numbers', () => {
  it('end at the same millisecond as with Temporal', () => {
    fc.assert(
      fc.property(place, period, ({ instant, zone: name }, length) => {
        const calendar = { timeZone: name, financialYearEnd: '--12-31' };
        expect(periodEnd(instant, length, calendar)).toBe(plainAddPeriod(instant, length, name));
      }),
      { numRuns: times(300, 1_500) },
    );
  });

  it('that end near a change of clocks do, too', () => {
    fc.assert(
      fc.property(place, period, ({ instant, zone: name }, length) => {
        const start = zoned(instant, name).subtract(length).epochMilliseconds;
        const calendar = { timeZone: name, financialYearEnd: '--12-31' };
        expect(periodEnd(start, length, calendar)).toBe(plainAddPeriod(start, length, name));
      }),
      { numRuns: times(300, 1_500) },
    );
  });

  it('from the close of the financial year do, too', () => {
    const close = fc.constantFrom('--12-31', '--06-30', '--02-29', '--03-31');
    fc.assert(
      fc.property(place, period, close, ({ instant, zone: timeZone }, length, financialYearEnd) => {
        const calendar = { timeZone, financialYearEnd };
        expect(periodEnd(instant, length, calendar, 'financialYearEnd')).toBe(
          plainFromFinancialYear(instant, length, calendar),
        );
      }),
      runs,
    );
  });
});

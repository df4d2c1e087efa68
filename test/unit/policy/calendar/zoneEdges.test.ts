import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { spanAt, startOfDay } from '../../../../functions/src/policy/zone.ts';

describe('the spans of a zone', () => {
  it('are computed once, in whatever order they are asked for, also at their very first moment', () => {
    const zone = 'America/Santiago';
    const moments = [2030, 2012, 2021, 2045].map((year) => Date.UTC(year, 0, 15));
    const spans = moments.map((at) => spanAt(at, zone));
    for (const [index, at] of moments.entries()) expect(spanAt(at, zone)).toBe(spans[index]);
    for (const span of spans) {
      expect(spanAt(span.from, zone)).toBe(span);
      expect(spanAt(span.to - 1, zone)).toBe(span);
      expect(spanAt(span.to, zone).from).toBe(span.to);
    }
  });
});

describe('a day whose midnight is skipped', () => {
  // Toronto's clocks went from 23:30 to 00:30.
  it.each([
    ['America/Toronto', '1919-03-31'],
    ['America/Havana', '2024-03-10'],
    ['Europe/Paris', '2026-03-29'],
  ])('in %s, %s, begins when Temporal says', (zone, day) => {
    const begins = Temporal.PlainDate.from(day).toZonedDateTime(zone).epochMilliseconds;
    expect(startOfDay(Date.parse(`${day}T00:00:00Z`), zone)).toBe(begins);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { day, endOf, moment, momentOf } from '../../../cli/times.ts';
import { policy } from '../../../functions/policies/deployed.ts';

const at = Date.parse;

describe('the days of commands are those of the controller', () => {
  it('counts them in Paris or Brussels, which have one clock: each of our policies does', () => {
    expect(['Europe/Paris', 'Europe/Brussels']).toContain(policy.controller.timeZone);
  });

  it.each([
    ['2026-06-30T21:59:59Z', '2026-06-30'],
    ['2026-06-30T22:00:00Z', '2026-07-01'],
    ['2026-12-31T22:59:59Z', '2026-12-31'],
    ['2026-12-31T23:00:00Z', '2027-01-01'],
    ['9999-12-31T23:00:00Z', '+010000-01-01'],
  ])('a request that is due at %s is due on %s', (instant, on) => {
    expect(day(at(instant))).toBe(on);
  });

  it.each([
    ['2026-06-30T22:00:00Z', '2026-07-01T00:00:00+02:00'],
    ['2026-12-31T23:00:00.250Z', '2027-01-01T00:00:00+01:00'],
  ])('%s is printed as %s, and names the same second', (instant, text) => {
    expect(moment(at(instant))).toBe(text);
    expect(at(moment(at(instant)))).toBe(Math.floor(at(instant) / 1000) * 1000);
  });
});

describe('the days that an officer gives', () => {
  it('begin and end as they are printed', () => {
    expect(momentOf('2026-07-01', '--at', 0)).toBe(at('2026-06-30T22:00:00Z'));
    expect(endOf('2027-01-31', '--until')).toBe(at('2027-01-31T22:59:59.999Z'));
    // The day on which clocks change has 23 hours.
    expect(endOf('2026-03-29', '--until') - momentOf('2026-03-29', '--at', 0)).toBe(23 * 3_600_000 - 1);
    for (const text of ['2026-03-29', '2027-01-31'])
      expect([day(momentOf(text, '--at', 0)), day(endOf(text, '--until'))]).toEqual([text, text]);
  });

  it('may be moments, or absent', () => {
    expect(endOf('2027-01-31T14:00Z', '--until')).toBe(at('2027-01-31T14:00Z'));
    expect(momentOf(undefined, '--at', 7)).toBe(7);
  });

  it.each(['2026-02-30', 'tomorrow', '31.1.2027', ''])('%o is none', (text) => {
    expect(() => momentOf(text, '--at', 0)).toThrow('--at is not a date');
    expect(() => endOf(text, '--until')).toThrow('--until is not a date');
  });
});

it('no other command cuts a day out of a moment in UTC', () => {
  const files = readdirSync('cli', { recursive: true, encoding: 'utf8' }).filter((name) => /\.ts$/.test(name));
  const cutting = files.filter((name) => /toISOString\(\)\.slice/.test(readFileSync(`cli/${name}`, 'utf8')));
  expect(cutting).toEqual([]);
});

import { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { answerBy } from '../../../functions/src/policy/calendar.ts';
import {
  dueOf,
  extended,
  extensionReasons,
  paused,
  pausedMs,
  pauseOf,
  pauseReasons,
  resumed,
  type ClockChange,
  type Timed,
} from '../../../functions/src/requests/clock.ts';
import { times } from '../../kit/depth.ts';
import { policyWith } from '../export/helpers.ts';

const ZONES = ['Europe/Paris', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'] as const;
const statute = { kind: 'statute' as const, reference: 'GDPR Art. 12(3)' };

function policyIn(timeZone: string, longest?: string) {
  const policy = policyWith({});
  const extension = longest === undefined ? {} : { extension: { period: longest, source: statute } };
  return {
    rights: { ...policy.rights, answerWithin: { period: 'P1M', source: statute, ...extension } },
    controller: { ...policy.controller, timeZone },
  };
}

const at = (text: string, zone = 'Europe/Paris') => Temporal.ZonedDateTime.from(`${text}[${zone}]`).epochMilliseconds;
const day = (instant: number, zone = 'Europe/Paris') =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
const paris = policyIn('Europe/Paris', 'P2M');
const came = (receivedAt: number, policy = paris): Timed => ({
  receivedAt: Timestamp.fromMillis(receivedAt),
  dueAt: Timestamp.fromMillis(answerBy(policy, receivedAt)),
});
/** Applies a change that is not refused. */
function after(timed: Timed, change: ClockChange): Timed {
  if ('refused' in change) throw new Error(`refused: ${change.refused}`);
  return { ...timed, ...change };
}

describe('the clock of a request (Art. 12(3))', () => {
  it.each([
    ['an ordinary month', '2026-05-10T10:00', '2026-06-10', '2026-08-10'],
    ['the end of February', '2026-01-31T10:00', '2026-02-28', '2026-04-28'],
    ['a leap year', '2028-01-30T10:00', '2028-02-29', '2028-04-29'],
    ['the end of the year', '2026-12-31T23:30', '2027-01-31', '2027-03-31'],
  ])('%s: a request of %s is due on %s, extended on %s', (_, receipt, first, last) => {
    const timed = came(at(receipt));
    expect(day(timed.dueAt.toMillis())).toBe(first);
    const now = timed.receivedAt.toMillis() + DAY_MS;
    const longer = after(timed, extended(timed, { by: 'P2M', reason: 'complexity', now }, paris));
    expect(day(longer.dueAt.toMillis())).toBe(last);
    expect(longer.extension).toMatchObject({ reason: 'complexity', at: Timestamp.fromMillis(now) });
  });

  it('keeps both dates of a pause, and moves the end by its length', () => {
    const timed = came(at('2026-05-10T10:00'));
    const [from, until] = [at('2026-05-20T00:00'), at('2026-05-27T00:00')];
    const stands = after(timed, paused(timed, from, 'identity', from));
    expect([pauseOf(stands)?.from.toMillis(), stands.dueAt.toMillis()]).toEqual([from, timed.dueAt.toMillis()]);
    expect(day(dueOf(stands, until))).toBe('2026-06-17');
    const runs = after(stands, resumed(stands, until, until));
    expect(runs.pauses).toEqual([
      { from: Timestamp.fromMillis(from), until: Timestamp.fromMillis(until), reason: 'identity' },
    ]);
    expect([pauseOf(runs), day(dueOf(runs, until + 90 * DAY_MS))]).toEqual([undefined, '2026-06-17']);
  });

  it.each<[string, () => ClockChange, string]>([
    ['a second pause while one runs', () => paused(standing(), NOW, 'power', NOW), 'paused'],
    ['the end of a pause that is not', () => resumed(running(), NOW, NOW), 'notPaused'],
    ['a pause from before the receipt', () => paused(running(), RECEIPT - 1, 'identity', NOW), 'time'],
    ['a pause from tomorrow', () => paused(running(), NOW + DAY_MS, 'identity', NOW), 'time'],
    ['an answer from before the question', () => resumed(standing(), NOW - 2 * DAY_MS, NOW), 'time'],
    ['a pause in a pause that is over', () => paused(rested(), NOW - DAY_MS / 2, 'identity', NOW + DAY_MS), 'time'],
    ['a pause of a request that is late', () => paused(running(), LATE, 'identity', LATE), 'overdue'],
    ['an extension of a request that is late', () => longer(running(), 'P2M', LATE), 'overdue'],
    ['an extension in the second month', () => longer(running(), 'P1M', LATE), 'overdue'],
    ['a second extension', () => longer(after(running(), longer(running(), 'P1M', NOW)), 'P1M', NOW), 'extended'],
    ['more than the policy has', () => longer(running(), 'P62D', NOW), 'policy'],
    ['an extension under a policy without', () => longer(running(), 'P1D', NOW, policyIn('Europe/Paris')), 'policy'],
  ])('refuses %s', (_, change, refused) => {
    expect(change()).toEqual({ refused });
  });

  it('can be extended while it stands, however long ago the month would have ended', () => {
    expect(longer(standing(), 'P2M', LATE + 30 * DAY_MS)).toMatchObject({ extension: { reason: 'number' } });
  });
});

const RECEIPT = at('2026-05-10T10:00');
const NOW = RECEIPT + 5 * DAY_MS;
const LATE = at('2026-06-10T10:01');
const running = (): Timed => came(RECEIPT);
const standing = (): Timed => after(running(), paused(running(), NOW - DAY_MS, 'identity', NOW));
const rested = (): Timed => after(standing(), resumed(standing(), NOW, NOW));
const longer = (timed: Timed, by: string, now: number, policy = paris): ClockChange =>
  extended(timed, { by, reason: 'number', now }, policy);

type Act =
  | { readonly do: 'pause'; readonly back: number }
  | { readonly do: 'resume'; readonly back: number }
  | { readonly do: 'extend'; readonly by: string }
  | { readonly do: 'wait'; readonly hours: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant('pause' as const), back: fc.integer({ min: -2, max: 90 }) }),
  fc.record({ do: fc.constant('resume' as const), back: fc.integer({ min: -2, max: 90 }) }),
  fc.record({ do: fc.constant('extend' as const), by: fc.constantFrom('P1D', 'P1M', 'P2M', 'P3M', 'P10W') }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 400 }) }),
);

const HOUR = 3_600_000;
/** From 2026 to 2031: month ends, a leap year, both changes of clocks. */
const receipt = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2031, 0, 1) });

it('any history: the time that ran is a month from receipt and its extension, and no pause is lost', () => {
  fc.assert(
    fc.property(
      receipt,
      fc.constantFrom(...ZONES),
      fc.constantFrom(undefined, 'P1M', 'P2M'),
      fc.array(act, { maxLength: 20 }),
      (receivedAt, zone, longest, acts) => {
        const policy = policyIn(zone, longest);
        let timed = came(receivedAt, policy);
        let now = receivedAt;
        const first = Temporal.Instant.fromEpochMilliseconds(receivedAt).toZonedDateTimeISO(zone).add({ months: 1 });
        // The calendar's rule: the same date, or the last day of a month that is too short.
        expect(day(timed.dueAt.toMillis(), zone)).toBe(first.toPlainDate().toString());
        let months = timed.dueAt.toMillis();
        for (const one of acts) {
          const before = timed;
          if (one.do === 'wait') {
            now += one.hours * HOUR;
            continue;
          }
          const change =
            one.do === 'pause'
              ? paused(timed, now - one.back * HOUR, 'identity', now)
              : one.do === 'resume'
                ? resumed(timed, now - one.back * HOUR, now)
                : extended(timed, { by: one.by, reason: 'complexity', now }, policy);
          if ('refused' in change) continue;
          timed = { ...timed, ...change };
          // Nothing comes closer, and nothing that is late becomes timely. A pause that is noted
          // late began in time.
          expect(timed.dueAt.toMillis()).toBeGreaterThanOrEqual(before.dueAt.toMillis());
          if (one.do === 'pause') expect(pauseOf(timed)?.from.toMillis()).toBeLessThanOrEqual(dueOf(before, 0));
          else if (one.do === 'resume') expect(dueOf(timed, now)).toBeLessThanOrEqual(dueOf(before, now));
          else {
            expect(longest).toBeDefined();
            expect(now).toBeLessThanOrEqual(dueOf(before, now));
            const end = Temporal.Instant.fromEpochMilliseconds(months).toZonedDateTimeISO(zone);
            months = timed.dueAt.toMillis() - pausedMs(timed);
            expect(day(months, zone)).toBe(end.add(Temporal.Duration.from(one.by)).toPlainDate().toString());
          }
        }
        const { pauses = [], extension } = timed;
        // The end without its pauses is a calendar date; the clock ran exactly until then.
        expect(timed.dueAt.toMillis() - pausedMs(timed)).toBe(months);
        const latest = Temporal.Instant.fromEpochMilliseconds(receivedAt).toZonedDateTimeISO(zone).add({ months: 3 });
        expect(day(months, zone) <= latest.toPlainDate().toString()).toBe(true);
        if (extension === undefined) expect(day(months, zone)).toBe(first.toPlainDate().toString());
        // Pauses lie one after another, within the life of the request; only the last can be open.
        const bounds = pauses.flatMap(({ from, until }) => [from.toMillis(), until?.toMillis() ?? now]);
        expect([receivedAt, ...bounds, now]).toEqual([receivedAt, ...bounds, now].sort((a, b) => a - b));
        expect(pauses.slice(0, -1).every(({ until }) => until !== undefined)).toBe(true);
        const open = pauseOf(timed);
        expect(dueOf(timed, now) - timed.dueAt.toMillis()).toBe(open === undefined ? 0 : now - open.from.toMillis());
      },
    ),
    { numRuns: times(2_000, 20_000) },
  );
});

it('the order of a pause and an extension makes no difference to the end', () => {
  fc.assert(
    fc.property(receipt, fc.constantFrom(...ZONES), fc.nat(27), fc.nat(40), (receivedAt, zone, from, length) => {
      const policy = policyIn(zone, 'P2M');
      const timed = came(receivedAt, policy);
      const [start, end] = [receivedAt + from * DAY_MS, receivedAt + (from + length) * DAY_MS];
      const pause = (one: Timed) => after(one, paused(one, start, pauseReasons[0], start));
      const resume = (one: Timed) => after(one, resumed(one, end, end));
      const extend = (one: Timed, now: number) =>
        after(one, extended(one, { by: 'P2M', reason: extensionReasons[0], now }, policy));
      const last = resume(pause(extend(timed, receivedAt)));
      expect(extend(resume(pause(timed)), end).dueAt).toEqual(last.dueAt);
      expect(resume(extend(pause(timed), end)).dueAt).toEqual(last.dueAt);
    }),
    { numRuns: times(500, 5_000) },
  );
});

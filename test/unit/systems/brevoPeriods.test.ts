import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeAnswers } from '../../../functions/src/systems/brevo/history.ts';
import { LONGEST, newestDays, periodsBack } from '../../../functions/src/systems/brevo/periods.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/**
 * Days since 1970 of a moment, in a zone so many hours ahead of UTC; of a text, the day that it
 * names.
 */
const dayAt = (moment: number, ahead = 0): number => Math.floor((moment + ahead * HOUR) / DAY);
const dayNamed = (text: string): number => dayAt(Date.parse(text));

const moment = fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2045, 0, 1) });
const span = fc
  .tuple(moment, fc.integer({ min: 0, max: 16 * 366 * DAY }))
  .map(([now, age]) => ({ now, oldest: now - age }));
/** From the Baker Island to the Line Islands. */
const zone = fc.integer({ min: -12 * 4, max: 14 * 4 }).map((quarters) => quarters / 4);

describe('the periods in which Brevo is asked', () => {
  it('cover everything back to the oldest day, without a gap and without an overlap', () => {
    fc.assert(
      fc.property(span, ({ now, oldest }) => {
        const periods = periodsBack(now, oldest);
        expect(periods[0]?.until).toBe(Infinity);
        expect(periods[0]?.from).toBeLessThanOrEqual(now);
        for (const [n, { from, until }] of periods.entries()) {
          expect(from).toBeLessThan(until);
          if (n > 0) expect(until).toBe(periods[n - 1]?.from);
        }
        expect(periods.at(-1)?.from).toBe(dayAt(oldest) * DAY);
      }),
    );
  });

  it('are asked for in questions that are none longer than the API takes, and of no day that has not come anywhere', () => {
    fc.assert(
      fc.property(span, zone, ({ now, oldest }, ahead) => {
        const questions = periodsBack(now, oldest).map(({ ask }) => ask);
        expect(questions[0]).toEqual({ days: 90 });
        for (const ask of [...questions.slice(1), newestDays(now)]) {
          if (!('startDate' in ask)) throw new Error('only the newest days are counted by Brevo');
          const days = dayNamed(ask.endDate) - dayNamed(ask.startDate) + 1;
          expect(days).toBeGreaterThan(0);
          expect(days).toBeLessThanOrEqual(90);
          expect(dayNamed(ask.endDate)).toBeLessThanOrEqual(dayAt(now, ahead));
        }
      }),
    );
  });

  it('are in the answer whole, in whichever zone days are counted and whether or not the last one is meant', () => {
    fc.assert(
      fc.property(
        span,
        zone,
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 9 * HOUR }),
        ({ now, oldest }, ahead, isLastMeant, share, later) => {
          for (const { ask, from, until } of periodsBack(now, oldest)) {
            const last = Math.min(until - 1, now + later);
            for (const at of [from, last, from + Math.floor((last - from) * share)]) {
              const day = dayAt(at, ahead);
              if ('days' in ask) {
                // Asked at any time while the export is written.
                const today = dayAt(now + later, ahead);
                expect(day).toBeGreaterThanOrEqual(today - ask.days + 1);
                expect(day).toBeLessThanOrEqual(today);
                continue;
              }
              expect(day).toBeGreaterThanOrEqual(dayNamed(ask.startDate));
              expect(day).toBeLessThanOrEqual(dayNamed(ask.endDate) - (isLastMeant ? 0 : 1));
            }
          }
        },
      ),
    );
  });

  it('and the question that shows that a refused one was too old is as long as the longest of them', () => {
    const { startDate, endDate } = newestDays(Date.UTC(2026, 4, 20, 10));
    expect([startDate, endDate]).toEqual(['2026-02-19', '2026-05-19']);
    expect(dayNamed(endDate) - dayNamed(startDate) + 1).toBe(LONGEST);
  });
});

describe('statistics of overlapping days', () => {
  const sent = (campaignId: number, eventTime: string) => ({ campaignId, eventTime });
  const click = (url: string) => ({ count: 1, eventTime: '2026-01-02T00:00:00Z', ip: '192.0.2.1', url });

  it('have an event of both once, and an event of one', () => {
    const newer = {
      messagesSent: [sent(2, 'b')],
      clicked: [{ campaignId: 1, links: [click('x'), click('y')] }],
      unsubscriptions: { userUnsubscription: [sent(2, 'c')], adminUnsubscription: [] },
    };
    const older = {
      messagesSent: [sent(2, 'b'), sent(1, 'a'), sent(2, 'a')],
      opened: [{ ...sent(1, 'a'), count: 3 }],
      clicked: [
        { campaignId: 1, links: [click('y'), click('z')] },
        { campaignId: 3, links: [click('x')] },
      ],
      unsubscriptions: { userUnsubscription: [sent(1, 'a')], adminUnsubscription: [] },
    };
    expect(mergeAnswers(newer, older)).toEqual({
      messagesSent: [sent(2, 'b'), sent(1, 'a'), sent(2, 'a')],
      opened: [{ ...sent(1, 'a'), count: 3 }],
      clicked: [
        { campaignId: 1, links: [click('x'), click('y'), click('z')] },
        { campaignId: 3, links: [click('x')] },
      ],
      unsubscriptions: { userUnsubscription: [sent(2, 'c'), sent(1, 'a')], adminUnsubscription: [] },
    });
    expect(mergeAnswers(mergeAnswers(newer, older), older)).toEqual(mergeAnswers(newer, older));
  });

  it('keep an event that one answer tells twice, and different figures of the same thing', () => {
    const opened = (count: number) => ({ ...sent(1, 'a'), count });
    expect(mergeAnswers({ opened: [opened(1), opened(1)] }, { opened: [opened(2)] })).toEqual({
      opened: [opened(1), opened(1), opened(2)],
    });
    expect(mergeAnswers({}, { opened: null })).toEqual({ opened: null });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { morningText, type MorningCounts } from '../../../functions/src/messages/morning.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { NOTHING_OPEN, withItem } from '../../../functions/src/rights/morning/count.ts';
import { LANGUAGES } from '../../../functions/src/texts/languages.ts';

/** The numbers of the morning's e-mail, and their text in each language. */

const AT = Date.parse('2026-03-10T06:00:00Z');
const NONE: MorningCounts = {
  ...{ overdue: 0, dueSoon: 0, forOfficer: 0, newRequests: 0, newContacts: 0, heldContacts: 0, paused: 0 },
  ...{ blocked: 0, held: 0, openRequests: 0, openErasures: 0, openContacts: 0 },
};

describe('the counts', () => {
  const item = fc.record({
    kind: fc.constantFrom('request' as const, 'erasure' as const),
    days: fc.integer({ min: -40, max: 40 }),
    waits: fc.constantFrom('officer' as const, 'person' as const, 'answer' as const, 'seal' as const, 'hold' as const),
  });
  it('count each open item once: late, soon late, or later; one that is paused is neither', () => {
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const counts = items.reduce(
          (sum, { kind, days, waits }) =>
            withItem(
              sum,
              {
                ...{ kind, id: 'x', pseudonym: 'p', type: 'access', status: 'waiting', daysLeft: days },
                dueAt: AT + days * DAY_MS,
                waitsFor: { for: waits, since: AT, job: 'j', step: 's' },
              },
              AT + 7 * DAY_MS,
            ),
          NOTHING_OPEN,
        );
        const of = (is: (one: (typeof items)[number]) => boolean): number => items.filter(is).length;
        expect(counts).toEqual({
          overdue: of(({ days, waits }) => waits !== 'person' && days < 0),
          dueSoon: of(({ days, waits }) => waits !== 'person' && days >= 0 && days <= 7),
          paused: of(({ waits }) => waits === 'person'),
          forOfficer: of(({ waits }) => ['officer', 'answer', 'seal'].includes(waits)),
          openRequests: of(({ kind }) => kind === 'request'),
          openErasures: of(({ kind }) => kind === 'erasure'),
        });
      }),
    );
  });

  it.each(LANGUAGES)(
    'are said in easy words in %s: each one that is not 0, once; or that nothing waits',
    (language) => {
      const names = Object.keys(NONE) as (keyof MorningCounts)[];
      const counts = fc.record(Object.fromEntries(names.map((name, n) => [name, fc.constantFrom(0, 1_000 + n)])));
      const nothing = morningText(amikeo, NONE, AT, language).text;
      fc.assert(
        fc.property(counts, (some) => {
          const { text: told } = morningText(amikeo, some as MorningCounts, AT, language);
          for (const [n, name] of names.entries())
            expect(told.split(String(1_000 + n))).toHaveLength((some[name] ?? 0) === 0 ? 1 : 2);
          const sentences = told.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
          expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
        }),
      );
      expect(nothing.split('\n').filter((line) => line !== '')).toHaveLength(3);
    },
  );
});

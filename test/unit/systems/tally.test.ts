import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/src/policy/amikeo/index.ts';
import type { Cursor, NamedRecord, Scope } from '../../../functions/src/systems/system.ts';
import { Tally } from '../../../functions/src/systems/tally.ts';

const [id, record] = Object.entries(amikeo.records)[0] ?? [];
if (id === undefined || record === undefined) throw new Error('the policy has no records');
const named: NamedRecord = { id, record };
const now = Date.parse('2026-01-31T10:00:00Z');
const scope: Scope = {
  policy: amikeo,
  subject: { uid: 'u', pseudonym: 'p', accountCreatedAt: 1, verifiedEmails: [], providerIds: {} },
  handles: [],
  now,
  deadline: now,
};
const ground = (article: string) => ({ article, text: { en: 'x', fr: 'x' } });
const throughJson = (tally: Tally): Tally => Tally.from(JSON.parse(JSON.stringify(tally.toCursor())) as Cursor);

describe('what a change did to the rows of a record', () => {
  it('absent is done with count 0', () => {
    expect(new Tally().outcomes(named, scope)).toEqual([{ record: id, count: 0, outcome: 'done' }]);
  });

  it('survives any number of cursors', () => {
    const step = fc.oneof(
      fc.constant({ kind: 'deleted' as const }),
      fc.constant({ kind: 'anonymised' as const }),
      fc.record({
        kind: fc.constant('retain' as const),
        until: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      }),
      fc.record({ kind: fc.constant('keep' as const), next: fc.option(fc.constant(now + 5), { nil: undefined }) }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.boolean())), (steps) => {
        const straight = new Tally();
        let stored = new Tally();
        for (const [what, store] of steps) {
          for (const tally of [straight, stored]) {
            if (what.kind === 'retain')
              tally.retain({
                kind: 'retain',
                ground: ground(`Art. ${what.until ?? 0}`),
                ...(what.until === undefined ? {} : { until: what.until }),
              });
            else if (what.kind === 'keep')
              tally.keep({ kind: 'keep', ...(what.next === undefined ? {} : { next: what.next }) });
            else tally[what.kind] += 1;
          }
          if (store) stored = throughJson(stored);
        }
        expect(stored.outcomes(named, scope)).toEqual(straight.outcomes(named, scope));
      }),
    );
  });

  it('names the ground of the row that is retained longest; where nobody can say, no date', () => {
    const tally = new Tally();
    tally.retain({ kind: 'retain', ground: ground('a'), until: 5 });
    tally.retain({ kind: 'retain', ground: ground('b'), until: 9 });
    tally.retain({ kind: 'retain', ground: ground('c'), until: 7 });
    expect(throughJson(tally).outcomes(named, scope)).toMatchObject([
      { outcome: 'retained', count: 3, until: 9, ground: { article: 'b' } },
    ]);
    tally.retain({ kind: 'retain', ground: ground('hold') });
    expect(throughJson(tally).outcomes(named, scope)).toMatchObject([
      { count: 4, until: null, ground: { article: 'hold' } },
    ]);
  });

  it('Art. 12(3): what an officer has to do is due in a calendar month', () => {
    const tally = new Tally();
    tally.keep({ kind: 'keep' });
    const [outcome] = tally.outcomes(named, scope);
    expect(outcome).toMatchObject({ outcome: 'manual', count: 1 });
    expect(outcome?.outcome === 'manual' && new Date(outcome.by).toISOString().slice(0, 10)).toBe('2026-02-28');
  });

  it('what an attempt that died deleted is part of the count, and never more than was there', () => {
    const tally = new Tally();
    tally.deleted = 3;
    tally.retain({ kind: 'retain', ground: ground('a'), until: 5 });
    expect(tally.outcomes(named, scope, 10)).toMatchObject([
      { outcome: 'done', count: 9 },
      { outcome: 'retained', count: 1 },
    ]);
    expect(tally.outcomes(named, scope, 2)).toMatchObject([{ count: 3 }, { count: 1 }]);
  });
});

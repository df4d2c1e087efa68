import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { Cursor, NamedRecord, Scope } from '../../../functions/src/systems/system.ts';
import { RowCounts } from '../../../functions/src/systems/outcomes.ts';

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
const [rule] = record.fate;
if (rule === undefined) throw new Error('the record has no rule');
const ground = (article: string) => ({ article, text: { en: 'x', fr: 'x' } });
const asked = { change: { kind: 'erase', accountDeletedAt: now } as const, now };
const total = (groups: readonly { count: number }[]) => groups.reduce((sum, { count }) => sum + count, 0);
const throughJson = (counts: RowCounts): RowCounts =>
  RowCounts.from(JSON.parse(JSON.stringify(counts.toCursor())) as Cursor);

describe('the effects of a change on the rows of a record', () => {
  it('absent is done with count 0', () => {
    expect(new RowCounts().outcomes(named, scope)).toEqual([{ record: id, count: 0, outcome: 'done' }]);
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
        const straight = new RowCounts();
        let stored = new RowCounts();
        for (const [what, store] of steps) {
          for (const counts of [straight, stored]) {
            if (what.kind === 'retain')
              counts.retain({
                kind: 'retain',
                ground: ground(`Art. ${what.until ?? 0}`),
                ...(what.until === undefined ? {} : { until: what.until }),
              });
            else if (what.kind === 'keep')
              counts.leave({ kind: 'keep', ...(what.next === undefined ? {} : { next: what.next }) }, asked);
            else counts[what.kind] += 1;
          }
          if (store) stored = throughJson(stored);
        }
        expect(stored.outcomes(named, scope)).toEqual(straight.outcomes(named, scope));
      }),
    );
  });

  it('tells apart rows that are retained on different grounds or until different dates, the sooner first', () => {
    const counts = new RowCounts();
    const [a, b] = [ground('a'), ground('b')];
    counts.retain({ kind: 'retain', ground: a, until: 9, rule });
    counts.retain({ kind: 'retain', ground: b, until: 5, rule }, { count: 3 });
    counts.retain({ kind: 'retain', ground: a, until: 5, rule });
    counts.retain({ kind: 'retain', ground: a, rule });
    counts.retain({ kind: 'retain', ground: a, until: 9, rule });
    expect(throughJson(counts).outcomes(named, scope)).toEqual(
      [
        { count: 1, ground: a, until: 5 },
        { count: 3, ground: b, until: 5 },
        { count: 2, ground: a, until: 9 },
        { count: 1, ground: a, until: null },
      ].map((group) => ({ record: id, outcome: 'retained', ...group })),
    );
  });

  it('names rows that a legal hold keeps as held, and keeps them apart from those that a rule keeps as long', () => {
    const counts = new RowCounts();
    counts.retain({ kind: 'retain', ground: ground('a'), until: 9, rule });
    counts.retain({ kind: 'retain', ground: ground('a'), until: 9 });
    const outcomes = throughJson(counts).outcomes(named, scope);
    expect(outcomes.map((outcome) => ('held' in outcome ? outcome.held : undefined)).sort()).toEqual([true, undefined]);
    expect(outcomes.map(({ count }) => count)).toEqual([1, 1]);
  });

  it('rows that no rule ends with an erasure, but time does, are retained until then; a withdrawal leaves it unsaid', () => {
    const counts = new RowCounts();
    counts.leave({ kind: 'keep', next: now + 5 }, asked);
    counts.leave({ kind: 'keep', next: now }, asked);
    expect(throughJson(counts).outcomes(named, scope)).toMatchObject([
      { outcome: 'retained', count: 1, until: now + 5, ground: { article: 'Art. 5(1)(e)' } },
      { outcome: 'manual', count: 1 },
    ]);
    const withdrawn = new RowCounts();
    const change = { kind: 'consent', purpose: 'p', granted: false, email: undefined } as const;
    withdrawn.leave({ kind: 'keep', next: now + 5 }, { change, now });
    expect(withdrawn.outcomes(named, scope)).toEqual([{ record: id, count: 0, outcome: 'done' }]);
  });

  it.each([
    ['some of which nobody can date', fc.option(fc.integer({ min: 1, max: 300 }))],
    ['each with its date', fc.integer({ min: 1, max: 300 })],
  ])(
    'stays small: further dates of a ground are added to its latest; no row stays longer than said: rows %s',
    (_, date) => {
      const row = fc.tuple(fc.constantFrom('a', 'b'), fc.boolean(), date);
      fc.assert(
        fc.property(fc.array(row, { minLength: 60, maxLength: 200 }), (rows) => {
          let counts = new RowCounts();
          for (const [article, held, until] of rows) {
            const dated = { ...(until === null ? {} : { until }), ...(held ? {} : { rule }) };
            counts.retain({ kind: 'retain', ground: ground(article), ...dated });
            counts = throughJson(counts);
            expect(JSON.stringify(counts.toCursor()).length).toBeLessThan(2000);
          }
          const groups = counts.outcomes(named, scope).flatMap((o) => (o.outcome === 'retained' ? [o] : []));
          expect(groups.length).toBeLessThanOrEqual(53);
          for (const article of ['a', 'b']) {
            for (const held of [true, false]) {
              const said = groups.filter((one) => one.ground.article === article && (one.held ?? false) === held);
              const real = rows.filter((one) => one[0] === article && one[1] === held);
              expect(total(said)).toBe(real.length);
              // The number that is said to be gone by then: never more than really are.
              for (const limit of [50, 150, 250, 299]) {
                const gone = said.filter(({ until }) => until !== null && until <= limit);
                expect(total(gone)).toBeLessThanOrEqual(
                  real.filter(([, , until]) => until !== null && until <= limit).length,
                );
              }
            }
          }
          const last = Math.max(...rows.map(([, , until]) => until ?? Infinity));
          expect(Math.max(...groups.map(({ until }) => until ?? Infinity))).toBe(last);
        }),
        // Two hundred rows shrink for minutes.
        { numRuns: 50, endOnFailure: true },
      );
    },
  );

  it('lists ids of another system, at most 500 an outcome, and counts the rest', () => {
    const counts = new RowCounts();
    for (let i = 0; i < 503; i++)
      counts.retain({ kind: 'retain', ground: ground('a'), until: 9, rule }, { id: `in_${i}` });
    counts.retain({ kind: 'retain', ground: ground('a'), until: 7, rule }, { id: 'in_7' });
    const outcomes = counts.outcomes(named, scope).flatMap((o) => (o.outcome === 'retained' ? [o] : []));
    expect(outcomes.map(({ count, ids }) => [count, ids?.length, ids?.at(-1)])).toEqual([
      [1, 1, 'in_7'],
      [503, 500, 'in_499'],
    ]);
  });

  it('Art. 12(3): an officer’s task is due in a calendar month', () => {
    const counts = new RowCounts();
    counts.leave({ kind: 'keep' }, asked);
    const [outcome] = counts.outcomes(named, scope);
    expect(outcome).toMatchObject({ outcome: 'manual', count: 1 });
    expect(outcome?.outcome === 'manual' && new Date(outcome.by).toISOString().slice(0, 10)).toBe('2026-02-28');
  });

  it('rows that a dead attempt deleted are part of the count, and never more than were there', () => {
    const counts = new RowCounts();
    counts.deleted = 3;
    counts.retain({ kind: 'retain', ground: ground('a'), until: 5 });
    const more = throughJson(counts);
    counts.reconcile(2);
    expect(counts.outcomes(named, scope)).toMatchObject([{ count: 3 }, { count: 1 }]);
    more.uncounted = 2;
    more.reconcile(10);
    expect(more.outcomes(named, scope)).toMatchObject([
      { outcome: 'done', count: 7 },
      { outcome: 'retained', count: 1 },
    ]);
  });

  it('rows of a dead attempt are counted as most others were, or by the only possible way', () => {
    const outcomes = (how?: 'deleted') => {
      const counts = new RowCounts();
      counts.anonymised = 3;
      counts.reconcile(5, how);
      return counts.outcomes(named, scope).map((o) => ['how' in o && o.how, o.count]);
    };
    expect(outcomes()).toEqual([['anonymised', 5]]);
    expect(outcomes('deleted')).toEqual([
      ['deleted', 2],
      ['anonymised', 3],
    ]);
  });

  it('documents below rows are deleted too, and are none of the counted rows', () => {
    const counts = new RowCounts();
    counts.deleted = 3;
    counts.deletedFollowers = 4;
    counts.reconcile(5);
    expect(throughJson(counts).outcomes(named, scope)).toMatchObject([{ outcome: 'done', how: 'deleted', count: 9 }]);
  });
});

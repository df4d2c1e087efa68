import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import type { FateRule } from '../../../functions/src/policy/schema.ts';
import { fateOf, fateOfAll, holdOn } from '../../../functions/src/systems/rowFate.ts';
import type { Change, Hold, NamedRecord, Scope } from '../../../functions/src/systems/system.ts';

const [template] = Object.values(amikeo.records);
if (template === undefined) throw new Error('the policy has no records');
const now = Date.parse('2026-05-20T10:00:00Z');
const day = 86_400_000;
const source = { kind: 'ownChoice' as const, reference: 'a test' };
const ground = (article: string) => ({ article, text: { en: 'x', fr: 'x' } });
const named = (fate: FateRule[]): NamedRecord => ({ id: 'rows', record: { ...template, fate } });
const scopeWith = (...holds: Hold[]): Scope => ({
  policy: amikeo,
  subject: { uid: 'u', pseudonym: 'p', accountCreatedAt: 1, verifiedEmails: [], providerIds: {} },
  handles: [],
  holds,
  now,
  deadline: now,
});
const erase: Change = { kind: 'erase', accountDeletedAt: now - day };

const rule: fc.Arbitrary<FateRule> = fc.record({
  when: fc.constantFrom<FateRule['when']>(
    { field: 'a' },
    { field: 'b' },
    { event: 'accountDeleted' },
    { event: 'inactive' },
  ),
  after: fc.constantFrom('P0D', 'P1D', 'P1Y'),
  then: fc.constantFrom<FateRule['then']>(
    { do: 'delete' },
    { do: 'anonymise', fields: ['uid'] },
    { do: 'archive', to: 'archive' },
    { do: 'retain', ground: ground('a rule') },
  ),
  source: fc.constant(source),
});
const hold: fc.Arbitrary<Hold> = fc.record(
  {
    record: fc.constantFrom('rows', 'others'),
    ground: fc.constant(ground('a hold')),
    until: fc.constantFrom(now, now + day),
  },
  { requiredKeys: ['ground'] },
);
const time = fc.option(fc.integer({ min: now - 500 * day, max: now + day }), { nil: undefined });

describe('the common fate of all rows of a person', () => {
  it('is the fate of each, at any times', () => {
    let told = 0;
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 4 }),
        fc.array(hold, { maxLength: 2 }),
        time,
        time,
        (rules, holds, a, b) => {
          const all = fateOfAll(named(rules), scopeWith(...holds), erase);
          if (all === null) return;
          told += 1;
          const { kind, ...one } = fateOf(named(rules), scopeWith(...holds), erase, { a, b });
          expect(kind).toBe(all.kind);
          if (all.kind === 'end') expect('then' in one && one.then.do).toBe(all.then.do);
          else expect({ kind, ...one }).toEqual(all);
        },
      ),
      { numRuns: 2000 },
    );
    expect(told).toBeGreaterThan(200);
  });

  it('is told of a record that ends with the account, and by a period of its own', () => {
    const withAccount: FateRule = { when: { event: 'accountDeleted' }, after: 'P0D', then: { do: 'delete' }, source };
    const byTime: FateRule = { when: { field: 'a' }, after: 'P1Y', then: { do: 'delete' }, source };
    expect(fateOfAll(named([byTime, withAccount]), scopeWith(), erase)).toMatchObject({
      kind: 'end',
      then: { do: 'delete' },
    });
    expect(fateOfAll(named([byTime]), scopeWith(), erase)).toBeNull();
  });
});

describe('a legal hold on a record', () => {
  const longest = { ground: ground('long'), until: now + 2 * day };
  it.each<[string, Hold[], unknown]>([
    ['none', [], null],
    ['on another record', [{ record: 'others', ground: ground('x') }], null],
    ['that is over', [{ ground: ground('x'), until: now }], null],
    [
      'until a day',
      [{ record: 'rows', ground: ground('x'), until: now + 1 }],
      { kind: 'retain', ground: ground('x'), until: now + 1 },
    ],
    [
      'the longest of several',
      [{ ground: ground('x'), until: now + day }, longest, { ground: ground('y'), until: now }],
      { kind: 'retain', ...longest },
    ],
    ['without an end', [longest, { ground: ground('open') }, longest], { kind: 'retain', ground: ground('open') }],
  ])('%s', (_, holds, expected) => {
    expect(holdOn(named([]), scopeWith(...holds))).toEqual(expected);
  });
});

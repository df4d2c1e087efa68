import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { ruleOn, strongest, type Power } from '../../../functions/src/policy/powers.ts';
import { DECIDERS, REGIMES, RIGHTS, type Regime, type Right } from '../../../functions/src/policy/regimes.ts';
import { page } from '../docs/pages.ts';

/** The function that decides about powers, by French law as AMIKEO's policy has it. */

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const power = (regime: Regime, more: Partial<Power> = {}): Power => ({
  ...{ regime, scope: RIGHTS, decides: 'person', from: NOW - DAY, until: NOW + DAY },
  ...more,
});
const rule = (of: Power, right: Right, say?: 'agrees' | 'disagrees') => {
  const ruling = ruleOn(amikeo, of, { right, say, now: NOW });
  return ruling.may === 'no' ? ruling.because : ruling.may;
};

/** The rights beside consents: one rule holds for all, but for those that protect. */
const PROTECTING: readonly Right[] = ['restriction', 'objection'];
const OTHERS: readonly Right[] = ['access', 'portability', 'rectification', 'erasure'];

/** For each regime: nobody said anything, the person agrees, the person disagrees. */
const TABLE: readonly [Regime, Power['decides'], consents: string[], others: string[], protecting: string[]][] = [
  ['parentalAuthority', 'person', ['withPerson', 'yes', 'person'], ['yes', 'yes', 'person'], ['yes', 'yes', 'yes']],
  ...(['tutelle', 'habilitationFamiliale', 'mandatDeProtectionFuture'] as const).flatMap((regime) => [
    ...(['person', 'both'] as const).map((decides): (typeof TABLE)[number] => [
      regime,
      decides,
      ['withPerson', 'yes', 'person'],
      ['withPerson', 'yes', 'person'],
      ['withPerson', 'yes', 'person'],
    ]),
    [
      regime,
      'holder' as const,
      ['yes', 'yes', 'person'],
      ['yes', 'yes', 'person'],
      ['yes', 'yes', 'yes'],
    ] as (typeof TABLE)[number],
  ]),
  ...(['person', 'both'] as const).map((decides): (typeof TABLE)[number] => [
    'curatelle',
    decides,
    ['withPerson', 'yes', 'person'],
    ['withPerson', 'yes', 'person'],
    ['withPerson', 'yes', 'person'],
  ]),
  ['mandate', 'person', ['regime', 'regime', 'regime'], ['yes', 'yes', 'person'], ['yes', 'yes', 'yes']],
];

describe('a power that runs', () => {
  it.each(TABLE)('of %s, in which decides %s', (regime, decides, consents, others, protecting) => {
    const rows: [readonly Right[], readonly string[]][] = [
      [['consents'], consents],
      [OTHERS, others],
      [PROTECTING, protecting],
    ];
    for (const [rights, expected] of rows)
      for (const right of rights)
        for (const [index, say] of ([undefined, 'agrees', 'disagrees'] as const).entries())
          expect([right, say, rule(power(regime, { decides }), right, say)]).toEqual([right, say, expected[index]]);
  });

  it('is each regime of the policy, with each deciding side that it can have', () => {
    const listed = TABLE.map(([regime, decides]) => `${regime} ${decides}`);
    const all = REGIMES.flatMap((one) => (amikeo.powers?.regimes[one]?.decides ?? []).map((by) => `${one} ${by}`));
    expect(listed.sort()).toEqual(all.sort());
  });

  it('is in the table of docs/guardians.md, with the deciding sides that it can have', () => {
    const { text } = page('docs/guardians.md');
    const rows = text.split('\n').filter((line) => REGIMES.some((one) => line.startsWith(`| \`${one}\``)));
    const codes = (cell = ''): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, code = '']) => code);
    const told = rows.flatMap((row) => {
      const [, regimes, , , decides] = row.split('|');
      return codes(regimes).map((regime) => [regime, codes(decides)] as const);
    });
    const is = REGIMES.map((regime) => [regime, amikeo.powers?.regimes[regime]?.decides]);
    expect(told).toEqual(is);
  });

  it('counts from its first moment, and no longer at its last', () => {
    const one = power('parentalAuthority');
    const at = (now: number) => ruleOn(amikeo, one, { right: 'access', now });
    expect(at(one.from - 1)).toEqual({ may: 'no', because: 'notBegun' });
    expect(at(one.from)).toEqual({ may: 'yes' });
    expect(at((one.until ?? 0) - 1)).toEqual({ may: 'yes' });
    expect(at(one.until ?? 0)).toEqual({ may: 'no', because: 'ended' });
  });

  it('gives nothing under a policy that names no powers', () => {
    expect(ruleOn({}, power('parentalAuthority'), { right: 'access', now: NOW })).toEqual({
      ...{ may: 'no', because: 'regime' },
    });
  });
});

const anyPower = fc.record({
  regime: fc.constantFrom(...REGIMES),
  scope: fc.subarray([...RIGHTS]),
  decides: fc.constantFrom(...DECIDERS),
  from: fc.integer({ min: NOW - 3 * DAY, max: NOW + 3 * DAY }),
  until: fc.option(fc.integer({ min: NOW - 3 * DAY, max: NOW + 3 * DAY }), { nil: undefined }),
});
const anyAsking = fc.record({
  right: fc.constantFrom(...RIGHTS),
  say: fc.constantFrom(undefined, 'agrees' as const, 'disagrees' as const),
  now: fc.integer({ min: NOW - 4 * DAY, max: NOW + 4 * DAY }),
});
const asPower = ({ until, ...rest }: { until?: number | undefined } & Omit<Power, 'until'>): Power => ({
  ...rest,
  ...(until === undefined ? {} : { until }),
});

describe('whatever the power', () => {
  it('outside its time and its scope it counts for nothing, at any hour', () => {
    fc.assert(
      fc.property(anyPower, anyAsking, (some, asked) => {
        const { from, until = Infinity, scope } = some;
        const runs = from <= asked.now && asked.now < until && scope.includes(asked.right);
        if (!runs) expect(ruleOn(amikeo, asPower(some), asked)).toMatchObject({ may: 'no' });
      }),
    );
  });

  it('a disagreement is overruled for what can be undone and protects, and for nothing else', () => {
    fc.assert(
      fc.property(anyPower, anyAsking, (some, asked) => {
        const { may } = ruleOn(amikeo, asPower(some), { ...asked, say: 'disagrees' });
        if (!PROTECTING.includes(asked.right)) expect(may).toBe('no');
      }),
    );
  });

  it('an agreement never takes a power away; of several powers the strongest counts', () => {
    fc.assert(
      fc.property(fc.array(anyPower, { maxLength: 4 }), anyAsking, (some, asked) => {
        const powers = some.map(asPower);
        const rulings = powers.map((one) => ruleOn(amikeo, one, asked).may);
        const found = strongest(amikeo, powers, asked)?.ruling.may;
        const best = (['yes', 'withPerson', 'no'] as const).find((one) => rulings.includes(one));
        expect(found).toBe(best);
        for (const one of powers)
          if (ruleOn(amikeo, one, asked).may !== 'no')
            expect(ruleOn(amikeo, one, { ...asked, say: asked.say ?? 'agrees' }).may).not.toBe('no');
      }),
    );
  });
});

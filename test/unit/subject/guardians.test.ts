import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { isSealed } from '../../../functions/src/crypto/seal.ts';
import { RIGHTS, type Regime } from '../../../functions/src/policy/regimes.ts';
import {
  ageBandOf,
  guardedAs,
  guardianshipOf,
  isHolderOf,
  powersIn,
  releaseHolder,
  type Guardianship,
} from '../../../functions/src/subject/guardians.ts';
import { guardedNow, state, stated, storedPower } from '../../kit/sealed/statements.ts';
import { pseudonymsOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../requests/helpers.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const parent: Guardianship = {
  ...{ holder: 'parent', regime: 'parentalAuthority', scope: ['consents', 'access'] },
  ...{ from: NOW - DAY, decides: 'person' },
};

describe('people who decide with or for a person', () => {
  it('a child and its parents together, also while no parent is named', () => {
    expect(guardedAs({ band: 'child' }, [parent], NOW)).toEqual({
      mode: 'both',
      reason: 'age',
      holders: [{ uid: 'parent', from: NOW - DAY }],
    });
    expect(guardedAs({ band: 'child' }, [], NOW)).toEqual({ mode: 'both', reason: 'age', holders: [] });
  });

  it('nobody from the day on which the child has reached the age', () => {
    expect(guardedAs({ band: 'child', until: NOW + 1 }, [parent], NOW)).toMatchObject({ until: NOW + 1 });
    expect(guardedAs({ band: 'child', until: NOW }, [parent], NOW)).toBeNull();
  });

  it('an adult alone, unless a guardianship that runs says otherwise', () => {
    expect(guardedAs({ band: 'adult' }, [parent], NOW)).toBeNull();
    expect(guardedAs(null, [], NOW)).toBeNull();
    const guardian = (decides: Guardianship['decides'], more: Partial<Guardianship> = {}): Guardianship => ({
      ...parent,
      decides,
      ...more,
    });
    expect(guardedAs(null, [guardian('both')], NOW)).toMatchObject({ mode: 'both', reason: 'guardianship' });
    expect(guardedAs(null, [guardian('both'), guardian('holder')], NOW)).toMatchObject({ mode: 'holder' });
    expect(guardedAs(null, [guardian('holder', { until: NOW })], NOW)).toBeNull();
    expect(guardedAs(null, [guardian('holder', { from: NOW + 1 })], NOW)).toBeNull();
  });
});

describe('powers over a person', () => {
  const data = (regime: Regime, more: object = {}) => ({
    ...{ id: 'g', isSealed: true },
    data: { holder: 'x', from: Timestamp.fromMillis(NOW - DAY), ...storedPower(regime, NOW), ...more },
  });
  const regimes = (age: object | null, ...guardianships: ReturnType<typeof data>[]) =>
    powersIn({ age: age && { id: 'kim', isSealed: true, data: age }, guardianships }, NOW).map(({ regime }) => regime);

  it('are those that are not over, also those that begin later', () => {
    const at = (ms: number) => Timestamp.fromMillis(ms);
    const over = data('tutelle', { until: at(NOW) });
    const later = data('curatelle', { from: at(NOW + 1) });
    expect(regimes(null, over, later, data('mandate', { until: at(NOW + 1) }))).toEqual(['curatelle', 'mandate']);
  });

  it('lose parental authority once servers say that the person is of age, whatever its end', () => {
    const both = [data('parentalAuthority'), data('mandate')] as const;
    expect(regimes({ band: 'adolescent' }, ...both)).toEqual(['parentalAuthority', 'mandate']);
    expect(regimes({ band: 'adult' }, ...both)).toEqual(['mandate']);
  });

  it('do not make somebody decide about consents whose judgment does not name them', () => {
    const power: Guardianship = { ...parent, regime: 'tutelle', scope: ['access'], decides: 'holder' };
    expect(guardedAs(null, [power], NOW)).toBeNull();
    expect(guardedAs({ band: 'child' }, [power], NOW)).toMatchObject({ mode: 'both', holders: [] });
  });
});

describe('documents of servers', () => {
  it('a band that is none is a child’s: a mistake does not take a protection away', () => {
    const said = (data: object) => ageBandOf({ isSealed: true, data });
    expect(ageBandOf(null)).toBeNull();
    expect(said({ band: 'adult' })).toEqual({ band: 'adult' });
    expect(said({ band: 'Adult' })).toEqual({ band: 'child' });
    expect(said({})).toEqual({ band: 'child' });
    expect(said({ withdrawnAt: Timestamp.fromMillis(NOW) })).toBeNull();
  });

  it('a power without beginning, regime or scope is none; one that names no decider leaves the decision to an adult', () => {
    const said = (data: object) => guardianshipOf({ isSealed: true, data });
    const from = Timestamp.fromMillis(NOW);
    const whole = { holder: 'x', from, regime: 'tutelle', scope: ['erasure', 'access', 'everything'] };
    expect(said(whole)).toEqual({
      ...{ holder: 'x', from: NOW, decides: 'person' },
      ...{ regime: 'tutelle', scope: ['access', 'erasure'] },
    });
    for (const gone of ['from', 'regime', 'scope']) expect(said({ ...whole, [gone]: undefined })).toBeNull();
    for (const other of [{ regime: 'friend' }, { scope: [] }, { scope: 'access' }, { scope: ['everything'] }])
      expect(said({ ...whole, ...other })).toBeNull();
    expect(guardianshipOf({ isSealed: false, data: whole })).toBeNull();
  });
});

describe('a holder who was erased', () => {
  const context = testContext(NOW);
  const from = Timestamp.fromMillis(NOW - DAY);
  const rows = async () =>
    new Map((await context.own.collection('guardianships').get()).docs.map((row) => [row.id, row.data()]));

  it('leaves neither their uid nor their papers, and the guardianship ends; the child stays a child', async () => {
    const described = storedPower('tutelle', NOW);
    const mine = { child: 'kim', holder: 'parent', ...described, from };
    const over = { until: Timestamp.fromMillis(NOW - 1) };
    const other = { child: 'kim', holder: 'else', ...described, from };
    await state(context, 'guardianships/open', { ...mine, decides: 'both' });
    await state(context, 'guardianships/over', { ...mine, ...over });
    await state(context, 'guardianships/other', other);
    await state(context, 'ageBands/kim', { band: 'child' });
    for (let twice = 0; twice < 2; twice++) await releaseHolder(context, 'parent', NOW);
    const { regime, scope } = described;
    const statedAt = Timestamp.fromMillis(NOW);
    const holderPseudonyms = pseudonymsOf('parent', context.keys);
    const released = { child: 'kim', holderPseudonyms, regime, scope, from, statedAt };
    const expected = {
      open: { ...released, decides: 'both', until: Timestamp.fromMillis(NOW) },
      over: { ...released, ...over },
      other,
    };
    expect(await rows()).toEqual(
      new Map(Object.entries(expected).map(([id, row]) => [id, stated(context, `guardianships/${id}`, row)])),
    );
    expect(await guardedNow(context, 'kim')).toMatchObject({ mode: 'both', holders: [{ uid: 'else' }] });
  });

  it('gives no seal to a document that somebody else wrote', async () => {
    const forged = { child: 'lou', holder: 'forger', evidence: 'forger', from, decides: 'holder' };
    await context.own.doc('guardianships/forged').set(forged);
    await releaseHolder(context, 'forger', NOW);
    const left = (await rows()).get('forged');
    const holderPseudonyms = pseudonymsOf('forger', context.keys);
    expect(left).toEqual({ child: 'lou', holderPseudonyms, from, decides: 'holder', until: expect.anything() });
    expect(isSealed('guardianships/forged', left ?? {}, context.keys)).toBe(false);
  });
});

describe('a document that the backend did not write', () => {
  const context = testContext(NOW);
  const from = Timestamp.fromMillis(NOW - DAY);

  it('makes nobody a holder, and takes no child its protection', async () => {
    await context.own.doc('ageBands/kim').set({ band: 'adult' });
    const power = { ...storedPower('tutelle', NOW), decides: 'holder' };
    await context.own.doc('guardianships/g').set({ child: 'kim', holder: 'stranger', from, ...power });
    expect(await guardedNow(context, 'kim')).toEqual({ mode: 'both', reason: 'age', holders: [] });
    for (const right of RIGHTS)
      expect(await isHolderOf({ ...context, policy: amikeo }, 'stranger', 'kim', right)).toBe(false);
  });

  it('is also one of the backend that was moved to another person', async () => {
    await state(context, 'ageBands/grown-up', { band: 'adult' });
    const moved = (await context.own.doc('ageBands/grown-up').get()).data() ?? {};
    await context.own.doc('ageBands/lou').set(moved);
    expect(await guardedNow(context, 'grown-up')).toBeNull();
    expect(await guardedNow(context, 'lou')).toMatchObject({ reason: 'age' });
  });
});

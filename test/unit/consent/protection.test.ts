import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { powerToAnswer } from '../../../functions/src/consent/decide.ts';
import { derive } from '../../../functions/src/ledger/standing.ts';
import type { Protection } from '../../../functions/src/ledger/entry.ts';
import { child, DAY, NOW, parent, Story } from './story.sample.ts';

describe('under the age of consent (loi Informatique et Libertés, art. 45)', () => {
  const story = (): Story => {
    const made = new Story();
    made.protect(child, NOW - 10);
    return made;
  };

  it('a yes of the child waits for the holder, and stands once both agree', () => {
    const it = story();
    expect(it.person(true, NOW)).toBe('pending');
    expect(it.last).toMatchObject({ actor: 'subject' });
    expect(it.holder(true, NOW + 1)).toBe('given');
    expect(it.last).toMatchObject({ actor: 'holder', holder: 'v1_parent' });
    expect(it.state).toBe('given');
  });

  it('a yes of the holder waits for the child', () => {
    const it = story();
    expect(it.holder(true, NOW)).toBe('pending');
    expect(it.person(true, NOW + 1)).toBe('given');
  });

  it.each(['child', 'holder'])('either takes it back at once: the %s', (who) => {
    const it = story();
    it.person(true, NOW);
    it.holder(true, NOW + 1);
    expect(who === 'child' ? it.person(false, NOW + 2, true) : it.holder(false, NOW + 2)).toBe('withdrawn');
    expect(it.state).toBe('withdrawn');
    // The one of both who agreed before cannot restore it alone.
    expect(who === 'child' ? it.holder(true, NOW + 3, '2026-01-01') : it.person(true, NOW + 3)).toBe('pending');
    expect(it.state).toBe('pending');
  });

  it('a yes that was given offline before the holder agreed applies from the holder’s agreement', () => {
    const it = story();
    it.holder(true, NOW);
    it.person(true, NOW + 5000, null, { givenAt: NOW - 5000 });
    expect(it.last).toMatchObject({ state: 'given', occurredAt: NOW - 5000, effectiveAt: NOW });
    expect(it.head.since['messages']).toBe(NOW);
  });

  it('the same answer of the holder twice is one decision', () => {
    const it = story();
    it.holder(true, NOW);
    expect(it.holder(true, NOW + 1)).toBeNull();
  });

  it('an answer of a child from before servers knew its age: a yes waits from then on, a no stays', () => {
    const it = new Story();
    it.person(true, NOW - 100);
    it.protect(child, NOW);
    expect(it.entries.map(({ kind, state, actor }) => [kind, state, actor])).toEqual([
      ['consent', 'given', 'subject'],
      ['protection', 'both', 'server'],
      ['consent', 'pending', 'backend'],
    ]);
    expect(it.state).toBe('pending');
    expect(it.head.since['messages']).toBe(child.since);
    // The same again, as the database gives it back: fields in another order.
    const again = { ...child, holders: child.holders.map(({ holder, from }) => ({ from, holder })) };
    expect(it.protect(again, NOW + 1)).toBeNull();
  });

  it('at that age the consent is asked again, also before anybody noticed the day', () => {
    const it = new Story();
    const until = NOW + 10 * DAY;
    it.protect({ ...child, until }, NOW);
    it.person(true, NOW + 1);
    it.holder(true, NOW + 2);
    expect(it.state).toBe('given');
    expect(derive(it.head.consents['messages'] ?? {}, it.head.protection, until)).toEqual({
      state: 'expired',
      since: until,
    });
    it.protect(undefined, until + DAY);
    expect(it.last).toMatchObject({ state: 'expired', reason: 'age' });
    expect(it.person(true, until + 2 * DAY, true, { policyVersion: '2026-01-01' })).toBe('reconfirmed');
    expect(it.state).toBe('reconfirmed');
  });

  it('an answer given after that age, before the day was noticed, is not asked again', () => {
    const it = new Story();
    const until = NOW + DAY;
    it.protect({ ...child, until }, NOW);
    expect(it.person(true, until + 1)).toBe('given');
    it.protect(undefined, until + 1000);
    expect(it.state).toBe('given');
  });
});

describe('a child that has grown up', () => {
  it.each([
    ['refused before', [false]],
    ['never answered', []],
  ])('and %s: a yes from before, that comes late, is no yes of theirs', (_, answers) => {
    const it = new Story();
    const until = NOW + DAY;
    it.protect({ ...child, until }, NOW);
    for (const [index, granted] of answers.entries()) it.person(granted, NOW + index);
    it.protect(undefined, until + 1);
    it.person(true, until + 10, null, { givenAt: until - 10 });
    expect(it.state).toBe('expired');
    it.person(true, until + 20, null);
    expect(it.state).toBe('given');
  });
});

describe('a protected adult', () => {
  it('with a guardian: the guardian’s yes stands, a no of the person stops it', () => {
    const it = new Story();
    it.protect({ mode: 'holder', reason: 'guardianship', since: NOW, holders: [parent] }, NOW);
    expect(it.person(true, NOW + 1)).toBe('pending');
    expect(it.holder(true, NOW + 2)).toBe('given');
    expect(it.person(false, NOW + 3, true)).toBe('withdrawn');
    expect(it.holder(true, NOW + 4, '2026-01-01')).toBe('pending');
    expect(it.state).toBe('pending');
  });

  it('decides alone again when the guardianship ends: consents that only the guardian gave are asked again', () => {
    const it = new Story();
    it.protect({ mode: 'holder', reason: 'guardianship', since: NOW, holders: [parent] }, NOW);
    it.holder(true, NOW + 1);
    it.protect(undefined, NOW + 2);
    expect(it.last).toMatchObject({ state: 'expired', reason: 'guardianship', actor: 'backend' });
    expect(it.state).toBe('expired');
    expect(it.head.since['messages']).toBe(NOW + 2);
  });

  it('has as agents only the named holders, while it runs', () => {
    const until = NOW + DAY;
    const protection: Protection = { ...child, holders: [{ ...parent, until }] };
    const power = { ...parent, regime: 'parentalAuthority', scope: ['consents'], decides: 'person', until } as const;
    const head = { protection, powers: [power] };
    const mayAct = (...args: Parameters<typeof powerToAnswer>) => powerToAnswer(...args) !== null;
    expect(mayAct(amikeo, head, ['v1_parent'], NOW)).toBe(true);
    expect(mayAct(amikeo, head, ['v2_new', 'v1_parent'], NOW)).toBe(true);
    expect(mayAct(amikeo, head, ['v1_other'], NOW)).toBe(false);
    expect(mayAct(amikeo, head, ['v1_parent'], until)).toBe(false);
    expect(mayAct(amikeo, head, ['v1_parent'], NOW - 2 * DAY)).toBe(false);
    // Named, without a power that covers consents; with a power, and the person decides alone.
    expect(mayAct(amikeo, { protection }, ['v1_parent'], NOW)).toBe(false);
    for (const other of [{ scope: ['access'] }, { regime: 'mandate' }, { until: NOW }] as const)
      expect(mayAct(amikeo, { protection, powers: [{ ...power, ...other }] }, ['v1_parent'], NOW)).toBe(false);
    expect(mayAct(amikeo, { powers: [power] }, ['v1_parent'], NOW)).toBe(false);
  });

  it('an entry tells every power that began, changed or ended, and leaves the answers as they are', () => {
    const it = new Story();
    const curator = { ...parent, regime: 'curatelle', scope: ['access'], decides: 'person' } as const;
    it.person(true, NOW);
    expect(it.protect(undefined, NOW + 1, [curator])).toBe('alone');
    expect(it.last).toMatchObject({ kind: 'protection', powers: [curator] });
    expect(it.protect(undefined, NOW + 2, [{ ...curator }])).toBeNull();
    expect(it.protect(undefined, NOW + 3, [{ ...curator, scope: ['erasure'] }])).toBe('alone');
    expect(it.protect(undefined, NOW + 4)).toBe('alone');
    expect(it.last).not.toHaveProperty('powers');
    expect(it.head).not.toHaveProperty('powers');
    expect(it.state).toBe('given');
  });

  it('a protection goes on since it began while only the powers beside it change', () => {
    const it = new Story();
    it.protect(child, NOW);
    const mandate = { ...parent, regime: 'mandate', scope: ['access'], decides: 'person' } as const;
    it.protect({ ...child, since: NOW + 1 }, NOW + 1, [mandate]);
    expect(it.head.protection?.since).toBe(child.since);
  });
});

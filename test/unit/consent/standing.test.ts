import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideConsent } from '../../../functions/src/consent/decide.ts';
import { derive, later } from '../../../functions/src/ledger/standing.ts';
import { DAILY_LIMITS, patched, type Answered } from '../../../functions/src/ledger/chain.ts';
import { child, DAY, NOW, policy, Story } from './story.sample.ts';

describe('the order in which answers arrive', () => {
  const answered = fc.record({
    granted: fc.boolean(),
    at: fc.integer({ min: NOW, max: NOW + 6 }),
  });

  it('does not matter: the time at which things happened does, and at the same moment a no counts', () => {
    fc.assert(
      fc.property(fc.array(answered, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (answers, order) => {
        const all: Answered[] = answers.map((one) => ({ ...one, state: one.granted ? 'given' : 'withdrawn' }));
        const shuffled = all.map((one) => ({ one, key: order.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        const fold = (list: readonly Answered[]) => list.reduce<Answered | undefined>((a, b) => later(a, b), undefined);
        const last = Math.max(...all.map(({ at }) => at));
        const expected = all.filter(({ at }) => at === last).every(({ granted }) => granted);
        expect(fold(shuffled.map(({ one }) => one))).toMatchObject({ granted: expected, at: last });
        expect(fold(all)).toMatchObject({ granted: expected, at: last });
      }),
    );
  });

  it('does not matter with two deciders either, and a consent never stands against a later no', () => {
    const event = fc.record({ by: fc.constantFrom('subject' as const, 'holder' as const), granted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 8 }), fc.infiniteStream(fc.nat()), (events, order) => {
        const all = events.map((one, index) => ({
          ...one,
          at: NOW + index,
          state: one.granted ? 'given' : 'withdrawn',
        }));
        const fold = (list: typeof all) =>
          list.reduce<Record<string, Answered>>((a, { by, ...one }) => ({ ...a, [by]: later(a[by], one) }), {});
        const shuffled = all.map((one) => ({ one, key: order.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        const state = derive(fold(shuffled.map(({ one }) => one)), child, NOW + 100)?.state;
        const latest = (by: string) => all.filter((one) => one.by === by).at(-1)?.granted;
        const both = latest('subject') === true && latest('holder') === true;
        expect(state).toBe(both ? 'given' : all.at(-1)?.granted === true ? 'pending' : 'withdrawn');
      }),
    );
  });
});

describe('the budget of a day', () => {
  const spent = (): Story => {
    const it = new Story();
    it.person(true, NOW);
    const day = new Date(NOW).toISOString().slice(0, 10);
    it.head = { ...it.head, budget: { day, counts: { consent: DAILY_LIMITS['consent'] ?? 0 } } };
    return it;
  };

  it('bounds the entries that a client can write into the chain', () => {
    expect(spent().person(true, NOW + 1, true, { policyVersion: '2026-01-01' })).toBe('overBudget');
  });

  it('never swallows a withdrawal, and lets a day go by', () => {
    const it = spent();
    expect(it.person(false, NOW + 1, true)).toBe('withdrawn');
    expect(it.person(true, NOW + 2, false)).toBe('overBudget');
    expect(it.person(false, NOW + 3, true)).toBe('overBudget');
    expect(it.state).toBe('withdrawn');
    expect(it.person(true, NOW + DAY, false)).toBe('given');
  });

  it('is each one’s own: a holder does not spend the person’s, nor another holder’s, nor they the holder’s', () => {
    const it = new Story();
    it.protect(child, NOW);
    const limit = DAILY_LIMITS['consent'] ?? 0;
    const came = Array.from({ length: limit + 30 }, (_, n) => it.holder(n % 2 === 0, NOW + n));
    expect(came.filter((state) => state === 'overBudget').length).toBeGreaterThan(0);
    // The holder's own no is never kept out.
    it.head = { ...it.head, consents: { messages: { holder: { granted: true, at: NOW, state: 'given' } } } };
    expect(it.holder(false, NOW + 500)).toBe('withdrawn');
    expect(it.person(true, NOW + 501)).toBe('pending');
    expect(it.holder(true, NOW + 502, policy.version, 'v1_other')).toBe('given');
    const spentByPerson = { day: '2026-06-01', counts: { consent: limit } };
    it.head = { ...it.head, budget: spentByPerson };
    expect(it.person(true, NOW + 503, true, { policyVersion: '2026-01-01' })).toBe('overBudget');
    expect(it.holder(true, NOW + 504, '2026-01-01')).not.toBe('overBudget');
  });

  it('counts each kind by itself and starts anew each day', () => {
    const it = new Story();
    for (let i = 0; i < 3; i++) it.person(i % 2 === 0, NOW + i, i === 0 ? null : i % 2 === 1);
    expect(it.head.budget).toEqual({ day: '2026-06-01', counts: { consent: 3 } });
    it.person(false, NOW + DAY, true);
    expect(it.head.budget).toEqual({ day: '2026-06-02', counts: { consent: 1 } });
  });
});

describe('when it happened', () => {
  it('a withdrawal is never earlier than the answer that it takes back, although events tell whole seconds only', () => {
    const it = new Story();
    it.person(true, NOW + 500);
    const before = { granted: true, policyVersion: policy.version, source: 'app', updatedAt: NOW + 500 };
    const gone = decideConsent({ purpose: 'messages', before, after: null, writtenAt: NOW }, it.head, {
      policy,
      now: NOW + 900,
    });
    expect(gone).toMatchObject({
      record: { state: 'withdrawn', occurredAt: NOW + 500, reason: 'documentDeleted' },
      becameCurrent: true,
    });
  });

  it('a document that was spoilt and then deleted takes the consent back that the ledger knows', () => {
    const it = new Story();
    it.person(true, NOW);
    const gone = { purpose: 'messages', before: null, after: null, writtenAt: NOW + 10 };
    expect(decideConsent(gone, it.head, { policy, now: NOW + 20 })).toMatchObject({
      record: { state: 'withdrawn', occurredAt: NOW + 10 },
      becameCurrent: true,
    });
    // The event of an older deletion, before the consent was given.
    expect(decideConsent({ ...gone, writtenAt: NOW - 10 }, it.head, { policy, now: NOW + 20 })).toEqual({
      ignore: true,
    });
    it.person(false, NOW + 5, true);
    expect(decideConsent(gone, it.head, { policy, now: NOW + 20 })).toEqual({ ignore: true });
  });

  it('a deletion that comes late does not hide from the reconciliation that the newer document is known', () => {
    const it = new Story();
    it.person(true, NOW);
    it.person(true, NOW + 20);
    const before = { granted: true, policyVersion: policy.version, source: 'app', updatedAt: NOW };
    const gone = { purpose: 'messages', before, after: null, writtenAt: NOW + 10 };
    const decided = decideConsent(gone, it.head, { policy, now: NOW + 30 });
    if (!('record' in decided)) throw new Error('not recorded');
    const head = patched(it.head, decided.patch ?? {});
    const found = {
      ...gone,
      before: null,
      after: { ...before, updatedAt: NOW + 20 },
      writtenAt: NOW + 20,
      reconciled: true as const,
    };
    expect(decideConsent(found, head, { policy, now: NOW + 40 })).toEqual({ ignore: true });
  });

  it('a no that a server wrote with an old time counts from its receipt', () => {
    const it = new Story();
    it.person(true, NOW);
    it.person(false, NOW + 10, true, { updatedAt: NOW - 10 * DAY });
    expect(it.last).toMatchObject({ occurredAt: NOW + 10 });
    expect(it.state).toBe('withdrawn');
  });

  it('a yes before its text was published comes from a wrong clock: the server’s time counts, and it says so', () => {
    const it = new Story();
    it.person(true, NOW, null, { givenAt: 0 });
    expect(it.last).toMatchObject({ occurredAt: NOW, clamped: true });
  });

  it('a clock that is a little fast does not let a yes overtake the withdrawal that follows it', () => {
    const it = new Story();
    it.person(true, NOW, null, { givenAt: NOW + 900 });
    it.person(false, NOW + 400, true);
    expect(it.state).toBe('withdrawn');
  });
});

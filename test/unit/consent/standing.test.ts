import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideConsent, decideHolder, mayAct } from '../../../functions/src/consent/decide.ts';
import type { Answer } from '../../../functions/src/consent/documents.ts';
import { decideExpiry } from '../../../functions/src/consent/expiry.ts';
import { decideProtection } from '../../../functions/src/consent/protection.ts';
import { derive, later } from '../../../functions/src/consent/standing.ts';
import {
  append,
  DAILY_LIMITS,
  emptyHead,
  patched,
  type Answered,
  type Draft,
  type Head,
  type Protection,
} from '../../../functions/src/ledger/chain.ts';
import type { Amendment, Verdict } from '../../../functions/src/ledger/store.ts';
import { addPeriod } from '../../../functions/src/policy/calendar.ts';
import { withTexts } from './texts.ts';

const CHAIN = 'v1_child';
const NOW = Date.UTC(2026, 5, 1, 12);
const DAY = 86_400_000;
const OLD_TEXT = '2024-01-01';
const policy = withTexts(OLD_TEXT, '2026-01-01');

/** A person's chain as it grows: what each decision makes of the head, and the entries. */
class Story {
  head: Head = emptyHead(CHAIN);
  readonly entries: Draft[] = [];
  #events = 0;

  #take(decided: Verdict | Amendment | null): string | null {
    if (decided === null || 'ignore' in decided) return null;
    if ('reject' in decided) return decided.reject;
    const list = 'record' in decided ? [{ id: `e${this.#events++}`, draft: decided.record }] : decided.entries;
    this.head = patched(this.head, decided.patch ?? {});
    for (const { id, draft } of list) {
      this.head = append(CHAIN, this.head, id, draft).head;
      this.entries.push(draft);
    }
    return this.entries.at(-1)?.state ?? null;
  }

  /** @param was what stood in the document before, where it was there */
  person(
    granted: boolean,
    at: number,
    was: boolean | Partial<Answer> | null = null,
    more: Partial<Answer> = {},
  ): string | null {
    const answer: Answer = { granted, policyVersion: policy.version, source: 'app', updatedAt: at, ...more };
    const old = typeof was === 'boolean' ? { granted: was } : was;
    const before = old === null ? null : { ...answer, policyVersion: policy.version, updatedAt: at - 1, ...old };
    const change = { purpose: 'messages', before, after: answer, writtenAt: at };
    return this.#take(decideConsent(change, this.head, { policy, now: at }));
  }

  holder(granted: boolean, at: number, policyVersion = policy.version, holder = 'v1_parent'): string | null {
    const answer = { purpose: 'messages', granted, holder, policyVersion, source: 'app' };
    return this.#take(decideHolder(answer, this.head, { policy, now: at }));
  }

  protect(protection: Protection | undefined, at: number): string | null {
    return this.#take(decideProtection(this.head, protection, policy, at));
  }

  askAgain(at: number): string | null {
    return this.#take(decideExpiry(this.head, policy, at));
  }

  get state(): string | undefined {
    return this.head.current['messages'];
  }

  get last(): Draft | undefined {
    return this.entries.at(-1);
  }
}

const parent = { holder: 'v1_parent', from: NOW - DAY };
const child: Protection = { mode: 'both', reason: 'age', since: NOW - 10, holders: [parent] };

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
    // The one who agreed before cannot restore it alone.
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

  it('what a child gave before servers knew its age waits from then on; what it refused stays refused', () => {
    const it = new Story();
    it.person(true, NOW - 100);
    it.protect(child, NOW);
    expect(it.entries.map(({ kind, state, actor }) => [kind, state, actor])).toEqual([
      ['consent', 'given', 'subject'],
      ['protection', 'both', 'officer'],
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
  it('whose guardian decides: the guardian’s yes stands, a no of the person stops it', () => {
    const it = new Story();
    it.protect({ mode: 'holder', reason: 'guardianship', since: NOW, holders: [parent] }, NOW);
    expect(it.person(true, NOW + 1)).toBe('pending');
    expect(it.holder(true, NOW + 2)).toBe('given');
    expect(it.person(false, NOW + 3, true)).toBe('withdrawn');
    expect(it.holder(true, NOW + 4, '2026-01-01')).toBe('pending');
    expect(it.state).toBe('pending');
  });

  it('decides alone again when the guardianship ends: what only the guardian gave is asked again', () => {
    const it = new Story();
    it.protect({ mode: 'holder', reason: 'guardianship', since: NOW, holders: [parent] }, NOW);
    it.holder(true, NOW + 1);
    it.protect(undefined, NOW + 2);
    expect(it.last).toMatchObject({ state: 'expired', reason: 'guardianship', actor: 'backend' });
    expect(it.state).toBe('expired');
    expect(it.head.since['messages']).toBe(NOW + 2);
  });

  it('may be acted for only by who is named, while it runs', () => {
    const until = NOW + DAY;
    const protection: Protection = { ...child, holders: [{ ...parent, until }] };
    expect(mayAct(protection, ['v1_parent'], NOW)).toBe(true);
    expect(mayAct(protection, ['v2_new', 'v1_parent'], NOW)).toBe(true);
    expect(mayAct(protection, ['v1_other'], NOW)).toBe(false);
    expect(mayAct(protection, ['v1_parent'], until)).toBe(false);
    expect(mayAct(protection, ['v1_parent'], NOW - 2 * DAY)).toBe(false);
    expect(mayAct(undefined, ['v1_parent'], NOW)).toBe(false);
  });
});

describe('a consent that is asked again', () => {
  it('expires when the policy has a new text, once, and a new yes stands again', () => {
    const it = new Story();
    it.person(true, NOW, null, { policyVersion: OLD_TEXT });
    expect(it.head.oldestVersion).toBe(OLD_TEXT);
    expect(it.askAgain(NOW + 1)).toBe('expired');
    expect(it.last).toMatchObject({ actor: 'backend', reason: 'policyVersion' });
    expect(it.head.oldestVersion).toBeUndefined();
    expect(it.head.askAgainAt).toBeUndefined();
    expect(it.askAgain(NOW + 2)).toBeNull();
    // An app that writes the same answer again before it could know did not ask anybody.
    expect(
      it.person(true, NOW + 3, { granted: true, policyVersion: OLD_TEXT }, { policyVersion: OLD_TEXT }),
    ).toBeNull();
    expect(it.person(true, NOW + 4, { granted: true, policyVersion: OLD_TEXT, askedAgain: true })).toBe('reconfirmed');
    expect(it.state).toBe('reconfirmed');
  });

  it('expires after the policy’s period; the same yes again, with the mark on it, is a reconfirmation', () => {
    const it = new Story();
    it.person(true, NOW);
    const due = addPeriod(NOW, policy.rights.reconsentAfter.period, policy.controller.timeZone);
    expect(it.head.askAgainAt).toBe(due);
    expect(it.askAgain(due - 1)).toBeNull();
    expect(it.askAgain(due)).toBe('expired');
    const marked = { granted: true, policyVersion: policy.version, source: 'app', updatedAt: NOW, askedAgain: true };
    const again = { ...marked, askedAgain: false, updatedAt: due + 5 };
    const decided = decideConsent({ purpose: 'messages', before: marked, after: again, writtenAt: due + 5 }, it.head, {
      policy,
      now: due + 6,
    });
    expect(decided).toMatchObject({ record: { state: 'reconfirmed' }, becameCurrent: true });
    // The mark itself, which the backend writes, is no answer.
    const mark = { purpose: 'messages', before: { ...marked, askedAgain: false }, after: marked, writtenAt: due + 1 };
    expect(decideConsent(mark, it.head, { policy, now: due + 2 })).toEqual({ ignore: true });
  });

  it('for a purpose that the policy no longer has ends, and can be taken back until then; nothing new is given', () => {
    const purposes = Object.fromEntries(Object.entries(policy.purposes).filter(([id]) => id !== 'messages'));
    const without = { ...policy, purposes };
    const decideWithout = (it: Story, granted: boolean) => {
      const answer = { granted, policyVersion: policy.version, source: 'app', updatedAt: NOW + 10 };
      const change = {
        purpose: 'messages',
        before: { ...answer, granted: !granted },
        after: answer,
        writtenAt: NOW + 10,
      };
      return decideConsent(change, it.head, { policy: without, now: NOW + 10 });
    };
    const it = new Story();
    expect(decideWithout(it, false)).toEqual({ reject: 'notAsked' });
    it.person(true, NOW);
    expect(decideWithout(it, true)).toEqual({ reject: 'notAsked' });
    expect(decideWithout(it, false)).toMatchObject({ record: { state: 'withdrawn' }, becameCurrent: true });
    expect(decideExpiry(it.head, without, NOW + 10)?.entries).toMatchObject([
      { draft: { state: 'expired', reason: 'policyVersion' } },
    ]);
  });

  it('a refusal and a withdrawal are not asked again', () => {
    const it = new Story();
    it.person(false, NOW);
    expect(it.head.askAgainAt).toBeUndefined();
    expect(it.askAgain(NOW + 400 * DAY)).toBeNull();
  });

  it('a yes from before that comes late does not bring it back', () => {
    const it = new Story();
    it.person(true, NOW, null, { policyVersion: OLD_TEXT });
    it.askAgain(NOW + 10);
    it.person(true, NOW + 20, null, { givenAt: NOW + 5, policyVersion: OLD_TEXT });
    expect(it.state).toBe('expired');
  });
});

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

  it('does not matter with two who decide either, and a consent never stands against a later no', () => {
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

  it('bounds what a client can write into the chain', () => {
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
      reconciled: true,
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

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { noticeOf } from '../../../functions/src/policy/notices.ts';
import { proveAt, provenNotice, type Proof } from '../../../functions/src/proof/prove.ts';
import { answer, at, entriesOf } from './helpers.ts';

const JAN = at('2026-01-01T00:00:00Z');
const FEB = at('2026-02-01T00:00:00Z');
const MAR = at('2026-03-01T00:00:00Z');
const APR = at('2026-04-01T00:00:00Z');
const MAY = at('2026-05-01T00:00:00Z');

const said = ({ state, agreed, shownBy }: Pick<Proof, 'state' | 'agreed' | 'shownBy'>) => [
  state,
  agreed,
  shownBy?.seq ?? null,
];
const prove = (drafts: readonly Draft[], when: number) => proveAt(entriesOf(...drafts), 'messages', when);

describe('the state at a moment (Art. 7(1))', () => {
  const life = [answer('refused', JAN), answer('given', FEB), answer('withdrawn', MAR), answer('given', APR)];

  it.each([
    ['before any answer', JAN - 1, null, false, null],
    ['at the moment of the first answer', JAN, 'refused', false, 1],
    ['a moment before the yes', FEB - 1, 'refused', false, 1],
    ['at the moment of the yes', FEB, 'given', true, 2],
    ['between', FEB + 5, 'given', true, 2],
    ['at the moment of the withdrawal', MAR, 'withdrawn', false, 3],
    ['after the last', MAY, 'given', true, 4],
  ])('%s', (_when, moment, state, agreed, seq) => {
    expect(said(prove(life, moment))).toEqual([state, agreed, seq]);
  });

  it('says until when it applied, and that the last still does', () => {
    expect(prove(life, FEB).until).toMatchObject({ seq: 3, state: 'withdrawn' });
    expect(prove(life, MAY).until).toBeNull();
    expect(prove(life, FEB).history.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('follows the time at which it happened, not the order in which it was recorded', () => {
    const late = [answer('withdrawn', MAR), answer('given', FEB, { recordedAt: APR })];
    expect(said(prove(late, FEB))).toEqual(['given', true, 2]);
    expect(said(prove(late, MAY))).toEqual(['withdrawn', false, 1]);
  });

  it('shows the knowledge of that moment, and later entries', () => {
    const drafts = [answer('refused', JAN), answer('given', FEB, { recordedAt: APR })];
    const then = prove(drafts, MAR);
    expect(said(then)).toEqual(['given', true, 2]);
    expect(said(then.knownThen)).toEqual(['refused', false, 1]);
    expect(then.recordedLater.map(({ seq }) => seq)).toEqual([2]);
    const afterwards = prove(drafts, APR);
    expect(said(afterwards.knownThen)).toEqual(['given', true, 2]);
    expect(afterwards.recordedLater).toEqual([]);
  });

  it.each([
    ['the withdrawal was recorded first', ['withdrawn', 'given'], 'withdrawn'],
    ['the withdrawal was recorded last', ['given', 'withdrawn'], 'withdrawn'],
    ['a refusal', ['refused', 'given'], 'refused'],
    ['being asked again ends a yes', ['expired', 'given'], 'expired'],
    ['a no before being asked again', ['withdrawn', 'expired'], 'withdrawn'],
    ['two yeses: the later record', ['given', 'reconfirmed'], 'reconfirmed'],
  ])('at the same moment a no counts: %s', (_why, states, expected) => {
    const found = prove(
      states.map((state) => answer(state, FEB)),
      FEB,
    );
    expect(found.state).toBe(expected);
    expect(found.history.at(-1)?.state).toBe(expected);
  });

  it.each(['pending', 'expired', 'refused', 'withdrawn', 'something new'])('%s is no agreement', (state) => {
    expect(prove([answer('given', JAN), answer(state, FEB)], MAR)).toMatchObject({ state, agreed: false });
  });

  it('an agreement of two applies from when both were there', () => {
    const drafts = [
      answer('pending', JAN),
      answer('given', JAN + 5, { effectiveAt: FEB, actor: 'holder', recordedAt: FEB }),
    ];
    expect(said(prove(drafts, JAN + 10))).toEqual(['pending', false, 1]);
    expect(said(prove(drafts, FEB))).toEqual(['given', true, 2]);
  });

  it('Art. 8: a no of the child that was recorded late stands against the parent’s later yes', () => {
    const drafts = [
      answer('pending', JAN),
      answer('given', MAR, { actor: 'holder' }),
      answer('withdrawn', FEB, { recordedAt: APR }),
    ];
    const found = prove(drafts, MAY);
    expect(said(found)).toEqual(['pending', false, 2]);
    expect(found.against?.seq).toBe(3);
    // The parent's own earlier no does not: the parent said yes since.
    const own = drafts.map((d, i) => (i === 2 ? { ...d, actor: 'holder' as const } : d));
    expect(said(prove(own, MAY))).toEqual(['given', true, 2]);
    // Nor does one that was recorded before the yes: the author of the yes knew of it.
    const before = [answer('withdrawn', FEB), answer('given', MAR, { actor: 'holder' })];
    expect(said(prove(before, MAY))).toEqual(['given', true, 2]);
  });

  it('after an erasure no consent applies, and the last state until then is shown', () => {
    const drafts = [
      answer('given', JAN),
      { kind: 'erasure', state: 'completed', occurredAt: MAR, recordedAt: MAR } as const,
    ];
    expect(prove(drafts, FEB)).toMatchObject({ state: 'given', agreed: true, erasedAt: null });
    expect(prove(drafts, APR)).toMatchObject({ state: 'given', agreed: false, erasedAt: MAR });
  });

  it('other purposes, permissions and effects are no consents to this one', () => {
    const drafts: Draft[] = [
      answer('given', JAN, { purpose: 'analytics' }),
      answer('granted', JAN, { kind: 'devicePermission' }),
      answer('given', JAN, { kind: 'effect' }),
    ];
    expect(prove(drafts, MAY)).toMatchObject({ state: null, agreed: false, history: [] });
  });
});

describe('against a naive model', () => {
  /**
   * Walks through the moments one by one. An event at a moment replaces the state before, in
   * recorded order, a no last of all.
   */
  function naive(entries: readonly Entry[], when: number): string | null {
    let state: string | null = null;
    for (let moment = 0; moment <= when; moment++) {
      const here = entries.filter((e) => e.occurredAt === moment);
      const no = here.filter((e) => e.state === 'withdrawn' || e.state === 'refused').at(-1);
      const again = here.filter((e) => e.state === 'expired').at(-1);
      state = (no ?? again ?? here.at(-1))?.state ?? state;
    }
    return state;
  }

  const states = fc.constantFrom('given', 'reconfirmed', 'refused', 'withdrawn', 'expired');
  const history = fc.array(
    fc.record({ state: states, occurredAt: fc.integer({ min: 0, max: 12 }), delay: fc.nat(8) }),
    {
      maxLength: 12,
    },
  );

  it('any history of one person, recorded in any order, at any moment', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 15 }), (happened, when) => {
        const drafts = [...happened]
          .sort((a, b) => a.occurredAt + a.delay - (b.occurredAt + b.delay))
          .map(({ state, occurredAt, delay }) => answer(state, occurredAt, { recordedAt: occurredAt + delay }));
        const entries = entriesOf(...drafts);
        const found = proveAt(entries, 'messages', when);
        const expected = naive(entries, when);
        expect(found.state).toBe(expected);
        expect(found.agreed).toBe(expected === 'given' || expected === 'reconfirmed');
        expect(found.knownThen.state).toBe(
          naive(
            entries.filter((e) => e.recordedAt <= when),
            when,
          ),
        );
        expect(found.recordedLater.every((e) => e.occurredAt <= when && e.recordedAt > when)).toBe(true);
        expect(found.history).toHaveLength(entries.length);
        if (found.until) {
          expect(found.until.occurredAt).toBeGreaterThan(when);
          expect(naive(entries, found.until.occurredAt - 1)).toBe(expected);
        } else expect(naive(entries, 30)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the exact text that the person saw', () => {
  const seen = noticeOf(amikeo, '2025-06-15', 'messages', 'fr');
  if (!seen) throw new Error('no notice');
  const named = { noticeVersion: '2025-06-15', noticeLanguage: 'fr', noticeHash: seen.hash };
  const entry = (more: Partial<Draft>): Entry => {
    const [one] = entriesOf(answer('given', JAN, more));
    if (!one) throw new Error('no entry');
    return one;
  };

  it('is the repository’s, if its hash is the one of the entry', () => {
    expect(provenNotice(amikeo, entry(named))).toEqual({
      kind: 'exact',
      version: '2025-06-15',
      language: 'fr',
      hash: seen.hash,
      assumed: false,
      text: seen.text,
    });
    expect(provenNotice(amikeo, entry({ ...named, noticeAssumed: true }))).toMatchObject({ assumed: true });
  });

  it('is not passed off as another one that the repository has now', () => {
    const changed = structuredClone(amikeo);
    const text = changed.notices['2025-06-15']?.['messages'];
    if (text) text.fr = `${text.fr ?? ''}!`;
    const found = provenNotice(changed, entry(named));
    expect(found).toMatchObject({ kind: 'differs', hash: seen.hash });
    expect(found).not.toHaveProperty('text');
  });

  it.each([
    ['another version', { noticeVersion: '2024-01-01' }],
    ['another language', { noticeLanguage: 'de' }],
    ['a version that is no version', { noticeVersion: '__proto__' }],
  ])('says if the repository has none: %s', (_why, more) => {
    expect(provenNotice(amikeo, entry({ ...named, ...more })).kind).toBe('notInRepository');
  });

  it('says if the entry names none', () => {
    expect(provenNotice(amikeo, entry({})).kind).toBe('notRecorded');
  });
});

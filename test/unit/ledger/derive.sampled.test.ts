import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideConsent, decideHolder } from '../../../functions/src/consent/decide.ts';
import { decidePermission } from '../../../functions/src/consent/permissions.ts';
import { decideExpiry } from '../../../functions/src/consent/expiry.ts';
import { decideObjection } from '../../../functions/src/consent/objection/record.ts';
import { decideProtection } from '../../../functions/src/consent/protection.ts';
import {
  append,
  continuing,
  emptyHead,
  patched,
  proofOf,
  type Entry,
  type Head,
  type HeadPatch,
} from '../../../functions/src/ledger/chain.ts';
import type { Draft, HeldPower, Protection } from '../../../functions/src/ledger/entry.ts';
import { afterEntry, differencesOf, type HeadField } from '../../../functions/src/ledger/derive.ts';
import { restraintsWith } from '../../../functions/src/ledger/restraints.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { times } from '../../kit/depth.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/**
 * The head that the entries say is the head that the deciders wrote, after any events. The
 * histories hold answers of a person and of a holder in any order, and consents that are asked
 * again. People come under protection and out of it. A new key and an erasure occur, too.
 */

const RUNS = times(200, 5000);
const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const [FIRST, SECOND] = [`v1_${'a'.repeat(43)}`, `v2_${'b'.repeat(43)}`];
const BEFORE = '2025-06-15';

const step = fc.record({
  what: fc.constantFrom(
    ...(['yes', 'yes', 'old', 'no', 'gone', 'holderYes', 'holderNo', 'again'] as const),
    ...(['child', 'adult', 'ward', 'free', 'effect', 'key', 'device', 'device', 'givenUp'] as const),
    ...(['hold', 'lift', 'restrict', 'object', 'object'] as const),
  ),
  purpose: fc.constantFrom('analytics', 'messages'),
  /** Since the step before, in days. */
  after: fc.integer({ min: 0, max: 200 }),
  /** How much earlier it happened than it is told, in days. */
  late: fc.constantFrom(0, 0, 0, 1, 40, 300),
});
type Told = typeof step extends fc.Arbitrary<infer T> ? T : never;

const PROTECTIONS: Record<string, (now: number) => Protection | undefined> = {
  child: (now) => ({ mode: 'both', reason: 'age', since: now, holders: [{ holder: 'v1_parent', from: 0 }] }),
  adult: (now) => ({ mode: 'both', reason: 'age', since: now, until: now + 90 * DAY, holders: [] }),
  ward: (now) => ({ mode: 'holder', reason: 'guardianship', since: now, holders: [{ holder: 'v1_parent', from: 0 }] }),
  free: () => undefined,
};

const POWERS: Record<string, readonly HeldPower[]> = {
  ward: [{ holder: `v1_${'p'.repeat(43)}`, regime: 'tutelle', scope: ['consents'], decides: 'holder', from: 0 }],
  adult: [{ regime: 'curatelle', scope: ['access'], decides: 'person', from: 0, until: 9 * DAY }],
};

class Life {
  head: Head = emptyHead(FIRST);
  chain = FIRST;
  readonly chains = new Map<string, Entry[]>();
  readonly heads = new Map<string, Head>();
  now = START;

  put(id: string, draft: Draft, patch?: HeadPatch): void {
    const { entry, head } = append(this.chain, this.head, id, draft, patch);
    this.chains.set(this.chain, [...(this.chains.get(this.chain) ?? []), entry]);
    this.head = head;
  }

  step(index: number, { what, purpose, after, late }: Told): void {
    this.now += after * DAY;
    const { head, now } = this;
    const at = Math.max(START - 300 * DAY, now - late * DAY);
    const deciding = { policy: amikeo, now };
    if (what === 'effect') {
      const draft = { kind: 'effect', purpose, state: 'messages', occurredAt: now, recordedAt: now } as const;
      this.put(`e${index}`, draft);
      return;
    }
    if (what === 'hold' || what === 'lift' || what === 'restrict') {
      this.restrain(`e${index}`, what, purpose);
      return;
    }
    if (what === 'givenUp') {
      const givenUp = [...(head.givenUp ?? []), `e${index}`];
      this.put(`e${index}`, { kind: 'erasure', state: 'givenUp', occurredAt: now, recordedAt: now }, { givenUp });
      return;
    }
    if (what === 'device') {
      const change = { before: null, after: { granted: true, permission: 'location', updatedAt: at }, writtenAt: at };
      const decided = decidePermission(change, head, now, 'device');
      if ('record' in decided) this.put(`e${index}`, decided.record, decided.patch);
      return;
    }
    if (what === 'key') {
      if (this.chain === SECOND || head.seq === 0) return;
      this.heads.set(
        FIRST,
        patched(
          { ...head, continuedBy: SECOND },
          { askAgainAt: undefined, agreedTo: undefined, restraints: undefined },
        ),
      );
      this.head = continuing(SECOND, { chain: FIRST, head }, now);
      this.chain = SECOND;
      // A chain that continues another one begins with an entry.
      this.step(index, { what: 'effect', purpose, after: 0, late: 0 });
      return;
    }
    if (what === 'again' || what === 'object' || what in PROTECTIONS) {
      const order = { uid: 'u', chain: this.chain, at, source: 'app', by: { actor: 'subject' }, id: 'o' } as const;
      const amendment =
        what === 'object'
          ? decideObjection(amikeo, head, { ...order, purposes: [purpose, 'userDatabase'] }, now)
          : what === 'again'
            ? decideExpiry(head, amikeo, now)
            : decideProtection(head, PROTECTIONS[what]?.(now), amikeo, now, POWERS[what]);
      if (amendment === null) return;
      this.head = patched(head, amendment.patch);
      for (const { id, draft } of amendment.entries) this.put(`${id}_${index}`, draft);
      return;
    }
    const granted = what === 'yes' || what === 'old' || what === 'holderYes';
    const policyVersion = what === 'old' ? BEFORE : AMIKEO_VERSION;
    const answer = { granted, policyVersion, source: 'app', updatedAt: at };
    const decided = what.startsWith('holder')
      ? decideHolder({ ...answer, purpose, holder: 'v1_parent' }, head, deciding)
      : decideConsent(
          {
            purpose,
            before: what === 'gone' ? { ...answer, granted: true } : null,
            after: what === 'gone' ? null : answer,
            writtenAt: at,
          },
          head,
          deciding,
        );
    if ('record' in decided) this.put(`e${index}`, decided.record, decided.patch);
  }

  /** As changeRestraint does. */
  restrain(id: string, what: 'hold' | 'lift' | 'restrict', of: string): void {
    const { now } = this;
    const kind = what === 'restrict' ? ('restrictions' as const) : ('legalHolds' as const);
    const until = what === 'hold' ? {} : { until: what === 'lift' ? now : now + 90 * DAY };
    const version = { kind, name: `v1_${kind} ${of}`, at: now, ...until };
    const draft = { kind: 'statement', state: what === 'lift' ? 'ended' : 'set', statement: version } as const;
    const times = { occurredAt: now, recordedAt: now };
    this.put(id, { ...draft, ...times }, { restraints: restraintsWith(this.head.restraints, version) });
  }

  /** As beginErasure and closeChain do. */
  erase(): void {
    const { now } = this;
    const erasing = { at: now - 5, accountCreatedAt: 1 };
    const draft = {
      kind: 'erasure',
      actor: 'backend',
      accountCreatedAt: 1,
      occurredAt: now - 5,
      recordedAt: now,
    } as const;
    this.put('erasure_1', { ...draft, state: 'begun' }, { erasing });
    this.check();
    this.put('erasure', { ...draft, state: 'completed' });
    const former = this.heads.get(FIRST);
    if (former) this.heads.set(FIRST, { ...proofOf(former), changedAt: now, closed: erasing });
    this.head = { ...proofOf(this.head), changedAt: now, closed: erasing };
  }

  check(): void {
    for (const [chain, entries] of this.chains) {
      const head = chain === this.chain ? this.head : this.heads.get(chain);
      if (head === undefined) throw new Error('no head');
      expect(differencesOf(head, entries.reduce(afterEntry, emptyHead(chain)))).toEqual([]);
    }
  }
}

const live = (steps: readonly Told[]): Life => {
  const life = new Life();
  steps.forEach((told, index) => life.step(index, told));
  return life;
};

describe('a head derived from its entries', () => {
  it(`is the one that was written, through ${RUNS} random lives, after every step`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 14 }), fc.boolean(), (steps, isErased) => {
        const life = new Life();
        steps.forEach((told, index) => {
          life.step(index, told);
          life.check();
        });
        if (isErased) life.erase();
        life.check();
        // A hold outlives the person.
        if (isErased) life.restrain('later', 'lift', 'messages');
        life.check();
      }),
      { numRuns: RUNS },
    );
  });

  const given: Told[] = [
    { what: 'child', purpose: 'messages', after: 0, late: 0 },
    { what: 'yes', purpose: 'messages', after: 1, late: 0 },
    { what: 'holderYes', purpose: 'messages', after: 1, late: 0 },
  ];
  const forgeries: [HeadField, Partial<Head>][] = [
    ['current', { current: { messages: 'withdrawn' } }],
    ['since', { since: { messages: START } }],
    ['consents', { consents: {} }],
    ['protection', { protection: { mode: 'both', reason: 'age', since: 1, holders: [{ holder: 'v1_eve', from: 0 }] } }],
    ['restraints', { restraints: { at: 1, until: 2, names: ['v1_x'], of: { v1_x: { kind: 'legalHolds', at: 1 } } } }],
    ['changedAt', { changedAt: START }],
    ['closed', { closed: { at: START, accountCreatedAt: 1 } }],
    ['erasing', { erasing: { at: START, accountCreatedAt: 1 } }],
    ['givenUp', { givenUp: ['erasure_1'] }],
    ['budget', { budget: { day: '2026-01-02', counts: { consent: 0 } } }],
    ['successor', { successor: 2 }],
    ['continues', { continues: { chain: SECOND, seq: 1, hash: 'x', at: START } }],
    ['agreedTo', { agreedTo: ['messages 2020-01-01'] }],
    ['seq', { seq: 2 }],
    ['hash', { hash: 'f'.repeat(64) }],
  ];
  it('is closed by the account that its last entry names, and by no other', () => {
    const life = live(given);
    life.erase();
    const derived = (life.chains.get(life.chain) ?? []).reduce(afterEntry, emptyHead(life.chain));
    const closed = { at: life.head.closed?.at ?? 0, accountCreatedAt: 2 };
    expect(differencesOf({ ...life.head, closed }, derived)).toEqual(['closed']);
    expect(differencesOf({ ...life.head, successor: 2 }, derived)).toEqual([]);
    expect(differencesOf({ ...life.head, successor: 1 }, derived)).toEqual(['successor']);
  });

  it.each(forgeries)('names %s of a head that says something else', (field, forged) => {
    const { head, chain, chains } = live(given);
    const derived = (chains.get(chain) ?? []).reduce(afterEntry, emptyHead(chain));
    expect(head.current).toEqual({ messages: 'given' });
    expect(differencesOf(head, derived)).toEqual([]);
    expect(differencesOf({ ...head, ...forged }, derived)).toContain(field);
    expect(differencesOf(patched(head, { askAgainAt: undefined }), derived)).toEqual(['askAgainAt']);
  });
});

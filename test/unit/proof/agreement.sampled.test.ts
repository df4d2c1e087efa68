import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decideConsent, decideHolder } from '../../../functions/src/consent/decide.ts';
import { decideExpiry } from '../../../functions/src/consent/expiry.ts';
import { decideObjection, type Objection } from '../../../functions/src/consent/objection/record.ts';
import { decideProtection } from '../../../functions/src/consent/protection.ts';
import { stands } from '../../../functions/src/ledger/standing.ts';
import { append, emptyHead, patched, type Entry, type Head } from '../../../functions/src/ledger/chain.ts';
import type { Protection } from '../../../functions/src/ledger/entry.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { proveAt } from '../../../functions/src/proof/prove.ts';
import { times } from '../../kit/depth.ts';
import { CHAIN } from './helpers.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/**
 * The entries prove the same as the head says. The histories hold answers of a person and of a
 * holder, told in any order, objections, and consents that are asked again. People come under
 * protection and out of it. A proof never shows an agreement that did not stand.
 */

const RUNS = times(100, 2000);
const START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

const step = fc.record({
  what: fc.constantFrom('yes', 'yes', 'no', 'object', 'gone', 'holderYes', 'holderNo', 'again', 'guard', 'free'),
  /** Since the step before, in days. */
  after: fc.integer({ min: 0, max: 120 }),
  /**
   * How much earlier it happened than it is told, in days: an answer given offline, an event that
   * came late.
   */
  late: fc.constantFrom(0, 0, 0, 1, 40, 100),
});
type Told = typeof step extends fc.Arbitrary<infer T> ? T : never;

const protection = (now: number): Protection => ({
  mode: 'both',
  reason: 'age',
  since: now,
  holders: [{ holder: 'v1_parent', from: 0 }],
});

const objectionAt = (at: number, index: number): Objection => ({
  ...{ uid: 'u', chain: CHAIN, purposes: ['analytics'], at, source: 'app', by: { actor: 'subject' } },
  id: `objected${index}`,
});

/** @param apart no two things happen at the same moment */
function live(steps: readonly Told[], apart: boolean): { head: Head; entries: Entry[]; now: number } {
  const purpose = 'analytics';
  const entries: Entry[] = [];
  let head = emptyHead(CHAIN);
  let now = START;
  const put = (id: string, draft: Parameters<typeof append>[3], patch?: Parameters<typeof append>[4]): void => {
    const appended = append(CHAIN, head, id, draft, patch);
    head = appended.head;
    entries.push(appended.entry);
  };
  for (const [index, { what, after, late }] of steps.entries()) {
    now += after * DAY;
    // Days apart or not, a millisecond of their own.
    const own = apart ? index + 1 : 0;
    const at = Math.max(START, now - late * DAY) + own;
    const told = now + own;
    const deciding = { policy: amikeo, now: told };
    if (what === 'again' || what === 'guard' || what === 'free' || what === 'object') {
      const amendment =
        what === 'object'
          ? decideObjection(amikeo, head, objectionAt(at, index), told)
          : what === 'again'
            ? decideExpiry(head, amikeo, told)
            : decideProtection(head, what === 'guard' ? protection(told) : undefined, amikeo, told);
      if (amendment === null) continue;
      head = patched(head, amendment.patch);
      for (const { id, draft } of amendment.entries) put(`${id}_${index}`, draft);
      continue;
    }
    const granted = what === 'yes' || what === 'holderYes';
    const answer = { granted, policyVersion: AMIKEO_VERSION, source: 'app', updatedAt: at };
    const decided =
      what === 'holderYes' || what === 'holderNo'
        ? head.protection === undefined
          ? null
          : decideHolder({ ...answer, purpose, holder: 'v1_parent' }, head, deciding)
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
    if (decided !== null && 'record' in decided) put(`event${index}`, decided.record, decided.patch);
  }
  return { head, entries, now: now + steps.length };
}

/**
 * A yes that the holder agreed to later than it was given, and that was taken back in between: it
 * never stood.
 */
const takenBackWhileItWaited: Told[] = [
  { what: 'guard', after: 0, late: 0 },
  { what: 'holderYes', after: 1, late: 0 },
  { what: 'yes', after: 0, late: 100 },
  { what: 'gone', after: 0, late: 100 },
];

/**
 * A holder's yes after an objection, and after the person took their own yes back, which is told
 * last: it never stood.
 */
const agreedAfterAnObjection: Told[] = [
  { what: 'object', after: 0, late: 0 },
  { what: 'guard', after: 0, late: 0 },
  { what: 'gone', after: 1, late: 0 },
  { what: 'holderYes', after: 0, late: 0 },
  { what: 'yes', after: 0, late: 40 },
];

const at = (steps: readonly Told[], apart: boolean): { agreed: boolean; stands: boolean } => {
  const { head, entries, now } = live(steps, apart);
  return { agreed: proveAt(entries, 'analytics', now).agreed, stands: stands(head.current['analytics']) };
};

it(`${RUNS} histories of one or two deciders: the proof says the same as the head, after every step`, () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      for (let n = 0; n <= steps.length; n++) {
        const { agreed, stands: expected } = at(steps.slice(0, n), true);
        // A yes from under a protection that is told after its end: the proof keeps the other's no
        // of that time.
        const careful = steps.slice(0, n).some(({ what }) => what === 'free') && !agreed;
        expect([n, agreed]).toEqual([n, careful ? false : expected]);
      }
    }),
    { numRuns: RUNS, examples: [[takenBackWhileItWaited], [agreedAfterAnObjection]] },
  );
});

it('also if all of it happens at the same moments, no agreement is shown that did not stand', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      for (let n = 0; n <= steps.length; n++) {
        const { agreed, stands: expected } = at(steps.slice(0, n), false);
        expect([n, agreed && !expected]).toEqual([n, false]);
      }
    }),
    { numRuns: RUNS },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideConsent } from '../../../../functions/src/consent/decide.ts';
import type { Answer } from '../../../../functions/src/consent/documents.ts';
import { decideObjection } from '../../../../functions/src/consent/objection/record.ts';
import {
  append,
  DAILY_LIMITS,
  emptyHead,
  patched,
  type Entry,
  type Head,
} from '../../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../../functions/src/ledger/entry.ts';
import type { HeadPatch } from '../../../../functions/src/ledger/chain.ts';
import { verifyChain } from '../../../../functions/src/ledger/verifyChain.ts';
import { proveAt } from '../../../../functions/src/proof/prove.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { AMIKEO_VERSION } from '../../../kit/amikeo.ts';
import { times } from '../../../kit/depth.ts';

/**
 * Objections among answers (Art. 21(3)). Random histories of yes, no and objection, each told in
 * any order: an objection stands until the person says yes again, and no other no ends it.
 */

const RUNS = times(300, 10_000);
const CHAIN = `v1_${'o'.repeat(43)}`;
const START = Date.UTC(2026, 0, 1);
const PURPOSE = 'messages';

/** A person's chain as it grows. */
class Story {
  head: Head = emptyHead(CHAIN);
  readonly entries: Entry[] = [];

  #put(id: string, draft: Draft, patch?: HeadPatch): void {
    const { entry, head } = append(CHAIN, this.head, id, draft, patch);
    this.head = head;
    this.entries.push(entry);
  }

  answer(id: string, before: Answer | null, after: Answer, at: number, now = at): string {
    const change = { purpose: PURPOSE, before, after, writtenAt: at };
    const decided = decideConsent(change, this.head, { policy: amikeo, now });
    if (!('record' in decided)) return 'ignore' in decided ? 'ignored' : decided.reject;
    this.#put(id, decided.record, decided.patch);
    return decided.record.state;
  }

  object(id: string, at: number, now = at): boolean {
    const order = { uid: 'u', chain: CHAIN, purposes: [PURPOSE], at, source: 'app', id } as const;
    const amendment = decideObjection(amikeo, this.head, { ...order, by: { actor: 'subject' } }, now);
    if (amendment === null) return false;
    const [first] = amendment.entries;
    this.head = patched(this.head, amendment.patch);
    if (first !== undefined) this.#put(first.id, first.draft);
    return true;
  }

  get state(): string | undefined {
    return this.head.current[PURPOSE];
  }
}

const answer = (granted: boolean, updatedAt: number): Answer => ({
  granted,
  policyVersion: AMIKEO_VERSION,
  source: 'app',
  updatedAt,
});

describe('an objection', () => {
  it('is an act of its own: it needs no answer, and stands beside withdrawn and refused', () => {
    const story = new Story();
    expect(story.object('o', START)).toBe(true);
    expect(story.entries).toMatchObject([{ kind: 'consent', state: 'objected', purpose: PURPOSE, actor: 'subject' }]);
    expect(story.state).toBe('objected');
  });

  it('is not ended by a no: neither by a refusal nor by a withdrawal', () => {
    const story = new Story();
    story.answer('yes', null, answer(true, START), START);
    story.object('o', START + 1);
    expect(story.answer('no', answer(true, START), answer(false, START + 2), START + 2)).toBe('withdrawn');
    expect(story.state).toBe('objected');
  });

  it('ends with a later yes, also one to the same text, and counts no more after that', () => {
    const story = new Story();
    story.answer('yes', null, answer(true, START), START);
    story.object('o', START + 1);
    expect(story.answer('again', answer(true, START), answer(true, START + 2), START + 2)).toBe('reconfirmed');
    expect(story.state).toBe('reconfirmed');
    // The old one again, as an event that comes twice.
    expect(story.object('o2', START + 1, START + 3)).toBe(false);
    story.answer('no', answer(true, START + 2), answer(false, START + 4), START + 4);
    expect(story.state).toBe('withdrawn');
  });

  it('leaves the document of the app saying no, which is no second decision', () => {
    const story = new Story();
    story.answer('yes', null, answer(true, START), START);
    story.object('o', START + 1);
    const shown = { ...answer(false, START), objectedAt: START + 1 };
    expect(story.answer('shown', answer(true, START), shown, START + 2)).toBe('ignored');
    expect(story.answer('yes2', shown, answer(true, START + 3), START + 3)).toBe('given');
    // A no of the app that leaves the old mark is the person's own.
    const no = { ...answer(false, START + 5), objectedAt: START + 1 };
    expect(story.answer('no', answer(true, START + 3), no, START + 5)).toBe('withdrawn');
    expect(story.state).toBe('withdrawn');
  });

  it('is recorded past the day’s budget if it ends something, and a repetition is not', () => {
    const story = new Story();
    story.answer('yes', null, answer(true, START), START);
    const limit = DAILY_LIMITS['consent'] ?? 0;
    const day = new Date(START).toISOString().slice(0, 10);
    story.head = { ...story.head, budget: { day, counts: { consent: limit } } };
    expect(story.object('o', START + 1)).toBe(true);
    expect(story.object('o2', START + 2)).toBe(false);
    expect(story.state).toBe('objected');
  });
});

const act = fc.record({
  what: fc.constantFrom('yes' as const, 'no' as const, 'object' as const),
  after: fc.integer({ min: 1, max: 1000 }),
});

it(`${RUNS} histories in any order: the state is the one that a reader of all of them would name`, () => {
  fc.assert(
    fc.property(fc.array(act, { minLength: 1, maxLength: 9 }), fc.infiniteStream(fc.nat(1000)), (acts, turns) => {
      const story = new Story();
      const told: { readonly key: number; readonly tell: () => void }[] = [];
      let now = START;
      let document: Answer | null = null;
      const key = (): number => (turns.next().value as number | undefined) ?? 0;
      for (const [index, { what, after }] of acts.entries()) {
        now += after;
        const [at, before] = [now, document];
        if (what === 'object') {
          told.push({ key: key(), tell: () => void story.object(`o${index}`, at, at + 5000) });
          if (before?.granted !== true) continue;
          // The backend shows the objection in the document.
          const shown: Answer = { ...before, granted: false, objectedAt: at };
          told.push({ key: key(), tell: () => void story.answer(`s${index}`, before, shown, at, at + 5000) });
          document = shown;
          continue;
        }
        const next = answer(what === 'yes', at);
        told.push({ key: key(), tell: () => void story.answer(`a${index}`, before, next, at, at + 5000) });
        document = next;
      }
      for (const { tell } of [...told].sort((a, b) => a.key - b.key)) tell();
      let at = START;
      const all = acts.map(({ what, after }) => ({ what, at: (at += after) }));
      const lastOf = (what: string): number => Math.max(-1, ...all.flatMap((one) => (one.what === what ? one.at : [])));
      const [yes, no, objection] = [lastOf('yes'), lastOf('no'), lastOf('object')];
      const expected = objection > yes ? ['objected'] : yes > no ? ['given', 'reconfirmed'] : ['withdrawn', 'refused'];
      expect(expected).toContain(story.state);
      expect(expected).toContain(proveAt(story.entries, PURPOSE, now + 1).state);
      expect(verifyChain(CHAIN, story.head, story.entries)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});

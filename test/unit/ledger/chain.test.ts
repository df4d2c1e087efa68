import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  append,
  emptyHead,
  entryHash,
  genesisHash,
  type Entry,
  type Head,
} from '../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { verifyChain } from '../../../functions/src/ledger/verifyChain.ts';

const CHAIN = `v1_${'a'.repeat(43)}`;
const NOW = Date.UTC(2026, 10, 1);

const draft = fc.record({
  kind: fc.constantFrom('consent' as const, 'devicePermission' as const),
  purpose: fc.constantFrom('analytics', 'messages'),
  state: fc.constantFrom('given', 'withdrawn', 'refused'),
  policyVersion: fc.constantFrom('2026-01-01', '2026-06-01'),
  occurredAt: fc.integer({ min: NOW - 1e6, max: NOW }),
  recordedAt: fc.constant(NOW),
});

function chainOf(drafts: readonly Draft[]): { head: Head; entries: Entry[] } {
  let head = emptyHead(CHAIN);
  const entries: Entry[] = [];
  drafts.forEach((d, i) => {
    const next = append(CHAIN, head, `event-${i}`, d);
    head = next.head;
    entries.push(next.entry);
  });
  return { head, entries };
}

const chains = fc.array(draft, { minLength: 1, maxLength: 12 }).map(chainOf);

describe('a chain of the ledger', () => {
  it('verifies as it was written, in any order of reading its entries', () => {
    fc.assert(
      fc.property(chains, fc.infiniteStream(fc.nat()), ({ head, entries }, order) => {
        const shuffled = [...entries]
          .map((entry) => ({ entry, key: order.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key);
        expect(
          verifyChain(
            CHAIN,
            head,
            shuffled.map(({ entry }) => entry),
          ),
        ).toEqual([]);
      }),
    );
  });

  it('shows every change of any field of any entry, and names the entry', () => {
    fc.assert(
      fc.property(
        chains,
        fc.nat(),
        fc.constantFrom('state', 'purpose', 'policyVersion', 'occurredAt', 'recordedAt', 'kind', 'id', 'previousHash'),
        ({ head, entries }, n, field) => {
          const index = n % entries.length;
          const forged = entries.map((entry, i) => {
            if (i !== index) return entry;
            const value = entry[field as keyof Entry];
            return { ...entry, [field]: typeof value === 'number' ? value + 1 : `${value as string}x` };
          });
          expect(verifyChain(CHAIN, head, forged)).toContainEqual(
            expect.objectContaining({ seq: index + 1, problem: 'changed' }),
          );
        },
      ),
    );
  });

  it('shows a missing entry, also the last one', () => {
    fc.assert(
      fc.property(chains, fc.nat(), ({ head, entries }, n) => {
        const index = n % entries.length;
        const problems = verifyChain(
          CHAIN,
          head,
          entries.filter((_, i) => i !== index),
        );
        expect(problems).toContainEqual({ chain: CHAIN, seq: index + 1, problem: 'missing' });
      }),
    );
  });

  it('shows an entry that was added, even with a correct hash of its own', () => {
    const { head, entries } = chainOf([
      { kind: 'consent', purpose: 'messages', state: 'given', occurredAt: NOW, recordedAt: NOW },
    ]);
    const last = entries[0];
    if (!last) throw new Error('no entry');
    const added = append(CHAIN, { ...head, seq: 1 }, 'forged', {
      kind: 'consent',
      purpose: 'messages',
      state: 'withdrawn',
      occurredAt: NOW,
      recordedAt: NOW,
    });
    expect(verifyChain(CHAIN, head, [last, added.entry])).toContainEqual({
      chain: CHAIN,
      seq: 2,
      id: 'forged',
      problem: 'added',
    });
    const twin = { ...last, id: 'twin' };
    expect(verifyChain(CHAIN, head, [last, { ...twin, hash: entryHash(twin) }]).map((p) => p.problem)).toContain(
      'added',
    );
  });

  it('shows two entries that changed places with new hashes of their own', () => {
    const at = (state: string): Draft => ({
      kind: 'consent',
      purpose: 'messages',
      state,
      occurredAt: NOW,
      recordedAt: NOW,
    });
    const { head, entries } = chainOf([at('given'), at('withdrawn'), at('given')]);
    const [a, b, c] = entries;
    if (!a || !b || !c) throw new Error('no entries');
    const rehash = (entry: Entry): Entry => ({ ...entry, hash: entryHash(entry) });
    const swapped = [rehash({ ...b, seq: 1 }), rehash({ ...a, seq: 2 }), c];
    expect(verifyChain(CHAIN, head, swapped)).not.toEqual([]);
  });

  it('does not verify under another name: entries cannot be moved to another person', () => {
    const { head, entries } = chainOf([
      { kind: 'consent', purpose: 'messages', state: 'given', occurredAt: NOW, recordedAt: NOW },
    ]);
    expect(genesisHash(CHAIN)).not.toBe(genesisHash(`${CHAIN}~2`));
    expect(verifyChain(`${CHAIN}~2`, head, entries)).toContainEqual(expect.objectContaining({ problem: 'unlinked' }));
  });

  it('never takes a device permission for a consent', () => {
    const { head } = chainOf([
      {
        kind: 'devicePermission',
        permission: 'camera',
        purpose: 'messages',
        state: 'granted',
        occurredAt: NOW,
        recordedAt: NOW,
      },
    ]);
    expect(head.current).toEqual({});
  });
});

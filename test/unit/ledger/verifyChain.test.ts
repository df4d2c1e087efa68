import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { append, emptyHead, entryHash, type Entry, type Head } from '../../../functions/src/ledger/chain.ts';
import type { Draft } from '../../../functions/src/ledger/entry.ts';
import { afterEntry } from '../../../functions/src/ledger/derive.ts';
import { ChainVerifier, verifyChain, type StoredEntry } from '../../../functions/src/ledger/verifyChain.ts';

const CHAIN = `v1_${'a'.repeat(43)}`;
const T0 = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

function chainOf(states: readonly string[], from = T0): { head: Head; entries: Entry[] } {
  let head = emptyHead(CHAIN);
  const entries = states.map((state, i) => {
    const at = from + i * MINUTE;
    const draft: Draft = { kind: 'consent', purpose: 'messages', state, occurredAt: at, recordedAt: at };
    const next = append(CHAIN, head, `e${i + 1}`, draft);
    head = next.head;
    return next.entry;
  });
  return { head, entries };
}

const states = fc.array(fc.constantFrom('given', 'withdrawn', 'refused'), { minLength: 1, maxLength: 10 });
const rehash = (entry: Entry): Entry => ({ ...entry, hash: entryHash(entry) });
/** A chain with entries that follow each other again, from its first one on. */
function relink(entries: readonly Entry[]): { head: Pick<Head, 'seq' | 'hash'>; entries: Entry[] } {
  let { hash } = emptyHead(CHAIN);
  const linked = entries.map((entry, i) => {
    const next = rehash({ ...entry, seq: i + 1, previousHash: hash });
    hash = next.hash;
    return next;
  });
  return { head: { seq: linked.length, hash }, entries: linked };
}

type Mutation = (entries: Entry[], at: number) => { entries: StoredEntry[]; names: object; allows?: readonly string[] };
const entryAt = (entries: readonly Entry[], at: number): Entry => {
  const entry = entries[at];
  if (!entry) throw new Error(`no entry ${at}`);
  return entry;
};
const replaced = (entries: readonly Entry[], at: number, by: StoredEntry): StoredEntry[] =>
  entries.map((entry, i) => (i === at ? by : entry));

/**
 * Changes of one thing only. Each is named by its entry, and no other entry is called wrong with
 * it.
 */
const mutations: Record<string, Mutation> = {
  'a changed field': (entries, at) => ({
    entries: replaced(entries, at, { ...entryAt(entries, at), state: 'reconfirmed' }),
    names: { seq: at + 1, id: `e${at + 1}`, problem: 'changed' },
  }),
  'an added field': (entries, at) => ({
    entries: replaced(entries, at, { ...entryAt(entries, at), locale: 'fr' }),
    names: { seq: at + 1, problem: 'changed' },
  }),
  'a removed field': (entries, at) => {
    const { purpose, ...rest } = entryAt(entries, at);
    expect(purpose).toBeDefined();
    return { entries: replaced(entries, at, rest), names: { seq: at + 1, problem: 'changed' } };
  },
  'a time that is none': (entries, at) => ({
    entries: replaced(entries, at, { ...entryAt(entries, at), occurredAt: NaN }),
    names: { seq: at + 1, problem: 'changed' },
  }),
  'an entry that is none': (entries, at) => ({
    entries: replaced(entries, at, { unreadable: true, id: `e${at + 1}`, seq: at + 1 }),
    names: { seq: at + 1, problem: 'changed' },
  }),
  'a changed field with its hash': (entries, at) => ({
    entries: replaced(entries, at, rehash({ ...entryAt(entries, at), state: 'reconfirmed' })),
    // The entry behind it no longer follows; the last one no longer agrees with the head.
    names: at + 1 < entries.length ? { seq: at + 2, problem: 'unlinked' } : { seq: at + 1, problem: 'headDiffers' },
  }),
  'a removed entry': (entries, at) => ({
    entries: entries.filter((_, i) => i !== at),
    names: { seq: at + 1, problem: 'missing' },
  }),
  'a twin': (entries, at) => ({
    entries: [...entries, rehash({ ...entryAt(entries, at), id: 'twin' })],
    names: { seq: at + 1, id: 'twin', problem: 'added' },
  }),
  'a twin that is read first': (entries, at) => ({
    entries: [rehash({ ...entryAt(entries, at), id: 'twin' }), ...entries],
    names: { seq: at + 1, id: 'twin', problem: 'added' },
  }),
  'a further one': (entries) => {
    const last = entryAt(entries, entries.length - 1);
    const further = rehash({ ...last, id: 'further', seq: last.seq + 1, previousHash: last.hash });
    return { entries: [...entries, further], names: { seq: last.seq + 1, id: 'further', problem: 'added' } };
  },
  'one without a number': (entries) => ({
    entries: [...entries, { unreadable: true, id: 'stray', seq: NaN }],
    names: { id: 'stray', problem: 'added' },
  }),
};

describe('a single change in a chain', () => {
  it.each(Object.keys(mutations))('is found, and the entry is named: %s', (name) => {
    const mutate = mutations[name];
    if (!mutate) throw new Error(name);
    fc.assert(
      fc.property(states, fc.nat(), (all, n) => {
        const { head, entries } = chainOf(all);
        const { entries: forged, names } = mutate(entries, n % entries.length);
        const problems = verifyChain(CHAIN, head, forged);
        expect(problems).toHaveLength(1);
        expect(problems[0]).toMatchObject({ chain: CHAIN, ...names });
      }),
    );
  });

  it('is found when two entries change places in their numbers, or in the order of a file', () => {
    fc.assert(
      fc.property(states, fc.nat(), fc.nat(), (all, n, m) => {
        const { head, entries } = chainOf([...all, 'given']);
        const [a, b] = [n % entries.length, m % entries.length];
        fc.pre(a !== b);
        const [x, y] = [entryAt(entries, a), entryAt(entries, b)];
        const swapped = replaced(
          replaced(entries, a, rehash({ ...y, seq: x.seq })) as Entry[],
          b,
          rehash({ ...x, seq: y.seq }),
        );
        expect(verifyChain(CHAIN, head, swapped).map(({ seq }) => seq)).toContain(Math.min(a, b) + 1);

        const verifier = new ChainVerifier(CHAIN, head);
        for (const entry of replaced(replaced(entries, a, y) as Entry[], b, x)) verifier.add({ entry });
        expect(verifier.end(head).map(({ problem }) => problem)).toContain('reordered');
      }),
    );
  });

  it('is told a bounded number of times, however much is gone', () => {
    const { head, entries } = chainOf(['given']);
    const far = rehash({ ...entryAt(entries, 0), seq: 2 ** 50 });
    expect(verifyChain(CHAIN, { ...head, seq: 2 ** 51 }, [far]).length).toBeLessThanOrEqual(101);
    const long = chainOf(Array.from({ length: 300 }, () => 'given'));
    const changed = long.entries.map((entry) => ({ ...entry, state: 'refused' }));
    expect(verifyChain(CHAIN, long.head, changed).length).toBeLessThanOrEqual(101);
  });
});

describe('against the end that was signed', () => {
  const leafOf = ({ seq, hash }: Pick<Head, 'seq' | 'hash'>) => ({ seq, hash, closedAt: null });

  it('a chain that goes on from it holds', () => {
    fc.assert(
      fc.property(states, fc.nat(), (all, n) => {
        const { head, entries } = chainOf(all);
        const signed = entryAt(entries, n % entries.length);
        const leaf = leafOf(signed);
        expect(verifyChain(CHAIN, head, entries, { leaf })).toEqual([]);
      }),
    );
  });

  it('a chain that was rewritten as a whole, hashes, links and head, is named', () => {
    fc.assert(
      fc.property(states, fc.nat(), fc.nat(), (all, n, m) => {
        const { head, entries } = chainOf(all);
        const changed = m % entries.length;
        const signed = entryAt(entries, Math.max(n % entries.length, changed));
        const forged = relink(
          replaced(entries, changed, { ...entryAt(entries, changed), state: 'reconfirmed' }) as Entry[],
        );
        expect(verifyChain(CHAIN, forged.head, forged.entries)).toEqual([]);
        const leaf = leafOf(signed);
        const named = { chain: CHAIN, seq: signed.seq, id: signed.id, problem: 'rewritten' };
        expect(verifyChain(CHAIN, forged.head, forged.entries, { leaf })).toEqual([named]);
        expect(head.seq).toBe(forged.head.seq);
      }),
    );
  });

  it('a chain without its last entries, with a head that fits, is named by each of them', () => {
    const { head, entries } = chainOf(['given', 'withdrawn', 'given']);
    const forged = relink(entries.slice(0, 1));
    expect(verifyChain(CHAIN, forged.head, forged.entries, { leaf: leafOf(head) })).toEqual([
      { chain: CHAIN, seq: 2, problem: 'missing' },
      { chain: CHAIN, seq: 3, problem: 'missing' },
    ]);
    expect(verifyChain(CHAIN, emptyHead(CHAIN), [], { leaf: leafOf(head) })).toHaveLength(3);
  });

  it('a head that was set back while the entries are there is named', () => {
    const { head, entries } = chainOf(['given', 'withdrawn']);
    const first = entryAt(entries, 0);
    expect(verifyChain(CHAIN, { seq: first.seq, hash: first.hash }, entries, { leaf: leafOf(head) })).toEqual([
      { chain: CHAIN, seq: 1, problem: 'headDiffers' },
    ]);
    expect(verifyChain(CHAIN, { seq: 1, hash: head.hash }, entries, { leaf: leafOf(head) })).toEqual([
      { chain: CHAIN, seq: 1, problem: 'headDiffers' },
    ]);
  });

  it('an entry that says it was recorded before the checkpoint, which does not know it, is named', () => {
    const { head, entries } = chainOf(['given', 'withdrawn', 'given']);
    const leaf = leafOf(entryAt(entries, 1));
    const third = T0 + 2 * MINUTE;
    expect(verifyChain(CHAIN, head, entries, { leaf, coveredUntil: third - 1 })).toEqual([]);
    expect(verifyChain(CHAIN, head, entries, { leaf, coveredUntil: third })).toEqual([
      { chain: CHAIN, seq: 3, id: 'e3', problem: 'backdated' },
    ]);
    expect(verifyChain(CHAIN, head, entries, { coveredUntil: T0 })[0]).toMatchObject({ seq: 1, problem: 'backdated' });
  });

  it('a chain that is closed long before its own decisions is named: its period would end too soon', () => {
    const { head, entries } = chainOf(['given']);
    expect(verifyChain(CHAIN, { ...head, closedAt: T0 - 86_400_000 }, entries)).toEqual([]);
    expect(verifyChain(CHAIN, { ...head, closedAt: T0 - 5 * 366 * 86_400_000 }, entries)).toEqual([
      { chain: CHAIN, seq: 1, problem: 'closedEarlier' },
    ]);
  });

  it('a chain that is not there is missing; one that grew while it was read is not wrong', () => {
    const { head, entries } = chainOf(['given', 'withdrawn']);
    expect(new ChainVerifier(CHAIN, null, { leaf: leafOf(head) }).end(null)).toEqual([
      { chain: CHAIN, seq: 2, problem: 'chainMissing' },
    ]);
    const first = entryAt(entries, 0);
    const verifier = new ChainVerifier(CHAIN, first);
    entries.forEach((entry) => verifier.add({ entry }));
    expect(verifier.beyond).toBe(true);
    expect(verifier.end(head)).toEqual([]);
  });
});

describe('the head and the times of a chain that holds together', () => {
  const stored = (state: Head) => ({ seq: state.seq, hash: state.hash, closedAt: state.closed?.at ?? null, state });
  const derived = (entries: readonly Entry[]) => entries.reduce(afterEntry, emptyHead(CHAIN));

  it('are those that the entries say; a head that says something else is named by its field, without any key', () => {
    const { entries } = chainOf(['given', 'withdrawn']);
    const head = derived(entries);
    expect(verifyChain(CHAIN, stored(head), entries)).toEqual([]);
    const forged = { ...head, current: { messages: 'given' }, successor: 5 };
    expect(verifyChain(CHAIN, stored(forged), entries)).toEqual([
      { chain: CHAIN, seq: 2, field: 'current', problem: 'headDiffers' },
      { chain: CHAIN, seq: 2, field: 'successor', problem: 'headDiffers' },
    ]);
    // Other faults are told first: then nothing follows from the entries.
    expect(verifyChain(CHAIN, stored(forged), entries.slice(1)).map(({ problem }) => problem)).toEqual(['missing']);
  });

  it('do not run backwards by more than clocks and slow commits explain', () => {
    const minutes = (...at: number[]): Entry[] => {
      let head = emptyHead(CHAIN);
      return at.map((minute, i) => {
        const time = { occurredAt: T0 + minute * MINUTE, recordedAt: T0 + minute * MINUTE };
        const next = append(CHAIN, head, `e${i + 1}`, { kind: 'request', state: 'access.requested', ...time });
        head = next.head;
        return next.entry;
      });
    };
    const told = (entries: readonly Entry[]) => verifyChain(CHAIN, stored(derived(entries)), entries);
    expect(told(minutes(20, 5, 20))).toEqual([]);
    expect(told(minutes(20, 10, 4, 21))).toEqual([{ chain: CHAIN, seq: 3, id: 'e3', problem: 'backwards' }]);
  });
});

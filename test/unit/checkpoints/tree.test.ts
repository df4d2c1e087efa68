import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketOf,
  bucketRoot,
  decodeLeaves,
  encodeLeaves,
  inOrder,
  isIncluded,
  leafContent,
  proofOf,
  treeOf,
  type Leaf,
} from '../../../functions/src/checkpoints/tree.ts';

const hash = (text: string, encoding: 'hex' | 'base64url'): string =>
  createHash('sha256').update(text).digest(encoding);
const leafOf = (n: number): Leaf => ({
  chain: `v${1 + (n % 2)}_${hash(`chain ${n}`, 'base64url')}`,
  seq: 1 + (n % 5),
  hash: hash(`entry ${n}`, 'hex'),
  closedAt: n % 3 === 0 ? 1_700_000_000_000 + n : null,
});

/**
 * Buckets with several chains each: the first character decides as well as two, and is not so many.
 */
function worldOf(numbers: readonly number[]) {
  const buckets = new Map<string, Leaf[]>();
  for (const n of numbers) {
    const leaf = leafOf(n);
    const bucket = bucketOf(leaf.chain) ?? '';
    buckets.set(bucket, inOrder([...(buckets.get(bucket) ?? []), leaf]));
  }
  const summaries = [...buckets].map(([bucket, leaves]) => ({
    bucket,
    chains: leaves.length,
    root: bucketRoot(leaves),
  }));
  return { buckets, summaries, tree: treeOf(summaries) };
}

const numbers = fc.uniqueArray(fc.nat(1_000_000), { minLength: 1, maxLength: 200 });

describe('the tree over the chains', () => {
  it('proves each chain to the root, and no other state of it', () => {
    fc.assert(
      fc.property(numbers, fc.nat(), (all, n) => {
        const { buckets, summaries, tree } = worldOf(all);
        expect(tree.chains).toBe(all.length);
        const leaf = leafOf(all[n % all.length] ?? 0);
        const leaves = buckets.get(bucketOf(leaf.chain) ?? '') ?? [];
        const proof = proofOf(leaf.chain, leaves, summaries);
        if (proof === null) throw new Error('no proof');
        expect(isIncluded(leaf, proof, tree)).toBe(true);
        expect(isIncluded({ ...leaf, seq: leaf.seq + 1 }, proof, tree)).toBe(false);
        expect(isIncluded({ ...leaf, hash: hash('x', 'hex') }, proof, tree)).toBe(false);
        expect(isIncluded({ ...leaf, closedAt: 5 }, proof, tree)).toBe(false);
        expect(isIncluded({ ...leaf, chain: leafOf(2_000_000).chain }, proof, tree)).toBe(false);
        expect(isIncluded(leaf, { ...proof, chains: proof.chains + 1 }, tree)).toBe(false);
        expect(isIncluded(leaf, proof, { ...tree, root: hash('x', 'hex') })).toBe(false);
      }),
    );
  });

  it('has another root after any change of any leaf, and the same one for any order of buckets', () => {
    fc.assert(
      fc.property(numbers, fc.nat(), (all, n) => {
        const { tree, summaries } = worldOf(all);
        expect(treeOf([...summaries].reverse())).toEqual(tree);
        expect(treeOf([...summaries, { bucket: 'v9_AA', chains: 0, root: 'of nothing' }])).toEqual(tree);
        const fewer = all.filter((_, i) => i !== n % all.length);
        expect(treeOf(worldOf(fewer).summaries).root).not.toBe(tree.root);
      }),
    );
  });

  it('hashes the name of a chain by its hash only', () => {
    const leaf = leafOf(3);
    expect(leafContent(leaf)).not.toContain(leaf.chain.slice(3));
    expect(leafContent(leaf)).toContain(hash(leaf.chain, 'hex'));
  });

  it('has a bucket for every pseudonym of any version, and none for anything else', () => {
    expect(bucketOf(`v1_Ab${'c'.repeat(41)}`)).toBe('v1_Ab');
    expect(bucketOf(`v12_-_${'c'.repeat(41)}~3`)).toBe('v12_-_');
    for (const name of ['', 'claim', 'v1_short', `x1_${'a'.repeat(43)}`]) expect(bucketOf(name)).toBeNull();
  });

  it('stores leaves as a text that comes back, and takes nothing else for one', () => {
    const { buckets } = worldOf(Array.from({ length: 500 }, (_, i) => i));
    for (const [bucket, leaves] of buckets) expect(decodeLeaves(bucket, encodeLeaves(leaves))).toEqual(leaves);
    const [bucket = '', leaves = []] = [...buckets].find(([, of]) => of.length > 1) ?? [];
    expect(decodeLeaves(bucket, encodeLeaves([...leaves].reverse()))).toBeNull();
    expect(decodeLeaves('v1_zz', encodeLeaves(leaves))).toBeNull();
    for (const text of [
      undefined,
      null,
      '',
      '{}',
      '[1]',
      '[["x",1,"h",null]]',
      `[["${leaves[0]?.chain ?? ''}",1,"h","x"]]`,
    ])
      expect(decodeLeaves(bucket, text)).toBeNull();
  });
});

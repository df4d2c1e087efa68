import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inclusionPath, leafHash, merkleRoot, rootFromPath } from '../../../functions/src/crypto/merkle.ts';

const sha = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** RFC 6962, section 2.1, word by word. */
function reference(entries: readonly Buffer[]): Buffer {
  const [first] = entries;
  if (first === undefined) return sha('');
  if (entries.length === 1) return sha(Buffer.from([0]), first);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return sha(Buffer.from([1]), reference(entries.slice(0, k)), reference(entries.slice(k)));
}

const contents = fc.array(
  fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
  {
    minLength: 1,
    maxLength: 70,
  },
);

/** The test vectors of the Certificate Transparency project. */
const VECTOR = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('a Merkle tree', () => {
  it('has the roots of the published test vectors', () => {
    for (const [i, root] of ROOTS.entries()) {
      const leaves = VECTOR.slice(0, i + 1).map((hex) => leafHash(Buffer.from(hex, 'hex')));
      expect(merkleRoot(leaves).toString('hex')).toBe(root);
    }
    expect(merkleRoot([]).toString('hex')).toBe(sha('').toString('hex'));
  });

  it('is the tree of RFC 6962, at any size', () => {
    fc.assert(
      fc.property(contents, (entries) => {
        expect(merkleRoot(entries.map(leafHash))).toEqual(reference(entries));
      }),
    );
  });

  it('proves each of its leaves, and nothing else with the same path', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(), (entries, n, m) => {
        const leaves = entries.map(leafHash);
        const index = n % leaves.length;
        const leaf = leaves[index] ?? Buffer.alloc(32);
        const root = merkleRoot(leaves);
        const path = inclusionPath(leaves, index);
        expect(rootFromPath(leaf, index, leaves.length, path)).toEqual(root);
        expect(rootFromPath(leafHash('other'), index, leaves.length, path)).not.toEqual(root);
        expect(rootFromPath(leaf, index, leaves.length, [...path, root])).toBeNull();
        if (path.length > 0) {
          expect(rootFromPath(leaf, index, leaves.length, path.slice(1))).toBeNull();
          const forged = path.map((hash, i) => (i === m % path.length ? sha(hash) : hash));
          expect(rootFromPath(leaf, index, leaves.length, forged)).not.toEqual(root);
        }
        expect(rootFromPath(leaf, leaves.length, leaves.length, path)).toBeNull();
      }),
    );
  });

  it('does not take an inner node for a leaf', () => {
    const [a, b] = [leafHash('a'), leafHash('b')];
    expect(merkleRoot([a, b])).not.toEqual(leafHash(Buffer.concat([a, b])));
  });

  it('has no path to a leaf that it does not have', () => {
    expect(() => inclusionPath([leafHash('a')], 1)).toThrow(RangeError);
    expect(() => inclusionPath([leafHash('a')], -1)).toThrow(RangeError);
  });
});

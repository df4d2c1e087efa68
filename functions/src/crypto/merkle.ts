import { createHash } from 'node:crypto';

/**
 * Merkle trees of RFC 6962, section 2.1 (and RFC 9162): SHA-256, leaves prefixed with 0x00 and
 * inner nodes with 0x01, so that neither can be taken for the other. A list of n leaves is split at
 * the largest power of two below n.
 */

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** The hash of a leaf's content. */
export const leafHash = (content: Uint8Array | string): Buffer =>
  createHash('sha256').update(LEAF).update(content).digest();

const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update(NODE).update(left).update(right).digest();

/**
 * Returns the level above: pairs are joined, and the last one without a partner goes up as it is.
 * The tree is the same as the recursive definition's.
 */
function levelAbove(hashes: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = [];
  for (let i = 0; i < hashes.length; i += 2) {
    const [left, right] = [hashes[i], hashes[i + 1]];
    if (left !== undefined) above.push(right === undefined ? left : nodeHash(left, right));
  }
  return above;
}

/** The root over leaf hashes in their order; of no leaves, the SHA-256 of nothing. */
export function merkleRoot(leaves: readonly Buffer[]): Buffer {
  let level = leaves;
  while (level.length > 1) level = levelAbove(level);
  return level[0] ?? createHash('sha256').digest();
}

/**
 * Returns the audit path of a leaf: the hashes beside its way to the root, from the bottom.
 *
 * @throws RangeError if there is no leaf of that index
 */
export function inclusionPath(leaves: readonly Buffer[], index: number): Buffer[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length)
    throw new RangeError(`there is no leaf ${index} among ${leaves.length}`);
  const path: Buffer[] = [];
  let at = index;
  for (let level = leaves; level.length > 1; level = levelAbove(level)) {
    const beside = level[at % 2 === 0 ? at + 1 : at - 1];
    if (beside !== undefined) path.push(beside);
    at = Math.floor(at / 2);
  }
  return path;
}

/**
 * Returns the root that follows from a leaf's hash and its audit path (RFC 9162, section 2.1.3.2).
 *
 * @returns null if the path cannot be one of that leaf in a tree of that size
 */
export function rootFromPath(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | null {
  if (!Number.isInteger(index) || !Number.isInteger(size) || index < 0 || index >= size) return null;
  let [at, last, hash] = [index, size - 1, leaf];
  let used = 0;
  for (; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at === last && at % 2 === 0) continue;
    const beside = path[used++];
    if (beside?.length !== 32) return null;
    hash = at % 2 === 1 ? nodeHash(beside, hash) : nodeHash(hash, beside);
  }
  return used === path.length ? hash : null;
}

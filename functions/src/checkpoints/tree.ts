import { canonicalJson } from '../crypto/canonical.ts';
import { sha256Hex } from '../crypto/hash.ts';
import { inclusionPath, leafHash, merkleRoot, rootFromPath } from '../crypto/merkle.ts';
import type { Instant } from '../platform/time.ts';
import { isPseudonym } from '../subject/pseudonym.ts';
import type { SignedEnd } from '../ledger/verifyChain.ts';

/**
 * The tree that a checkpoint signs, as pure functions. It has a leaf per chain, in buckets by the
 * beginning of the chain's name (the first two characters of the hash: 4,096 buckets per version of
 * the pseudonym key). Each bucket is a Merkle tree of its own, with a tree over the buckets. So a
 * day's checkpoint reads and writes the buckets whose chains changed, and a walk through the ledger
 * by name comes past each bucket once.
 */

/** How a chain ended when the tree saw it. */
export interface Leaf extends SignedEnd {
  readonly chain: string;
}

/** A bucket as the tree over the buckets knows it. */
export interface BucketSummary {
  readonly bucket: string;
  readonly chains: number;
  /** Hexadecimal. */
  readonly root: string;
}

/** The way from one chain's leaf to the signed root. Hashes in hexadecimal. */
export interface InclusionProof {
  /** How many chains the bucket has, and which of them this is. */
  readonly chains: number;
  readonly index: number;
  readonly path: readonly string[];
  /** The number of the bucket in the checkpoint. */
  readonly bucketIndex: number;
  readonly bucketPath: readonly string[];
}

/** The bucket of a chain; null for a name that no chain has. */
export function bucketOf(chain: string): string | null {
  return isPseudonym(chain) ? chain.slice(0, chain.indexOf('_') + 3) : null;
}

/**
 * Returns the hashed part of a leaf: the name by its own hash only, so that a path can be shown
 * without naming anybody.
 */
export function leafContent({ chain, seq, hash, closedAt }: Leaf): string {
  const closed = closedAt === null ? null : new Date(closedAt).toISOString();
  return canonicalJson({ key: sha256Hex(chain), seq, hash, closedAt: closed });
}

const hashes = (leaves: readonly Leaf[]): Buffer[] => leaves.map((leaf) => leafHash(leafContent(leaf)));

/** Leaves in the order in which they are hashed: by the chain's name. */
export const inOrder = (leaves: Iterable<Leaf>): Leaf[] =>
  [...leaves].sort((a, b) => (a.chain < b.chain ? -1 : a.chain > b.chain ? 1 : 0));

/** The root of a bucket, hexadecimal. @param leaves in order */
export const bucketRoot = (leaves: readonly Leaf[]): string => merkleRoot(hashes(leaves)).toString('hex');

const summaryHash = ({ bucket, chains, root }: BucketSummary): Buffer =>
  leafHash(canonicalJson({ bucket, chains, root }));

/** The buckets that are part of the tree: those with a chain, by name. */
const listed = (buckets: readonly BucketSummary[]): BucketSummary[] =>
  buckets.filter(({ chains }) => chains > 0).sort((a, b) => (a.bucket < b.bucket ? -1 : 1));

/** Returns the part of the tree that a checkpoint signs. */
export function treeOf(buckets: readonly BucketSummary[]): { root: string; chains: number; buckets: number } {
  const used = listed(buckets);
  return {
    root: merkleRoot(used.map(summaryHash)).toString('hex'),
    chains: used.reduce((sum, { chains }) => sum + chains, 0),
    buckets: used.length,
  };
}

/**
 * Returns the way from a chain's leaf to the root.
 *
 * @param leaves of the chain's bucket, in order
 * @param buckets all of the tree
 * @returns null if the tree has no leaf of that chain
 */
export function proofOf(
  chain: string,
  leaves: readonly Leaf[],
  buckets: readonly BucketSummary[],
): InclusionProof | null {
  const index = leaves.findIndex((leaf) => leaf.chain === chain);
  const used = listed(buckets);
  const bucketIndex = used.findIndex(({ bucket }) => bucket === bucketOf(chain));
  if (index < 0 || bucketIndex < 0) return null;
  const hex = (path: Buffer[]): string[] => path.map((hash) => hash.toString('hex'));
  return {
    chains: leaves.length,
    index,
    path: hex(inclusionPath(hashes(leaves), index)),
    bucketIndex,
    bucketPath: hex(inclusionPath(used.map(summaryHash), bucketIndex)),
  };
}

/** Does the leaf lead to the signed root? */
export function isIncluded(leaf: Leaf, proof: InclusionProof, signed: { root: string; buckets: number }): boolean {
  const bucket = bucketOf(leaf.chain);
  const bytes = (path: readonly string[]): Buffer[] => path.map((hash) => Buffer.from(hash, 'hex'));
  const root = rootFromPath(leafHash(leafContent(leaf)), proof.index, proof.chains, bytes(proof.path));
  if (bucket === null || root === null) return false;
  const own = summaryHash({ bucket, chains: proof.chains, root: root.toString('hex') });
  const top = rootFromPath(own, proof.bucketIndex, signed.buckets, bytes(proof.bucketPath));
  return top?.toString('hex') === signed.root;
}

/**
 * Returns leaves as they are stored: one text, since an array of maps would be indexed piece by
 * piece. About 125 bytes a chain.
 */
export function encodeLeaves(leaves: readonly Leaf[]): string {
  return JSON.stringify(leaves.map(({ chain, seq, hash, closedAt }) => [chain, seq, hash, closedAt]));
}

/**
 * Returns leaves from their text; null if it is none, or not in order, or names a chain of another
 * bucket.
 */
export function decodeLeaves(bucket: string, text: unknown): Leaf[] | null {
  let rows: unknown;
  try {
    rows = JSON.parse(String(text));
  } catch {
    return null;
  }
  if (!Array.isArray(rows)) return null;
  const leaves: Leaf[] = [];
  for (const row of rows as unknown[]) {
    const leaf = leafFrom(row);
    const before = leaves.at(-1);
    if (leaf === null || bucketOf(leaf.chain) !== bucket || (before && before.chain >= leaf.chain)) return null;
    leaves.push(leaf);
  }
  return leaves;
}

function leafFrom(row: unknown): Leaf | null {
  if (!Array.isArray(row) || row.length !== 4) return null;
  const [chain, seq, hash, closedAt] = row as unknown[];
  if (typeof chain !== 'string' || typeof hash !== 'string' || !Number.isSafeInteger(seq)) return null;
  if (closedAt !== null && !(Number.isSafeInteger(closedAt) && Math.abs(closedAt as number) < 8.64e15)) return null;
  return { chain, seq: seq as Instant, hash, closedAt: closedAt as Instant | null };
}

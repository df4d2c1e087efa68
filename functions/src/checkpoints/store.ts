import {
  FieldPath,
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
  type Query,
} from 'firebase-admin/firestore';
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { Instant } from '../platform/time.ts';
import { documentsOf } from '../platform/firestore.ts';
import { bucketRoot, decodeLeaves, encodeLeaves, type BucketSummary, type Leaf } from './tree.ts';

/**
 * Stores the tree: `checkpointBuckets/{bucket}`, each with its present leaves and, in the same
 * document, those of the last signed checkpoint. So a builder may die between any two writes: the
 * signed state can always be recomputed, and the next run goes on from there.
 * `checkpointBuckets/claim` says which job builds; `checkpoints/{name}` are the signed results.
 *
 * Limits: a document holds 1 MiB, so a bucket about 4,000 chains twice, and 4,096 buckets about 16
 * million chains per version of the pseudonym key; `encodeBucket` refuses more. A day's checkpoint
 * reads every bucket (at most 4,096 reads per key version), its summary twice more, and writes
 * those with changed chains.
 */

/** A state of a bucket: its leaves with their root. */
export interface BucketState {
  readonly leaves: readonly Leaf[];
  readonly chains: number;
  readonly root: string;
}

export interface Bucket {
  readonly id: string;
  /** For which checkpoint `now` is made. */
  readonly number: number;
  readonly now: BucketState;
  /** As the checkpoint before `number` signed it; null if the bucket did not exist. */
  readonly before: BucketState | null;
  /** Chains with another history than the signed one; their leaf is the signed one. */
  readonly conflicts: readonly string[];
}

const buckets = (own: Firestore) => own.collection('checkpointBuckets');
export const bucketRef = (own: Firestore, bucket: string): DocumentReference => buckets(own).doc(bucket);
export const claimRef = (own: Firestore): DocumentReference => bucketRef(own, 'claim');
export const checkpointRef = (own: Firestore, name: string): DocumentReference =>
  own.collection('checkpoints').doc(name);

/** No document is larger than this many bytes, names and the rest of the fields aside. */
const MAX_BYTES = 1_000_000;

export const stateOf = (leaves: readonly Leaf[]): BucketState => ({
  leaves,
  chains: leaves.length,
  root: bucketRoot(leaves),
});

/**
 * Returns a bucket as its document.
 *
 * @param nextEnd when the first of its closed chains is over its period; Infinity if none ever is
 * @throws RangeError if it would be larger than a document can be
 */
export function encodeBucket({ number, now, before, conflicts }: Bucket, nextEnd: Instant): DocumentData {
  const [leaves, leavesBefore] = [encodeLeaves(now.leaves), before === null ? null : encodeLeaves(before.leaves)];
  if (leaves.length + (leavesBefore?.length ?? 0) > MAX_BYTES)
    throw new RangeError(`a bucket of ${now.chains} chains does not fit into a document: the tree needs more buckets`);
  return {
    number,
    ...{ leaves, chains: now.chains, root: now.root },
    ...{ leavesBefore, chainsBefore: before?.chains ?? 0, rootBefore: before?.root ?? null },
    conflicts,
    nextEnd: Number.isFinite(nextEnd) ? Timestamp.fromMillis(nextEnd) : null,
  };
}

/**
 * Returns a bucket from its document; null if the document is none, or its root is not that of its
 * leaves.
 */
export function decodeBucket(id: string, data: DocumentData): Bucket | null {
  const state = (leaves: unknown, root: unknown): BucketState | null => {
    const decoded = decodeLeaves(id, leaves);
    if (decoded === null) return null;
    const found = stateOf(decoded);
    return found.root === root ? found : null;
  };
  const now = state(data['leaves'], data['root']);
  const before = data['leavesBefore'] === null ? null : state(data['leavesBefore'], data['rootBefore']);
  const { number, conflicts } = data as { number?: unknown; conflicts?: unknown };
  if (now === null || (before === null && data['leavesBefore'] !== null)) return null;
  if (!Number.isSafeInteger(number) || !Array.isArray(conflicts)) return null;
  return { id, number: number as number, now, before, conflicts: conflicts.map(String) };
}

/**
 * Returns the bucket as it was when the checkpoint of this number was signed; null if it did not
 * exist.
 */
export const signedState = (bucket: Bucket, number: number): BucketState | null =>
  bucket.number <= number ? bucket.now : bucket.before;

/** A bucket without its leaves. */
export interface StoredSummary extends BucketSummary {
  readonly number: number;
  /** As signed before `number`. */
  readonly before: BucketSummary;
  readonly conflicts: readonly string[];
}

const SUMMARY = ['number', 'chains', 'root', 'chainsBefore', 'rootBefore', 'conflicts'];
const SUMMARIES_PER_PAGE = 1000;

/** Every bucket without its leaves, by name. */
export async function loadSummaries(own: Firestore): Promise<StoredSummary[]> {
  const stored = documentsOf(byName(own).select(...SUMMARY), SUMMARIES_PER_PAGE);
  return Array.fromAsync(stored, summaryFrom);
}

/** Every bucket by name. The names begin with a `v`, and the claim's comes before those. */
const byName = (own: Firestore, after = 'u'): Query => buckets(own).orderBy(FieldPath.documentId()).startAfter(after);

function summaryFrom(document: DocumentSnapshot): StoredSummary {
  const { id: bucket } = document;
  const number = (field: string): number => {
    const value: unknown = document.get(field);
    return typeof value === 'number' ? value : 0;
  };
  const text = (field: string): string => String(document.get(field) ?? '');
  const conflicts: unknown = document.get('conflicts');
  return {
    bucket,
    number: number('number'),
    chains: number('chains'),
    root: text('root'),
    before: { bucket, chains: number('chainsBefore'), root: text('rootBefore') },
    conflicts: Array.isArray(conflicts) ? conflicts.map(String) : [],
  };
}

/** The summary as it was when the checkpoint of this number was signed. */
export const signedSummary = (stored: StoredSummary, number: number): BucketSummary =>
  stored.number <= number ? stored : stored.before;

/** Whole buckets that are read at a time: each may be as large as a document can be. */
const BUCKETS_PER_PAGE = 8;

/**
 * Yields every bucket by name, a few at a time. `bucket` is null if the document is none.
 *
 * @param after the name of the bucket behind which the walk begins
 */
export async function* walkBuckets(
  own: Firestore,
  after?: string,
): AsyncGenerator<{ id: string; bucket: Bucket | null }> {
  for await (const document of documentsOf(byName(own, after), BUCKETS_PER_PAGE))
    yield { id: document.id, bucket: decodeBucket(document.id, document.data()) };
}

/** Returns a checkpoint as its document: its own period counts from `createdAt`. */
export const checkpointToDocument = (checkpoint: Checkpoint): DocumentData => ({
  ...checkpoint,
  createdAt: Timestamp.fromMillis(Date.parse(checkpoint.at)),
});

/** Returns the document stored as the newest checkpoint. `checkpoint` is null if it is none. */
export async function newestCheckpoint(
  own: Firestore,
): Promise<{ name: string; checkpoint: Checkpoint | null } | null> {
  const { docs } = await own.collection('checkpoints').orderBy('number', 'desc').limit(1).get();
  const [document] = docs;
  return document === undefined ? null : { name: document.id, checkpoint: storedCheckpoint(document) };
}

/** Returns the checkpoint of a document; null if it is none, or has another one's name. */
export function storedCheckpoint(document: DocumentSnapshot): Checkpoint | null {
  const checkpoint = parseCheckpoint(document.data());
  return checkpoint?.name === document.id ? checkpoint : null;
}

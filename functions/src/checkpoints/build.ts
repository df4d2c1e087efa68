import { Timestamp, type Firestore, type Transaction } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { batches } from '../platform/firestore.ts';
import type { Instant } from '../platform/time.ts';
import { chainEnd, overSince } from '../ledger/period.ts';
import { headRef } from '../ledger/documents.ts';
import { bucketOf, type Leaf } from './tree.ts';
import { bucketRef, claimRef, decodeBucket, encodeBucket, type Bucket } from './store.ts';
import { ChainVerifier } from '../ledger/verifyChain.ts';
import { storedHead } from '../ledger/stored.ts';
import { entryPages } from './walk.ts';
import { nextBucket, nextEndOf, type Finding } from './plan.ts';

/** The job that builds the tree now, its checkpoint, and the state that it goes on from. */
export interface Claim {
  readonly job: string;
  readonly number: number;
  /** When it was claimed: the time of the checkpoint. */
  readonly at: Instant;
  /** Heads that changed after this are looked at; null: all. */
  readonly since: Instant | null;
}

/** Another job builds now: this one has nothing more to do. */
export class Superseded extends Error {}

export const claimToDocument = (claim: Claim) => ({ ...claim, changedAt: Timestamp.fromMillis(claim.at) });

/** @throws Superseded if the tree is not this job's (any more) */
export async function claimOf(own: Firestore, job: string, tx?: Transaction): Promise<Claim> {
  const claim = (await (tx ? tx.get(claimRef(own)) : claimRef(own).get())).data() as Claim | undefined;
  if (claim?.job !== job) throw new Superseded();
  return claim;
}

/**
 * Looks at chains of one bucket and writes their new leaves, in one transaction (2 reads, 1 write
 * if something changed; per chain its head and its entries). The bucket is read before the heads:
 * every chain that it knows, they must know.
 *
 * @param dropped chains that ended and are gone
 */
export async function updateBucket(
  context: Context,
  job: string,
  id: string,
  chains: readonly string[],
  dropped: ReadonlySet<string> = new Set(),
): Promise<void> {
  const own = context.clients.own();
  const endsAt = chainEnd(context.policy);
  await own.runTransaction(async (tx) => {
    const claim = await claimOf(own, job, tx);
    const bucket = bucketFrom(id, (await tx.get(bucketRef(own, id))).data());
    const leaves = new Map(bucket?.now.leaves.map((leaf) => [leaf.chain, leaf]));
    const found = await Promise.all(chains.map((chain) => look(context, chain, leaves.get(chain), claim.since)));
    const next = nextBucket(id, bucket, claim.number, found, dropped);
    if (next === null) return;
    const nextEnd = nextEndOf(next.now.leaves, endsAt);
    const emptyAt = next.now.chains === 0 ? Timestamp.fromMillis(claim.at) : null;
    tx.set(bucketRef(own, id), {
      ...documentOf(next, nextEnd),
      changedAt: Timestamp.fromMillis(claim.at),
      emptyAt,
    });
  });
}

/** Buckets that are written at a time. */
const BUCKETS_AT_ONCE = 8;

/** Looks at chains, bucket by bucket, and writes their new leaves. */
export async function inBuckets(context: Context, job: string, chains: readonly string[]): Promise<void> {
  const byBucket = new Map<string, string[]>();
  for (const chain of chains) {
    const bucket = bucketOf(chain);
    // Verification names documents that are no chains; the tree has no place for them.
    if (bucket !== null) byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), chain]);
  }
  for (const some of batches([...byBucket], BUCKETS_AT_ONCE))
    await Promise.all(some.map(([bucket, ofIt]) => updateBucket(context, job, bucket, ofIt)));
}

/** @throws PermanentError if the document is not a bucket with the root of its leaves */
export function bucketFrom(id: string, data: FirebaseFirestore.DocumentData | undefined): Bucket | null {
  const bucket = data === undefined ? null : decodeBucket(id, data);
  if (data === undefined || bucket !== null) return bucket;
  throw changedBucket(id);
}

export const changedBucket = (id: string): PermanentError =>
  new PermanentError(
    'checkpoint.bucket_changed',
    `checkpointBuckets/${id} is not what was written there: compliance ledger verify says what differs; restore it, or begin a new tree with compliance ledger checkpoint --rebuild`,
  );

function documentOf(bucket: Bucket, nextEnd: Instant) {
  try {
    return encodeBucket(bucket, nextEnd);
  } catch (error) {
    throw new PermanentError('checkpoint.bucket_full', (error as Error).message, { cause: error });
  }
}

/**
 * Looks at one chain since its leaf: verifies all of it, and derives its head anew. A chain that
 * does not go on from the leaf, or is not ours, keeps the signed leaf, and is named in the log.
 * Signing its new history would say that it was always so.
 */
async function look(
  context: Context,
  chain: string,
  leaf: Leaf | undefined,
  coveredUntil: Instant | null,
): Promise<Finding> {
  const ref = headRef(context.clients.own(), chain);
  const readHead = async () => storedHead(chain, (await ref.get()).data());
  const head = await readHead();
  const verifier = new ChainVerifier(chain, head, {
    leaf,
    coveredUntil: coveredUntil ?? undefined,
    overSince: overSince(leaf?.closedAt, chainEnd(context.policy), context.now()),
    keys: context.keys,
  });
  for await (const page of entryPages(ref)) for (const stored of page) verifier.add(stored);
  const [first] = verifier.end(verifier.beyond ? await readHead() : head);
  if (first === undefined && head !== null)
    return { leaf: { chain, seq: head.seq, hash: head.hash, closedAt: head.closedAt ?? null } };
  context.log.error('a chain of the ledger is not what was signed: an officer has to look into it', {
    chain,
    seq: first?.seq,
    problem: first?.problem,
  });
  return { conflict: chain };
}

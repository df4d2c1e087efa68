import { FieldPath, type Firestore } from 'firebase-admin/firestore';
import type { Job, Run } from '../jobs/types.ts';
import { chainEnd } from '../ledger/period.ts';
import type { Leaf } from './tree.ts';
import { walkBuckets } from './store.ts';
import type { Context } from '../platform/context.ts';
import { documentsOf } from '../platform/firestore.ts';
import type { Progress } from '../systems/system.ts';
import { overdue } from './plan.ts';
import { changedBucket, claimOf, inBuckets } from './build.ts';

const HEADS_PER_PAGE = 1_000;

/** The last character that a name can have: a bucket's chains come before it. */
const LAST = '\uf8ff';

/** The part of a head that a leaf says, too. */
type End = Pick<Leaf, 'seq' | 'hash'>;

/**
 * True if a head is as its leaf. Pure. The leaf has just been taken from the head: a longer chain
 * has grown since, or somebody changed the head and left its time of change as it was.
 */
export const isAsSigned = (head: { readonly seq?: unknown; readonly hash?: unknown } | undefined, leaf: End): boolean =>
  head !== undefined && head.seq === leaf.seq && head.hash === leaf.hash;

/**
 * Holds the head of every chain against its leaf. If somebody puts a chain back to an older state,
 * changes its head, or removes it, no head says that it changed: only this step sees it. A head
 * that differs is looked at as a changed chain is. It is a conflict unless the chain has grown. One
 * read for each bucket and each head.
 */
export async function compared(context: Context, job: Job, { cursor, deadline }: Run): Promise<Progress> {
  const own = context.clients.own();
  await claimOf(own, job.id);
  const endsAt = chainEnd(context.policy);
  const after: unknown = cursor?.['bucket'];
  for await (const { id, bucket } of walkBuckets(own, typeof after === 'string' ? after : undefined)) {
    if (bucket === null) throw changedBucket(id);
    const { leaves } = bucket.now;
    // One in conflict is named already.
    const signed = leaves.filter(({ chain }) => !bucket.conflicts.includes(chain));
    const heads = signed.length === 0 ? new Map<string, object>() : await headsOf(own, id);
    // A chain that is over its period is deleted at any moment.
    const mayBeGone = new Set(overdue(leaves, endsAt, context.now()));
    const differing = signed.filter(
      (leaf) => !isAsSigned(heads.get(leaf.chain), leaf) && (heads.has(leaf.chain) || !mayBeGone.has(leaf.chain)),
    );
    await inBuckets(
      context,
      job.id,
      differing.map(({ chain }) => chain),
    );
    if (context.now() >= deadline) return { more: { bucket: id } };
  }
  return { settled: [] };
}

/** The heads of a bucket's chains, by name. */
async function headsOf(own: Firestore, bucket: string): Promise<Map<string, object>> {
  const query = own.collection('ledger').orderBy(FieldPath.documentId()).startAt(bucket).endAt(`${bucket}${LAST}`);
  const heads = new Map<string, object>();
  for await (const head of documentsOf(query.select('seq', 'hash'), HEADS_PER_PAGE)) heads.set(head.id, head.data());
  return heads;
}

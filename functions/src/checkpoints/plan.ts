import { DAY_MS, utcDay, type Instant } from '../platform/time.ts';
import type { JobPlan } from '../jobs/catalog.ts';
import { overSince } from '../ledger/period.ts';
import { checkpointJobs } from './job.ts';
import { inOrder, type Leaf } from './tree.ts';
import { stateOf, type Bucket } from './store.ts';

/** The daily checkpoint, decided: its job, and the next state of a bucket of the tree. Pure. */

/** A checkpoint is to be there before the next one begins. */
const WITHIN_MS = DAY_MS;

/** The name of a day's (UTC) n-th checkpoint. */
export function checkpointName(at: Instant, n = 1): string {
  const date = utcDay(at);
  return n === 1 ? date : `${date}_${n}`;
}

const checkpointJobId = (name: string): string => `checkpoint_${name}`;

/**
 * Plans the job that builds and signs a checkpoint. It claims the tree and holds it against the
 * last checkpoint. It takes up changes, looks again at chains that differed from the signed ones,
 * and drops those that ended. It holds every head against its leaf, and signs.
 *
 * @param rebuild begin with an empty tree, and sign that nothing was compared with the signatures
 * before
 */
export function checkpointJob(name: string, now: Instant, rebuild = false): JobPlan {
  return checkpointJobs.plan({
    id: checkpointJobId(name),
    input: { name, rebuild },
    dueAt: now + WITHIN_MS,
    steps: [
      { id: 'claim' },
      { id: 'changed', after: ['claim'] },
      { id: 'conflicts', after: ['changed'] },
      { id: 'ended', after: ['conflicts'] },
      { id: 'compared', after: ['ended'] },
      { id: 'sign', after: ['compared'] },
    ],
  });
}

/**
 * The result for a chain: its new leaf; or it differs from the signed one, and the signed leaf
 * stays.
 */
export type Finding = { readonly leaf: Leaf } | { readonly conflict: string };

/**
 * Returns a bucket after its findings, for checkpoint `number`.
 *
 * @param bucket as it is stored; null: not there yet
 * @param dropped chains that ended and are gone
 * @returns null if nothing changes
 */
export function nextBucket(
  id: string,
  bucket: Bucket | null,
  number: number,
  found: readonly Finding[],
  dropped: ReadonlySet<string> = new Set(),
): Bucket | null {
  const leaves = new Map(bucket?.now.leaves.map((leaf) => [leaf.chain, leaf]));
  const conflicts = new Set(bucket?.conflicts);
  for (const one of found) {
    if ('conflict' in one) conflicts.add(one.conflict);
    else {
      leaves.set(one.leaf.chain, one.leaf);
      conflicts.delete(one.leaf.chain);
    }
  }
  for (const chain of dropped) {
    leaves.delete(chain);
    conflicts.delete(chain);
  }
  const now = stateOf(inOrder(leaves.values()));
  const same = bucket !== null && bucket.now.root === now.root && bucket.now.chains === now.chains;
  const settled = [...conflicts].sort();
  if (same && settled.join() === bucket.conflicts.join()) return null;
  if (bucket === null && leaves.size === 0 && conflicts.size === 0) return null;
  // A run that died before it signed has written for this number already: it kept the signed state.
  const before = bucket !== null && bucket.number < number ? bucket.now : (bucket?.before ?? null);
  return { id, number, now, before, conflicts: settled };
}

/** Returns when the first closed chain of a bucket is over its period; Infinity if none ever is. */
export const nextEndOf = (leaves: readonly Leaf[], endsAt: (closedAt: Instant) => Instant): Instant =>
  leaves.reduce((first, { closedAt }) => (closedAt === null ? first : Math.min(first, endsAt(closedAt))), Infinity);

/** The chains of a bucket that are over their period. */
export const overdue = (
  leaves: readonly Leaf[],
  endsAt: (closedAt: Instant) => Instant,
  now: Instant,
): readonly string[] =>
  leaves.filter(({ closedAt }) => overSince(closedAt, endsAt, now) !== undefined).map(({ chain }) => chain);

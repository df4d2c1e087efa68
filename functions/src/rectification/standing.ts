import { emptyHead, erasureOf, type Head } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { successorOf } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { DAY_MS } from '../platform/time.ts';
import type { Subject } from '../subject/identity.ts';
import { followingChain, pseudonymOf } from '../subject/pseudonym.ts';
import type { Progress } from '../systems/system.ts';
import type { RectifyJob } from './job.ts';

/**
 * Returns the chain of a uid's present person, with its head. Undefined: they are being erased, or
 * were, and their erasure speaks with each recipient. After it a later account of the uid is
 * somebody else, and their chain begins with their first entry. 1 read; of a uid that was erased
 * Auth is asked.
 */
export async function chainNow(
  context: Context,
  uid: string,
): Promise<{ readonly chain: string; readonly head: Head } | undefined> {
  const latest = await latestHead(context, uid);
  const { closed } = latest.head;
  if (erasureOf(latest.head) === undefined) return latest;
  // While an erasure runs, something that names the uid can be of either person.
  if (closed === undefined || (await successorOf(context, uid, closed)) === null) return undefined;
  const chain = followingChain(pseudonymOf(uid, context.keys), latest.chain);
  return { chain, head: emptyHead(chain) };
}

/** Is the person being erased, or erased? Costs as much as `chainNow`. */
export const isGone = async (context: Context, uid: string): Promise<boolean> =>
  (await chainNow(context, uid)) === undefined;

/** Is this a later account of the uid than that of the job's person? */
export const isLaterAccount = (
  { accountCreatedAt: at }: Pick<Subject, 'accountCreatedAt'>,
  { createdAt }: Pick<RectifyJob, 'createdAt'>,
): boolean => at !== null && at * 1000 > createdAt;

/**
 * A wait while any processing of a person's data is restricted (Art. 18(2)): it ends, and then the
 * values of that time are carried.
 */
export const untilReleased = (context: Context): Progress => ({
  wait: context.now() + DAY_MS,
  why: 'the processing of this person’s data is restricted',
});

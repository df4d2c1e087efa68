import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { restrictionsOn } from '../ledger/restriction/stated.ts';
import type { Context } from '../platform/context.ts';
import { DAY_MS } from '../platform/time.ts';
import type { Progress } from '../systems/system.ts';

/** Is the person being erased, or erased? Their erasure speaks with each recipient. 1 read. */
export const isGone = async (context: Context, uid: string): Promise<boolean> =>
  erasureOf((await latestHead(context, uid)).head) !== undefined;

/**
 * A wait while any processing of a person's data is restricted (Art. 18(2)): it ends, and then the
 * values of that time are carried. Undefined: nothing is restricted.
 */
export const whileRestricted = async (context: Context, uid: string): Promise<Progress | undefined> =>
  (await restrictionsOn(context, uid)).length > 0
    ? { wait: context.now() + DAY_MS, why: 'the processing of this person’s data is restricted' }
    : undefined;

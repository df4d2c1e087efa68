import type { Context } from '../../platform/context.ts';
import type { Head } from '../chain.ts';
import { newestHead } from '../find.ts';
import { allowedIn, type Allowed } from '../standing.ts';
import { unrestricted } from './scope.ts';
import { restrictionsOn } from './stated.ts';

/**
 * Reads the uses in another system that a person's answers allow now, before anything is given: by
 * the newest head, for purposes that nothing restricts (Art. 18(2)). Costs the newest heads and 3
 * reads. A caller that has the latest head asks only if that one allows something: a chain that was
 * set back holds up no withdrawal.
 *
 * @throws ComplianceError `ledger.set_back` if the head is older than its entries
 */
export async function allowedNow(
  context: Context,
  uid: string,
  system: string,
): Promise<Allowed & Pick<Head, 'since'>> {
  const { head } = await newestHead(context, uid);
  const current = unrestricted(head.current, await restrictionsOn(context, uid));
  return { ...allowedIn(context.policy, system, { ...head, current }), since: head.since };
}

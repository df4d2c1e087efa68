import type { Context } from '../../platform/context.ts';
import type { Head } from '../chain.ts';
import { newestHead } from '../find.ts';
import { allowedIn, type Allowed } from '../standing.ts';
import { unrestricted } from './scope.ts';
import { restrictionsOn } from './stated.ts';

/**
 * Reads the uses in another system that a person's answers allow now, and since when each answer
 * stands. Before anything is given, the head must be the newest one, and no restriction may be on
 * the purpose (Art. 18(2)). After a no nothing is left to restrict: a chain that was set back holds
 * up no withdrawal. Costs nothing if the head allows nothing, else the newest heads and 3 reads.
 *
 * @param head the person's latest head, as it was read
 * @throws ComplianceError `ledger.set_back` if the head is older than its entries
 */
export async function allowedNow(
  context: Context,
  { uid, system, head }: { readonly uid: string; readonly system: string; readonly head: Head },
): Promise<Allowed & Pick<Head, 'since'>> {
  const allowedBy = (of: Head) => ({ ...allowedIn(context.policy, system, of), since: of.since });
  const answers = allowedBy(head);
  if (!answers.contact && !answers.messages) return answers;
  const { head: newest } = await newestHead(context, uid);
  return allowedBy({ ...newest, current: unrestricted(newest.current, await restrictionsOn(context, uid)) });
}

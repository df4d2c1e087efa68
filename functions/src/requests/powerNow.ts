import type { Head } from '../ledger/chain.ts';
import type { HeldPower } from '../ledger/entry.ts';
import type { Context } from '../platform/context.ts';
import { powersIn, readStated, type Guardianship } from '../subject/guardians.ts';
import { pseudonymsOf } from '../subject/pseudonym.ts';
import { mayStillHave } from './onBehalf.ts';
import type { RequestRecord } from './store.ts';

/**
 * May a holder have at this moment what their request began, its archive or its erasure? The head
 * of the person's chain and the servers' statements both have to say so: the event of an end may
 * still be on its way. Costs 1 read and 1 query.
 *
 * @param uid of the person
 */
export async function mayHaveNow(
  context: Pick<Context, 'clients' | 'keys' | 'policy' | 'now'>,
  uid: string,
  { powers }: Pick<Head, 'powers'>,
  record: Pick<RequestRecord, 'type' | 'onBehalf'>,
): Promise<boolean> {
  const { policy, keys, now } = context;
  if (!mayStillHave(policy, powers, record, now())) return false;
  const asked = record.onBehalf?.holder;
  const named = ({ holder, ...power }: Guardianship): HeldPower[] => {
    if (holder === undefined) return [power];
    return asked !== undefined && pseudonymsOf(holder, keys).includes(asked) ? [{ ...power, holder: asked }] : [];
  };
  const stated = powersIn(await readStated(context, uid), now()).flatMap(named);
  return mayStillHave(policy, stated, record, now());
}

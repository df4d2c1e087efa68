import { endWait } from '../officerTasks/store.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { requestsOfAccount, type Requester } from './ofAccount.ts';
import { isExport, isFinal } from './request.ts';
import { finishRequest, refOfRecord, type RequestRecord } from './store.ts';

/**
 * Ends every request of an erased person that is still open: nobody is left to answer. An erasure
 * is completed, the others are cancelled. An export waits for no part any more, and an objection
 * for no recipient: the erasure asks them. A forged one stays for an officer. Requests of another
 * account under the uid are left to its own erasure.
 *
 * @param how `inPart`: an erasure is answered and stays `in_progress`, since something is still to
 *   be done
 */
export async function finishRequestsOf(
  context: Pick<Context, 'clients' | 'now' | 'keys'>,
  erased: Requester,
  answer: RequestRecord['answer'],
  how: 'whole' | 'inPart' = 'whole',
): Promise<void> {
  const status = how === 'whole' ? 'completed' : 'in_progress';
  for (const { key, record } of await requestsOfAccount(context, erased)) {
    const { type } = record;
    if (isFinal(record.status)) continue;
    if ((isExport(type) || type === 'objection') && record.status === 'waiting' && record.job !== undefined)
      await endWait(context, record.job, context.now());
    const ref = await refOfRecord(context, erased.uid, key, record);
    await finishRequest(
      context,
      ref,
      type === 'erasure' ? { status, ...defined({ answer }) } : { status: 'cancelled', reason: 'erased' },
    );
  }
}

import { latestHead } from '../../ledger/find.ts';
import { restrictionsOf, type StatedRestriction } from '../../ledger/restriction/stated.ts';
import type { Paused } from '../../messages/reply.ts';
import { tellBy } from '../../officerTasks/recipients.ts';
import { listTasks } from '../../officerTasks/store.ts';
import type { OfficerTask } from '../../officerTasks/task.ts';
import type { Context } from '../../platform/context.ts';
import { everyNameOf } from '../../subject/pseudonym.ts';
import { nameOfRequest, pausedBy, recipientJob } from '../restriction/plan.ts';
import { recipientsToTell } from '../restriction/recipients.ts';
import type { FoundRequest } from './find.ts';

/** The letter about a restriction (Art. 18): it says only that which is so, also elsewhere. */

/**
 * Returns the restriction that a request brought; undefined: none runs, so that a letter about it
 * would not be true. Costs 3 reads.
 */
export const restrictionOfRequest = async (
  context: Context,
  { ref: { uid, key } }: FoundRequest,
): Promise<StatedRestriction | undefined> =>
  (await restrictionsOf(context, uid)).all.get(nameOfRequest(key, context.keys));

/**
 * Sorts the recipients of a restriction: those yet to be told, and those that have not stopped. One
 * that has no task yet is to be told. Costs 1 read, and a query for each key.
 */
export async function pausedAt(
  context: Context,
  { ref: { uid, key } }: FoundRequest,
  restriction: StatedRestriction,
): Promise<Paused> {
  const { policy, keys } = context;
  const name = nameOfRequest(key, keys);
  const { chain } = await latestHead(context, uid);
  const tasks: OfficerTask[] = [];
  for (const one of everyNameOf(uid, chain, keys)) {
    const job = recipientJob(policy, { uid, name, chain: one }, restriction, 'begun', restriction.at);
    if (job !== undefined) tasks.push(...(await listTasks(context, { job: job.id })).tasks);
  }
  const found = recipientsToTell(policy, pausedBy(policy, restriction)).map(({ id, recipient }) => {
    const task = tasks.find(({ for: part }) => 'recipient' in part && part.recipient === id);
    return { recipient: id, status: task?.status ?? 'open', by: task?.by ?? tellBy(policy, recipient, context.now()) };
  });
  const ended = (...states: OfficerTask['status'][]): string[] =>
    found.flatMap(({ recipient, status }) => (states.includes(status) ? [recipient] : []));
  return {
    open: found.filter(({ status }) => status === 'open'),
    refused: ended('refused', 'impossible', 'disproportionate'),
    unknown: ended('unconfirmed'),
  };
}

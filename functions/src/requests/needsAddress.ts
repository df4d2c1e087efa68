import { isOpen } from '../jobs/advance.ts';
import { jobsIn } from '../jobs/store.ts';
import { isHeldAddress } from '../ledger/holds.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { isFinal } from './request.ts';
import { requestsIn } from './store.ts';

/**
 * Does an open request, a link, a job or a legal hold need the address of a person without an
 * account? A hold needs it until it is over, also if the job that tells its recipients was
 * cancelled: nobody can say which rows it keeps without it. A forged request or job decides
 * nothing. Costs up to 5 queries and 3 reads.
 *
 * @param key of the address among `subjects`
 * @param except the job that asks
 */
export async function needsAddress(
  context: OwnStore & Pick<Context, 'now'>,
  key: string,
  except?: string,
): Promise<boolean> {
  const { clients, keys } = context;
  const own = clients.own();
  const requests = await own.collection('requests').where('subjectKey', '==', key).get();
  if (requestsIn(requests.docs, keys).requests.some(({ record }) => !isFinal(record.status))) return true;
  const links = own.collection('links').where('subjectKey', '==', key);
  if (!(await links.limit(1).get()).empty) return true;
  const jobs = await own.collection('jobs').where('input.subjectKey', '==', key).get();
  const isNeeded = jobsIn(jobs.docs, keys).jobs.some(
    (job) => job.id !== except && (isOpen(job) || job.status === 'held'),
  );
  return isNeeded || isHeldAddress(context, key);
}

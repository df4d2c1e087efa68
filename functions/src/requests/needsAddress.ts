import { isOpen } from '../jobs/advance.ts';
import { jobsIn } from '../jobs/store.ts';
import type { OwnStore } from '../platform/context.ts';
import { isFinal } from './request.ts';
import { requestsIn } from './store.ts';

/**
 * Does an open request, a link or a job need the address of a person without an account? A forged
 * document decides nothing. Costs up to 3 queries.
 *
 * @param key of the address among `subjects`
 * @param except the job that asks
 */
export async function needsAddress({ clients, keys }: OwnStore, key: string, except?: string): Promise<boolean> {
  const own = clients.own();
  const requests = await own.collection('requests').where('subjectKey', '==', key).get();
  if (requestsIn(requests.docs, keys).requests.some(({ record }) => !isFinal(record.status))) return true;
  const links = own.collection('links').where('subjectKey', '==', key);
  if (!(await links.limit(1).get()).empty) return true;
  const jobs = await own.collection('jobs').where('input.subjectKey', '==', key).get();
  return jobsIn(jobs.docs, keys).jobs.some((job) => job.id !== except && (isOpen(job) || job.status === 'held'));
}

import { erasuresOf } from '../erasure/starts/find.ts';
import { exportJobId } from '../export/plan.ts';
import { jobRef, jobsIn } from '../jobs/store.ts';
import type { OwnStore } from '../platform/context.ts';
import { isExport } from '../requests/request.ts';
import type { RequestRecord } from '../requests/store.ts';

/**
 * Returns the jobs that answer a request: the one that it names. Of an export also the one that
 * wrote the archive, if another waits for parts. Of an erasure also those that it began or joined.
 */
export async function jobsOfRequest(
  { clients, keys }: OwnStore,
  key: string,
  { job, type }: RequestRecord,
): Promise<ReturnType<typeof jobsIn>> {
  const own = clients.own();
  const ids = job === undefined ? [] : [...new Set([job, ...(isExport(type) ? [exportJobId(key)] : [])])];
  const named = await Promise.all(ids.map((id) => jobRef(own, id).get()));
  if (type !== 'erasure') return jobsIn(named, keys);
  const [jobs, erasures] = await Promise.all([
    own.collection('jobs').where('input.request', '==', key).get(),
    erasuresOf(own, key).get(),
  ]);
  const all = new Map([...named, ...jobs.docs, ...erasures.docs].map((document) => [document.id, document]));
  return jobsIn([...all.values()], keys);
}

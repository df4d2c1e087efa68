import { erasuresOf } from '../erasure/starts/find.ts';
import { discardJob, exportJobId } from '../export/plan.ts';
import { cancel } from '../jobs/advance.ts';
import { changeJob, createJob, jobRef, jobsIn } from '../jobs/store.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { isExport } from '../requests/request.ts';
import type { RequestRecord, RequestRef } from '../requests/store.ts';

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

/**
 * Stops the job of an export, and removes everything that it has written. Runs twice harmlessly.
 */
export async function discardExport(context: Context, ref: RequestRef, chain: string, dueAt: Instant): Promise<void> {
  const stopped = await changeJob(context, exportJobId(ref.key), (job) => cancel(job, context.now()));
  if (stopped !== null) await createJob(context, discardJob(ref, chain, dueAt));
}

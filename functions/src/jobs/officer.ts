import type { OwnStore } from '../platform/context.ts';
import { deleteIfUnchanged } from '../platform/firestore.ts';
import { cancel, retry } from './advance.ts';
import { changeJob, jobRef, jobsIn, type ForgedJob } from './store.ts';
import type { Job } from './types.ts';

/** What an officer can see of jobs and do about them. */

/**
 * Jobs that wait for an officer, the most urgent first, and every forged job with a status that
 * could let it run.
 */
export async function blockedJobs({ clients, keys }: OwnStore): Promise<{ blocked: Job[]; forged: ForgedJob[] }> {
  const open = clients.own().collection('jobs').where('status', 'in', ['blocked', 'waiting', 'running', 'held']);
  const { jobs, forged } = jobsIn((await open.get()).docs, keys);
  const blocked = jobs
    .filter(({ status, steps }) => status !== 'held' && Object.values(steps).some(({ state }) => state === 'blocked'))
    .sort((a, b) => a.dueAt - b.dueAt);
  return { blocked, forged };
}

/**
 * Removes a forged job: it says nothing that anybody may go by, and it stands in the way of the
 * right one, which has the same id.
 *
 * @returns false if there is none under this id
 */
export async function removeForged({ clients, keys }: OwnStore, id: string): Promise<boolean> {
  const document = await jobRef(clients.own(), id).get();
  return jobsIn([document], keys).forged.length > 0 && (await deleteIfUnchanged(document));
}

/** What an officer's order came to. */
export type Ordered =
  { readonly ok: true; readonly job: Job } | { readonly ok: false; readonly because: 'unknown' | 'nothingToDo' };

const ordered = (changed: { job: Job; applied: boolean } | null): Ordered => {
  if (changed === null) return { ok: false, because: 'unknown' };
  return changed.applied ? { ok: true, job: changed.job } : { ok: false, because: 'nothingToDo' };
};

/** Lets the blocked steps of a job try again; `tick` enqueues it within a minute. */
export async function retryJob(store: OwnStore, id: string, now: number): Promise<Ordered> {
  return ordered(await changeJob(store, id, (job) => retry(job, now)));
}

/** Gives a job up; what it did stays recorded. */
export async function cancelJob(store: OwnStore, id: string, now: number): Promise<Ordered> {
  return ordered(await changeJob(store, id, (job) => cancel(job, now)));
}

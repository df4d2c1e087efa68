import type { Firestore } from 'firebase-admin/firestore';
import type { JobKind } from '../platform/queues.ts';
import { cancel, retry } from './advance.ts';
import { changeJob, fromDocument } from './store.ts';
import type { Job } from './types.ts';

/** What an officer can see of jobs and do about them. */

/** Jobs that wait for an officer, the most urgent first. */
export async function blockedJobs(own: Firestore, kind?: JobKind): Promise<Job[]> {
  const found = await own.collection('jobs').where('status', 'in', ['blocked', 'waiting']).get();
  return found.docs
    .map((document) => fromDocument(document.id, document.data()))
    .filter(
      (job) =>
        (kind === undefined || job.kind === kind) && Object.values(job.steps).some((step) => step.state === 'blocked'),
    )
    .sort((a, b) => a.dueAt - b.dueAt);
}

/** What an officer's order came to. */
export type Ordered =
  { readonly ok: true; readonly job: Job } | { readonly ok: false; readonly because: 'unknown' | 'nothingToDo' };

const ordered = (changed: { job: Job; applied: boolean } | null): Ordered => {
  if (changed === null) return { ok: false, because: 'unknown' };
  return changed.applied ? { ok: true, job: changed.job } : { ok: false, because: 'nothingToDo' };
};

/** Lets the blocked steps of a job try again; `tick` enqueues it within a minute. */
export async function retryJob(own: Firestore, id: string, now: number): Promise<Ordered> {
  return ordered(await changeJob(own, id, (job) => retry(job, now)));
}

/** Gives a job up; what it did stays recorded. */
export async function cancelJob(own: Firestore, id: string, now: number): Promise<Ordered> {
  return ordered(await changeJob(own, id, (job) => cancel(job, now)));
}

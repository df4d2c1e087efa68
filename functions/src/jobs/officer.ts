import type { Instant } from '../platform/time.ts';
import type { OwnStore } from '../platform/context.ts';
import { deleteIfUnchanged } from '../platform/firestore.ts';
import type { JobKind } from '../platform/queues.ts';
import { retry } from './advance.ts';
import { changeJob, ForgedJobError, jobRef, jobsIn, type ForgedJob } from './store.ts';
import type { Job, JobStatus, OfficersOrder, StepId } from './types.ts';

/** An officer's view of jobs, and their means to act on them. */

/** A job that waits for an officer: one that is blocked, or one that the backend did not write. */
export interface StuckJob {
  readonly id: string;
  /** Null: it names no kind that there is. */
  readonly kind: JobKind | null;
  readonly status: JobStatus | 'forged';
  /** Null for a forged job, of which nothing is believed; also if no person is meant. */
  readonly pseudonym: string | null;
  /** Epoch milliseconds; null for a forged job. */
  readonly dueAt: Instant | null;
  /** The steps that wait, with their errors; a forged job has one entry, without a step. */
  readonly blocked: readonly { readonly step: StepId | null; readonly code: string; readonly message: string }[];
}

/**
 * Jobs that wait for an officer, the most urgent first, and then every forged job with a status
 * that could let it run.
 */
export async function stuckJobs({ clients, keys }: OwnStore): Promise<StuckJob[]> {
  const open = clients.own().collection('jobs').where('status', 'in', ['blocked', 'waiting', 'running', 'held']);
  const { jobs, forged } = jobsIn((await open.get()).docs, keys);
  const blocked = jobs
    .filter(({ status }) => status !== 'held')
    .map(stuck)
    .filter((job) => job.blocked.length > 0)
    .sort((a, b) => a.dueAt - b.dueAt);
  return [...blocked, ...forged.map(stuckForged)];
}

const stuck = ({ id, kind, status, pseudonym, dueAt, steps }: Job): StuckJob & { dueAt: Instant } => ({
  ...{ id, kind, status, pseudonym: pseudonym ?? null, dueAt },
  blocked: Object.entries(steps).flatMap(([step, { state, error }]) =>
    state === 'blocked' ? [{ step, code: error?.code ?? 'unknown', message: error?.message ?? '' }] : [],
  ),
});

const stuckForged = (forged: ForgedJob): StuckJob => ({
  ...{ id: forged.id, kind: forged.kind ?? null, status: 'forged', pseudonym: null, dueAt: null },
  blocked: [{ step: null, code: 'seal.broken', message: new ForgedJobError(forged).message }],
});

/** Counts the forged jobs with a status that could let them run. */
export const countForged = async (store: OwnStore): Promise<number> =>
  (await stuckJobs(store)).filter(({ status }) => status === 'forged').length;

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

/** The result of an officer's order. */
export type Ordered =
  { readonly ok: true; readonly job: Job } | { readonly ok: false; readonly because: 'unknown' | 'nothingToDo' };

/** The answer to an order that changed a job, or did not. */
export const ordered = (changed: { job: Job; applied: boolean } | null): Ordered => {
  if (changed === null) return { ok: false, because: 'unknown' };
  return changed.applied ? { ok: true, job: changed.job } : { ok: false, because: 'nothingToDo' };
};

/** As many orders stay on a job. */
const MOST_ORDERS = 20;

/** Notes an order on a job, if the officer was named. Pure. */
export function noted(
  job: Job,
  { officer, ...order }: Omit<OfficersOrder, 'officer'> & { readonly officer: string | undefined },
): Job {
  if (officer === undefined) return job;
  return { ...job, orders: [...(job.orders ?? []), { ...order, officer }].slice(-MOST_ORDERS) };
}

/**
 * Lets the blocked steps of a job try again; `tick` enqueues it within a minute.
 *
 * @param officer pseudonym of the officer, if one was named
 */
export async function retryJob(store: OwnStore, id: string, now: number, officer?: string): Promise<Ordered> {
  const again = (job: Job): Job | null => {
    const next = retry(job, now);
    return next && noted(next, { order: 'retried', at: now, officer });
  };
  return ordered(await changeJob(store, id, again));
}

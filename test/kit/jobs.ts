import type { Timestamp } from 'firebase-admin/firestore';
import { woken } from '../../functions/src/jobs/advance.ts';
import { changeJob } from '../../functions/src/jobs/store.ts';
import { eventually, own, store } from './suite.ts';

/** A job as it is stored, as far as tests look at it. */
export interface StoredJob {
  readonly id: string;
  readonly status: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly steps: Readonly<
    Record<
      string,
      {
        readonly state: string;
        readonly attempts: number;
        readonly outcomes: readonly Record<string, unknown>[];
        readonly error?: { readonly code: string };
        readonly finishedAt?: Timestamp;
      }
    >
  >;
}

/**
 * Returns the jobs of a kind for a chain. Leaves out the jobs of erasures that end a retained row
 * later.
 */
export async function jobsOf(chain: string, kind = 'erasure'): Promise<StoredJob[]> {
  const found = await own.collection('jobs').where('pseudonym', '==', chain).where('kind', '==', kind).get();
  return found.docs
    .filter(({ id }) => id.startsWith(`${kind}_`) && !id.includes('_until_'))
    .map((doc) => ({ id: doc.id, ...(doc.data() as Omit<StoredJob, 'id'>) }));
}

/** The first of them. */
export const jobOf = async (chain: string, kind?: string): Promise<StoredJob | undefined> =>
  (await jobsOf(chain, kind))[0];

/**
 * Ends the wait of a step by hand, as if its time had come; does nothing if it does not wait.
 * `tick` enqueues the job within a second.
 *
 * @param input fields of the job's input that change with it, such as the end of the wait
 */
export async function endWait(id: string, step: string, input: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await changeJob(store, id, (job) => {
    if (job.steps[step]?.state !== 'waiting') return null;
    return woken({ ...job, input: { ...job.input, ...input } }, step, Date.now());
  });
}

/**
 * Spares a person who asked for their erasure the rest of its grace: their account ends now, and
 * every period that counts from there.
 */
export async function endGrace(chain: string): Promise<void> {
  const isThere = (job: StoredJob | undefined): boolean =>
    ['waiting', 'done'].includes(job?.steps['grace']?.state ?? '');
  const job = await eventually(() => jobOf(chain), isThere);
  const now = Date.now();
  if (job !== undefined) await endWait(job.id, 'grace', { graceUntil: now, deletedAt: now });
}

import { Timestamp, type DocumentSnapshot } from 'firebase-admin/firestore';
import { isOpen } from '../../jobs/advance.ts';
import { jobRef, jobsIn } from '../../jobs/store.ts';
import type { Job } from '../../jobs/types.ts';
import type { Instant } from '../../platform/time.ts';
import type { OwnStore } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { batches, documentsByName, millisOf } from '../../platform/firestore.ts';
import { tombstoneIn } from '../../subject/tombstones.ts';

/**
 * The people erased since a moment, by the list of the erased: a restored backup can have brought
 * them back.
 */

/** A tombstone, as a replay reads it. */
export interface Buried {
  readonly chain: string;
  readonly accountCreatedAt: number | null;
  readonly deletedAt: Instant;
  readonly completedAt?: Instant;
  readonly job: string;
  /** Hashes of the addresses that the erasure had proven. */
  readonly emails: readonly string[];
}

/** An erasure that is not done again, and why. */
export interface LeftAlone {
  readonly chain: string;
  readonly job: string;
  readonly status: Job['status'];
}

export interface Erased {
  /** To be done again if something of them is there. */
  readonly again: readonly Buried[];
  /**
   * Still running: their own job, which has not yet read everything back, ends the restored rows.
   */
  readonly running: readonly LeftAlone[];
  /** An officer gave them up half-way: the restored rows are an officer's to decide. */
  readonly givenUp: readonly LeftAlone[];
}

/**
 * Decides about an erasure that has begun and is not completed. Pure.
 *
 * - It has not come to the documents yet, or it will read all of them back by itself: `running`.
 * - It has read them back, and waits for a hold or an officer; or it is blocked before that, and
 * nobody knows until when: `again`. Doing it twice is doing it once.
 */
export function replayDecisionOf(job: Job): 'running' | 'again' | 'givenUp' {
  if (job.status === 'completed') return 'again';
  if (job.status === 'cancelled') return 'givenUp';
  if (job.steps['firestore']?.state !== 'done') return 'running';
  if (job.status === 'blocked' || Object.values(job.steps).some(({ state }) => state === 'blocked')) return 'again';
  const look = job.steps['secondLook'];
  const isToCome = (look?.state === 'pending' || look?.state === 'waiting') && look.cursor === undefined;
  return isToCome ? 'running' : 'again';
}

/**
 * Reads the tombstones of everybody whose erasure began or ended since then; of those whose erasure
 * has not ended; and of those of whom retained rows were ended since then. Costs a read for each,
 * and one for each job that ended since then.
 */
export async function erasedSince(store: OwnStore, since: Instant): Promise<Erased> {
  const own = store.clients.own();
  const from = Timestamp.fromMillis(since);
  const tombstones = own.collection('tombstones');
  const found = new Map<string, Buried>();
  // A forged one brings nobody's erasure again.
  const see = (document: DocumentSnapshot): void => {
    const data = tombstoneIn(document.id, document.data(), store.keys);
    if (data !== undefined) found.set(document.id, buriedIn(document.id, data));
  };
  for (const query of [
    tombstones.where('deletedAt', '>=', from).orderBy('deletedAt'),
    tombstones.where('completedAt', '>=', from).orderBy('completedAt'),
  ])
    for await (const document of documentsByName(query, PAGE)) see(document);

  const others = new Set<string>();
  for await (const { pseudonym } of erasuresEndedOrOpen(store, from))
    if (pseudonym !== undefined && !found.has(pseudonym)) others.add(pseudonym);
  for (const page of batches([...others], PAGE))
    for (const document of await own.getAll(...page.map((chain) => tombstones.doc(chain)))) see(document);
  return sorted(store, [...found.values()]);
}

async function sorted({ clients, keys }: OwnStore, all: readonly Buried[]): Promise<Erased> {
  const isEnded = ({ completedAt, job }: Buried): boolean => completedAt !== undefined || job === '';
  const again = all.filter(isEnded);
  const open = all.filter((one) => !isEnded(one));
  const running: LeftAlone[] = [];
  const givenUp: LeftAlone[] = [];
  for (const page of batches(open, PAGE)) {
    const own = clients.own();
    const found = await own.getAll(...page.map(({ job }) => jobRef(own, job)));
    const jobs = new Map(jobsIn(found, keys).jobs.map((job) => [job.id, job]));
    for (const tombstone of page) {
      const job = jobs.get(tombstone.job);
      const decision = job === undefined ? 'again' : replayDecisionOf(job);
      if (decision === 'again' || job === undefined) again.push(tombstone);
      else
        (decision === 'running' ? running : givenUp).push({ chain: tombstone.chain, job: job.id, status: job.status });
    }
  }
  return { again, running, givenUp };
}

/** Yields open erasures, and jobs that ended retained rows since then. */
async function* erasuresEndedOrOpen({ clients, keys }: OwnStore, from: Timestamp): AsyncGenerator<Job> {
  const jobs = clients.own().collection('jobs');
  const ended = jobs.where('finishedAt', '>=', from).orderBy('finishedAt');
  for await (const document of documentsByName(ended, PAGE)) {
    const [job] = jobsIn([document], keys).jobs;
    if (job?.kind === 'erasure' && job.status === 'completed' && job.steps['ended'] !== undefined) yield job;
  }
  const open = jobs.where('kind', '==', 'erasure').where('status', 'in', ['waiting', 'running', 'blocked', 'held']);
  for await (const document of documentsByName(open.orderBy('dueAt'), PAGE)) {
    const [job] = jobsIn([document], keys).jobs;
    // A job that only sleeps until a ground is over has ended nothing yet.
    if (job !== undefined && isOpen(job) && job.steps['begin']?.state === 'done') yield job;
  }
}

const PAGE = 300;

export function buriedIn(chain: string, data: Record<string, unknown>): Buried {
  const { accountCreatedAt, deletedAt, completedAt, job, emails } = data;
  return {
    chain,
    accountCreatedAt: typeof accountCreatedAt === 'number' ? accountCreatedAt : null,
    deletedAt: millisOf(deletedAt) ?? 0,
    ...defined({ completedAt: millisOf(completedAt) }),
    job: typeof job === 'string' ? job : '',
    emails: Array.isArray(emails) ? emails.filter((one) => typeof one === 'string') : [],
  };
}

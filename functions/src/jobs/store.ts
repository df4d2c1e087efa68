import {
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  type Firestore,
  type Transaction,
} from 'firebase-admin/firestore';
import type { Context, OwnStore } from '../platform/context.ts';
import { PermanentError, storableError } from '../platform/errors.ts';
import { createIfAbsent } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { isJobKind, queueOf, type JobKind } from '../platform/queues.ts';
import { isSealed, sealed, withoutSeal } from '../crypto/seal.ts';
import { newJob, type JobPlan } from './catalog.ts';
import type { Job } from './types.ts';

/** Fields that hold a moment: Firestore timestamps in the document, epoch milliseconds here. */
const MOMENTS: ReadonlySet<string> = new Set([
  ...['createdAt', 'dueAt', 'wakeAt', 'finishedAt', 'closedAt', 'finishBy', 'until', 'by'],
]);

/**
 * A cursor is one text, with any content: Firestore keeps no list of lists. Only the step itself
 * reads it.
 */
const CURSOR = 'cursor';

/** An input is stored as it is. */
const OPAQUE = 'input';

function encode(key: string, value: unknown): unknown {
  if (key === CURSOR) return JSON.stringify(value);
  if (typeof value === 'number' && MOMENTS.has(key)) return Timestamp.fromMillis(value);
  if (Array.isArray(value)) return value.map((item) => encode('', item));
  if (typeof value !== 'object' || value === null || key === OPAQUE) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .map(([k, v]) => [k, encode(k, v)]),
  );
}

function decode(key: string, value: unknown): unknown {
  if (key === CURSOR && typeof value === 'string') return JSON.parse(value);
  if (value instanceof Timestamp) return value.toMillis();
  if (Array.isArray(value)) return value.map((item) => decode('', item));
  if (typeof value !== 'object' || value === null || key === OPAQUE) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, decode(k, v)]));
}

/**
 * A job is sealed whole: write access to the database without a key is not enough to make one that
 * runs.
 */
const pathOf = (id: string): string => `jobs/${id}`;

/**
 * A job as its sealed document. Step order is kept apart, since Firestore does not keep the order
 * of a map's keys.
 */
export function toDocument(job: Job, keys: PseudonymKeys): DocumentData {
  const fields = { ...job, id: undefined };
  return sealed(pathOf(job.id), { ...(encode('', fields) as DocumentData), order: Object.keys(job.steps) }, keys);
}

/** A document among the jobs that the backend did not write so. Nothing runs by it. */
export interface ForgedJob {
  readonly id: string;
  /** Absent: it names no kind that there is. */
  readonly kind?: JobKind;
}

/** Somebody met a forged job. It is permanent for the step that met it: an officer looks. */
export class ForgedJobError extends PermanentError {
  readonly forged: ForgedJob;

  constructor(forged: ForgedJob) {
    super('seal.broken', 'a job is not as the backend wrote it: compliance jobs blocked names it');
    this.forged = forged;
  }
}

/**
 * The job of a document.
 *
 * @throws ForgedJobError if the backend did not write it so
 */
export function fromDocument(id: string, data: DocumentData, keys: PseudonymKeys): Job {
  if (!isSealed(pathOf(id), data, keys)) throw new ForgedJobError(forgedIn(id, data));
  return decoded(id, data);
}

const forgedIn = (id: string, { kind }: DocumentData): ForgedJob => ({ id, ...(isJobKind(kind) ? { kind } : {}) });

function decoded(id: string, data: DocumentData): Job {
  const { order, ...fields } = decode('', withoutSeal(data)) as Omit<Job, 'id'> & { order: string[] };
  const steps = Object.fromEntries(
    order.flatMap((step) => (fields.steps[step] === undefined ? [] : [[step, fields.steps[step]]])),
  );
  return { ...fields, id, steps };
}

export function jobRef(own: Firestore, id: string): DocumentReference {
  return own.collection('jobs').doc(id);
}

/**
 * Loads a job, or null if there is none.
 *
 * @throws ForgedJobError
 */
export async function loadJob({ clients, keys }: OwnStore, id: string): Promise<Job | null> {
  const data = (await jobRef(clients.own(), id).get()).data();
  return data === undefined ? null : fromDocument(id, data, keys);
}

/**
 * The jobs among documents, in their order, and apart from them the documents with a broken seal.
 */
export function jobsIn(
  documents: readonly DocumentSnapshot[],
  keys: PseudonymKeys,
): { readonly jobs: Job[]; readonly forged: ForgedJob[] } {
  const jobs: Job[] = [];
  const forged: ForgedJob[] = [];
  for (const document of documents) {
    const { id } = document;
    const data = document.data();
    if (data === undefined) continue;
    if (isSealed(pathOf(id), data, keys)) jobs.push(decoded(id, data));
    else forged.push(forgedIn(id, data));
  }
  return { jobs, forged };
}

/** Creates the document of a new job within a transaction (1 write). */
export function addJob(tx: Transaction, { clients, keys, now }: OwnStore & Pick<Context, 'now'>, plan: JobPlan): void {
  tx.create(jobRef(clients.own(), plan.id), toDocument(newJob(plan, now()), keys));
}

/**
 * Applies a pure change to a job in one transaction (1 read, 1 write). The change answers null if
 * it does not apply: nothing is written.
 *
 * @param also reads and writes that belong to the change, in its transaction and before its write
 * @returns the job as it is now, and whether the change was applied; null if there is no such job.
 * @throws ForgedJobError
 */
export async function changeJob(
  { clients, keys }: OwnStore,
  id: string,
  change: (job: Job) => Job | null,
  also?: (tx: Transaction, before: Job, after: Job) => Promise<void>,
): Promise<{ job: Job; applied: boolean } | null> {
  const own = clients.own();
  return own.runTransaction(async (tx) => {
    const data = (await tx.get(jobRef(own, id))).data();
    if (data === undefined) return null;
    const job = fromDocument(id, data, keys);
    const next = change(job);
    if (next === null) return { job, applied: false };
    await also?.(tx, job, next);
    tx.set(jobRef(own, id), toDocument(next, keys));
    return { job: next, applied: true };
  });
}

/**
 * Creates a job and enqueues it. The id makes it once: creating it again changes nothing and
 * enqueues it again, which is harmless.
 *
 * @param again false: one that exists is left to `tick`, for nightly work that finds the same jobs
 * each time
 * @returns true if this call created it.
 */
export async function createJob(
  context: OwnStore & Pick<Context, 'now' | 'queue' | 'log'>,
  plan: JobPlan,
  { again = true }: { readonly again?: boolean } = {},
): Promise<boolean> {
  const { clients, keys, now } = context;
  const created = await createIfAbsent(jobRef(clients.own(), plan.id), toDocument(newJob(plan, now()), keys));
  if ((created || again) && (plan.wakeAt ?? 0) <= now()) await enqueueJob(context, plan);
  return created;
}

/**
 * Says in one line that documents among the jobs are forged; an alert is set on it. It has no id:
 * the forger has chosen that.
 */
export function reportForged({ log }: Pick<Context, 'log'>, forged: readonly ForgedJob[]): void {
  if (forged.length === 0) return;
  const kinds = [...new Set(forged.flatMap(({ kind }) => kind ?? []))].sort().join(' ');
  log.error('jobs are not as the backend wrote them: none of them runs, and an officer has to look', {
    code: 'seal.broken',
    count: forged.length,
    kinds,
  });
}

/**
 * Enqueues a job that exists. A failure is logged and no more: `tick` enqueues every job whose
 * `wakeAt` has come.
 */
export async function enqueueJob(
  context: Pick<Context, 'queue' | 'log'>,
  job: Pick<Job, 'id' | 'kind'>,
): Promise<void> {
  try {
    await context.queue.enqueue(queueOf(job.kind), job.id);
  } catch (error) {
    context.log.warn('enqueue failed, tick will do it', { job: job.id, code: storableError(error).code });
  }
}

import { Timestamp, type DocumentData, type DocumentReference, type Firestore } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { storableError } from '../platform/errors.ts';
import { createIfAbsent } from '../platform/firestore.ts';
import { queueOf } from '../platform/queues.ts';
import { newJob, type JobPlan } from './catalog.ts';
import type { Job } from './types.ts';

/** Fields that hold a moment: Firestore timestamps in the document, epoch milliseconds here. */
const MOMENTS: ReadonlySet<string> = new Set(['createdAt', 'dueAt', 'wakeAt', 'finishedAt', 'finishBy', 'until', 'by']);

/** A cursor is one text, whatever is in it: Firestore keeps no list of lists. Only the step itself reads it. */
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

/** A job as its document: step order is kept apart, since Firestore does not keep the order of a map's keys. */
export function toDocument(job: Job): DocumentData {
  const fields = { ...job, id: undefined };
  return { ...(encode('', fields) as DocumentData), order: Object.keys(job.steps) };
}

export function fromDocument(id: string, data: DocumentData): Job {
  const { order, ...fields } = decode('', data) as Omit<Job, 'id'> & { order: string[] };
  const steps = Object.fromEntries(
    order.flatMap((step) => (fields.steps[step] === undefined ? [] : [[step, fields.steps[step]]])),
  );
  return { ...fields, id, steps };
}

export function jobRef(own: Firestore, id: string): DocumentReference {
  return own.collection('jobs').doc(id);
}

/** Loads a job, or null where there is none. */
export async function loadJob(own: Firestore, id: string): Promise<Job | null> {
  const snapshot = await jobRef(own, id).get();
  const data = snapshot.data();
  return data === undefined ? null : fromDocument(id, data);
}

/**
 * Applies a pure change to a job in one transaction (1 read, 1 write). The change answers null where it does not apply: nothing is written.
 *
 * @returns the job as it is now, and whether the change was applied; null where there is no such job.
 */
export async function changeJob(
  own: Firestore,
  id: string,
  change: (job: Job) => Job | null,
): Promise<{ job: Job; applied: boolean } | null> {
  return own.runTransaction(async (tx) => {
    const data = (await tx.get(jobRef(own, id))).data();
    if (data === undefined) return null;
    const job = fromDocument(id, data);
    const next = change(job);
    if (next === null) return { job, applied: false };
    tx.set(jobRef(own, id), toDocument(next));
    return { job: next, applied: true };
  });
}

/**
 * Creates a job and enqueues it. The id makes it once: creating it again changes nothing and enqueues it again, which is harmless.
 *
 * @param again false: one that exists is left to `tick`; for what finds the same jobs night after night
 * @returns true where this call created it.
 */
export async function createJob(
  context: Pick<Context, 'clients' | 'now' | 'queue' | 'log'>,
  plan: JobPlan,
  { again = true }: { readonly again?: boolean } = {},
): Promise<boolean> {
  const created = await createIfAbsent(jobRef(context.clients.own(), plan.id), toDocument(newJob(plan, context.now())));
  if ((created || again) && (plan.wakeAt ?? 0) <= context.now()) await enqueueJob(context, plan);
  return created;
}

/** Enqueues a job that exists. A failure is logged and no more: `tick` enqueues every job whose `wakeAt` has come. */
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

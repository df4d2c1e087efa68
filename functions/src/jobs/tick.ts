import { Timestamp, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { pagesOf, updateIfUnchanged } from '../platform/firestore.ts';
import { nudge } from './advance.ts';
import { enqueueJob, jobsIn, reportForged, toDocument, type ForgedJob } from './store.ts';
import type { Job } from './types.ts';

/** Jobs that one tick enqueues at most; the next one goes on. */
const PER_TICK = 200;

/**
 * Enqueues every job whose `wakeAt` has come: lost enqueues, waits, rate limits, polling, crashed
 * tasks. A job that is enqueued wakes again after the grace, should its task be lost too.
 *
 * A forged job is not enqueued and not changed: with the right keys a job goes on that met wrong
 * ones. It stays due, so every tick reads past it and says so, until an officer removes it.
 *
 * @returns how many jobs were enqueued.
 */
export async function tick(context: Context): Promise<number> {
  const now = context.now();
  const due = context.clients
    .own()
    .collection('jobs')
    .where('wakeAt', '<=', Timestamp.fromMillis(now))
    .orderBy('wakeAt');
  const forged: ForgedJob[] = [];
  let [seen, enqueued] = [0, 0];
  for await (const { documents } of pagesOf(due, PER_TICK)) {
    const found = jobsIn(documents, context.keys);
    forged.push(...found.forged);
    const byId = new Map(documents.map((document) => [document.id, document]));
    const woken = await Promise.all(found.jobs.map((job) => wake(context, byId.get(job.id), job, now)));
    enqueued += woken.filter(Boolean).length;
    seen += found.jobs.length;
    if (seen >= PER_TICK) break;
  }
  reportForged(context, forged);
  return enqueued;
}

/**
 * Enqueues a job, if nothing has happened to it since it was read: otherwise a task is at it, or
 * another tick.
 */
async function wake(
  context: Context,
  document: QueryDocumentSnapshot | undefined,
  job: Job,
  now: number,
): Promise<boolean> {
  const next = nudge(job, now, context.config.enqueueGraceMs);
  if (document === undefined || next === null) return false;
  if (!(await updateIfUnchanged(document, toDocument(next, context.keys)))) return false;
  await enqueueJob(context, next);
  return true;
}

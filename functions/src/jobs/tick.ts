import { Timestamp, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { updateIfUnchanged } from '../platform/firestore.ts';
import { nudge } from './advance.ts';
import { enqueueJob, fromDocument } from './store.ts';

/** Jobs that one tick enqueues at most; the next one goes on. */
const PER_TICK = 200;

/**
 * Enqueues every job whose `wakeAt` has come: lost enqueues, waits, rate limits, polling, crashed tasks. A job that is enqueued wakes again
 * after the grace, should its task be lost too.
 *
 * @returns how many jobs were enqueued.
 */
export async function tick(context: Context): Promise<number> {
  const own = context.clients.own();
  const now = context.now();
  const due = await own
    .collection('jobs')
    .where('wakeAt', '<=', Timestamp.fromMillis(now))
    .orderBy('wakeAt')
    .limit(PER_TICK)
    .get();
  const enqueued = await Promise.all(
    due.docs.map(async (document) => {
      const job = nudge(fromDocument(document.id, document.data()), now, context.config.enqueueGraceMs);
      if (job === null || !(await pushed(document, job.wakeAt))) return 0;
      await enqueueJob(context, job);
      return 1;
    }),
  );
  return enqueued.reduce((sum: number, n) => sum + n, 0);
}

/** Writes when the job wakes again, if nothing has happened to it since it was read: otherwise a task is at it, or another tick. */
const pushed = (document: QueryDocumentSnapshot, wakeAt: number | null): Promise<boolean> =>
  updateIfUnchanged(document, { wakeAt: wakeAt === null ? null : Timestamp.fromMillis(wakeAt) });

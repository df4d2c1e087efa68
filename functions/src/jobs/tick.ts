import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { nudge } from './advance.ts';
import { changeJob, enqueueJob } from './store.ts';

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
    .select('kind')
    .get();
  const enqueued = await Promise.all(
    due.docs.map(async ({ id }) => {
      const nudged = await changeJob(own, id, (job) => nudge(job, now, context.config.enqueueGraceMs));
      if (nudged?.applied !== true) return 0;
      await enqueueJob(context, nudged.job);
      return 1;
    }),
  );
  return enqueued.reduce((sum: number, n) => sum + n, 0);
}

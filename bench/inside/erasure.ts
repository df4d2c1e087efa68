import { onAccountDeleted } from '../../functions/src/erasure/accountEvents.ts';
import { runJob } from '../../functions/src/jobs/run.ts';
import { tick } from '../../functions/src/jobs/tick.ts';
import { loadJob } from '../../functions/src/jobs/store.ts';
import { runners } from '../../functions/src/runners.ts';
import { billed, openBench, type Billed } from '../context.ts';
import { deletionOf, seedPerson } from './erased.ts';

/**
 * Runs inside a suite: whole erasures in this process. Their project is their own: no function is
 * deployed there. A clock skips the waits.
 */

const PROJECT = 'demo-bench-erasure';
const HOUR_MS = 3_600_000;

let skipped = 0;
const now = (): number => Date.now() + skipped;
const { db, context, tasks } = openBench(PROJECT, now);

/**
 * Starts an erasure; `tick` goes on with it, as in production, until nothing of it is due any more.
 * Skips the hours between.
 *
 * @returns its job, and the reads of ticks that found nothing to do: no erasure is billed for them
 */
async function erase(uid: string): Promise<{ readonly id: string; readonly idleReads: number }> {
  const id = await onAccountDeleted(context, deletionOf(uid, now()));
  if (id === null) throw new Error('no erasure began');
  let idleReads = 0;
  // The third look comes four days after the second one.
  for (let idle = 0; idle < 9;) {
    while (tasks.length > 0) await runJob(context, runners, tasks.shift() ?? '');
    skipped += 13 * HOUR_MS;
    const { reads } = await billed(PROJECT, 'compliance');
    idle = (await tick(context)) === 0 ? idle + 1 : 0;
    if (idle > 0) idleReads += (await billed(PROJECT, 'compliance')).reads - reads;
  }
  return { id, idleReads };
}

/**
 * Counts the operations that one erasure is billed in each database.
 *
 * @param rows so many of the documents are rows outside the person's own place
 */
async function cost(
  documents: number,
  rows = 0,
): Promise<{ documents: number; rows: number; tasks: number; app: Billed; own: Billed }> {
  const uid = `cost-${documents}-${rows}`;
  await seedPerson(db, uid, documents, rows);
  await Promise.all([billed(PROJECT, '(default)', 'DELETE'), billed(PROJECT, 'compliance', 'DELETE')]);
  const { id, idleReads } = await erase(uid);
  const all = await billed(PROJECT, 'compliance');
  const own = { ...all, reads: all.reads - idleReads };
  const app = await billed(PROJECT, '(default)');
  const tasks = await context.clients.own().collection('officerTasks').where('job', '==', id).count().get();
  const figures = { documents, rows, tasks: tasks.data().count, app, own };
  const job = await loadJob(context, id);
  if (job?.status !== 'completed') throw new Error(`the erasure stopped: ${JSON.stringify(job?.steps)}`);
  return figures;
}

const costs = [];
for (const size of [10, 100, 1000, 10_000]) costs.push(await cost(size));
for (const rows of [5, 50]) costs.push(await cost(100, rows));
console.log(JSON.stringify({ costs }));
process.exit(0);

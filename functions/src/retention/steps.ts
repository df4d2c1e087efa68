import { Timestamp, type DocumentReference } from 'firebase-admin/firestore';
import type { Runner } from '../jobs/catalog.ts';
import { createJob } from '../jobs/store.ts';
import type { Job } from '../jobs/types.ts';
import type { Context } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { recordOf } from '../policy/lookup.ts';
import { heldSubjects } from '../subject/held.ts';
import { loadSystem } from '../systems/registry.ts';
import type { Window } from '../systems/windows.ts';
import {
  NO_FIGURES,
  type Cursor,
  type NamedRecord,
  type Progress,
  type SweepFigures,
  type System,
} from '../systems/system.ts';
import { scanJob, sweepKey, windowJobs, type PlannedSweep } from './plan.ts';
import { openWindows, report, reportUndeclared, UNDATED } from './runs.ts';

/** What a retention job is about, from its input. */
function sweepOf(job: Job): PlannedSweep & { run: string } {
  const { run, record, rule, field, cutoff } = job.input;
  return { run: String(run), record: String(record), rule: Number(rule), field: String(field), cutoff: Number(cutoff) };
}

/** The window that a job is to work through, and its number in the run. */
function windowOf(job: Job): { number: number; window: Window } {
  const { window, from, until } = job.input;
  return { number: Number(window), window: { from: typeof from === 'number' ? from : null, until: Number(until) } };
}

/** The place in the sweep and its figures so far, in one cursor: a crash loses neither. */
interface Place {
  readonly page?: Cursor;
  readonly figures: SweepFigures;
}

const packed = (place: Place): Cursor => ({ place: JSON.stringify(place) });

function unpacked(cursor: Cursor | undefined): Place {
  return typeof cursor?.['place'] === 'string' ? (JSON.parse(cursor['place']) as Place) : { figures: NO_FIGURES };
}

async function place(
  context: Context,
  job: Job,
): Promise<{ named: NamedRecord; system: System; expire: NonNullable<System['expire']> }> {
  const { record: id } = sweepOf(job);
  const named = { id, record: recordOf(context.policy, id) };
  const system = await loadSystem(named.record.system, context);
  if (!system.expire)
    throw new PermanentError('no_sweep', `the system ${named.record.system} cannot end rows of ${id} by time`);
  return { named, system, expire: system.expire.bind(system) };
}

/** What a backlog was found to be: written down with the step before anything follows from it, so that another attempt makes the same jobs of it. */
interface Found {
  readonly windows: readonly Window[];
  readonly undated: number;
}

/** Finds out how many windows the backlog needs, and makes a job of each. Counts what no cut-off ever finds. */
async function split(context: Context, job: Job, cursor: Cursor | undefined): Promise<Progress> {
  const planned = sweepOf(job);
  if (typeof cursor?.['found'] !== 'string')
    return { more: { found: JSON.stringify(await backlogOf(context, job, planned)) } };
  const found = JSON.parse(cursor['found']) as Found;
  const own = context.clients.own();
  const { run } = planned;
  const key = sweepKey(planned);
  const scan = found.undated > 0 ? recordOf(context.policy, planned.record).undated?.scan : undefined;
  const jobs = windowJobs(run, planned, found.windows, job.dueAt);
  if (scan !== undefined) jobs.push(scanJob(run, planned, job.dueAt));
  if (jobs.length === 0) await report(own, run, key, { state: 'nothing', undated: found.undated }, context.now());
  else await openWindows(own, run, key, { ...found, scan });
  await Promise.all(jobs.map((one) => createJob(context, one)));
  return { settled: [] };
}

async function backlogOf(context: Context, job: Job, { field, cutoff }: PlannedSweep): Promise<Found> {
  const { named, system } = await place(context, job);
  const question = { policy: context.policy, now: context.now(), field, cutoff };
  const [windows = [{ from: null, until: cutoff }], undated = 0] = await Promise.all([
    system.split?.(named, question, context.policy.retention.windows),
    system.undated?.(named, field),
  ]);
  return { windows, undated };
}

/** A sweep hands its place over this often, so that what an attempt that dies has counted is lost for so long at most (milliseconds). */
const WRITTEN_DOWN_EACH = 15_000;

/** Ends the rows whose time has come, page by page; where the task's time is up, the next task goes on from the cursor. */
async function sweep(context: Context, job: Job, cursor: Cursor | undefined, deadline: number): Promise<Progress> {
  const { named, expire } = await place(context, job);
  const planned = sweepOf(job);
  const { page, figures } = unpacked(cursor);
  const held = await heldSubjects(context, named.id, job.createdAt);
  const { field, cutoff } = planned;
  const { policy } = context;
  const { number, window } = windowOf(job);
  const until = Math.min(deadline, context.now() + WRITTEN_DOWN_EACH);
  const base = { policy, now: context.now(), field, cutoff, window, held, figures, deadline: until };
  const progress = await expire(named, page === undefined ? base : { ...base, cursor: page });
  if (progress.more) return { more: packed({ page: progress.more, figures: progress.figures }) };
  await report(
    context.clients.own(),
    planned.run,
    sweepKey(planned),
    { state: 'done', window: number, figures: progress.figures },
    context.now(),
  );
  const { deleted, anonymised, archived } = progress.figures;
  return { settled: [{ record: named.id, count: deleted + anonymised + archived, outcome: 'done' }] };
}

/** Where a scan goes on in the next run: `retentionScans/{record}`. */
const scanRef = (context: Context, planned: PlannedSweep): DocumentReference =>
  context.clients.own().collection('retentionScans').doc(sweepKey(planned));

/** Looks at rows without a usable time, from where the run before stopped, as many as the policy allows a run. */
async function scan(context: Context, job: Job, cursor: Cursor | undefined, deadline: number): Promise<Progress> {
  const { named, system } = await place(context, job);
  const planned = sweepOf(job);
  const budget = named.record.undated?.scan;
  if (system.scan === undefined || budget === undefined)
    throw new PermanentError('no_scan', `rows of ${named.id} are not looked at one by one: the policy has changed`);
  const { page = await lastPlace(context, planned), figures } = unpacked(cursor);
  const { field, cutoff } = planned;
  const held = await heldSubjects(context, named.id, job.createdAt);
  const until = Math.min(deadline, context.now() + WRITTEN_DOWN_EACH);
  const base = { policy: context.policy, now: context.now(), field, cutoff, held, budget, figures, deadline: until };
  const progress = await system.scan(named, page === undefined ? base : { ...base, cursor: page });
  if (progress.more) return { more: packed({ page: progress.more, figures: progress.figures }) };
  const at = Timestamp.fromMillis(context.now());
  if (progress.next) await scanRef(context, planned).set({ ...progress.next, at });
  else await scanRef(context, planned).delete();
  const done = { state: 'done', window: UNDATED, figures: progress.figures, scanned: progress.scanned } as const;
  await report(context.clients.own(), planned.run, sweepKey(planned), done, context.now());
  const { deleted, anonymised, archived } = progress.figures;
  return { settled: [{ record: named.id, count: deleted + anonymised + archived, outcome: 'done' }] };
}

async function lastPlace(context: Context, planned: PlannedSweep): Promise<Cursor | undefined> {
  const path: unknown = (await scanRef(context, planned).get()).get('path');
  return typeof path === 'string' ? { path, scanned: 0 } : undefined;
}

/** At most so many names of what nobody declares are written down: a collection for each person would be a list of people. */
const MOST_NAMED = 20;

/** Looks for what is in the databases and in no policy, and tells the officer. */
async function undeclared(context: Context, job: Job): Promise<Progress> {
  const run = String(job.input['run']);
  const found = await (await loadSystem('firestore', context)).undeclared?.(run);
  if (found === undefined) return { settled: [] };
  const [collections, below] = [found.collections.slice(0, MOST_NAMED), found.below.slice(0, MOST_NAMED)];
  const more = found.collections.length + found.below.length - collections.length - below.length;
  await reportUndeclared(context.clients.own(), run, { collections, below, ...(more > 0 ? { more } : {}) });
  const count = collections.length + below.length + more;
  if (count > 0) context.log.warn('the database has what the policy does not declare', { run, count });
  return { settled: [] };
}

export function retentionRunner(context: Context): Runner {
  return {
    run: async (step, job, { cursor, deadline }) => {
      switch (step) {
        case 'sweep':
          return sweep(context, job, cursor, deadline);
        case 'scan':
          return scan(context, job, cursor, deadline);
        case 'undeclared':
          return undeclared(context, job);
        case 'split':
          return split(context, job, cursor);
        default:
          throw new PermanentError('unknown_step', `a retention job has no step ${step}`);
      }
    },
    blocked: async (step, job) => {
      const error = job.steps[step]?.error?.code ?? 'unknown';
      if (step === 'undeclared') {
        await reportUndeclared(context.clients.own(), String(job.input['run']), { error });
        return;
      }
      const planned = sweepOf(job);
      await report(
        context.clients.own(),
        planned.run,
        sweepKey(planned),
        {
          state: 'blocked',
          error: `${step}: ${error}`,
          ...(step === 'sweep' ? { window: windowOf(job).number } : {}),
          ...(step === 'scan' ? { window: UNDATED } : {}),
        },
        context.now(),
      );
    },
  };
}

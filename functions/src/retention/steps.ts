import { Timestamp, type DocumentReference } from 'firebase-admin/firestore';
import type { Runner } from '../jobs/catalog.ts';
import { runnerOf, type JobOf } from '../jobs/define.ts';
import { nightJobs, sweepJobs, undeclaredJobs, windowJobs } from './job.ts';
import { createJob } from '../jobs/store.ts';
import type { Job, Run } from '../jobs/types.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { PermanentError } from '../platform/errors.ts';
import { recordOf } from '../policy/lookup.ts';
import { heldSubjects } from '../ledger/holds.ts';
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
import { scanJob, sweepKey, windowJobsOf, type PlannedSweep } from './plan.ts';
import { openWindows, report, reportUndeclared, UNDATED } from './runs.ts';
import { beginNight } from './start.ts';

type SweepJob = JobOf<typeof sweepJobs>;
type WindowJob = JobOf<typeof windowJobs>;

/** The place in the sweep and its figures so far, in one cursor: a crash loses neither. */
interface Place {
  readonly page?: Cursor;
  readonly figures: SweepFigures;
}

const placeIn = (cursor: Cursor | undefined): Place =>
  (cursor?.['place'] as Place | undefined) ?? { figures: NO_FIGURES };

async function place(
  context: Context,
  { record: id }: PlannedSweep,
): Promise<{ named: NamedRecord; system: System; expire: NonNullable<System['expire']> }> {
  const named = { id, record: recordOf(context.policy, id) };
  const system = await loadSystem(named.record.system, context);
  if (!system.expire)
    throw new PermanentError('no_sweep', `the system ${named.record.system} cannot end rows of ${id} by time`);
  return { named, system, expire: system.expire.bind(system) };
}

/**
 * The size of a backlog. It is written down with the step before anything follows from it, so that
 * another attempt makes the same jobs of it.
 */
interface Found {
  readonly windows: readonly Window[];
  readonly undated: number;
}

/**
 * Finds out how many windows the backlog needs, and makes a job of each. Counts the rows that no
 * cut-off ever finds.
 */
async function split(context: Context, job: SweepJob, { cursor }: Run): Promise<Progress> {
  const { run, ...planned } = job.input;
  const found = cursor?.['found'] as Found | undefined;
  if (found === undefined) return { more: { found: await backlogOf(context, planned) } };
  const own = context.clients.own();
  const key = sweepKey(planned);
  const scan = found.undated > 0 ? recordOf(context.policy, planned.record).undated?.scan : undefined;
  const jobs = windowJobsOf(run, planned, found.windows, job.dueAt);
  if (scan !== undefined) jobs.push(scanJob(run, planned, job.dueAt));
  if (jobs.length === 0) await report(own, run, key, { state: 'nothing', undated: found.undated }, context.now());
  else await openWindows(own, run, key, { ...found, scan });
  await Promise.all(jobs.map((one) => createJob(context, one)));
  return { settled: [] };
}

async function backlogOf(context: Context, planned: PlannedSweep): Promise<Found> {
  const { field, cutoff } = planned;
  const { named, system } = await place(context, planned);
  const question = { policy: context.policy, now: context.now(), field, cutoff };
  const [windows = [{ from: null, until: cutoff }], undated = 0] = await Promise.all([
    system.split?.(named, question, context.policy.retention.windows),
    system.undated?.(named, field),
  ]);
  return { windows, undated };
}

/**
 * A sweep hands its place over this often. An attempt that dies loses the counts of so long at most
 * (milliseconds).
 */
const WRITTEN_DOWN_EACH = 15_000;

/**
 * Ends the rows whose time has come, page by page. If the task's time is up, the next task goes on
 * from the cursor.
 */
async function sweep(context: Context, job: WindowJob, { cursor, deadline }: Run): Promise<Progress> {
  const { named, expire } = await place(context, job.input);
  const { page, figures } = placeIn(cursor);
  const held = await heldSubjects(context, named.id, job.createdAt);
  const { run, field, cutoff, number, window, withFollowers = false } = job.input;
  const { policy } = context;
  const until = Math.min(deadline, context.now() + WRITTEN_DOWN_EACH);
  const base = { policy, now: context.now(), field, cutoff, window, held, withFollowers, figures, deadline: until };
  const progress = await expire(named, page === undefined ? base : { ...base, cursor: page });
  if (progress.more) return { more: { place: { page: progress.more, figures: progress.figures } } };
  await report(
    context.clients.own(),
    run,
    sweepKey(job.input),
    { state: 'done', window: number, figures: progress.figures },
    context.now(),
  );
  const { deleted, anonymised, archived } = progress.figures;
  return { settled: [{ record: named.id, count: deleted + anonymised + archived, outcome: 'done' }] };
}

/** The place at which a scan goes on in the next run: `retentionScans/{record}`. */
const scanRef = (context: Context, planned: PlannedSweep): DocumentReference =>
  context.clients.own().collection('retentionScans').doc(sweepKey(planned));

/**
 * Looks at rows without a usable time, from the end of the run before, as many as the policy allows
 * a run.
 */
async function scan(context: Context, job: SweepJob, { cursor, deadline }: Run): Promise<Progress> {
  const { run, ...planned } = job.input;
  const { named, system } = await place(context, planned);
  const budget = named.record.undated?.scan;
  if (system.scan === undefined || budget === undefined)
    throw new PermanentError('no_scan', `rows of ${named.id} are not looked at one by one: the policy has changed`);
  const { page = await lastPlace(context, planned), figures } = placeIn(cursor);
  const { field, cutoff, withFollowers = false } = planned;
  const held = await heldSubjects(context, named.id, job.createdAt);
  const until = Math.min(deadline, context.now() + WRITTEN_DOWN_EACH);
  const question = { policy: context.policy, now: context.now(), field, cutoff, held, withFollowers };
  const base = { ...question, budget, figures, deadline: until };
  const progress = await system.scan(named, page === undefined ? base : { ...base, cursor: page });
  if (progress.more) return { more: { place: { page: progress.more, figures: progress.figures } } };
  const at = Timestamp.fromMillis(context.now());
  if (progress.next) await scanRef(context, planned).set({ ...progress.next, at });
  else await scanRef(context, planned).delete();
  const done = { state: 'done', window: UNDATED, figures: progress.figures, scanned: progress.scanned } as const;
  await report(context.clients.own(), run, sweepKey(planned), done, context.now());
  const { deleted, anonymised, archived } = progress.figures;
  return { settled: [{ record: named.id, count: deleted + anonymised + archived, outcome: 'done' }] };
}

async function lastPlace(context: Context, planned: PlannedSweep): Promise<Cursor | undefined> {
  const path: unknown = (await scanRef(context, planned).get()).get('path');
  return typeof path === 'string' ? { path, scanned: 0 } : undefined;
}

/**
 * At most so many names of undeclared places are written down: a collection for each person would
 * be a list of people.
 */
const MOST_NAMED = 20;

/** Looks for places in the databases that are in no policy, and tells the officer. */
async function undeclared(context: Context, { run }: { readonly run: string }): Promise<Progress> {
  const found = await (await loadSystem('firestore', context)).undeclared?.(run);
  if (found === undefined) return { settled: [] };
  const [collections, below] = [found.collections.slice(0, MOST_NAMED), found.below.slice(0, MOST_NAMED)];
  const more = found.collections.length + found.below.length - collections.length - below.length;
  const { records } = found;
  await reportUndeclared(context.clients.own(), run, { collections, below, records, ...(more > 0 ? { more } : {}) });
  const count = collections.length + below.length + more;
  if (count > 0) context.log.warn('the database has what the policy does not declare', { run, count });
  return { settled: [] };
}

export function retentionRunner(context: Context): Runner {
  /** Says in the run's document that a job waits for an officer. */
  const blocked = async (step: string, job: SweepJob, window?: number | typeof UNDATED): Promise<void> => {
    const error = `${step}: ${errorOf(step, job)}`;
    const state = { state: 'blocked', error, ...defined({ window }) } as const;
    await report(context.clients.own(), job.input.run, sweepKey(job.input), state, context.now());
  };
  return runnerOf(
    nightJobs.runner({
      plan: async ({ input }) => {
        await beginNight(context, input.scheduledAt);
        return { settled: [] };
      },
    }),
    sweepJobs.runner(
      { split: (job, run) => split(context, job, run), scan: (job, run) => scan(context, job, run) },
      { blocked: (step, job) => blocked(step, job, step === 'scan' ? UNDATED : undefined) },
    ),
    windowJobs.runner(
      { sweep: (job, run) => sweep(context, job, run) },
      { blocked: (step, job) => blocked(step, job, job.input.number) },
    ),
    undeclaredJobs.runner(
      { undeclared: (job) => undeclared(context, job.input) },
      {
        blocked: (step, job) => reportUndeclared(context.clients.own(), job.input.run, { error: errorOf(step, job) }),
      },
    ),
  );
}

const errorOf = (step: string, { steps }: Pick<Job, 'steps'>): string => steps[step]?.error?.code ?? 'unknown';

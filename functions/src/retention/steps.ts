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
import { NO_FIGURES, type Cursor, type Progress, type SweepFigures } from '../systems/system.ts';
import { sweepJob, sweepKey, windowJobsOf, type PlannedSweep } from './plan.ts';
import { openWindows, report, reportUndeclared, UNDATED, type Report } from './runs.ts';
import { beginNight } from './start.ts';

type SweepJob = JobOf<typeof sweepJobs>;
type WindowJob = JobOf<typeof windowJobs>;

/** The place in the sweep and its figures so far, in one cursor: a crash loses neither. */
interface Place {
  readonly page?: Cursor;
  readonly figures: SweepFigures;
}

async function place(context: Context, { record: id }: PlannedSweep) {
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
  if (scan !== undefined) jobs.push(sweepJob(run, planned, 'scan', job.dueAt));
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

/** A sweep or a scan under way: the rows that are asked for, and the place that it has reached. */
async function underWay(context: Context, job: SweepJob | WindowJob, { cursor, deadline }: Run) {
  const { record, field, cutoff, withFollowers = false } = job.input;
  const { page, figures }: Place = (cursor?.['place'] as Place | undefined) ?? { figures: NO_FIGURES };
  const held = await heldSubjects(context, record, job.createdAt);
  const until = Math.min(deadline, context.now() + WRITTEN_DOWN_EACH);
  const question = { policy: context.policy, now: context.now(), field, cutoff, held, withFollowers };
  return { ...question, figures, deadline: until, ...defined({ cursor: page }) };
}

/** Reports the end of a part of a sweep in its run. */
async function ended(
  context: Context,
  { input }: SweepJob | WindowJob,
  part: Omit<Extract<Report, { state: 'done' }>, 'state'>,
): Promise<Progress> {
  await report(context.clients.own(), input.run, sweepKey(input), { state: 'done', ...part }, context.now());
  const { deleted, anonymised, archived } = part.figures;
  return { settled: [{ record: input.record, count: deleted + anonymised + archived, outcome: 'done' }] };
}

/**
 * Ends the rows whose time has come, page by page. If the task's time is up, the next task goes on
 * from the cursor.
 */
async function sweep(context: Context, job: WindowJob, run: Run): Promise<Progress> {
  const { named, expire } = await place(context, job.input);
  const { number, window } = job.input;
  const { more, figures } = await expire(named, { ...(await underWay(context, job, run)), window });
  return more ? { more: { place: { page: more, figures } } } : ended(context, job, { window: number, figures });
}

/** The place at which a scan goes on in the next run: `retentionScans/{record}`. */
const scanRef = (context: Context, planned: PlannedSweep): DocumentReference =>
  context.clients.own().collection('retentionScans').doc(sweepKey(planned));

/**
 * Looks at rows without a usable time, from the end of the run before, as many as the policy allows
 * a run.
 */
async function scan(context: Context, job: SweepJob, run: Run): Promise<Progress> {
  const { named, system } = await place(context, job.input);
  const budget = named.record.undated?.scan;
  if (system.scan === undefined || budget === undefined)
    throw new PermanentError('no_scan', `rows of ${named.id} are not looked at one by one: the policy has changed`);
  const base = await underWay(context, job, run);
  const cursor = base.cursor ?? (await lastPlace(context, job.input));
  const { more, next, figures, scanned } = await system.scan(named, { ...base, budget, ...defined({ cursor }) });
  if (more) return { more: { place: { page: more, figures } } };
  const at = Timestamp.fromMillis(context.now());
  if (next) await scanRef(context, job.input).set({ ...next, at });
  else await scanRef(context, job.input).delete();
  return ended(context, job, { window: UNDATED, figures, scanned });
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

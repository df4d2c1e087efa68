import type { JobPlan } from '../jobs/catalog.ts';
import { sweepJobs, undeclaredJobs, windowJobs } from './job.ts';
import { DAY_MS, stampOf, type Instant } from '../platform/time.ts';
import { ComplianceError } from '../platform/errors.ts';
import { cutoff } from '../policy/calendar.ts';
import { sweepable } from '../policy/lookup.ts';
import type { Policy, RecordId } from '../policy/schema.ts';
import type { Window } from '../systems/windows.ts';

/** Systems whose rows a sweep can end by their time. */
const SWEPT_SYSTEMS: ReadonlySet<string> = new Set(['firestore', 'storage']);

/** One sweep of a run: a rule of a record, and the time up to which rows are over. */
export interface PlannedSweep {
  readonly record: RecordId;
  /** The number of the rule of the record's fate. */
  readonly rule: number;
  readonly field: string;
  readonly cutoff: Instant;
  /** Something was found below rows of this record: each row is asked for documents below it. */
  readonly withFollowers?: true | undefined;
}

/**
 * Plans the sweeps of a run at this moment: every rule of the policy that counts from a field and
 * ends something (Art. 5(1)(e)). Pure: the dry run prints it.
 */
export function planSweeps(policy: Policy, now: Instant): PlannedSweep[] {
  return sweepable(policy)
    .filter(({ record }) => SWEPT_SYSTEMS.has(record.system))
    .map(({ id, record, rule, field, from }) => ({
      record: id,
      rule: record.fate.indexOf(rule),
      field,
      cutoff: cutoff(rule.after, now, policy.controller, from),
    }));
}

/** Returns the sweeps of one record. @throws ComplianceError `retention.record` if it has none */
export function sweepsOf(policy: Policy, record: RecordId, now: Instant): PlannedSweep[] {
  const all = planSweeps(policy, now);
  const sweeps = all.filter((sweep) => sweep.record === record);
  if (sweeps.length > 0) return sweeps;
  const known = [...new Set(all.map((sweep) => sweep.record))].join(', ');
  throw new ComplianceError('retention.record', `no sweep ends rows of '${record}' by their time; there are: ${known}`);
}

/**
 * Returns the key of a sweep in its run's document: the record; further rules of the same record
 * have their number with them.
 */
export function sweepKey({ record, rule }: Pick<PlannedSweep, 'record' | 'rule'>): string {
  return rule === 0 ? record : `${record}_${rule}`;
}

/** When a run is to be over: before the next one begins. */
export const endOfRun = (scheduledAt: Instant): Instant => scheduledAt + DAY_MS;

/**
 * The id of a run: the second it was scheduled for, so that a schedule that fires twice is one run.
 */
export const runId = (scheduledAt: Instant): string => stampOf(scheduledAt);

/** The id of a run of one record, beside the nightly one. */
export const runIdOf = (record: RecordId, now: Instant): string => `${runId(now)}_${record}`;

/** Is this the id of a nightly run? */
export const isNightly = (id: string): boolean => !id.includes('_');

const idOf = (run: string, { record, rule }: PlannedSweep): string => `retention_${run}_${record}_${rule}`;

/**
 * Plans a job of a sweep: to find out how many windows it needs, or to look at rows without a
 * usable time. None waits for another, and one that cannot finish does not hold up the others.
 */
export function sweepJob(run: string, sweep: PlannedSweep, step: 'split' | 'scan', dueAt: Instant): JobPlan {
  return sweepJobs.plan({
    id: step === 'split' ? idOf(run, sweep) : `${idOf(run, sweep)}_undated`,
    input: { run, ...sweep },
    dueAt,
    steps: [{ id: step }],
  });
}

/** One job per window of a sweep: they run side by side, and each goes on by itself. */
export function windowJobsOf(run: string, sweep: PlannedSweep, windows: readonly Window[], dueAt: Instant): JobPlan[] {
  return windows.map((window, number) =>
    windowJobs.plan({
      id: `${idOf(run, sweep)}_w${number}`,
      input: { run, ...sweep, number, window },
      dueAt,
      steps: [{ id: 'sweep' }],
    }),
  );
}

/** Plans the job that looks for places that no policy declares. */
export function undeclaredJob(run: string, now: Instant): JobPlan {
  return undeclaredJobs.plan({
    id: `retention_${run}_undeclared`,
    input: { run },
    dueAt: endOfRun(now),
    steps: [{ id: 'undeclared' }],
  });
}

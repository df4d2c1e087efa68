import type { JobPlan } from '../../jobs/catalog.ts';
import { contractsJobs, lapseJobs } from '../job.ts';
import { createJob } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import { DAY_MS, type Instant } from '../../platform/time.ts';
import { cutoff, periodEnd } from '../../policy/calendar.ts';
import { fate, noFacts, type Facts } from '../../policy/fate.ts';
import { allRecords, recordOf, type NamedRecord } from '../../policy/lookup.ts';
import type { Period, Policy } from '../../policy/schema.ts';
import { runId } from '../plan.ts';

/**
 * Records that end because the contract of a person has ended, and time has passed since. Decisions
 * and plans; contracts/steps.ts does the work.
 */

/**
 * Returns the records that end by it. Never the sign-in record: an account ends by its erasure,
 * which takes everything with it.
 */
export const recordsLapsing = (policy: Policy): NamedRecord[] =>
  allRecords(policy).filter(({ record }) => record.system !== 'auth' && periodsOf(record.fate).length > 0);

const periodsOf = (fate: NamedRecord['record']['fate']): Period[] =>
  fate.flatMap(({ when, after, then }) =>
    'event' in when && when.event === 'contractEnded' && then.do !== 'retain' ? [after] : [],
  );

const allPeriods = (policy: Policy): Period[] => recordsLapsing(policy).flatMap(({ record }) => periodsOf(record.fate));

/** When the periods are over that count from the end of a contract, the first one first. */
export function lapseEnds(policy: Policy, endedAt: Instant): Instant[] {
  const ends = allPeriods(policy).map((after) => periodEnd(endedAt, after, policy.controller));
  return [...new Set(ends)].sort((a, b) => a - b);
}

/**
 * Returns the moment up to which a contract must have ended for anything to be over now; null if
 * nothing counts from it.
 */
export function lapsedSince(policy: Policy, now: Instant): Instant | null {
  const cutoffs = allPeriods(policy).map((after) => cutoff(after, now, policy.controller));
  return policy.contract?.ended === undefined || cutoffs.length === 0 ? null : Math.max(...cutoffs);
}

/**
 * Returns when a person's contract ended: the last end of all of their contracts. Null while one
 * runs (no end, or one in the future), or if there is none. Pure.
 *
 * @param ends the end that each row names, in epoch milliseconds; undefined: nothing that is a time
 */
export function contractEnd(ends: readonly (Instant | undefined)[], now: Instant): Instant | null {
  let last: Instant | null = null;
  for (const end of ends) {
    if (end === undefined || end > now) return null;
    last = Math.max(last ?? end, end);
  }
  return last;
}

/**
 * Did a person's contracts all end by a moment, as far as their rows say now? Without a row only if
 * the policy has ended the rows by now: anything else that took them away proves nothing. Pure.
 *
 * @param ends as of `contractEnd`
 */
export function haveEnded(
  policy: Policy,
  ends: readonly (Instant | undefined)[],
  { by, now }: { readonly by: Instant; readonly now: Instant },
): boolean {
  if (ends.length > 0) return ends.every((end) => end !== undefined && end <= by);
  const { record, ended } = policy.contract ?? {};
  if (record === undefined || ended === undefined) return false;
  const facts: Facts = { ...noFacts, values: { [ended]: by }, events: { contractEnded: by } };
  return fate(recordOf(policy, record), facts, now, policy.controller).kind === 'end';
}

/**
 * Plans the job that one person's end of contract leads to. The same end is one job, however many
 * nights find it.
 */
export const personJob = (
  { uid, pseudonym, endedAt }: { uid: string; pseudonym: string; endedAt: Instant },
  now: Instant,
): JobPlan =>
  lapseJobs.plan({
    id: `lapse_${pseudonym}_contractEnded_${runId(endedAt)}`,
    pseudonym,
    input: { uid, endedAt },
    dueAt: now + DAY_MS,
    steps: [{ id: 'records' }],
  });

/**
 * Starts tonight's look for contracts that have ended; a schedule that fires twice is one. A policy
 * in which nothing counts from the end of a contract has none.
 */
export async function startContracts(context: Context, scheduledAt: Instant): Promise<void> {
  if (lapsedSince(context.policy, scheduledAt) === null) return;
  const job = contractsJobs.plan({
    id: `lapse_${runId(scheduledAt)}`,
    input: { scheduledAt },
    dueAt: scheduledAt + DAY_MS,
    steps: [{ id: 'contracts' }],
  });
  await createJob(context, job);
}

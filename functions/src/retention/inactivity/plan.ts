import type { JobPlan } from '../../jobs/catalog.ts';
import { inactiveJobs, tellInactiveJobs } from '../job.ts';
import { createJob } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import { DAY_MS, type Instant } from '../../platform/time.ts';
import { addPeriod } from '../../policy/calendar.ts';
import type { Policy } from '../../policy/schema.ts';
import { runId } from '../plan.ts';

/**
 * Accounts that nobody uses (CNIL, practical guide on retention periods). After the policy's period
 * comes a notice, after the notice's period an erasure, unless the person is seen again. Decisions
 * and plans; inactivity/steps.ts does the work.
 */

/** Returns when an account ends if its person is told at this moment. */
export function endOfNotice(policy: Policy, toldAt: Instant): Instant {
  const { inactivity } = policy.rights;
  return inactivity === undefined ? Infinity : addPeriod(toldAt, inactivity.notice, policy.controller.timeZone);
}

/**
 * Plans tonight's look at the accounts: those found before, then those found now. A schedule that
 * fires twice is one.
 */
export const inactiveJob = (scheduledAt: Instant): JobPlan =>
  inactiveJobs.plan({
    id: `inactive_${runId(scheduledAt)}`,
    input: { scheduledAt },
    dueAt: scheduledAt + DAY_MS,
    steps: [{ id: 'found' }, { id: 'accounts', after: ['found'] }],
  });

/** The job that tells one person. The same finding is told once a night at most. */
export const tellJob = (
  { uid, pseudonym, lastActiveAt }: { uid: string; pseudonym: string; lastActiveAt: Instant },
  night: Instant,
): JobPlan =>
  tellInactiveJobs.plan({
    id: `inactive_tell_${pseudonym}_${runId(lastActiveAt)}_${runId(night).slice(0, 8)}`,
    pseudonym,
    input: { uid, lastActiveAt },
    dueAt: night + 7 * DAY_MS,
    steps: [{ id: 'tell' }],
  });

/** Starts tonight's look at the accounts; a policy that lets accounts be has none. */
export async function startInactive(context: Context, scheduledAt: Instant): Promise<void> {
  if (context.policy.rights.inactivity !== undefined) await createJob(context, inactiveJob(scheduledAt));
}

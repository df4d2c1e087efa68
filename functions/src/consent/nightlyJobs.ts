import type { JobPlan } from '../jobs/catalog.ts';
import { createJob, loadJob } from '../jobs/store.ts';
import { canMail } from '../messages/mail.ts';
import { DAY_MS, stampOf, type Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { startOfDate } from '../policy/calendar.ts';
import { versionInForce, versionsAt } from '../policy/versions/inForce.ts';
import type { Config } from '../platform/params.ts';
import { announceJobs, reconcileJobs, reconsentJobs } from './job.ts';

/** The id of the job that compares documents, and statements, with the ledger. */
export const reconcileId = (scheduledAt: Instant): string => `reconcile_${stampOf(scheduledAt)}`;

type Versioned = Parameters<typeof versionInForce>[0];

/** The job that is once for each version of the policy that takes effect. */
export const versionJob = (policy: Versioned, now: Instant): string =>
  `reconsent_version_${versionInForce(policy, now)}`;

/**
 * Plans the nightly work on consents, as plain data. First the comparison of the documents with the
 * ledger. Once for each version of the policy that takes effect, everybody whose document agreed to
 * an older text, or so long ago that no night has looked for it. Most of them are not to be asked,
 * since a version ends some consents only: no night goes through them a second time. Last, every
 * night, the heads whose consents are due; they find whoever was left out before.
 */
export function dailyJobs(
  policy: Versioned,
  config: Pick<Config, 'reconcileAfterMs' | 'reconcileDays'>,
  scheduledAt: Instant,
): JobPlan[] {
  const id = stampOf(scheduledAt);
  const dueAt = scheduledAt + DAY_MS;
  const input = { scheduledAt };
  const from = scheduledAt - config.reconcileDays * DAY_MS;
  const to = scheduledAt - config.reconcileAfterMs;
  return [
    reconcileJobs.plan({
      id: reconcileId(scheduledAt),
      input: { ...input, from, to },
      dueAt,
      steps: [
        { id: 'documents' },
        { id: 'protection' },
        { id: 'statements', after: ['protection'] },
        { id: 'shown', after: ['documents', 'protection'] },
      ],
    }),
    reconsentJobs.plan({
      id: versionJob(policy, scheduledAt),
      input,
      dueAt,
      steps: [{ id: 'older' }, { id: 'everOverdue', after: ['older'] }],
    }),
    reconsentJobs.plan({
      id: `reconsent_${id}`,
      input,
      dueAt,
      steps: [
        { id: 'overdue' },
        { id: 'headsOverdue', after: ['overdue'] },
        { id: 'headsOlder', after: ['headsOverdue'] },
      ],
    }),
  ];
}

/**
 * How long after its announcement a version is told. A job that is over lives for a year: nobody
 * is told again because it is forgotten.
 */
const TOLD_FOR_MS = 360 * DAY_MS;

/**
 * Plans the jobs that tell everybody of a version of the policy (Art. 13(3), 14(4)), once for each.
 * Told are the one in force, also if it was deployed after its day, and the next one. The first
 * version of a policy changed nothing. The app alone tells new words; it also tells every change of
 * a deployment that sends no mail. If that one sends mail later, a job of its own does. Pure.
 */
export function announcements(policy: Versioned, now: Instant, sendsMail: boolean): JobPlan[] {
  const { timeZone } = policy.controller;
  const { inForce, announced } = versionsAt(policy, now);
  return [inForce, ...(announced === undefined ? [] : [announced.version])].flatMap((version) => {
    const change = policy.changes?.[version];
    if (change === undefined || now >= startOfDate(change.announced ?? version, timeZone) + TOLD_FOR_MS) return [];
    const id = `announce_${version}${sendsMail && change.kind !== 'wording' ? '' : '_app'}`;
    const dueAt = startOfDate(version, timeZone);
    return [announceJobs.plan({ id, input: { version }, dueAt, steps: [{ id: 'announce' }] })];
  });
}

/**
 * Starts the nightly work on consents. A schedule that fires twice, or late, is one; a job that
 * exists is enqueued again, which is harmless.
 *
 * @param scheduledAt epoch milliseconds for which it was scheduled
 */
export async function startConsentDaily(context: Context, scheduledAt: Instant): Promise<void> {
  const telling = announcements(context.policy, scheduledAt, canMail(context));
  // One after the other: the last waits for the jobs before it, and must find them.
  for (const plan of dailyJobs(context.policy, context.config, scheduledAt)) await createJob(context, plan);
  await Promise.all([
    ...telling.map((plan) => createJob(context, plan)),
    ...telling.filter(({ dueAt }) => dueAt <= scheduledAt).map(({ id }) => unlessTold(context, id)),
  ]);
}

/** Logs an error each night while a version is in force and not everybody is told of it. */
async function unlessTold(context: Context, id: string): Promise<void> {
  const job = await loadJob(context, id);
  if (job?.status === 'completed' || job?.status === 'cancelled') return;
  context.log.error('a version of the policy is in force, and not everybody is told of it', { job: id });
}

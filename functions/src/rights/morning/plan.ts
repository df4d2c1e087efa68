import type { JobPlan } from '../../jobs/catalog.ts';
import { createJob } from '../../jobs/store.ts';
import type { Context } from '../../platform/context.ts';
import type { Config } from '../../platform/params.ts';
import { DAY_MS, HOUR_MS, utcDay, type Instant } from '../../platform/time.ts';
import { sendsMail } from '../../policy/lookup.ts';
import type { Policy } from '../../policy/schema.ts';
import { morningJobs } from './job.ts';

/** The night's work begins at three, and most of it has ended so much later. */
const AFTER_THE_NIGHT_MS = 3 * HOUR_MS;

/** Without a sender, an address or a policy with mail, no morning is planned. Pure. */
export const isMorningOn = (policy: Policy, config: Pick<Config, 'officerEmail' | 'brevoSender'>): boolean =>
  config.officerEmail !== undefined && config.brevoSender !== undefined && sendsMail(policy);

/**
 * Plans the e-mail of a morning: one for each day (UTC), however often the schedule fires. Pure.
 *
 * @param scheduledAt epoch milliseconds for which the nightly schedule fired
 */
export function morningJob(scheduledAt: Instant): JobPlan {
  const at = scheduledAt + AFTER_THE_NIGHT_MS;
  return morningJobs.plan({
    id: `morning_${utcDay(scheduledAt)}`,
    input: { at },
    wakeAt: at,
    dueAt: at + DAY_MS,
    steps: [{ id: 'send' }],
  });
}

/** Plans the e-mail of the morning after a night, if the officers get one. */
export async function startMorning(context: Context, scheduledAt: Instant): Promise<void> {
  if (isMorningOn(context.policy, context.config)) await createJob(context, morningJob(scheduledAt));
}

import type { Runner } from '../../jobs/catalog.ts';
import type { JobOf } from '../../jobs/define.ts';
import type { Run } from '../../jobs/types.ts';
import { tellOfficers } from '../../messages/morning.ts';
import type { Context } from '../../platform/context.ts';
import { DAY_MS } from '../../platform/time.ts';
import type { Progress } from '../../systems/system.ts';
import { countMorning } from './count.ts';
import { morningJobs } from './job.ts';
import { isMorningOn } from './plan.ts';

/**
 * Sends the e-mail of a morning. The first run only notes when it began: an attempt that dies after
 * it may have sent it. A second one within the life of Brevo's key sends nothing; later, Brevo's
 * own log is asked first. A morning that is over is not told: the next one says more.
 */
async function send(context: Context, job: JobOf<typeof morningJobs>, { cursor }: Run): Promise<Progress> {
  const { officerEmail: to, officerLanguage: language } = context.config;
  const { at } = job.input;
  if (to === undefined || !isMorningOn(context.policy, context.config) || context.now() >= at + DAY_MS)
    return { settled: [] };
  const since = cursor?.['since'];
  if (typeof since !== 'number') return { more: { since: context.now() } };
  const counts = await countMorning(context, at);
  const result = await tellOfficers(context, { id: job.id, to, language, at, since, counts });
  return { settled: [], figures: { [result]: 1 } };
}

export const morningRunner = (context: Context): Runner =>
  morningJobs.runner({ send: (job, run) => send(context, job, run) });

import type { UserRecord } from 'firebase-admin/auth';
import { throughAccounts } from '../../jobs/accountPages.ts';
import type { JobOf } from '../../jobs/define.ts';
import { fewAtOnce } from '../../jobs/pages.ts';
import { createJob } from '../../jobs/store.ts';
import type { Run } from '../../jobs/types.ts';
import { latestHead } from '../../ledger/find.ts';
import { showState } from '../../ledger/shown/show.ts';
import { policyNoticeJobs } from '../../messages/job.ts';
import { canMail } from '../../messages/mail.ts';
import type { Context } from '../../platform/context.ts';
import { DAY_MS, type Instant } from '../../platform/time.ts';
import { startOfDate } from '../../policy/calendar.ts';
import { versionsAt } from '../../policy/versions/inForce.ts';
import { accountCreatedAt, isUid } from '../../subject/identity.ts';
import { pseudonymOf } from '../../subject/pseudonym.ts';
import type { Progress } from '../../systems/system.ts';
import type { announceJobs } from '../job.ts';

/** Messages that are begun a time. */
const AT_ONCE = 8;

/**
 * Tells the people of a version before it takes effect, or as soon as possible after it. One night
 * tells so many, by a page of accounts at least, and the next night goes on. An account that was
 * made after the announcement is told nothing: the app shows its person the text.
 *
 * By mail each account gets one job of a message, whose id makes it once for a person and version.
 * The message itself leaves out erased people and waits for restricted ones (messages/steps.ts).
 * New words alone, and a deployment that sends no mail, reach the person's app only.
 */
export async function announce(context: Context, job: JobOf<typeof announceJobs>, run: Run): Promise<Progress> {
  const { version } = job.input;
  const { inForce, announced } = versionsAt(context.policy, context.now());
  // The announcement was taken back, or a later version counts by now.
  if (version !== announced?.version && version !== inForce) return { settled: [] };
  const { changes, controller } = context.policy;
  const since = startOfDate(changes?.[version]?.announced ?? version, controller.timeZone);
  const byMail = canMail(context) && changes?.[version]?.kind !== 'wording';
  if (run.cursor === undefined && !byMail)
    context.log.info('a version of the policy is told by the app alone', { version });
  const before = Number(run.cursor?.['before'] ?? 0);
  const { count, more } = await throughAccounts(
    context,
    run,
    async (page) => {
      const told = page.filter((user) => isTold(user, since));
      await fewAtOnce(told, AT_ONCE, ({ uid }) => (byMail ? begin(context, uid, version) : show(context, uid)));
      return told.length;
    },
    (sum) => sum - before >= context.config.announcementsPerNight,
  );
  const record = byMail ? 'notifications' : 'privacyState';
  if (more === undefined) return { settled: [{ record, count, outcome: 'done', how: 'changed' }] };
  if (count - before < context.config.announcementsPerNight) return { more: { ...more, before } };
  return {
    wait: context.now() + DAY_MS,
    why: `${count} people are told of the version ${version}, and as many as a night takes`,
    cursor: { ...more, before: count },
  };
}

const isTold = (user: UserRecord, since: Instant): boolean =>
  isUid(user.uid) && !user.disabled && (accountCreatedAt(user) ?? -Infinity) * 1000 < since;

/** Shows the version in the person's app. Costs 1 read and 1 write. */
async function show(context: Context, uid: string): Promise<void> {
  await showState(context, uid, (await latestHead(context, uid)).head);
}

async function begin(context: Context, uid: string, version: string): Promise<void> {
  const pseudonym = pseudonymOf(uid, context.keys);
  await createJob(
    context,
    policyNoticeJobs.plan({
      id: `policy_${version}_${pseudonym}`,
      pseudonym,
      input: { uid, notice: 'policy', version },
      dueAt: context.now() + DAY_MS,
      steps: [{ id: 'prepare' }, { id: 'tell', after: ['prepare'] }],
    }),
  );
}

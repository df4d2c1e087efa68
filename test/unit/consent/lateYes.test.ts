import { Timestamp } from 'firebase-admin/firestore';
import { expect, it } from 'vitest';
import { dailyJobs } from '../../../functions/src/consent/nightlyJobs.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { reconcileRunner } from '../../../functions/src/consent/reconcile.ts';
import { createJob } from '../../../functions/src/jobs/store.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { DAY_MS, HOUR_MS } from '../../../functions/src/platform/time.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../requests/helpers.ts';
import { withTexts } from './texts.ts';

/** Consents to an older text are looked for once for each version, and daily if they came late. */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const OLD_TEXT = '2024-01-01';
const policy = withTexts(OLD_TEXT);
const config = { reconcileAfterMs: 1000, reconcileDays: 3 };

it('everybody who agreed to an older text is gone through once for each version, and in no other night', () => {
  const nights = [NOW, NOW + DAY_MS, NOW + 2 * DAY_MS].map((at) => dailyJobs(policy, config, at));
  const through = nights.map((jobs) =>
    jobs.filter(({ steps }) => steps.some(({ id }) => id === 'headsOlder')).map(({ id }) => id),
  );
  expect(through).toEqual(nights.map(() => [`reconsent_version_${policy.version}`]));
});

it.each([true, false])(
  'a yes to an older text that comes late is asked again the next night (known: %s)',
  async (known) => {
    const context = { ...testContext(NOW), policy };
    const pseudonym = pseudonymOf('kim', context.keys);
    if (known)
      await learn(context, { uid: 'kim', pseudonym, accountCreatedAt: 1, verifiedEmails: [], providerIds: {} });
    const answer = { granted: true, source: 'app', updatedAt: Timestamp.fromMillis(NOW) };
    for (const [key, policyVersion] of [
      ['analytics', OLD_TEXT],
      ['messages', policy.version],
    ] as const) {
      const after = { ...answer, policyVersion };
      await onConsentWritten(context, { id: key, uid: 'kim', key, before: undefined, after, writtenAt: NOW });
    }
    context.time.now = NOW + HOUR_MS;
    const [night] = dailyJobs(policy, config, context.time.now);
    if (night === undefined) throw new Error('no night');
    await createJob(context, night);
    await runJob(context, { reconcile: async () => reconcileRunner(context) }, night.id);
    const { head } = await latestHead(context, 'kim');
    expect(head.current).toMatchObject({ analytics: 'expired', messages: 'given' });
    const asks = (await context.own.collection('jobs').get()).docs.filter(({ id }) => id.startsWith('ask_'));
    expect(asks).toHaveLength(known ? 1 : 0);
  },
);

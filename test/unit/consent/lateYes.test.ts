import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { dailyJobs, startConsentDaily, versionJob } from '../../../functions/src/consent/nightlyJobs.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { reconcileRunner } from '../../../functions/src/consent/reconcile.ts';
import { reconsentRunner } from '../../../functions/src/consent/reconsent.ts';
import { createJob, loadJob } from '../../../functions/src/jobs/store.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../requests/helpers.ts';
import { withTexts } from './texts.ts';

/**
 * Consents to an older text are looked for among all documents once for each version. The heads
 * that are due are looked for every night, so that nobody is left out for good.
 */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const OLD_TEXT = '2024-01-01';
const OLDER_TEXT = '2023-06-01';
const policy = withTexts(OLD_TEXT, OLDER_TEXT);

const newContext = () => ({ ...testContext(NOW), policy });
let context = newContext();
beforeEach(() => void (context = newContext()));

const learnKim = () =>
  learn(context, {
    uid: 'kim',
    pseudonym: pseudonymOf('kim', context.keys),
    accountCreatedAt: 1,
    verifiedEmails: [],
    providerIds: {},
  });

/** Kim agrees to `analytics` in the older text, and to `messages` in the one in force. */
async function agree(at: number, isDocumentThere = false): Promise<void> {
  const answer = { granted: true, source: 'app', updatedAt: Timestamp.fromMillis(at) };
  for (const [key, policyVersion] of [
    ['analytics', OLD_TEXT],
    ['messages', policy.version],
  ] as const) {
    const after = { ...answer, policyVersion };
    if (isDocumentThere) await context.app.doc(`users/kim/consents/${key}`).set(after);
    await onConsentWritten(context, { id: key, uid: 'kim', key, before: undefined, after, writtenAt: at });
  }
}

/** Starts a night and runs its jobs, in the order in which they are given. */
async function night(at: number, order: 'as planned' | 'heads first' = 'as planned'): Promise<void> {
  context.time.now = at;
  await startConsentDaily(context, at);
  const runners = {
    reconcile: async () => reconcileRunner(context),
    reconsent: async () => reconsentRunner(context),
  };
  const ids = dailyJobs(policy, context.config, at).map(({ id }) => id);
  for (const id of order === 'as planned' ? ids : [...ids].reverse()) await runJob(context, runners, id);
  context.time.now += 2 * context.config.pollMs;
  for (const id of ids) await runJob(context, runners, id);
}

const current = async () => (await latestHead(context, 'kim')).head.current;
const asks = async () =>
  (await context.own.collection('jobs').get()).docs.filter(({ id }) => id.startsWith('ask_')).length;

it('documents with an older text are gone through once for each version, and in no other night', () => {
  const nights = [NOW, NOW + DAY_MS, NOW + 2 * DAY_MS].map((at) => dailyJobs(policy, context.config, at));
  const through = nights.map((jobs) =>
    jobs.filter(({ steps }) => steps.some(({ id }) => id === 'older')).map(({ id }) => id),
  );
  expect(through).toEqual(nights.map(() => [versionJob(policy, NOW)]));
});

describe('a yes to an older text', () => {
  it.each([true, false])('that comes late is asked again the next night (known: %s)', async (known) => {
    await night(NOW);
    if (known) await learnKim();
    await agree(NOW + 1);
    await night(NOW + DAY_MS);
    expect(await current()).toMatchObject({ analytics: 'expired', messages: 'given' });
    expect(await asks()).toBe(known ? 1 : 0);
  });

  it('that came while no night ran is asked again by the first one after, however late it is', async () => {
    await night(NOW);
    await learnKim();
    await agree(NOW + DAY_MS);
    await night(NOW + 40 * DAY_MS);
    expect(await current()).toMatchObject({ analytics: 'expired', messages: 'given' });
    expect(await asks()).toBe(1);
  });

  it('in a head that nobody could read in the night of the version is asked again once it is put back', async () => {
    await learnKim();
    await agree(NOW, true);
    const { chain } = await latestHead(context, 'kim');
    const head = context.own.doc(`ledger/${chain}`);
    const right = (await head.get()).data() ?? {};
    await head.set({ ...right, current: { analytics: 'refused' } });
    await night(NOW + DAY_MS);
    expect(context.logged.filter((line) => line.startsWith('a person is left out'))).not.toEqual([]);
    await head.set(right);
    await night(NOW + 30 * DAY_MS);
    expect(await current()).toMatchObject({ analytics: 'expired', messages: 'given' });
    expect(await asks()).toBe(1);
  });

  it('of a person whom only a document names is left to that: the heads wait, and the person is asked', async () => {
    await agree(NOW - 10_000, true);
    await night(NOW, 'heads first');
    expect(await current()).toMatchObject({ analytics: 'expired', messages: 'given' });
    expect(await asks()).toBe(1);
  });

  it('waits for the job of a version that took effect while the night’s job was late', async () => {
    const texts = policy.notices[policy.version] ?? {};
    const flip = new Date(NOW + DAY_MS).toISOString().slice(0, 10);
    const next = { ...policy, version: flip, notices: { ...policy.notices, [flip]: texts } };
    await night(NOW);
    const [late] = dailyJobs(policy, context.config, NOW + DAY_MS / 2).slice(-1);
    if (late === undefined) throw new Error('no job of the heads');
    await createJob(context, late);
    Object.assign(context, { policy: next });
    context.time.now = NOW + 1.5 * DAY_MS;
    await runJob(context, { reconsent: async () => reconsentRunner(context) }, late.id);
    const { steps } = (await loadJob(context, late.id)) ?? {};
    expect(steps).toMatchObject({ overdue: { state: 'done' } });
    expect(Object.values(steps ?? {}).filter(({ state }) => state === 'done').length).toBe(1);
  });
});

/** Kim says yes to the text in force, of which no event tells yet. */
async function agreeAnew(at: number, more: object = {}): Promise<{ deliver: () => Promise<void> }> {
  const ref = context.app.doc('users/kim/consents/analytics');
  const before = (await ref.get()).data();
  const updatedAt = Timestamp.fromMillis(at);
  const after = { granted: true, policyVersion: policy.version, source: 'app', updatedAt, ...more };
  await ref.set(after);
  return {
    deliver: () =>
      onConsentWritten(context, { id: 'anew', uid: 'kim', key: 'analytics', before, after, writtenAt: at }),
  };
}

describe('a yes to the text in force whose event is on its way', () => {
  it('is not expired by the night of the old one, and stands once its event comes', async () => {
    await agree(NOW - 3 * DAY_MS, true);
    await learnKim();
    const { deliver } = await agreeAnew(NOW - 1);
    await night(NOW);
    expect(await current()).toMatchObject({ analytics: 'given' });
    await deliver();
    expect(await current()).toMatchObject({ analytics: 'reconfirmed' });
    await night(NOW + DAY_MS);
    expect([await current(), await asks()]).toMatchObject([{ analytics: 'reconfirmed' }, 0]);
  });

  it('is found by the next night if its event was lost', async () => {
    await agree(NOW - 3 * DAY_MS, true);
    await learnKim();
    await agreeAnew(NOW - 1);
    await night(NOW);
    await night(NOW + DAY_MS);
    expect([await current(), await asks()]).toMatchObject([{ analytics: 'reconfirmed' }, 0]);
  });

  it.each([
    ['a no', { granted: false }],
    ['a yes to the old text', { policyVersion: OLD_TEXT }],
    ['a yes to another old text', { policyVersion: OLDER_TEXT }],
    ['a yes that cannot be read', { policyVersion: 1 }],
    ['a yes of long ago', { updatedAt: Timestamp.fromMillis(NOW - 4 * DAY_MS) }],
    ['none', { updatedAt: 'never' }],
  ])('%s is none: the consent expires', async (_, more) => {
    await agree(NOW - 5 * DAY_MS, true);
    await learnKim();
    await agreeAnew(NOW - 1, more);
    await night(NOW);
    expect(await current()).toMatchObject({ analytics: 'expired' });
  });
});

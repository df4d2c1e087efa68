import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { SERVICE_STEPS } from '../../../../functions/src/consent/effects.ts';
import type { ChangeJob } from '../../../../functions/src/consent/job.ts';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { onConsentWritten } from '../../../../functions/src/consent/recordDecision.ts';
import { followService } from '../../../../functions/src/consent/service.ts';
import { erasureJobs } from '../../../../functions/src/erasure/job.ts';
import { erasureId } from '../../../../functions/src/erasure/plan.ts';
import { wantedFrom } from '../../../../functions/src/erasure/starts/wanted.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { asPublished } from '../../../kit/amikeo.ts';
import { testContext } from '../../requests/helpers.ts';

/** An account that rests on two consents: each no ends it, and a yes to both takes that back. */

const NOW = Date.parse('2026-03-01T09:00:00Z');
const VERSION = '2026-02-01';
const SERVICES = ['coreService', 'secondService'];
const published = asPublished(amikeo, VERSION);
const { coreService } = published.purposes;
if (coreService === undefined) throw new Error('no service');
const texts = published.notices[VERSION] ?? {};
const policy = {
  ...published,
  purposes: { ...published.purposes, secondService: coreService },
  notices: { ...published.notices, [VERSION]: { ...texts, secondService: texts['coreService'] ?? {} } },
};

function person() {
  const context = { ...testContext(NOW), policy };
  const id = erasureId({ pseudonym: pseudonymOf('ada', context.keys), accountCreatedAt: null });
  /** Writes the answer; its event comes later, or never. */
  const write = async (purpose: string, granted: boolean) => {
    const at = (context.time.now += 60_000);
    const document = context.app.doc(`users/ada/consents/${purpose}`);
    const before = (await document.get()).data();
    const after = { granted, policyVersion: VERSION, source: 'app', updatedAt: Timestamp.fromMillis(at) };
    await document.set(after);
    return { id: `e${at}`, uid: 'ada', key: purpose, before, after, writtenAt: at };
  };
  const say = async (purpose: string, granted: boolean): Promise<void> => {
    await onConsentWritten(context, await write(purpose, granted));
    await followService(context, { input: { uid: 'ada', purpose } } as ChangeJob, SERVICE_STEPS.account);
  };
  const wanted = async () =>
    wantedFrom(context, erasureJobs.read((await loadJob(context, id)) as Job), reconcilePerson);
  return { write, say, wanted };
}

describe('an erasure after a no to both consents that the account rests on', () => {
  it('is not wanted after a yes to both, although both events are late', async () => {
    const { write, say, wanted } = person();
    for (const granted of [true, false]) for (const purpose of SERVICES) await say(purpose, granted);
    expect(await wanted()).not.toBe(null);
    for (const purpose of SERVICES) await write(purpose, true);
    expect(await wanted()).toBe(null);
  });

  it.each(SERVICES)('is wanted after a yes to %s alone', async (purpose) => {
    const { write, say, wanted } = person();
    for (const granted of [true, false]) for (const one of SERVICES) await say(one, granted);
    await write(purpose, true);
    expect(await wanted()).not.toBe(null);
  });
});

import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { announcements } from '../../../functions/src/consent/nightlyJobs.ts';
import { reconsentRunner } from '../../../functions/src/consent/reconsent.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { beginErasure } from '../../../functions/src/ledger/erasure.ts';
import { noticeRunner } from '../../../functions/src/messages/steps.ts';
import { Timestamp } from 'firebase-admin/firestore';
import { changing } from '../../kit/amikeo.ts';
import { faults } from '../../kit/providers.ts';
import { state } from '../../kit/sealed/statements.ts';
import { auth, freshUid } from '../../kit/suite.ts';
import { chain, DAY, drive, jobsOf, openNight } from '../retention/nightly.ts';
import { inbox } from './reconsented.ts';

/** An announced version of the policy: the message to each account, with the suite's mail. */

const day = (ms: number): string => new Date(Date.now() + ms).toISOString().slice(0, 10);
const VERSION = day(30 * DAY);
const policy = changing(amikeo, VERSION, ['analytics'], day(-5 * DAY));
const night = openNight('announced', policy);
const { context } = night;
const uids: string[] = [];
afterAll(async () => {
  await auth.deleteUsers(uids);
  await night.end();
});
afterEach(() => faults('brevo'));

async function person(locale: string, emailVerified = true) {
  const uid = freshUid();
  uids.push(uid);
  const email = `${uid.toLowerCase()}@example.com`;
  const metadata = { creationTime: new Date(Date.now() - 90 * DAY).toUTCString() };
  await auth.importUsers([{ uid, email, emailVerified, metadata }]);
  await night.app.doc(`users/${uid}`).set({ locale });
  return { uid, email };
}

/** Tonight's job tells everybody; returns the job of one person's message. */
async function announced(uid: string): Promise<Job> {
  const [plan] = announcements(policy, night.now(), true);
  if (plan === undefined) throw new Error('nothing is announced');
  await drive(reconsentRunner(context), 'announce', newJob(plan, night.now()));
  const [job, ...more] = await jobsOf(night, uid);
  if (job === undefined || more.length > 0) throw new Error(`${more.length + 1} messages for one person`);
  return job;
}
const deliver = async (job: Job): Promise<unknown> => {
  await noticeRunner(context).run('prepare', job, { deadline: 0 });
  return noticeRunner(context).run('tell', job, { deadline: 0 });
};
const status = async (job: Job): Promise<unknown> =>
  (await night.own.doc(`notifications/${job.id}`).get()).get('status');

describe('a version that is announced', () => {
  it('is told once by e-mail, in the language of the person: the change, its day, the questions that come again', async () => {
    const { uid, email } = await person('en-GB');
    const job = await announced(uid);
    expect((await announced(uid)).id).toBe(job.id);
    for (let times = 0; times < 3; times++) await deliver(job);
    const [mail, ...more] = await inbox(email);
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('Auticiel: our text about your data changes');
    expect(mail?.body).toContain('Something is new.');
    expect(mail?.body).toContain('- Audience measurement');
    expect(mail?.body).toContain(VERSION.slice(0, 4));
    expect(await status(job)).toBe('sent');
    expect(JSON.stringify(job)).not.toContain(email);
    const french = await person('fr');
    await deliver(await announced(french.uid));
    expect((await inbox(french.email))[0]?.body).toContain('Quelque chose est nouveau.');
  });

  it.each(['429', '500', 'reset-before', 'reset-after'] as const)('is told once after %s of the call', async (kind) => {
    const { uid, email } = await person('fr');
    const job = await announced(uid);
    await faults('brevo', { method: 'POST', path: '/v3/smtp/email', body: email, kind });
    await expect(deliver(job)).rejects.toMatchObject({ code: expect.stringContaining('brevo.') });
    await deliver(job);
    await deliver(job);
    expect(await inbox(email)).toHaveLength(1);
  });

  it('is told to nobody who is being erased, later to a restricted person, and not to an unproven address', async () => {
    const erased = await person('fr');
    const job = await announced(erased.uid);
    const at = { at: night.now(), accountCreatedAt: 1 };
    await beginErasure(context, chain(night, erased.uid), { job: 'job', createdAt: 1 }, at);
    expect(await deliver(job)).toEqual({ settled: [] });
    expect(await status(job)).toBeUndefined();
    expect(await inbox(erased.email)).toEqual([]);

    const restricted = await person('fr');
    const waiting = await announced(restricted.uid);
    const ref = night.own.doc(`restrictions/${restricted.uid}`);
    await state({ own: night.own, keys: context.keys }, ref.path, { createdAt: Timestamp.now() });
    expect(await deliver(waiting)).toMatchObject({ wait: night.now() + DAY });
    expect(await inbox(restricted.email)).toEqual([]);
    await ref.delete();
    await deliver(waiting);
    expect(await inbox(restricted.email)).toHaveLength(1);

    const unproven = await person('fr', false);
    const none = await announced(unproven.uid);
    await deliver(none);
    expect(await status(none)).toBe('undeliverable');
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { askAgain } from '../../../functions/src/consent/askAgain.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { beginErasure } from '../../../functions/src/ledger/erasure.ts';
import { noticeRunner } from '../../../functions/src/messages/steps.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { faults } from '../../kit/providers.ts';
import { state } from '../../kit/sealed/statements.ts';
import { auth, standins } from '../../kit/suite.ts';
import { chain, consentAt, DAY, openNight, write } from '../retention/nightly.ts';
import { agreed, carryOut, inbox, LONG_AGO } from './reconsented.ts';

describe('the notice', () => {
  const night = openNight('notices');
  const { context, app } = night;
  afterAll(() => night.end());
  afterEach(() => faults('brevo'));

  const deliver = (job: Job, step = 'send', by: Context = context) => noticeRunner(by).run(step, job, { deadline: 0 });
  const notification = async (job: Job) => (await night.own.doc(`notifications/${job.id}`).get()).data();

  async function asked(locale?: { profile?: string; consent?: string }) {
    const more = locale?.consent === undefined ? {} : { locale: locale.consent };
    const someone = await agreed(night, LONG_AGO, ['messages', 'analytics'], more);
    if (locale?.profile !== undefined) await app.doc(`users/${someone.uid}`).set({ locale: locale.profile });
    await askAgain(context, someone.uid);
    const job = await carryOut(night, someone.uid);
    await deliver(job, 'queue');
    return { ...someone, job };
  }

  it('is one e-mail about everything that expired together, to the verified address', async () => {
    const { uid, email, job } = await asked({ profile: 'en-GB' });
    expect(await notification(job)).toMatchObject({ uid, kind: 'reconsent', status: 'queued', language: 'en' });
    for (let times = 0; times < 3; times++) await deliver(job);
    const [mail, ...more] = await inbox(email);
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('Auticiel: please answer again');
    expect(mail?.body).toContain('- Newsletters and offers by e-mail\n- Audience measurement');
    expect(await notification(job)).toMatchObject({ status: 'sent', sentAt: expect.any(Timestamp) });
    expect(JSON.stringify(job)).not.toContain(email);
  });

  it.each([
    ['the profile’s language', { profile: 'en', consent: 'fr' }, 'please answer again'],
    ['the consent’s where the profile says none', { consent: 'en-GB' }, 'please answer again'],
    ['the policy’s default where nobody says any', {}, 'merci de répondre à nouveau'],
    ['the policy’s default where there is no text in it', { profile: 'de-DE' }, 'merci de répondre à nouveau'],
  ])('is in %s', async (_, locale, subject) => {
    const { email, job } = await asked(locale);
    await deliver(job);
    expect((await inbox(email))[0]?.subject).toContain(subject);
  });

  it.each(['429', '500', '500-no-error', 'reset-before', 'reset-after', 'garbage'] as const)(
    'is sent once after %s of the call',
    async (kind) => {
      const { email, job } = await asked();
      await faults('brevo', { method: 'POST', path: '/v3/smtp/email', body: email, kind });
      await expect(deliver(job)).rejects.toMatchObject({ code: expect.stringContaining('brevo.') });
      await deliver(job);
      await deliver(job);
      expect(await inbox(email)).toHaveLength(1);
      expect(await notification(job)).toMatchObject({ status: 'sent' });
    },
  );

  it('is sent once if the answer was lost and the next attempt comes when Brevo knows its key no more: the log tells', async () => {
    const { email, job } = await asked();
    await faults('brevo', { method: 'POST', path: '/v3/smtp/email', body: email, kind: 'reset-after' });
    await expect(deliver(job)).rejects.toThrow();
    night.pass(16 * 60_000);
    await fetch(`${standins.brevo}/_control/requests`, { method: 'DELETE' });
    await deliver(job);
    const calls = (await (await fetch(`${standins.brevo}/_control/requests`)).json()) as {
      method: string;
      body: unknown;
    }[];
    const sent = calls.filter(({ method, body }) => method === 'POST' && JSON.stringify(body).includes(email));
    expect(sent).toEqual([]);
    expect(await inbox(email)).toHaveLength(1);
    expect(await notification(job)).toMatchObject({ status: 'sent' });
  });

  it('is sent after all if an attempt died before Brevo was asked, however long ago', async () => {
    const { email, job } = await asked();
    await night.own
      .doc(`notifications/${job.id}`)
      .update({ status: 'sending', sendingAt: Timestamp.fromMillis(night.now() - DAY) });
    await deliver(job);
    expect(await inbox(email)).toHaveLength(1);
  });

  it('that Brevo refuses is failed, and an officer can send it again', async () => {
    const { email, job } = await asked();
    const refused: Context = {
      ...context,
      config: { ...context.config, brevoSender: { name: 'AMIKEO', email: 'nowhere' } },
    };
    await expect(deliver(job, 'send', refused)).rejects.toMatchObject({ code: 'brevo.400' });
    expect(await notification(job)).toMatchObject({ status: 'failed', error: 'brevo.400' });
    await deliver(job);
    expect(await inbox(email)).toHaveLength(1);
  });

  it('goes to nobody who is being erased', async () => {
    const { uid, email, job } = await asked();
    await beginErasure(
      context,
      chain(night, uid),
      { job: 'job', createdAt: 1 },
      { at: night.now(), accountCreatedAt: 1 },
    );
    expect(await deliver(job)).toEqual({ settled: [] });
    await night.own.doc(`notifications/${job.id}`).delete();
    await deliver(job, 'queue');
    expect(await notification(job), 'nothing comes back').toBeUndefined();
    expect(await inbox(email)).toEqual([]);
  });

  it('waits while the person’s processing is restricted', async () => {
    const { uid, email, job } = await asked();
    await state({ own: night.own, keys: night.context.keys }, `restrictions/${uid}`, { createdAt: Timestamp.now() });
    expect(await deliver(job)).toMatchObject({ wait: night.now() + DAY });
    expect(await inbox(email)).toEqual([]);
    await night.own.doc(`restrictions/${uid}`).delete();
    await deliver(job);
    expect(await inbox(email)).toHaveLength(1);
  });

  it('is not sent to a person who has answered meanwhile; without a verified address it is undeliverable; without a sender it stays queued', async () => {
    const answered = await asked();
    for (const purpose of ['messages', 'analytics'])
      await (await write(night, answered.uid, purpose, consentAt(night.now() + 10, false))).deliver();
    await deliver(answered.job);
    expect(await notification(answered.job)).toMatchObject({ status: 'answered' });

    const unverified = await asked();
    await auth.updateUser(unverified.uid, { emailVerified: false });
    await deliver(unverified.job);
    expect(await notification(unverified.job)).toMatchObject({ status: 'undeliverable' });

    const nobody: Context = { ...context, config: { ...context.config, brevoSender: undefined } };
    const quiet = await asked();
    expect(await deliver(quiet.job, 'send', nobody)).toEqual({ settled: [] });
    expect(await notification(quiet.job)).toMatchObject({ status: 'queued' });
    for (const { email } of [answered, unverified, quiet]) expect(await inbox(email)).toEqual([]);
  });
});

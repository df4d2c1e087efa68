import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { askAgain } from '../../functions/src/consent/asking.ts';
import { reconsentRunner } from '../../functions/src/consent/reconsent.ts';
import { changeRunner } from '../../functions/src/consent/steps.ts';
import { createJob } from '../../functions/src/jobs/store.ts';
import type { Job } from '../../functions/src/jobs/types.ts';
import { beginErasure } from '../../functions/src/ledger/erasure.ts';
import { noticeRunner } from '../../functions/src/notices/steps.ts';
import type { Context } from '../../functions/src/platform/context.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { chain, consentAt, DAY, drive, jobsOf, openNight, told, tonight, write, type Night } from './nightly.ts';
import { writeSealed } from '../kit/seal.ts';
import { auth, chainOf, db, eventually, fireNightly, freshUid, own, pseudonym, standins } from '../kit/suite.ts';
import { state } from '../kit/statements.ts';

const LONG_AGO = 200 * DAY;

interface Sent {
  readonly subject: string;
  readonly body: string;
}
const brevo = async (path: string): Promise<Record<string, unknown>> =>
  (await (await fetch(`${standins.brevo}/v3/${path}`, { headers: { 'api-key': 'test' } })).json()) as never;
/** What the person was sent, as Brevo's log tells it. */
async function inbox(email: string): Promise<Sent[]> {
  const list = (await brevo(`smtp/emails?email=${encodeURIComponent(email)}`)) as {
    transactionalEmails?: { uuid: string }[];
  };
  return Promise.all(
    (list.transactionalEmails ?? []).map(async ({ uuid }) => (await brevo(`smtp/emails/${uuid}`)) as unknown as Sent),
  );
}
const faults = (list: object[]) =>
  fetch(`${standins.brevo}/_control/faults`, { method: 'PUT', body: JSON.stringify(list) });

/** Somebody who agreed, with an account whose address Auth verified. */
async function person(night: Night, ago: number, purposes: readonly string[], more: Record<string, unknown> = {}) {
  const email = `${freshUid()}@example.com`;
  const { uid } = await auth.createUser({ email, emailVerified: true });
  for (const purpose of purposes)
    await (await write(night, uid, purpose, consentAt(night.now() - ago, true, more))).deliver();
  const mark = async (purpose: string): Promise<unknown> =>
    (await night.app.doc(`users/${uid}/consents/${purpose}`).get()).get('reconsentRequired');
  return { uid, email, mark };
}

/** Everything that tonight's jobs do, step by step. */
async function wholeNight({ context, ...night }: Night): Promise<number> {
  let asked = 0;
  // That of the version comes first: the others wait for it.
  const jobs = tonight({ context, ...night }).filter(({ kind }) => kind === 'reconsent');
  for (const job of jobs.reverse())
    for (const step of Object.keys(job.steps))
      asked += (await drive(reconsentRunner(context), step, job))[0]?.count ?? 0;
  return asked;
}

const asking = async (night: Night, uid: string): Promise<Job[]> =>
  (await jobsOf(night, uid)).filter(({ id }) => id.startsWith('ask_'));
const noticesOf = async (night: Night, uid: string): Promise<Job[]> =>
  (await jobsOf(night, uid)).filter(({ kind }) => kind === 'notice');

/** Runs the job that asks a person again; answers the job of the notice. */
async function carryOut(night: Night, uid: string): Promise<Job> {
  for (const job of await asking(night, uid))
    for (const step of Object.keys(job.steps)) await changeRunner(night.context).run(step, job, { deadline: 0 });
  const [notice] = await noticesOf(night, uid);
  if (!notice) throw new Error('no notice');
  return notice;
}

describe('the notice', () => {
  const night = openNight('notices');
  const { context, app } = night;
  afterAll(() => night.end());
  afterEach(() => faults([]));

  const deliver = (job: Job, step = 'send', by: Context = context) => noticeRunner(by).run(step, job, { deadline: 0 });
  const notification = async (job: Job) => (await night.own.doc(`notifications/${job.id}`).get()).data();

  async function asked(locale?: { profile?: string; consent?: string }) {
    const more = locale?.consent === undefined ? {} : { locale: locale.consent };
    const someone = await person(night, LONG_AGO, ['messages', 'analytics'], more);
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

  it.each(['429', '500', '500-no-error', 'reset-before', 'reset-after', 'garbage'])(
    'is sent once after %s of the call',
    async (kind) => {
      const { email, job } = await asked();
      await faults([{ method: 'POST', path: '/v3/smtp/email', body: email, kind }]);
      await expect(deliver(job)).rejects.toMatchObject({ code: expect.stringContaining('brevo.') });
      await deliver(job);
      await deliver(job);
      expect(await inbox(email)).toHaveLength(1);
      expect(await notification(job)).toMatchObject({ status: 'sent' });
    },
  );

  it('is sent once where the answer was lost and the next attempt comes when Brevo knows its key no more: the log tells', async () => {
    const { email, job } = await asked();
    await faults([{ method: 'POST', path: '/v3/smtp/email', body: email, kind: 'reset-after' }]);
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

  it('is sent after all where an attempt died before Brevo was asked, however long ago', async () => {
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
    await beginErasure(context, chain(night, uid), { at: night.now(), accountCreatedAt: 1 });
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

  it('is not sent to who has answered meanwhile; without a verified address it is undeliverable; without a sender it stays queued', async () => {
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

/** Nights of their own, one for each group: in a group, one test after the other. */
describe.concurrent('a night', () => {
  describe('a consent whose period is over', { concurrent: false }, () => {
    const night = openNight('reconsent');
    const { app, context } = night;
    afterAll(() => night.end());

    it('expires with everything that follows from it, once however often the night comes', async () => {
      const { uid, mark } = await person(night, LONG_AGO, ['messages', 'analytics']);
      await (await write(night, uid, 'monitoring', consentAt(night.now() - DAY, true))).deliver();
      await wholeNight(night);
      await wholeNight(night);
      const { head, entries, lines } = await told(night, uid);
      expect(lines.slice(3)).toEqual(['messages expired', 'analytics expired']);
      expect(entries.slice(3)).toMatchObject([
        { actor: 'backend', reason: 'period', policyVersion: amikeo.version },
        { actor: 'backend', reason: 'period' },
      ]);
      expect(head.current).toEqual({ messages: 'expired', analytics: 'expired', monitoring: 'given' });
      const jobs = await jobsOf(night, uid);
      expect(jobs.filter(({ id }) => id.startsWith('ask_')).map(({ input }) => input['purposes'])).toEqual([
        ['messages', 'analytics'],
      ]);
      // Marketing was given, and is taken back: two jobs; nothing that rests on the consents ends.
      expect(
        jobs.filter(({ input }) => input['purpose'] === 'messages').map(({ steps }) => Object.keys(steps)),
      ).toEqual([['brevo'], ['brevo']]);
      expect(jobs.filter(({ input }) => input['purpose'] === 'analytics')).toEqual([]);
      await carryOut(night, uid);
      await carryOut(night, uid);
      expect([await mark('messages'), await mark('analytics'), await mark('monitoring')]).toEqual([
        true,
        true,
        undefined,
      ]);
      expect(await noticesOf(night, uid)).toHaveLength(1);
    });

    it('is found by the ledger alone where no document says it any more', async () => {
      const { uid } = await person(night, LONG_AGO, ['analytics']);
      const known = { pseudonym: chain(night, uid), verifiedEmails: [], providerIds: {} };
      await writeSealed(night.own.doc(`subjects/${uid}`), known, context.keys);
      await app.doc(`users/${uid}/consents/analytics`).delete();
      await wholeNight(night);
      expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics expired']);
      expect(await asking(night, uid)).toHaveLength(1);
    });

    it('of a person whom nobody knows expires all the same; there is nobody to ask', async () => {
      const { uid } = await person(night, LONG_AGO + 30 * DAY, ['analytics']);
      await app.doc(`users/${uid}/consents/analytics`).delete();
      await wholeNight(night);
      expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics expired']);
      expect(await asking(night, uid)).toEqual([]);
    });

    it('is left to the documents first: the heads wait while the job of the version is at work', async () => {
      const plan = tonight(night).find(({ id }) => id.startsWith('reconsent_version'));
      const heads = tonight(night).find(({ steps }) => 'headsOverdue' in steps);
      if (!plan || !heads) throw new Error('no job');
      await createJob(context, { ...plan, steps: [{ id: 'older' }] });
      const step = () => reconsentRunner(context).run('headsOverdue', heads, { deadline: 0 });
      expect(await step()).toMatchObject({ wait: expect.any(Number) });
      await writeSealed(night.own.doc(`jobs/${plan.id}`), { status: 'completed' }, context.keys);
      expect(await step()).toMatchObject({ settled: [{ outcome: 'done' }] });
    });

    it('of a chain that goes on under a new key is asked for there', async () => {
      const { uid } = await person(night, LONG_AGO, ['analytics']);
      const rotated: Context = { ...context, keys: { current: 2, keys: { ...context.keys.keys, 2: 'the next key' } } };
      const known = { pseudonym: chain(night, uid), verifiedEmails: [], providerIds: {} };
      await writeSealed(night.own.doc(`subjects/${uid}`), known, context.keys);
      await app.doc(`users/${uid}/consents/analytics`).delete();
      await wholeNight({ ...night, context: rotated });
      const former = await told(night, uid);
      expect(former.head.continuedBy).toBe(chain({ ...night, context: rotated }, uid));
      expect(former.head.askAgainAt).toBeUndefined();
      expect((await told({ ...night, context: rotated }, uid)).lines).toEqual(['analytics expired']);
      await wholeNight({ ...night, context: rotated });
      expect((await told({ ...night, context: rotated }, uid)).lines).toHaveLength(1);
    });

    it('whose event was lost is recorded first, and then asked again', async () => {
      const { uid } = await person(night, LONG_AGO, []);
      await write(night, uid, 'analytics', consentAt(night.now() - 190 * DAY, true));
      await wholeNight(night);
      expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics expired']);
    });

    it('a death after the ledger said so and before the document was marked is healed by the job that was written with it', async () => {
      const { uid, mark } = await person(night, LONG_AGO, ['analytics']);
      await askAgain(context, uid);
      expect(await mark('analytics')).toBeUndefined();
      await carryOut(night, uid);
      expect(await mark('analytics')).toBe(true);
    });

    it('a newer answer is never marked, and no notice is sent about it', async () => {
      const { uid, mark } = await person(night, LONG_AGO, ['analytics']);
      await askAgain(context, uid);
      const { deliver } = await write(night, uid, 'analytics', consentAt(night.now() + 5, false));
      const [job] = await asking(night, uid);
      if (!job) throw new Error('no job');
      await changeRunner(context).run('mark', job, { deadline: 0 });
      expect(await mark('analytics')).toBeUndefined();
      await deliver();
      await changeRunner(context).run('notify', job, { deadline: 0 });
      expect(await noticesOf(night, uid)).toEqual([]);
    });

    it('an answer that is written over the mark is a new one, and takes the mark away', async () => {
      const { uid, mark } = await person(night, LONG_AGO, ['analytics']);
      await askAgain(context, uid);
      await carryOut(night, uid);
      const again = consentAt(night.now() + 10, true, { reconsentRequired: true });
      await (await write(night, uid, 'analytics', again)).deliver();
      expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics expired', 'analytics reconfirmed']);
      expect(await mark('analytics')).toBeUndefined();
    });
  });

  describe('a new text of the policy', { concurrent: false }, () => {
    const texts = amikeo.notices[amikeo.version] ?? {};
    const later = { ...amikeo, version: '2026-06-01', notices: { ...amikeo.notices, '2026-06-01': texts } };
    const night = openNight('newtext', later);
    afterAll(() => night.end());

    it('asks everybody again who agreed to an older one, and nobody else, however many pages they are', async () => {
      const many = Array.from({ length: 310 }, () => freshUid());
      const [newer, refused] = [freshUid(), freshUid()];
      const when = night.now() - DAY;
      const batch = night.app.batch();
      const place = (uid: string) => night.app.doc(`users/${uid}/consents/interestBasedAdvertising`);
      for (const uid of many) batch.set(place(uid), consentAt(when, true));
      batch.set(place(newer), consentAt(when, true, { policyVersion: later.version }));
      batch.set(place(refused), consentAt(when, false));
      batch.set(night.app.doc(`teams/${newer}/consents/interestBasedAdvertising`), consentAt(when, true));
      await batch.commit();
      expect(await wholeNight(night)).toBe(310);
      expect(await wholeNight(night)).toBe(0);
      const [one = ''] = many;
      const { entries } = await told(night, one);
      expect(entries.map(({ state, reason }) => `${state} ${reason ?? ''}`)).toEqual([
        'given ',
        'expired policyVersion',
      ]);
      expect((await told(night, newer)).lines).toEqual([]);
      expect((await told(night, refused)).lines).toEqual([]);
    });

    it('is one job per version, and one a night for the rest', () => {
      const ids = tonight(night).map(({ id }) => id);
      expect(new Set(ids).size).toBe(3);
      expect(tonight(night).map(({ id }) => id)).toEqual(ids);
      night.pass(DAY);
      const tomorrow = tonight(night).map(({ id }) => id);
      expect(tomorrow.filter((id) => ids.includes(id))).toEqual(['reconsent_version_2026-06-01']);
    });
  });

  describe('in the suite', { concurrent: false }, () => {
    it('a night takes a marketing consent of last year off Brevo, asks the person once, and a new answer brings it back', async () => {
      const email = `${freshUid()}@example.com`;
      const { uid } = await auth.createUser({ email, emailVerified: true });
      const ref = db.doc(`users/${uid}/consents/messages`);
      const contact = async () =>
        (await brevo(`contacts/${encodeURIComponent(email)}?identifierType=email_id`)) as {
          emailBlacklisted?: boolean;
        };
      const old = { granted: true, policyVersion: '2025-06-15', source: 'app', locale: 'fr-FR' };
      await ref.set({ ...old, updatedAt: Timestamp.fromMillis(Date.now() - 185 * DAY) });
      await eventually(contact, ({ emailBlacklisted }) => emailBlacklisted === false);
      await fireNightly(
        async () => (await ref.get()).get('reconsentRequired') as unknown,
        (mark) => mark === true,
      );
      await eventually(contact, ({ emailBlacklisted }) => emailBlacklisted === true);
      const [mail, ...more] = await eventually(
        () => inbox(email),
        (all) => all.length > 0,
      );
      expect(more).toEqual([]);
      expect(mail?.subject).toContain('merci de répondre à nouveau');
      await ref.set({ ...old, updatedAt: FieldValue.serverTimestamp(), reconsentRequired: true });
      await eventually(contact, ({ emailBlacklisted }) => emailBlacklisted === false);
      await eventually(
        async () => (await ref.get()).get('reconsentRequired') as unknown,
        (mark) => mark === undefined,
      );
      const { head, entries } = await chainOf(pseudonym(uid));
      expect(head.current).toEqual({ messages: 'reconfirmed' });
      expect(entries.filter(({ kind }) => kind === 'consent').map(({ state }) => state)).toEqual([
        'given',
        'expired',
        'reconfirmed',
      ]);
      const notices = await own.collection('notifications').where('uid', '==', uid).get();
      expect(notices.docs.map((notice) => notice.get('status') as string)).toEqual(['sent']);
    });
  });
});

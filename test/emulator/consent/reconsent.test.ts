import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { askAgain } from '../../../functions/src/consent/askAgain.ts';
import { reconsentRunner } from '../../../functions/src/consent/reconsent.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { createJob } from '../../../functions/src/jobs/store.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { person } from '../../kit/person.ts';
import { contactOf } from '../../kit/providers.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { chainOf, db, eventually, fireNightly, freshUid, own, pseudonym } from '../../kit/suite.ts';
import { chain, consentAt, DAY, jobsOf, openNight, told, tonight, write } from '../retention/nightly.ts';
import { agreed, asking, carryOut, inbox, LONG_AGO, noticesOf, wholeNight } from './reconsented.ts';
import { AMIKEO_VERSION, changing } from '../../kit/amikeo.ts';

/** Nights of their own, one for each group: in a group, one test after the other. */
describe.concurrent('a night', () => {
  describe('a consent that is over its period', { concurrent: false }, () => {
    const night = openNight('reconsent');
    const { app, context } = night;
    afterAll(() => night.end());

    it('expires with everything that follows from it, once however often the night comes', async () => {
      const { uid, mark } = await agreed(night, LONG_AGO, ['messages', 'analytics']);
      await (await write(night, uid, 'monitoring', consentAt(night.now() - DAY, true))).deliver();
      await wholeNight(night);
      await wholeNight(night);
      const { head, entries, lines } = await told(night, uid);
      expect(lines.slice(3)).toEqual(['messages expired', 'analytics expired']);
      expect(entries.slice(3)).toMatchObject([
        { actor: 'backend', reason: 'period', policyVersion: AMIKEO_VERSION },
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
      // A recipient without an interface is told to stop.
      const stopped = jobs.filter(({ input }) => input['purpose'] === 'analytics');
      expect(stopped.map(({ input, steps }) => [input['tell'], ...Object.keys(steps)])).toEqual([
        ['stop', 'recipients', 'officers'],
      ]);
      await carryOut(night, uid);
      await carryOut(night, uid);
      expect([await mark('messages'), await mark('analytics'), await mark('monitoring')]).toEqual([
        true,
        true,
        undefined,
      ]);
      expect(await noticesOf(night, uid)).toHaveLength(1);
    });

    it('is found by the ledger alone if no document says it any more', async () => {
      const { uid } = await agreed(night, LONG_AGO, ['analytics']);
      const known = { pseudonym: chain(night, uid), verifiedEmails: [], providerIds: {} };
      await writeSealed(night.own.doc(`subjects/${uid}`), known, context.keys);
      await app.doc(`users/${uid}/consents/analytics`).delete();
      await wholeNight(night);
      expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics expired']);
      expect(await asking(night, uid)).toHaveLength(1);
    });

    it('of a person whom nobody knows expires all the same; there is nobody to ask', async () => {
      const { uid } = await agreed(night, LONG_AGO + 30 * DAY, ['analytics']);
      await app.doc(`users/${uid}/consents/analytics`).delete();
      await wholeNight(night);
      expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics expired']);
      expect(await asking(night, uid)).toEqual([]);
    });

    it('is left to the documents first: the heads wait while the job of the version is at work', async () => {
      const plan = tonight(night).find(({ id }) => id.startsWith('reconsent_version'));
      const heads = tonight(night).find(({ steps }) => 'headsOverdue' in steps);
      if (!plan || !heads) throw new Error('no job');
      await createJob(context, { ...plan, wakeAt: plan.createdAt, steps: [{ id: 'older' }] });
      const step = () => reconsentRunner(context).run('headsOverdue', heads, { deadline: 0 });
      expect(await step()).toMatchObject({ wait: expect.any(Number) });
      await writeSealed(night.own.doc(`jobs/${plan.id}`), { status: 'completed' }, context.keys);
      expect(await step()).toMatchObject({ settled: [{ outcome: 'done' }] });
    });

    it('of a chain that goes on under a new key is asked for there', async () => {
      const { uid } = await agreed(night, LONG_AGO, ['analytics']);
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

    it('with a lost event is recorded first, and then asked again', async () => {
      const { uid } = await agreed(night, LONG_AGO, []);
      await write(night, uid, 'analytics', consentAt(night.now() - 190 * DAY, true));
      await wholeNight(night);
      expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics expired']);
    });

    it('a death after the ledger said so and before the document was marked is healed by the job that was written with it', async () => {
      const { uid, mark } = await agreed(night, LONG_AGO, ['analytics']);
      await askAgain(context, uid);
      expect(await mark('analytics')).toBeUndefined();
      await carryOut(night, uid);
      expect(await mark('analytics')).toBe(true);
    });

    it('a newer answer is never marked, and no notice is sent about it', async () => {
      const { uid, mark } = await agreed(night, LONG_AGO, ['analytics']);
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
      const { uid, mark } = await agreed(night, LONG_AGO, ['analytics']);
      await askAgain(context, uid);
      await carryOut(night, uid);
      const again = consentAt(night.now() + 10, true, { reconsentRequired: true });
      await (await write(night, uid, 'analytics', again)).deliver();
      expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics expired', 'analytics reconfirmed']);
      expect(await mark('analytics')).toBeUndefined();
    });
  });

  describe('a version that changes a purpose', { concurrent: false }, () => {
    const later = changing(amikeo, '2026-06-01', ['interestBasedAdvertising']);
    const night = openNight('newtext', later);
    afterAll(() => night.end());

    it('asks everybody again who agreed to it before, and for nothing else, however many pages they are', async () => {
      const many = Array.from({ length: 310 }, () => freshUid());
      const [newer, refused, other] = [freshUid(), freshUid(), freshUid()];
      const when = night.now() - DAY;
      const batch = night.app.batch();
      const place = (uid: string) => night.app.doc(`users/${uid}/consents/interestBasedAdvertising`);
      for (const uid of many) batch.set(place(uid), consentAt(when, true));
      batch.set(place(newer), consentAt(when, true, { policyVersion: later.version }));
      batch.set(place(refused), consentAt(when, false));
      batch.set(night.app.doc(`users/${other}/consents/analytics`), consentAt(when, true));
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
      // Its purpose did not change: an agreement to the older text stands.
      expect((await told(night, other)).lines).toEqual(['analytics given']);
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
      const { uid, email } = await person();
      const ref = db.doc(`users/${uid}/consents/messages`);
      const old = { granted: true, policyVersion: '2025-06-15', source: 'app', locale: 'fr-FR' };
      await ref.set({ ...old, updatedAt: Timestamp.fromMillis(Date.now() - 185 * DAY) });
      await eventually(
        () => contactOf(email),
        (contact) => contact?.emailBlacklisted === false,
      );
      await fireNightly(
        async () => (await ref.get()).get('reconsentRequired') as unknown,
        (mark) => mark === true,
      );
      await eventually(
        () => contactOf(email),
        (contact) => contact?.emailBlacklisted === true,
      );
      const [mail, ...more] = await eventually(
        () => inbox(email),
        (all) => all.length > 0,
      );
      expect(more).toEqual([]);
      expect(mail?.subject).toContain('merci de répondre à nouveau');
      await ref.set({ ...old, updatedAt: FieldValue.serverTimestamp(), reconsentRequired: true });
      await eventually(
        () => contactOf(email),
        (contact) => contact?.emailBlacklisted === false,
      );
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

import { expect } from 'vitest';
import { tokenOf } from '../../../functions/src/rights/ways/link.ts';
import { addressKey } from '../../../functions/src/subject/emails.ts';
import { isSealed } from '../../../functions/src/crypto/seal.ts';
import {
  app,
  call,
  chain,
  consentOf,
  context,
  expectRefused,
  expectTask,
  fresh,
  guard,
  own,
  post,
  requestOf,
  requestRecord,
  run,
  signedIn,
  type Case,
} from '../kit.ts';

/** Functions that are called over HTTPS. */
export const calls = {
  contact: {
    good: async () => {
      const form = { email: `${fresh()}@example.com`, firstName: 'Ada', lastName: 'L', message: 'Bonjour' };
      const { id } = (await call('contact', form)) as { id: string };
      expect((await app?.doc(`contactRequests/${id}`).get())?.data()).toMatchObject({ message: 'Bonjour' });
    },
    bad: () => expectRefused('contact', { email: 'nobody' }, 'invalid-argument'),
  },
  requestByEmail: {
    good: async () => {
      const email = `${fresh()}@example.com`;
      expect(await call('requestByEmail', { email, asks: 'marketing' })).toEqual({ requested: true });
      const found = await own?.collection('links').where('subjectKey', '==', addressKey(email, context.keys)).get();
      expect(found?.docs.map((one) => one.get('asks') as unknown)).toEqual(['marketing']);
    },
    bad: () => expectRefused('requestByEmail', { email: 'nobody', asks: 'marketing' }, 'invalid-argument'),
  },
  links: {
    good: async () => {
      const email = `${fresh()}@example.com`;
      await call('requestByEmail', { email, asks: 'access' });
      const found = await own?.collection('links').where('subjectKey', '==', addressKey(email, context.keys)).get();
      const [link] = found?.docs ?? [];
      const path = `/${tokenOf(link?.id ?? '', { number: String(link?.get('number')) }, context.keys)}`;
      const shown = await post('links', undefined, 'GET', path);
      expect(shown).toMatchObject({ status: 200 });
      expect(String(shown.body)).toContain('<form method="post">');
      expect((await post('links', undefined, 'POST', path)).status).toBe(200);
      expect((await post('links', undefined, 'POST', path)).status).toBe(404);
    },
    bad: async () => {
      expect((await post('links', undefined, 'POST', '/made-up')).status).toBe(404);
      expect((await post('links', undefined, 'PUT', '/made-up')).status).toBe(405);
    },
  },
  brevoWebhook: {
    good: async () => {
      const email = `${fresh()}@example.com`;
      const token = `Bearer ${String(process.env['BREVO_WEBHOOK_TOKEN'])}`;
      const event = { event: 'unsubscribe', email, ts_event: 1 };
      expect(await post('brevoWebhook', event, 'POST', '/', { authorization: token })).toEqual({
        status: 200,
        body: {},
      });
      const found = await own
        ?.collection('jobs')
        .where('input.subjectKey', '==', addressKey(email, context.keys))
        .get();
      expect(found?.size).toBe(1);
      await expectTask('changeTask', found?.docs[0]?.id);
    },
    bad: async () => {
      const event = { event: 'unsubscribe', email: `${fresh()}@example.com` };
      expect((await post('brevoWebhook', event)).status).toBe(401);
      expect((await post('brevoWebhook', event, 'POST', '/', { authorization: 'Bearer guessed' })).status).toBe(401);
      expect((await post('brevoWebhook', event, 'GET')).status).toBe(405);
    },
  },
  guardianConsent: {
    good: async () => {
      const [child, parent] = [await signedIn(), await signedIn()];
      await guard(child.uid, parent.uid);
      const answer = { child: child.uid, purpose: 'analytics', granted: true, policyVersion: '2025-06-15' };
      const form = { ...answer, source: 'app', requestId: fresh() };
      expect(await call('guardianConsent', form, parent.auth)).toEqual({ state: 'pending' });
    },
    bad: () => expectRefused('guardianConsent', { child: 'somebody' }, 'unauthenticated'),
  },
  guardianRequest: {
    good: async () => {
      const [child, parent] = [await signedIn(), await signedIn()];
      await guard(child.uid, parent.uid);
      const form = { child: child.uid, type: 'access', requestId: fresh() };
      const asked = (await call('guardianRequest', form, parent.auth)) as { id: string };
      expect(asked).toMatchObject({ status: 'waiting', needsPerson: false });
      const told = await app?.doc(`users/${child.uid}/privacyRequests/${asked.id}`).get();
      expect(told?.get('askedFor')).toMatchObject({ regime: 'parentalAuthority' });
    },
    bad: async () => {
      const { auth: stranger } = await signedIn();
      const form = { child: 'somebody', type: 'access', requestId: fresh() };
      await expectRefused('guardianRequest', form, 'permission-denied', stranger);
      await expectRefused('guardianRequest', form, 'unauthenticated');
    },
  },
  exportLink: {
    good: async () => {
      const { uid, auth: caller } = await signedIn();
      await requestOf(uid, { type: 'portability' });
      await run('exportTask', { data: { jobId: (await requestRecord(uid))?.['job'] } });
      expect(await call('exportLink', { requestId: 'r1' }, caller)).toMatchObject({ part: 1, parts: 1 });
    },
    bad: async () => {
      const { auth: caller } = await signedIn();
      await expectRefused('exportLink', { requestId: 'none' }, 'not-found', caller);
      await expectRefused('exportLink', { requestId: 'r1' }, 'unauthenticated');
    },
  },
  consentReceipt: {
    good: async () => {
      const { uid, auth: caller } = await signedIn();
      await consentOf(uid);
      const { receipt } = (await call('consentReceipt', { format: 'json' }, caller)) as { receipt: string };
      expect(JSON.parse(receipt)).toMatchObject({ pii_principal_id: chain(uid), consent_records: [{ agreed: true }] });
    },
    bad: () => expectRefused('consentReceipt', {}, 'unauthenticated'),
  },
  serverStatements: {
    good: async () => {
      const uid = fresh();
      const answer = await post('serverStatements', { submit: 'ageBand', uid, band: 'child' });
      expect(answer).toEqual({ status: 200, body: { id: uid, changed: true } });
      const path = `ageBands/${uid}`;
      const data = (await own?.doc(path).get())?.data() ?? {};
      expect(isSealed(path, data, context.keys)).toBe(true);
    },
    bad: async () => {
      const answer = await post('serverStatements', { submit: 'ageBand', uid: 'a/b', band: 'child' });
      expect(answer).toEqual({
        status: 400,
        body: { error: { code: 'invalid', issues: [{ code: 'custom', field: 'uid' }] } },
      });
      expect((await post('serverStatements', {}, 'GET')).status).toBe(405);
    },
  },
} satisfies Readonly<Record<string, Case>>;

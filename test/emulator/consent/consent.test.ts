import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { afterEach, describe, expect, it } from 'vitest';
import {
  auth,
  calm,
  chainOf,
  chainWith,
  chaos,
  db,
  eventually,
  freshUid,
  own,
  pseudonym,
  quiet,
  rejectedFor,
  standins,
} from '../../kit/suite.ts';

const consent = (granted: boolean, more: Record<string, unknown> = {}) => ({
  granted,
  policyVersion: '2025-06-15',
  source: 'app',
  updatedAt: FieldValue.serverTimestamp(),
  ...more,
});
const consentRef = (uid: string, purpose: string) => db.doc(`users/${uid}/consents/${purpose}`);

describe('consents on a bad day', () => {
  afterEach(() => chaos(calm));

  it('every event delivered twice and late: each decision is there exactly once', async () => {
    const uid = freshUid();
    await chaos({ duplicate: 1, delayMs: 300, hold: false });
    for (let i = 0; i < 6; i++) await consentRef(uid, 'analytics').set(consent(i % 2 === 0));
    await quiet();
    const { head, entries } = await chainWith(pseudonym(uid), 6);
    expect(entries).toHaveLength(6);
    expect(head.current).toEqual({ analytics: 'withdrawn' });
  });
});

describe.concurrent('consents and device permissions reach the ledger', () => {
  it('given, refused and withdrawn are one verified chain, with the current state in its head', async () => {
    const uid = freshUid();
    await consentRef(uid, 'analytics').set(consent(true));
    await chainWith(pseudonym(uid), 1);
    await consentRef(uid, 'monitoring').set(consent(false));
    await chainWith(pseudonym(uid), 2);
    await consentRef(uid, 'analytics').set(consent(false));
    const { head, entries } = await chainWith(pseudonym(uid), 3);
    expect(entries.map(({ purpose, state }) => `${purpose ?? ''} ${state}`)).toEqual([
      'analytics given',
      'monitoring refused',
      'analytics withdrawn',
    ]);
    expect(head.current).toEqual({ analytics: 'withdrawn', monitoring: 'refused' });
  });

  it('a device permission is history and no consent', async () => {
    const uid = freshUid();
    const data = { permission: 'camera', granted: true, deviceId: 'phone-1', updatedAt: FieldValue.serverTimestamp() };
    await db.doc(`users/${uid}/devicePermissions/phone-1_camera`).set(data);
    const { head, entries } = await chainWith(pseudonym(uid), 1);
    expect(entries[0]).toMatchObject({ kind: 'devicePermission', state: 'granted', permission: 'camera' });
    expect(head.current).toEqual({});
    expect(JSON.stringify(entries)).not.toContain('phone-1');
  });

  it('a time in the future is clamped, and the entry says so', async () => {
    const uid = freshUid();
    await consentRef(uid, 'analytics').set(consent(true, { givenAt: Timestamp.fromMillis(Date.now() + 86_400_000) }));
    const { entries } = await chainWith(pseudonym(uid), 1);
    expect(entries[0]).toMatchObject({ clamped: true });
    expect(entries[0]?.occurredAt).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    ['a missing field', 'analytics', { updatedAt: FieldValue.delete() }, { code: 'custom', field: 'updatedAt' }],
    ['a wrong type', 'analytics', { granted: 'yes' }, { code: 'invalid_type', field: 'granted' }],
    [
      'a field that the contract does not know',
      'analytics',
      { email: 'a@example.com' },
      { code: 'unrecognized_keys', field: '(document)' },
    ],
    ['a document of 900 KB', 'analytics', { locale: 'x'.repeat(900_000) }, { code: 'too_big', field: 'locale' }],
    ['a no to an unknown purpose', 'palmistry', { granted: false }, { code: 'unknown_purpose', field: '(id)' }],
    ['an unknown purpose', 'fortuneTelling', {}, { code: 'unknown_purpose', field: '(id)' }],
    [
      'a yes to a text that was never published',
      'messages',
      { policyVersion: '2099-01-01' },
      { code: 'unpublished_version', field: 'policyVersion' },
    ],
    ['a purpose that is not asked for', 'hosting', {}, { code: 'not_asked', field: '(id)' }],
  ])(
    '%s ends in rejectedEvents without any value, and the next event is not held up',
    async (_, purpose, wrong, issue) => {
      const uid = freshUid();
      const valid = consent(true);
      const data = Object.fromEntries(
        Object.entries({ ...valid, ...wrong }).filter(([name]) => !(name === 'updatedAt' && 'updatedAt' in wrong)),
      );
      await consentRef(uid, purpose).set(data);
      await consentRef(uid, 'monitoring').set(consent(true));
      const { entries } = await chainWith(pseudonym(uid), 1);
      expect(entries.map((e) => e.purpose)).toEqual(['monitoring']);
      const rejected = await eventually(
        () => rejectedFor(pseudonym(uid)),
        (all) => all.length > 0,
      );
      expect(rejected[0]?.issues).toContainEqual(issue);
      expect(JSON.stringify(rejected)).not.toContain(uid);
      expect(JSON.stringify(rejected)).not.toContain('example.com');
    },
  );

  it('a marketing consent makes a Brevo contact within seconds, a withdrawal blocklists it', async () => {
    const { uid } = await auth.createUser({ email: `${freshUid()}@example.com`, emailVerified: true });
    const email = (await auth.getUser(uid)).email ?? '';
    const contact = async () => {
      const response = await fetch(
        `${standins.brevo}/v3/contacts/${encodeURIComponent(email)}?identifierType=email_id`,
        { headers: { 'api-key': 'test' } },
      );
      return response.status === 200 ? ((await response.json()) as { emailBlacklisted: boolean }) : null;
    };
    await consentRef(uid, 'messages').set(consent(true));
    expect(await eventually(contact, (c) => c !== null)).toMatchObject({ emailBlacklisted: false });
    await consentRef(uid, 'messages').set(consent(false));
    await eventually(contact, (c) => c?.emailBlacklisted === true);
    const jobs = async () =>
      (await own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).get()).docs.map(
        (d) => `${String(d.get('kind'))} ${String(d.get('status'))}`,
      );
    await eventually(jobs, (all) => all.join() === 'change completed,change completed');
  });

  it('a yes to a text that was never published: marked, so that the app asks again, and nothing reaches Brevo', async () => {
    const { uid } = await auth.createUser({ email: `${freshUid()}@example.com`, emailVerified: true });
    await consentRef(uid, 'messages').set(consent(true, { policyVersion: '2099-01-01' }));
    const mark = async () => (await consentRef(uid, 'messages').get()).get('reconsentRequired') as unknown;
    await eventually(mark, (marked) => marked === true);
    await quiet();
    const jobs = async () => (await own.collection('jobs').where('pseudonym', '==', pseudonym(uid)).get()).size;
    expect(await jobs()).toBe(0);
    expect(await rejectedFor(pseudonym(uid))).toHaveLength(1);
    await consentRef(uid, 'messages').set(consent(true));
    const { head } = await chainWith(pseudonym(uid), 1);
    expect(head.current).toEqual({ messages: 'given' });
    expect(await mark()).toBeUndefined();
    await consentRef(uid, 'messages').set(consent(true, { policyVersion: '2099-01-01' }));
    await eventually(mark, (marked) => marked === true);
    await consentRef(uid, 'messages').set(consent(false, { policyVersion: '2099-01-01' }));
    // Brevo's answer to the yes is an entry too.
    await eventually(
      () => chainOf(pseudonym(uid)),
      ({ head: { current } }) => current['messages'] === 'withdrawn',
    );
  });

  it('the ledger of one person is not the ledger of another', async () => {
    const [a, b] = [freshUid(), freshUid()];
    await Promise.all([consentRef(a, 'analytics').set(consent(true)), consentRef(b, 'analytics').set(consent(false))]);
    const [first, second] = [await chainWith(pseudonym(a), 1), await chainWith(pseudonym(b), 1)];
    expect(first.head.current).toEqual({ analytics: 'given' });
    expect(second.head.current).toEqual({ analytics: 'refused' });
    expect((await chainOf(pseudonym(a))).entries).toHaveLength(1);
  });
});

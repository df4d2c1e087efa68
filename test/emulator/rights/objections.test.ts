import { FieldValue } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';
import { brevo, contactOf, control, messagesTo } from '../../kit/providers.ts';
import {
  auth,
  callableUrl,
  chainOf,
  chainWith,
  db,
  eventually,
  own,
  pseudonym,
  requestKeyOf,
  standins,
} from '../../kit/suite.ts';
import { call } from './callable.ts';

/** The deployed functions: each way on which somebody objects to direct marketing (Art. 21(3)). */

const answer = (granted: boolean) => ({
  granted,
  policyVersion: AMIKEO_VERSION,
  source: 'app',
  updatedAt: FieldValue.serverTimestamp(),
});

/** Somebody who has said yes to messages, and is written to. */
async function subscriber(): Promise<{ uid: string; email: string }> {
  const email = `objects-${crypto.randomUUID()}@example.com`;
  const { uid } = await auth.createUser({ email, emailVerified: true });
  await db.doc(`users/${uid}/consents/messages`).set(answer(true));
  await eventually(
    () => contactOf(email),
    (contact) => contact?.emailBlacklisted === false,
  );
  return { uid, email };
}

const currentOf = async (uid: string) => (await chainOf(pseudonym(uid))).head.current;

/** The chain says it, Brevo holds it, the app shows it; nothing else has changed. */
async function expectObjected({ uid, email }: { uid: string; email: string }): Promise<void> {
  const current = await eventually(
    () => currentOf(uid),
    ({ messages }) => messages === 'objected',
  );
  expect(current).toMatchObject({ messages: 'objected', userDatabase: 'objected' });
  await eventually(
    () => contactOf(email),
    (contact) => contact?.emailBlacklisted === true && contact.listIds.length === 0,
  );
  const shown = await eventually(
    async () => (await db.doc(`users/${uid}/consents/messages`).get()).data(),
    (data) => data?.['granted'] === false,
  );
  expect(shown).toHaveProperty('objectedAt');
  const { entries } = await chainWith(pseudonym(uid), 3);
  // The backend's own no in the document is no second answer.
  const states = entries.filter(({ kind, purpose }) => kind === 'consent' && purpose === 'messages');
  expect(states.map(({ state }) => state)).toEqual(['given', 'objected']);
}

describe.concurrent('an objection to direct marketing', () => {
  it('by a request in the app is carried out, answered and told; a yes ends it', async () => {
    const person = await subscriber();
    const ref = db.doc(`users/${person.uid}/privacyRequests/r1`);
    await ref.set({ type: 'objection', createdAt: FieldValue.serverTimestamp(), details: { marketing: true } });
    await expectObjected(person);
    // The officers' tasks of the suite are over after a second.
    const request = await eventually(
      async () => (await ref.get()).data(),
      (data) => data?.['status'] === 'completed',
    );
    expect(request?.['reply']).toMatchObject({ kind: 'answered', text: expect.stringContaining('Fichier clients') });
    expect((await own.doc(`requests/${requestKeyOf(person.uid)}`).get()).get('channel')).toBe('app');
    await eventually(
      () => messagesTo(person.email),
      (messages) => messages.length === 1,
    );
    await db.doc(`users/${person.uid}/consents/messages`).set(answer(true));
    await eventually(
      () => contactOf(person.email),
      (contact) => contact?.emailBlacklisted === false,
    );
    expect(await currentOf(person.uid)).toMatchObject({ messages: 'given', userDatabase: 'objected' });
  });

  it('by the link of a message: the page changes nothing, its button acts without a sign-in', async () => {
    const person = await subscriber();
    const found = await brevo(`/contacts/${encodeURIComponent(person.email)}?identifierType=email_id`);
    const { attributes } = (await found.json()) as { attributes: Record<string, string> };
    const token = attributes['OBJECTION_LINK']?.split('/').at(-1) ?? '';
    const page = `${callableUrl('links')}/${token}`;
    const shown = await fetch(page);
    expect([shown.status, shown.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    expect(await shown.text()).toContain('<form method="post">');
    expect(await currentOf(person.uid)).toMatchObject({ messages: 'given' });
    // As a mail program does it by itself (RFC 8058).
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await fetch(page, { method: 'POST', headers, body: 'List-Unsubscribe=One-Click' })).status).toBe(200);
    await expectObjected(person);
    expect((await fetch(`${page}x`, { method: 'POST' })).status).toBe(404);
  });

  it('by a one-time link: the purpose that its page lets the person choose ends, and they are told', async () => {
    const person = await subscriber();
    const data = { email: person.email, asks: 'objection', language: 'en' };
    expect(await call('requestByEmail', data)).toEqual({ result: { requested: true } });
    const [mail] = await eventually(
      () => messagesTo(person.email),
      (messages) => messages.length === 1,
    );
    const token = /links\/([\w-]{43})/.exec(mail?.textContent ?? '')?.[1] ?? '';
    const page = `${callableUrl('links')}/${token}`;
    expect(await (await fetch(page)).text()).toContain('name="purpose" value="messages"');
    const body = new URLSearchParams({ purpose: 'messages' });
    expect((await fetch(page, { method: 'POST', body })).status).toBe(200);
    await eventually(
      () => currentOf(person.uid),
      ({ messages }) => messages === 'objected',
    );
    await eventually(
      () => contactOf(person.email),
      (contact) => contact?.emailBlacklisted === true,
    );
    await eventually(
      () => messagesTo(person.email),
      (messages) => messages.length >= 2,
    );
  });

  it('by the link in a campaign of Brevo’s: its webhook tells, and Brevo itself is asked', async () => {
    const [person, other] = [await subscriber(), await subscriber()];
    const url = callableUrl('brevoWebhook');
    const hook = (token: string) =>
      brevo('/webhooks', 'POST', { url, type: 'marketing', events: ['unsubscribed'], auth: { type: 'bearer', token } });
    await hook('webhook-token-of-the-local-suite');
    await hook('a guessed token');
    await control('brevo', 'unsubscriptions', { email: person.email });
    await expectObjected(person);
    const told = (await (await fetch(`${standins.brevo}/_control/deliveries`)).json()) as { status: number }[];
    expect(new Set(told.map(({ status }) => status))).toEqual(new Set([200, 401]));
    // A right token and a wrong story.
    const answered = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer webhook-token-of-the-local-suite' },
      body: JSON.stringify({ event: 'unsubscribe', email: other.email, ts_event: 1 }),
    });
    expect(answered.status).toBe(200);
    await eventually(
      async () => (await own.collection('jobs').where('kind', '==', 'request').get()).docs,
      (docs) => docs.every((one) => !one.id.startsWith('brevo_') || one.get('status') === 'completed'),
    );
    expect(await currentOf(other.uid)).toEqual({ messages: 'given' });
  });
});

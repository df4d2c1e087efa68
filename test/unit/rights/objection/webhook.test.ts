import { describe, expect, it } from 'vitest';
import { takeBrevoEvents } from '../../../../functions/src/rights/ways/brevoEvents.ts';
import { isSuppressed } from '../../../../functions/src/subject/suppression.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import {
  answer,
  brevoUrl,
  chainOf,
  contactOf,
  context,
  headOf,
  jobs,
  person,
  requests,
  statesOf,
  time,
  useObjections,
  work,
  world,
} from './objection.world.ts';

useObjections();

/** The person follows the link in a campaign. */
const unsubscribe = (email: string) =>
  fetch(`${brevoUrl()}/_control/unsubscriptions`, { method: 'PUT', body: JSON.stringify({ email }) });

const event = (email: string, more: object = {}) => ({
  ...{ id: 1, camp_id: 1, email, event: 'unsubscribe', list_id: [1], ts_event: Math.floor(time.now / 1000) },
  ...more,
});
const tell = (email: string, more: object = {}) => takeBrevoEvents(context, event(email, more));

async function subscriber(): Promise<{ uid: string; email: string }> {
  const someone = await person();
  await answer(someone.uid, true);
  await work();
  time.now += 60_000;
  return someone;
}

describe('an unsubscription at Brevo', () => {
  it('is an objection to messages and their profiling, if Brevo itself says so', async () => {
    const { uid, email } = await subscriber();
    await answer(uid, true, 'interestBasedAdvertising');
    await unsubscribe(email);
    expect(await tell(email)).toBe(true);
    await work();
    expect((await headOf(uid)).current).toEqual({
      ...{
        messages: 'objected',
        userDatabase: 'objected',
        marketingAutomation: 'objected',
        interestBasedAdvertising: 'given',
      },
    });
    expect(await requests()).toMatchObject([{ type: 'objection', channel: 'brevo', status: 'completed' }]);
  });

  it('that only the event tells of is believed by nobody', async () => {
    const { uid, email } = await subscriber();
    await tell(email);
    await work();
    expect((await headOf(uid)).current).toEqual({ messages: 'given' });
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
    expect(await requests()).toEqual([]);
  });

  it('from before the newest yes is over: an event that comes late ends nothing', async () => {
    const { uid, email } = await subscriber();
    await unsubscribe(email);
    time.now += 60_000;
    await answer(uid, false);
    await answer(uid, true);
    await tell(email, { ts_event: Math.floor(time.now / 1000) - 120 });
    await work();
    expect((await headOf(uid)).current).toEqual({ messages: 'given' });
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
  });

  it('told again, in a batch or hours later, is one objection', async () => {
    const { uid, email } = await subscriber();
    await unsubscribe(email);
    const one = event(email);
    await takeBrevoEvents(context, [one, one]);
    await work();
    time.now += 8 * 3_600_000;
    await takeBrevoEvents(context, one);
    await work();
    await tell(email);
    await work();
    expect((await statesOf(uid)).filter((state) => state === 'messages objected')).toHaveLength(1);
    expect(await requests()).toHaveLength(1);
  });

  it('of which Brevo tells no time is one objection as well, told in any way and at any time', async () => {
    const { uid, email } = await subscriber();
    const { contacts } = await context.clients.brevo();
    await contacts.updateContact({ identifier: email, identifierType: 'email_id', emailBlacklisted: true });
    const second = { ts_event: Math.floor(time.now / 1000) + 7 };
    // Both looks run before the objection is in the ledger.
    await takeBrevoEvents(context, [event(email), event(email, second)]);
    await work();
    expect((await headOf(uid)).current['messages']).toBe('objected');
    expect(await requests()).toHaveLength(1);
    time.now += 8 * 3_600_000;
    await tell(email);
    await work();
    expect((await statesOf(uid)).filter((state) => state === 'messages objected')).toHaveLength(1);
    expect(await requests()).toHaveLength(1);
  });

  it('of which Brevo tells no time counts also if a parent said yes, and the person never did', async () => {
    const { uid, email } = await subscriber();
    const head = await headOf(uid);
    const { subject } = head.consents['messages'] ?? {};
    await changeHead(context, chainOf(uid), {
      ...head,
      consents: { messages: { ...(subject && { holder: subject }) } },
    });
    const { contacts } = await context.clients.brevo();
    await contacts.updateContact({ identifier: email, identifierType: 'email_id', emailBlacklisted: true });
    await tell(email);
    await work();
    expect((await headOf(uid)).consents['messages']).toHaveProperty('objectedAt');
    expect(await requests()).toHaveLength(1);
  });

  it('of an address that nobody knows is answered the same, and leaves nothing', async () => {
    const { email } = await subscriber();
    expect(await tell('nobody.knows@example.com')).toBe(await tell(email));
    await work();
    expect(await requests()).toEqual([]);
    expect(await isSuppressed(context, 'nobody.knows@example.com')).toBe(false);
  });

  it('of a contact without an account is kept by the hash of the address', async () => {
    const email = 'without.account@example.com';
    await world.contact({ email });
    await unsubscribe(email);
    for (let times = 0; times < 2; times++) {
      time.now += 2000;
      await tell(email);
      await work();
    }
    expect(await isSuppressed(context, email)).toBe(true);
    expect(await requests()).toMatchObject([{ channel: 'brevo', subjectKey: expect.any(String) }]);
  });

  it('of somebody whose erasure runs is kept by the hash of the address, and nothing else', async () => {
    const { uid, email } = await subscriber();
    await unsubscribe(email);
    const erasing = { at: 1, accountCreatedAt: 1 };
    await changeHead(context, chainOf(uid), { ...(await headOf(uid)), erasing });
    await tell(email);
    await work();
    expect(await isSuppressed(context, email)).toBe(true);
    expect(await requests()).toEqual([]);
  });

  it.each([
    ['another event', { event: 'opened' }],
    ['a change of the contact', { event: 'contactUpdated' }],
  ])('%s is left alone', async (_, more) => {
    const { email } = await subscriber();
    await unsubscribe(email);
    const before = (await jobs()).length;
    expect(await tell(email, more)).toBe(true);
    expect(await jobs()).toHaveLength(before);
  });

  it.each([undefined, null, 'text', [], {}, { event: 'unsubscribe' }])(
    'a body that is no event does nothing: %j',
    async (body) => {
      const taken = await takeBrevoEvents(context, body);
      expect(taken).toBe(Array.isArray(body) && body.length === 0);
      expect(await jobs()).toEqual([]);
    },
  );

  it.each([
    ['no address', { event: 'opened' }],
    ['an address that is too long', event(`${'a'.repeat(320)}@example.com`)],
    ['no event', 7],
  ])('is taken from a batch in which another event has %s', async (_, other) => {
    const { email } = await subscriber();
    const before = (await jobs()).length;
    expect(await takeBrevoEvents(context, [other, event(email)])).toBe(true);
    expect(await jobs()).toHaveLength(before + 1);
  });

  it('is taken with a time of another form', async () => {
    const { email } = await subscriber();
    const before = (await jobs()).length;
    expect(await tell(email, { ts_event: 'yesterday' })).toBe(true);
    expect(await jobs()).toHaveLength(before + 1);
  });

  it('is taken from a batch of any size', async () => {
    const batch = Array.from({ length: 1_005 }, (_, n) => event(`reader${n}@example.com`));
    expect(await takeBrevoEvents(context, batch)).toBe(true);
    expect(await jobs()).toHaveLength(1_005);
  });

  it('waits for a Brevo that does not answer', async () => {
    const { uid, email } = await subscriber();
    await unsubscribe(email);
    const fault = { method: 'GET', path: '/v3/contacts/*', kind: '500', times: 3 };
    await fetch(`${brevoUrl()}/_control/faults`, { method: 'PUT', body: JSON.stringify([fault]) });
    await tell(email);
    await work(1);
    expect((await headOf(uid)).current).toEqual({ messages: 'given' });
    for (let hours = 0; hours < 6; hours++) {
      time.now += 3_600_000;
      await work();
    }
    expect((await headOf(uid)).current['messages']).toBe('objected');
  });
});

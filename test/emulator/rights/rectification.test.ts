import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../../emulator/standins/faults.ts';
import { eachNth } from '../../kit/depth.ts';
import { jobsOf } from '../../kit/jobs.ts';
import { person, type Person } from '../../kit/person.ts';
import { brevo, contactOf, faults, stripe } from '../../kit/providers.ts';
import { state } from '../../kit/sealed/statements.ts';
import { auth, compliance, db, eventually, fireNightly, keys, own, requestKeyOf } from '../../kit/suite.ts';

/** A correction reaches every recipient of the value (Art. 16, 19): the deployed functions. */

const someone = (): Promise<Person> =>
  person({
    documents: ({ uid }) => ({ [`users/${uid}`]: { firstName: 'Ada', lastName: 'Byron' } }),
    stripe: true,
    brevo: { FIRSTNAME: 'Ada', LASTNAME: 'Byron' },
  });
const rename = ({ uid }: Person, lastName = 'Lovelace') => db.doc(`users/${uid}`).update({ lastName });

/** The person's values at the other companies. */
async function there({ uid, customer }: Person): Promise<Record<string, unknown>> {
  const one = await stripe().customers.retrieve(customer);
  const answer = await brevo(`/contacts/${uid}?identifierType=ext_id`);
  const contact = (await answer.json()) as { email: string; attributes: Record<string, string> };
  const { FIRSTNAME = '', LASTNAME = '' } = contact.attributes;
  if (one.deleted === true) throw new Error('the customer is gone');
  return { stripe: [one.email, one.name], brevo: [contact.email, FIRSTNAME, LASTNAME] };
}
const carried = ({ chain }: Person) =>
  eventually(
    () => jobsOf(chain, 'rectify'),
    (jobs) => jobs.length >= 2 && jobs.every(({ status }) => status === 'completed'),
  );
const arrives = (one: Person, email = one.email, lastName = 'Lovelace') =>
  eventually(
    () => there(one),
    (values) =>
      JSON.stringify(values) ===
      JSON.stringify({ stripe: [email, `Ada ${lastName}`], brevo: [email, 'Ada', lastName] }),
  );

/** Faults are for everybody: nobody is beside these. */
describe('a correction while another company fails', () => {
  const calls: ['stripe' | 'brevo', string, string][] = [
    ['stripe', 'GET', '/v1/customers/search'],
    ['stripe', 'GET', '/v1/customers'],
    ['stripe', 'POST', '/v1/customers'],
    ['brevo', 'GET', '/v3/contacts'],
    ['brevo', 'PUT', '/v3/contacts'],
  ];
  const kinds: FaultKind[] = ['429', '500', '500-no-error', 'reset-before', 'reset-after', 'garbage'];
  const all = kinds.flatMap((kind, n) => calls.map((call, m) => ({ kind, call, at: n + m })));
  it.each(eachNth(16, all))(
    'arrives all the same: $kind of $call',
    async ({ kind, call: [provider, method, path] }) => {
      const one = await someone();
      await faults(provider, { method, path, kind, times: 3 });
      await rename(one);
      // A look of the test would meet the fault as well.
      await carried(one);
      await faults(provider);
      await arrives(one);
    },
  );
});

describe.concurrent('a correction', () => {
  it('reaches Stripe and Brevo; several at once end with the newest', async () => {
    const one = await someone();
    for (const lastName of ['King', 'Noel', 'Lovelace']) await rename(one, lastName);
    await arrives(one);
    const jobs = await carried(one);
    expect(JSON.stringify(jobs)).not.toMatch(/Lovelace|Byron|@/);
  });

  it('of a verified address is carried by the night, and subscribes nobody again', async () => {
    const one = await someone();
    await brevo(`/contacts/${one.uid}?identifierType=ext_id`, 'PUT', { emailBlacklisted: true });
    const email = `new-${one.email}`;
    await auth.updateUser(one.uid, { email, emailVerified: true });
    await fireNightly(
      () => there(one),
      ({ stripe: customer, brevo: contact }) =>
        [customer, contact].every((values) => (values as string[])[0] === email),
    );
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
  });

  it('of somebody whose processing is restricted is not carried', async () => {
    const one = await someone();
    await state({ own, keys }, `restrictions/${one.uid}`, { createdAt: Timestamp.now() });
    await rename(one);
    const waiting = await eventually(
      () => jobsOf(one.chain, 'rectify'),
      (jobs) => jobs.length === 2 && jobs.every(({ steps }) => steps['carry']?.state === 'waiting'),
    );
    expect(waiting.map(({ status }) => status)).toEqual(['waiting', 'waiting']);
    expect(await there(one)).toMatchObject({ stripe: [one.email, null] });
  });

  it('that a person asked for: the officer carries it out, and the letter names the recipients', async () => {
    const one = await someone();
    const request = db.doc(`users/${one.uid}/privacyRequests/r1`);
    const details = { text: 'My name is wrong.', correction: 'Lovelace' };
    await request.set({ type: 'rectification', createdAt: Timestamp.now(), details });
    await eventually(
      async () => (await request.get()).get('status') as unknown,
      (status) => status === 'waiting',
    );
    await rename(one);
    const key = requestKeyOf(one.uid);
    expect((await compliance('request', 'carry', key)).out).toMatchObject({ ok: true, carried: { rounds: 1 } });
    const carried = await eventually(
      async () => (await compliance('request', 'carry', key)).out as { carried: { told: string[]; asked: string[] } },
      ({ carried: { told } }) => told.length === 3,
    );
    expect(carried.carried.told.sort()).toEqual(['brevoAutomation', 'brevoEmail', 'stripe']);
    const { out, code } = await compliance('request', 'answer', key, '--result', 'done', '--language', 'en', '--send');
    expect(code).toBe(0);
    expect((out as { text: string }).text).toMatch(/They now have the same data as we have:\n- Stripe[^]*- Brevo/);
    await arrives(one);
    const closed = await eventually(
      async () => (await request.get()).data(),
      (data) => data?.['status'] === 'completed' && data['reply'] !== undefined,
    );
    expect(closed?.['details']).toEqual({});
  });
});

import type Stripe from 'stripe';
import { afterAll, describe, expect, it } from 'vitest';
import { startStripe } from '../../emulator/standins/index.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import { proven } from '../kit/proven.ts';
import { corrects, type Wrong } from './corrections.ts';
import { Control } from './faults.ts';
import { drive, fresh, NOW, recordsOf, scopeFor, subjectOf, testContext } from './harness.ts';

const server = await startStripe({ now: () => NOW });
const context = testContext({ stripe: server.url });
const control = new Control(server.url);
const system = await loadSystem('stripe', context);
const stripe = await context.clients.stripe();
afterAll(() => server.stop());

const record = (id: string) => {
  const found = recordsOf(amikeo, 'stripe').find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};
const customers = record('stripeCustomer');
const create = async (params: Stripe.CustomerCreateParams) => (await stripe.customers.create(params)).id;
const read = (id: string) => stripe.customers.retrieve(id) as Promise<Stripe.Customer>;

/** A customer with the name and the address of before. */
async function plant(): Promise<Wrong> {
  const uid = fresh('cf');
  const [before, email] = [`old-${uid}@example.com`, `${uid}@example.com`];
  const mine = await create({ email: before, name: 'Camille Martin', phone: '+33612345678', metadata: { uid } });
  const others = [
    await create({ email: `x${email}`, name: 'Camille Martin', metadata: { uid: `${uid}x` } }),
    await create({ email: before, name: 'Camille Martin', metadata: { uid: uid.toUpperCase() } }),
    await create({ name: 'Camille Martin', description: uid }),
  ];
  return {
    subject: subjectOf(uid, { verifiedEmails: proven(email), providerIds: { stripeCustomer: mine } }),
    values: { email, name: 'Camille Durand' },
    now: async () => {
      const { email: at, name } = await read(mine);
      return { email: at, name };
    },
    rest: async () => {
      return JSON.stringify({ ...(await read(mine)), email: null, name: null });
    },
    others: async () => JSON.stringify(await Promise.all(others.map(read))),
  };
}

corrects(
  system,
  { policy: amikeo, record: customers, plant },
  {
    control,
    of: [
      { method: 'GET', path: '/v1/customers/cus' },
      { method: 'POST', path: '/v1/customers/cus' },
    ],
  },
);

describe('Stripe, a correction, further', () => {
  const correct = async (wrong: Wrong, values = wrong.values) => {
    const scope = await scopeFor(system, amikeo, wrong.subject);
    return (await drive((s) => system.apply(customers, s, { kind: 'rectify', values }), scope)).outcomes;
  };

  it('that Stripe does not take is an officer’s, and nothing is said to be done', async () => {
    const wrong = await plant();
    const values = { ...wrong.values, email: `${'x'.repeat(600)}@example.com` };
    expect(await correct(wrong, values)).toMatchObject([{ outcome: 'manual', count: 1 }]);
    expect(await wrong.now()).toMatchObject({ name: 'Camille Martin' });
  });

  it('touches no customer that names somebody else by now, whoever it was when it was found', async () => {
    const wrong = await plant();
    const scope = await scopeFor(system, amikeo, wrong.subject);
    const [handle] = scope.handles;
    if (handle === undefined) throw new Error('no customer is proven');
    await stripe.customers.update(handle.id, { metadata: { uid: fresh('other') } });
    const before = await wrong.now();
    const change = { kind: 'rectify', values: wrong.values } as const;
    const { outcomes } = await drive((s) => system.apply(customers, s, change), scope);
    expect(outcomes).toMatchObject([{ outcome: 'manual', what: { en: expect.stringContaining('names another') } }]);
    expect(await wrong.now()).toEqual(before);
  });

  it('keeps an address that differs in nothing but its case', async () => {
    const wrong = await plant();
    await correct(wrong);
    const scope = await scopeFor(system, amikeo, wrong.subject);
    const id = scope.handles[0]?.id ?? '';
    await stripe.customers.update(id, { email: (wrong.values['email'] ?? '').toUpperCase() });
    await control.clear();
    await correct(wrong);
    expect((await control.requests()).filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('of records without values of the profile is an officer’s', async () => {
    const wrong = await plant();
    const scope = await scopeFor(system, amikeo, wrong.subject);
    const change = { kind: 'rectify', values: wrong.values } as const;
    expect((await drive((s) => system.apply(record('stripeInvoices'), s, change), scope)).outcomes).toMatchObject([
      { record: 'stripeInvoices', outcome: 'manual' },
    ]);
  });
});

import type Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStripe } from '../../emulator/standins/index.ts';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import type { Subject } from '../../functions/src/systems/system.ts';
import { proven } from '../kit/proven.ts';
import { collect, drive, erase, fresh, NOW, recordsOf, scopeFor, subjectOf, testContext } from './harness.ts';
import { Control, survivesFaults } from './faults.ts';
import { conformance, sum, type Planted, type Seed } from './suite.ts';

const server = await startStripe({ now: () => NOW });
const context = testContext({ stripe: server.url });
const control = new Control(server.url);
const system = await loadSystem('stripe', context);
let stripe: Stripe;
let price: string;
beforeAll(async () => {
  stripe = await context.clients.stripe();
  const product = await stripe.products.create({ name: 'AMIKEO' });
  price = (
    await stripe.prices.create({
      product: product.id,
      currency: 'eur',
      unit_amount: 990,
      recurring: { interval: 'month' },
    })
  ).id;
});
afterAll(() => server.stop());

const NAME = 'Camille Martin';

/** A customer with a card, a subscription, an invoice and its charge. */
async function customer(params: Stripe.CustomerCreateParams): Promise<string> {
  const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
  const { id } = await stripe.customers.create({ name: NAME, ...params });
  await stripe.paymentMethods.attach(method.id, { customer: id });
  await stripe.subscriptions.create({ customer: id, items: [{ price }], default_payment_method: method.id });
  return id;
}

/** Stripe's objects of a customer, read past the system. */
async function state(id: string): Promise<{ standing: number; kept: number; all: unknown }> {
  const one = await stripe.customers.retrieve(id);
  const subscriptions = await stripe.subscriptions.list({ customer: id, status: 'all' });
  const invoices = await stripe.invoices.list({ customer: id });
  const charges = await stripe.charges.list({ customer: id });
  const active = subscriptions.data.filter(({ status }) => status !== 'canceled').length;
  return {
    standing: (one.deleted === true ? 0 : 1) + active,
    kept: invoices.data.length + charges.data.length,
    all: [one, subscriptions.data, invoices.data, charges.data].map((value) => JSON.stringify(value)),
  };
}

async function plant(): Promise<Planted> {
  const uid = fresh('cf');
  const email = `${uid}@example.com`;
  const mine = await customer({ email, metadata: { uid } });
  const others = [
    // the same address, another person's by its own word
    await customer({ email, metadata: { uid: `${uid}x` } }),
    await customer({ email: `x${email}`, metadata: { uid: uid.slice(0, -1) } }),
    await customer({ email: `y${email}`, metadata: { uid: uid.toUpperCase() } }),
    await customer({ email: `z${email}`, metadata: { about: uid } }),
    await customer({ description: uid }),
  ];
  const count = async (what: 'invoices' | 'charges') => (await stripe[what].list({ customer: mine })).data.length;
  const [invoices, charges] = [await count('invoices'), await count('charges')];
  const active = async () => (await stripe.subscriptions.list({ customer: mine })).data.length;
  return {
    subject: subjectOf(uid, { verifiedEmails: proven(email), providerIds: { stripeCustomer: mine } }),
    stranger: subjectOf(fresh('nobody'), { verifiedEmails: proven(`${fresh('nobody')}@example.com`) }),
    left: async () => (await state(mine)).standing,
    leftOf: async (record) => {
      if (record === 'stripeCustomer') return (await stripe.customers.retrieve(mine)).deleted === true ? 0 : 1;
      return record === 'stripeSubscriptions' ? active() : 0;
    },
    retained: { stripeInvoices: invoices, stripeCharges: charges },
    others: async () => Promise.all(others.map(async (id) => (await state(id)).all)),
    rows: {
      stripeCustomer: 1,
      stripeSubscriptions: 1,
      stripeInvoices: invoices,
      stripeCharges: charges,
      stripePaymentMethods: 1,
    },
  };
}

/** A payer without an account: the only customer of an address, naming nobody. */
async function plantNoAccount(): Promise<Planted> {
  const email = `${fresh('cf')}@example.com`;
  const mine = await customer({ email });
  const others = [
    await customer({ email: `x${email}` }),
    await customer({ email: `y${email}`, metadata: { uid: '' } }),
    await customer({ description: email }),
    await customer({ metadata: { uid: fresh('cf') } }),
  ];
  const kept = { stripeInvoices: 1, stripeCharges: 1 };
  const none = { accountCreatedAt: null, pseudonym: 'v1_nobody' };
  return {
    // A server's note of another account leads nowhere.
    subject: subjectOf('', {
      ...none,
      verifiedEmails: proven(email),
      providerIds: { stripeCustomer: others[3] ?? '' },
    }),
    stranger: subjectOf('', { ...none, verifiedEmails: proven(`${fresh('nobody')}@example.com`) }),
    left: async () => (await state(mine)).standing,
    retained: kept,
    others: async () => Promise.all(others.map(async (id) => (await state(id)).all)),
    rows: { stripeCustomer: 1, stripeSubscriptions: 1, stripePaymentMethods: 1, ...kept },
  };
}

/** Bottom up, so that each record has something of its own to end. */
const order = ['stripePaymentMethods', 'stripeSubscriptions', 'stripeInvoices', 'stripeCharges', 'stripeCustomer'];
const policy = {
  ...amikeo,
  records: Object.fromEntries(order.flatMap((id) => (amikeo.records[id] ? [[id, amikeo.records[id]]] : []))),
};
const seed: Seed = { policy, plant };

conformance(system, seed);
conformance(system, { policy, plant: plantNoAccount }, 'a person without an account');
survivesFaults(system, seed, control, (path) => path.replace(/(cus|sub|in|ch|pm)_\w+/g, '$1_*'));

describe('Stripe, further', () => {
  const named = (id: string) => {
    const found = recordsOf(policy, 'stripe').find((r) => r.id === id);
    if (!found) throw new Error(id);
    return found;
  };
  const handles = async (subject: Subject) => {
    const scope = await scopeFor(system, policy, subject);
    return { handles: scope.handles.map(({ id }) => id), refused: (scope.refused ?? []).map(({ reason }) => reason) };
  };

  it("proves a customer by this backend's key and by that of firestore-stripe-payments", async () => {
    const [a, b] = [fresh('cf'), fresh('cf')];
    const [one, two] = [await customer({ metadata: { uid: a } }), await customer({ metadata: { firebaseUID: b } })];
    expect(await handles(subjectOf(a))).toEqual({ handles: [one], refused: [] });
    expect(await handles(subjectOf(b))).toEqual({ handles: [two], refused: [] });
  });

  it('does not bother anybody with a customer with a uid in another case: search ignores case, uids do not', async () => {
    const uid = fresh('cf');
    await customer({ metadata: { uid: uid.toUpperCase() } });
    expect(await handles(subjectOf(uid))).toEqual({ handles: [], refused: [] });
  });

  it('finds by the id that a server wrote a customer that search does not know yet', async () => {
    const uid = fresh('cf');
    const id = await customer({ metadata: { uid } });
    expect(await handles(subjectOf(uid, { providerIds: { stripeCustomer: id } }))).toEqual({
      handles: [id],
      refused: [],
    });
  });

  it.each([
    ['names somebody else', { uid: 'somebody-else' }, 'namesSomebodyElse'],
    ['names nobody', {}, 'namesNobody'],
  ])('refuses an id that a server wrote if the customer %s', async (_, metadata, reason) => {
    const id = await customer({ metadata });
    expect(await handles(subjectOf(fresh('cf'), { providerIds: { stripeCustomer: id } }))).toEqual({
      handles: [],
      refused: [reason],
    });
  });

  it.each(['cus_doesnotexist', '../charges', 'cus_x/../../charges', ''])(
    'finds nothing under the id %j',
    async (id) => {
      expect(await handles(subjectOf(fresh('cf'), { providerIds: { stripeCustomer: id } }))).toEqual({
        handles: [],
        refused: [],
      });
    },
  );

  it('proves a customer by a verified e-mail only when it is the only one and names nobody', async () => {
    const email = `${fresh('cf')}@example.com`;
    const subject = subjectOf(fresh('cf'), { verifiedEmails: proven(email) });
    const id = await customer({ email: email.replace('cf', 'CF') });
    expect(await handles(subject)).toEqual({ handles: [id], refused: [] });
    expect(await handles(subjectOf(subject.uid))).toEqual({ handles: [], refused: [] });
    await customer({ email });
    expect(await handles(subject)).toEqual({ handles: [], refused: ['ambiguous', 'ambiguous'] });
    const scope = await scopeFor(system, policy, subject);
    const { outcomes } = await drive((s) => system.apply(named('stripeCustomer'), s, erase), scope);
    expect(sum(outcomes, 'manual')).toBe(2);
    expect((await stripe.customers.retrieve(id)).deleted).toBeUndefined();
  });

  it('asks with any uid as a value: quotes do not end the query', async () => {
    await customer({ metadata: { uid: 'somebody' } });
    for (const uid of ["' OR metadata['uid']:'somebody", "\\' OR metadata['uid']:'somebody", 'a" b', "o'neill"]) {
      const id = await customer({ metadata: { uid } });
      expect(await handles(subjectOf(uid)), uid).toEqual({ handles: [id], refused: [] });
    }
  });

  it('retains each invoice until its own period ends: ten years from the close of its financial year', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, policy, subject);
    const { outcomes } = await drive((s) => system.apply(named('stripeInvoices'), s, erase), scope);
    const until = Date.parse('2036-12-31T23:00:00Z'); // 2037 begins in Paris
    const [invoice] = await collect(system.read(named('stripeInvoices'), scope));
    const id = invoice?.path.split('/')[1] ?? 'none';
    expect(outcomes).toMatchObject([{ outcome: 'retained', count: 1, until, ids: [id] }]);
    expect(await system.preview(named('stripeInvoices'), scope, erase)).toEqual(outcomes);
    const later = { ...scope, now: until + 1 };
    const byHand = await drive((s) => system.apply(named('stripeInvoices'), s, erase), later);
    expect(byHand.outcomes).toMatchObject([{ outcome: 'manual', count: 1 }]);
    const texts = byHand.outcomes.flatMap((o) => (o.outcome === 'manual' ? [o.what.en, o.what.fr] : []));
    expect(texts, 'it is named to the officer').toEqual([expect.stringContaining(id), expect.stringContaining(id)]);
    expect(await system.preview(named('stripeInvoices'), later, erase)).toEqual(byHand.outcomes);
    const checked = await drive((s) => system.check(named('stripeInvoices'), s, erase), later);
    expect(checked.outcomes).toEqual(byHand.outcomes);
  });

  it('tells apart invoices of different financial years, each group with its ids', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, policy, subject);
    const year = (text: string) => Date.parse(text) / 1000;
    const days = ['2024-03-01', '2024-11-01', '2025-06-01'];
    const customers = scope.handles.map(({ id }) => id);
    const invoices = days.map((day) => ({
      object: 'invoice',
      id: `in_${day}`,
      customer: customers[0],
      created: year(day),
    }));
    const older = await loadSystem('stripe', {
      ...context,
      clients: {
        ...context.clients,
        stripe: async () => {
          const retrieve = async (id: string) => ({ object: 'customer', id, deleted: true });
          return { customers: { retrieve }, invoices: { list: () => invoices } } as unknown as Stripe;
        },
      },
    });
    const { outcomes } = await drive((s) => older.apply(named('stripeInvoices'), s, erase), scope);
    expect(outcomes).toMatchObject([
      { count: 2, until: Date.parse('2034-12-31T23:00:00Z'), ids: ['in_2024-03-01', 'in_2024-11-01'] },
      { count: 1, until: Date.parse('2035-12-31T23:00:00Z'), ids: ['in_2025-06-01'] },
    ]);
  });

  it('names objects that a legal hold keeps as held', async () => {
    const { subject } = await plant();
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'a claim', fr: 'un litige' } };
    const scope = { ...(await scopeFor(system, policy, subject)), holds: [{ ground }] };
    const { outcomes } = await drive((s) => system.apply(named('stripeCustomer'), s, erase), scope);
    // The other customer of the same address is an officer's.
    expect(outcomes).toMatchObject([
      { outcome: 'retained', held: true, ground, until: null, count: 1 },
      { outcome: 'manual' },
    ]);
    await drive((s) => system.check(named('stripeCustomer'), s, erase), scope);
  });

  it('exports a card by four digits', async () => {
    const { subject } = await plant();
    const [row] = await collect(system.read(named('stripePaymentMethods'), await scopeFor(system, policy, subject)));
    expect(JSON.stringify(row)).toContain('"last4":"4242"');
    expect(JSON.stringify(row)).not.toMatch(/\d{12,}/);
  });

  it('sends a new idempotency key with each attempt of a deletion', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, policy, subject);
    await control.clear();
    await control.faults([{ method: 'DELETE', path: '/v1/customers', kind: '500', times: 2 }]);
    await drive((s) => system.apply(named('stripeCustomer'), s, erase), scope, { attempts: 3 });
    const keys = (await control.requests())
      .filter(({ method }) => method === 'DELETE')
      .map(({ headers }) => headers['idempotency-key']);
    expect(keys.every((key) => key !== undefined && key !== '')).toBe(true);
    expect(new Set(keys).size).toBe(2);
  });
});

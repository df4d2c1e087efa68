import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type Stripe from 'stripe';
import { failure, monthly, openBench, payingCustomer, type Bench } from './helpers.ts';

let bench: Bench;
let stripe: Stripe;
beforeEach(async () => {
  bench = await openBench();
  stripe = bench.stripe();
});
afterEach(() => bench.stop());

describe('customers', () => {
  it('are created, read, changed; an empty text unsets, metadata is merged', async () => {
    const made = await stripe.customers.create({
      email: 'anne@example.fr',
      name: 'Anne',
      phone: '+33612345678',
      metadata: { uid: 'u1', plan: 'free' },
      address: { line1: '1 rue Haute', city: 'Paris', country: 'FR' },
      preferred_locales: ['fr'],
    });
    expect(made).toMatchObject({
      object: 'customer',
      email: 'anne@example.fr',
      livemode: false,
      preferred_locales: ['fr'],
    });
    expect(made.address).toEqual({
      line1: '1 rue Haute',
      line2: null,
      city: 'Paris',
      country: 'FR',
      postal_code: null,
      state: null,
    });
    expect(made.created).toBe(bench.time.now / 1000);
    const changed = await stripe.customers.update(made.id, {
      name: 'Anna',
      phone: '',
      address: '',
      metadata: { plan: '', tier: '2' },
    });
    expect(changed).toMatchObject({
      name: 'Anna',
      phone: null,
      address: null,
      email: 'anne@example.fr',
      metadata: { uid: 'u1', tier: '2' },
    });
    expect(await stripe.customers.retrieve(made.id)).toEqual(changed);
    expect((await stripe.customers.update(made.id, { metadata: '' })).metadata).toEqual({});
  });

  it('are listed newest first, by exact e-mail and by time', async () => {
    const ids: string[] = [];
    for (const email of ['a@x.fr', 'b@x.fr', 'a@x.fr']) {
      ids.unshift((await stripe.customers.create({ email })).id);
      bench.time.now += 60_000;
    }
    const list = async (params: Stripe.CustomerListParams) =>
      (await stripe.customers.list(params)).data.map((c) => c.id);
    expect(await list({})).toEqual(ids);
    expect(await list({ email: 'a@x.fr' })).toEqual([ids[0], ids[2]]);
    expect(await list({ email: 'A@x.fr' })).toEqual([]);
    const second = (bench.time.now - 120_000) / 1000;
    expect(await list({ created: { gte: second } })).toEqual([ids[0], ids[1]]);
    expect(await list({ created: { lt: second } })).toEqual([ids[2]]);
    expect(await list({ created: second })).toEqual([ids[1]]);
  });

  it('stay retrievable once deleted, and are gone for everything else', async () => {
    const { id } = await stripe.customers.create({ email: 'a@x.fr' });
    expect(await stripe.customers.del(id)).toEqual({ id, object: 'customer', deleted: true });
    expect(await stripe.customers.retrieve(id)).toEqual({ id, object: 'customer', deleted: true });
    expect((await stripe.customers.list({ email: 'a@x.fr' })).data).toEqual([]);
    expect((await stripe.customers.search({ query: "email:'a@x.fr'" })).data).toEqual([]);
    const calls = [
      stripe.customers.del(id),
      stripe.customers.update(id, { name: 'x' }),
      stripe.customers.del('cus_never'),
    ];
    for (const call of calls) {
      expect(await failure(call)).toMatchObject({
        type: 'StripeInvalidRequestError',
        code: 'resource_missing',
        statusCode: 404,
      });
    }
    expect(await failure(stripe.invoices.create({ customer: id }))).toMatchObject({
      code: 'resource_missing',
      param: 'customer',
      statusCode: 400,
    });
  });

  it('take their subscriptions and cards along, and leave invoices and charges', async () => {
    const customer = await payingCustomer(stripe, { email: 'a@x.fr' });
    const other = await payingCustomer(stripe, { email: 'a@x.fr' });
    const price = await monthly(stripe);
    const mine = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
    const theirs = await stripe.subscriptions.create({ customer: other.id, items: [{ price: price.id }] });
    await stripe.customers.del(customer.id);
    expect(await stripe.subscriptions.retrieve(mine.id)).toMatchObject({
      status: 'canceled',
      ended_at: bench.time.now / 1000,
    });
    expect((await stripe.subscriptions.list({ customer: customer.id })).data).toEqual([]);
    expect((await stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toHaveLength(1);
    expect((await stripe.invoices.list({ customer: customer.id })).data).toMatchObject([
      { status: 'paid', customer_email: 'a@x.fr' },
    ]);
    expect((await stripe.charges.list({ customer: customer.id })).data).toMatchObject([
      { status: 'succeeded', amount: 990 },
    ]);
    expect((await stripe.paymentMethods.list({ customer: customer.id })).data).toEqual([]);
    expect((await stripe.subscriptions.retrieve(theirs.id)).status).toBe('active');
    expect((await stripe.paymentMethods.list({ customer: other.id })).data).toHaveLength(1);
  });
});

describe('pagination', () => {
  it('gives each object exactly once, forward and backward, for any page size', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 23; i += 1) ids.unshift((await stripe.customers.create()).id);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.nat(22), async (limit, from) => {
        const seen: string[] = [];
        for await (const customer of stripe.customers.list({ limit })) seen.push(customer.id);
        expect(seen).toEqual(ids);
        const back: string[] = [];
        for await (const customer of stripe.customers.list({ limit, ending_before: ids[from] ?? '' }))
          back.push(customer.id);
        expect(back).toEqual(ids.slice(0, from).reverse());
      }),
      { numRuns: 20 },
    );
  });

  it('says whether more follows, gives ten by default, and refuses a wrong size or cursor', async () => {
    for (let i = 0; i < 11; i += 1) await stripe.customers.create();
    const first = await stripe.customers.list();
    expect(first.data).toHaveLength(10);
    expect(first.has_more).toBe(true);
    expect((await stripe.customers.list({ limit: 11 })).has_more).toBe(false);
    expect((await stripe.customers.list({ starting_after: first.data[9]?.id ?? '' })).has_more).toBe(false);
    expect(await failure(stripe.customers.list({ limit: 101 }).then())).toMatchObject({
      statusCode: 400,
      param: 'limit',
    });
    expect(await failure(stripe.customers.list({ starting_after: 'cus_x' }).then())).toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    });
  });
});

describe('search', () => {
  const find = async (query: string, limit = 100) =>
    (await stripe.customers.search({ query, limit })).data.map((c) => c.name).sort();
  beforeEach(async () => {
    await stripe.customers.create({
      name: 'anne',
      email: 'anne@example.fr',
      metadata: { uid: 'Abc', firebaseUID: 'f1' },
    });
    await stripe.customers.create({
      name: 'bob',
      email: 'bob@example.fr',
      phone: '+33612345678',
      metadata: { uid: 'xyz' },
    });
  });

  it('finds by metadata, e-mail, phone, parts and negation', async () => {
    expect(await find(`metadata['uid']:'Abc'`)).toEqual(['anne']);
    expect(await find(`metadata["firebaseUID"]:"f1"`)).toEqual(['anne']);
    expect(await find(`email:"bob@example.fr"`)).toEqual(['bob']);
    expect(await find(`phone:'+33612345678'`)).toEqual(['bob']);
    expect(await find(`email~"example"`)).toEqual(['anne', 'bob']);
    expect(await find(`-email:"bob@example.fr"`)).toEqual(['anne']);
    expect(await find(`email~"example" metadata["uid"]:"xyz"`)).toEqual(['bob']);
    expect(await find(`metadata["uid"]:"xyz" OR name:"anne"`)).toEqual(['anne', 'bob']);
    expect(await find(`metadata["firebaseUID"]:null`)).toEqual(['bob']);
    expect(await find(`-metadata["firebaseUID"]:null`)).toEqual(['anne']);
    expect(await find(`created>${bench.time.now / 1000}`)).toEqual([]);
  });

  it('ignores case, as documented: a uid that is found must still be compared', async () => {
    expect(await find(`metadata["uid"]:"aBC"`)).toEqual(['anne']);
  });

  it('a value that ends its own quotes finds nothing of another person', async () => {
    await stripe.customers.create({ name: 'eve', metadata: { uid: '" OR name:"anne' } });
    expect(await find(`metadata["uid"]:"\\" OR name:\\"anne"`)).toEqual(['eve']);
  });

  it('refuses an unreadable query, and fields that cannot be searched', async () => {
    for (const query of ['', 'email', 'email:', 'email:"a', 'email:"a" AND name:"b" OR name:"c"', 'address:"Paris"']) {
      expect(await failure(stripe.customers.search({ query }).then()), query).toMatchObject({ statusCode: 400 });
    }
  });

  it('comes late when told to: changes and deletions too', async () => {
    await bench.control('stripe', 'PUT', 'settings', { searchLagMs: 60_000 });
    const late = await stripe.customers.create({ name: 'late', metadata: { uid: 'l1' } });
    expect(await find(`metadata["uid"]:"l1"`)).toEqual([]);
    bench.time.now += 60_000;
    expect(await find(`metadata["uid"]:"l1"`)).toEqual(['late']);
    await stripe.customers.del(late.id);
    expect(await find(`metadata["uid"]:"l1"`)).toEqual(['late']);
    bench.time.now += 60_000;
    expect(await find(`metadata["uid"]:"l1"`)).toEqual([]);
  });

  it('pages through all results', async () => {
    for (let i = 0; i < 12; i += 1) await stripe.customers.create({ name: `c${i}`, email: 'same@example.fr' });
    const seen = new Set<string>();
    for await (const customer of stripe.customers.search({ query: 'email:"same@example.fr"', limit: 5 }))
      seen.add(customer.id);
    expect(seen.size).toBe(12);
  });
});

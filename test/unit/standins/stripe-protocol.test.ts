import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import Stripe from 'stripe';
import { failure, openBench, payingCustomer, type Bench } from './helpers.ts';

let bench: Bench;
let stripe: Stripe;
beforeEach(async () => {
  bench = await openBench();
  stripe = bench.stripe();
});
afterEach(() => bench.stop());

/** A call with parameters that the types would not let through. */
const untyped = (params: object): never => params as never;

describe('keys', () => {
  it('are required, as Bearer or Basic', async () => {
    const url = `${bench.stripeUrl}/v1/customers`;
    const none = await fetch(url);
    expect(none.status).toBe(401);
    expect(await none.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
    expect(
      (await fetch(url, { headers: { authorization: `Basic ${Buffer.from('sk_test_1:').toString('base64')}` } }))
        .status,
    ).toBe(200);
    expect(
      (await fetch(url, { headers: { authorization: `Basic ${Buffer.from(':').toString('base64')}` } })).status,
    ).toBe(401);
  });

  it('can be refused by a setting', async () => {
    await bench.control('stripe', 'PUT', 'settings', { refusedKeys: ['sk_test_revoked_1234'] });
    const error = await failure(bench.stripe({ key: 'sk_test_revoked_1234' }).customers.list().then());
    expect(error).toMatchObject({ type: 'StripeAuthenticationError', statusCode: 401 });
    expect(error.message).not.toContain('revoked');
    expect((await stripe.customers.list()).data).toEqual([]);
  });
});

describe('every answer', () => {
  it('has a request id of its own and echoes version and idempotency key', async () => {
    const one = await stripe.customers.create({}, { idempotencyKey: 'k1' });
    const two = await stripe.customers.retrieve(one.id, undefined, { apiVersion: '2025-03-31.basil' });
    expect(one.lastResponse).toMatchObject({ apiVersion: Stripe.API_VERSION, idempotencyKey: 'k1' });
    expect(two.lastResponse.apiVersion).toBe('2025-03-31.basil');
    expect(one.lastResponse.requestId).toMatch(/^req_/);
    expect(two.lastResponse.requestId).not.toBe(one.lastResponse.requestId);
  });

  it('has the documented shape when it is an error', async () => {
    const response = await fetch(`${bench.stripeUrl}/v1/customers/cus_x`, {
      headers: { authorization: 'Bearer sk_test_1' },
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: {
        type: 'invalid_request_error',
        code: 'resource_missing',
        doc_url: 'https://stripe.com/docs/error-codes/resource-missing',
        message: "No such customer: 'cus_x'",
        param: 'id',
      },
    });
  });
});

describe('parameters', () => {
  it('that nobody knows are refused by name, nested ones too', async () => {
    const cases: [Promise<unknown>, string][] = [
      [stripe.customers.create(untyped({ emial: 'a@b.fr' })), 'emial'],
      [stripe.customers.create(untyped({ address: { town: 'Paris' } })), 'address[town]'],
      [stripe.customers.list(untyped({ mail: 'a@b.fr' })).then(), 'mail'],
      [stripe.customers.del('cus_x', untyped({ force: true })), 'force'],
      [stripe.subscriptions.create(untyped({ customer: 'cus_x', items: [{ prize: 'p' }] })), 'items[0][prize]'],
      [stripe.subscriptions.list(untyped({ state: 'all' })).then(), 'state'],
    ];
    for (const [call, param] of cases) {
      expect(await failure(call), param).toMatchObject({
        code: 'parameter_unknown',
        param,
        statusCode: 400,
        message: expect.stringContaining(param) as string,
      });
    }
  });

  it('that are missing or of the wrong kind are named', async () => {
    expect(await failure(stripe.subscriptions.create(untyped({ items: [] })))).toMatchObject({
      code: 'parameter_missing',
      param: 'customer',
    });
    expect(await failure(stripe.products.create(untyped({})))).toMatchObject({
      code: 'parameter_missing',
      param: 'name',
    });
    expect(await failure(stripe.customers.update('cus_x', untyped({ balance: 'much' })))).toMatchObject({
      code: 'parameter_invalid_integer',
      param: 'balance',
    });
    expect(await failure(stripe.customers.create(untyped({ metadata: { ['k'.repeat(41)]: 'v' } })))).toMatchObject({
      statusCode: 400,
    });
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 'v']));
    expect(await failure(stripe.customers.create({ metadata: many }))).toMatchObject({
      statusCode: 400,
      param: 'metadata',
    });
  });
});

describe('idempotency keys', () => {
  it('replay the first answer of any kind, and refuse other parameters', async () => {
    const options = { idempotencyKey: 'k1' };
    const first = await stripe.customers.create({ email: 'a@b.fr' }, options);
    const again = await stripe.customers.create({ email: 'a@b.fr' }, options);
    expect(again).toEqual(first);
    expect(again.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'original-request': first.lastResponse.requestId,
    });
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
    expect(await failure(stripe.customers.create({ email: 'other@b.fr' }, options))).toMatchObject({
      type: 'StripeIdempotencyError',
      statusCode: 400,
    });
    expect(await failure(stripe.products.create({ name: 'x' }, options))).toMatchObject({
      type: 'StripeIdempotencyError',
    });
    expect((await stripe.customers.list()).data).toHaveLength(1);
  });

  it('keep a refusal of the endpoint, but not one of the parameters or of the rate limiter', async () => {
    const customer = await stripe.customers.create();
    const failed = () => failure(stripe.invoices.pay('in_x', {}, { idempotencyKey: 'k1' }));
    expect((await failed())['headers']).not.toHaveProperty('idempotent-replayed');
    expect((await failed())['headers']).toHaveProperty('idempotent-replayed', 'true');
    await failure(stripe.customers.update(customer.id, untyped({ nmae: 'x' }), { idempotencyKey: 'k2' }));
    expect((await stripe.customers.update(customer.id, { name: 'x' }, { idempotencyKey: 'k2' })).name).toBe('x');
    await bench.faults('stripe', { path: '/v1/customers', kind: '429' });
    expect(await failure(stripe.customers.create({}, { idempotencyKey: 'k3' }))).toMatchObject({ statusCode: 429 });
    expect((await stripe.customers.create({}, { idempotencyKey: 'k3' })).object).toBe('customer');
  });

  it('are forgotten after 24 hours and have no effect on DELETE', async () => {
    const options = { idempotencyKey: 'k1' };
    const first = await stripe.customers.create({}, options);
    bench.time.now += 24 * 60 * 60 * 1000;
    expect((await stripe.customers.create({}, options)).id).not.toBe(first.id);
    await stripe.customers.del(first.id, undefined, { idempotencyKey: 'd1' });
    expect(await failure(stripe.customers.del(first.id, undefined, { idempotencyKey: 'd1' }))).toMatchObject({
      code: 'resource_missing',
    });
  });
});

describe('expand', () => {
  it('puts objects for ids, in lists too, and a deleted customer as such', async () => {
    const customer = await payingCustomer(stripe, { email: 'a@b.fr' });
    await stripe.invoices.create({ customer: customer.id });
    const expanded = await stripe.invoices.list({ expand: ['data.customer.invoice_settings.default_payment_method'] });
    expect(expanded.data[0]?.customer).toMatchObject({
      email: 'a@b.fr',
      invoice_settings: { default_payment_method: { type: 'card' } },
    });
    expect((await stripe.invoices.list()).data[0]?.customer).toBe(customer.id);
    expect(
      (await stripe.customers.retrieve(customer.id, { expand: ['subscriptions'] })) as Stripe.Customer,
    ).toMatchObject({ subscriptions: { object: 'list', data: [] } });
    await stripe.customers.del(customer.id);
    const after = await stripe.invoices.list({ expand: ['data.customer'] });
    expect(after.data[0]?.customer).toEqual({ id: customer.id, object: 'customer', deleted: true });
  });

  it('refuses a field that cannot be expanded', async () => {
    const { id } = await stripe.customers.create();
    expect(await failure(stripe.customers.retrieve(id, { expand: ['emial'] }))).toMatchObject({
      statusCode: 400,
      message: 'This property cannot be expanded (emial).',
    });
    expect(await failure(stripe.customers.retrieve(id, { expand: ['a.b.c.d.e'] }))).toMatchObject({ statusCode: 400 });
  });
});

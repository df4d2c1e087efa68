import { describe, expect, it } from 'vitest';
import { failure, openBench, type Bench } from './helpers.ts';

/** Runs a test with servers of its own: the tests wait for the SDKs, side by side. */
const alone =
  (work: (bench: Bench) => Promise<unknown>): (() => Promise<void>) =>
  async () => {
    const bench = await openBench();
    try {
      await work(bench);
    } finally {
      await bench.stop();
    }
  };

const statuses = async (bench: Bench, server: 'stripe' | 'brevo') =>
  (await bench.requests(server)).map((r) => r.status);

describe.concurrent('faults as the Stripe SDK sees them', () => {
  it(
    '429: a rate limit error, not retried under any setting of the SDK',
    alone(async (bench) => {
      await bench.faults('stripe', { method: 'GET', path: '/v1/customers', kind: '429' });
      const error = await failure(bench.stripe({ maxNetworkRetries: 2 }).customers.list());
      expect(error).toMatchObject({ type: 'StripeRateLimitError', statusCode: 429, code: 'rate_limit' });
      expect(await statuses(bench, 'stripe')).toEqual([429]);
    }),
  );

  it(
    'of one person: a request that does not hold the text is none of it',
    alone(async (bench) => {
      const stripe = bench.stripe();
      await bench.faults('stripe', { method: 'POST', path: '/v1/customers', body: 'ada%40', kind: '429' });
      expect((await stripe.customers.create({ email: 'bob@example.com' })).object).toBe('customer');
      expect(await failure(stripe.customers.create({ email: 'ada@example.com' }))).toMatchObject({ statusCode: 429 });
    }),
  );

  it(
    '500: an API error, retried when retries are allowed',
    alone(async (bench) => {
      await bench.faults('stripe', { path: '/v1/customers', kind: '500', times: 2 });
      expect(await failure(bench.stripe().customers.list())).toMatchObject({ type: 'StripeAPIError', statusCode: 500 });
      expect((await bench.stripe({ maxNetworkRetries: 1 }).customers.list()).data).toEqual([]);
      expect(await statuses(bench, 'stripe')).toEqual([500, 500, 200]);
    }),
  );

  it(
    '500 to a POST is kept for its idempotency key, as documented: only another key gets through',
    alone(async (bench) => {
      const stripe = bench.stripe();
      await bench.faults('stripe', { method: 'POST', path: '/v1/customers', kind: '500' });
      expect(await failure(stripe.customers.create({}, { idempotencyKey: 'k1' }))).toMatchObject({ statusCode: 500 });
      expect(await failure(stripe.customers.create({}, { idempotencyKey: 'k1' }))).toMatchObject({ statusCode: 500 });
      expect((await stripe.customers.create({}, { idempotencyKey: 'k2' })).object).toBe('customer');
    }),
  );

  it(
    '500-no-error: RESOLVES although nothing happened, so only `deleted === true` is proof',
    alone(async (bench) => {
      const stripe = bench.stripe();
      const { id } = await stripe.customers.create();
      await bench.faults('stripe', { method: 'DELETE', path: '/v1/customers/', kind: '500-no-error' });
      const answer = await stripe.customers.del(id);
      expect(answer.deleted).not.toBe(true);
      expect(answer.lastResponse.statusCode).toBe(500);
      expect((await stripe.customers.retrieve(id)).deleted).toBeUndefined();
    }),
  );

  it(
    'timeout: a connection error after the timeout of the SDK, not retried',
    alone(async (bench) => {
      await bench.faults('stripe', { path: '/v1/customers', kind: 'timeout' });
      const error = await failure(bench.stripe({ timeout: 50 }).customers.list());
      expect(error).toMatchObject({
        type: 'StripeConnectionError',
        message: expect.stringContaining('timeout') as string,
      });
      expect(await statuses(bench, 'stripe')).toEqual([null]);
    }),
  );

  it(
    'reset-before: retried once even without retries; a second reset is an error',
    alone(async (bench) => {
      const stripe = bench.stripe();
      const { id } = await stripe.customers.create();
      await bench.faults('stripe', { method: 'DELETE', path: '/v1/customers/', kind: 'reset-before' });
      expect((await stripe.customers.del(id)).deleted).toBe(true);
      await bench.faults('stripe', { method: 'GET', path: '/v1/customers', kind: 'reset-before', times: 2 });
      expect(await failure(stripe.customers.list())).toMatchObject({ type: 'StripeConnectionError' });
      expect(await statuses(bench, 'stripe')).toEqual([200, null, 200, null, null]);
    }),
  );

  it(
    'reset-after a DELETE: the retry finds nothing, and the customer is deleted',
    alone(async (bench) => {
      const stripe = bench.stripe();
      const { id } = await stripe.customers.create();
      await bench.faults('stripe', { method: 'DELETE', path: '/v1/customers/', kind: 'reset-after' });
      expect(await failure(stripe.customers.del(id))).toMatchObject({ code: 'resource_missing', statusCode: 404 });
      expect(await stripe.customers.retrieve(id)).toEqual({ id, object: 'customer', deleted: true });
    }),
  );

  it(
    'reset-after a POST: the retry carries the same idempotency key and gets the first answer',
    alone(async (bench) => {
      const stripe = bench.stripe();
      await bench.faults('stripe', { method: 'POST', path: '/v1/customers', kind: 'reset-after' });
      const customer = await stripe.customers.create({ email: 'a@b.fr' });
      expect(customer.lastResponse.headers['idempotent-replayed']).toBe('true');
      expect((await stripe.customers.list()).data.map((c) => c.id)).toEqual([customer.id]);
    }),
  );

  it(
    'garbage: an API error, and nothing happened',
    alone(async (bench) => {
      const stripe = bench.stripe();
      const { id } = await stripe.customers.create();
      await bench.faults('stripe', { method: 'DELETE', path: '/v1/customers/', kind: 'garbage' });
      const error = await failure(stripe.customers.del(id));
      expect(error).toMatchObject({
        type: 'StripeAPIError',
        message: expect.stringContaining('Invalid JSON') as string,
      });
      expect((await stripe.customers.retrieve(id)).deleted).toBeUndefined();
    }),
  );
});

describe.concurrent('faults as the Brevo SDK sees them', () => {
  const email = 'a@example.fr';
  type Kind = '429' | '500' | '500-no-error' | 'timeout' | 'reset-before' | 'reset-after' | 'garbage';
  const withContact = (work: (contact: ReturnType<typeof contactAt>) => Promise<unknown>) =>
    alone(async (bench) => {
      await bench.brevo().contacts.createContact({ email });
      await bench.control('brevo', 'DELETE', 'requests');
      await work(contactAt(bench));
    });
  const contactAt = (bench: Bench) => ({
    bench,
    remove: (options?: Parameters<Bench['brevo']>[0]) =>
      bench.brevo(options).contacts.deleteContact({ identifier: email }),
    exists: async () => (await bench.brevo().contacts.getContacts({})).count === 1,
    fault: (kind: Kind) => bench.faults('brevo', { method: 'DELETE', path: '/v3/contacts/', kind }),
  });

  it(
    '429: with the headers that the SDK ignores, retried by it',
    withContact(async ({ bench, fault, remove }) => {
      await fault('429');
      const error = await failure(remove());
      expect(error).toMatchObject({ statusCode: 429, body: { code: 'too_many_requests' } });
      const { headers } = error['rawResponse'] as { headers: Headers };
      expect(headers.get('x-sib-ratelimit-remaining')).toBe('0');
      expect(headers.get('x-sib-ratelimit-reset')).toBe('1');
      await fault('429');
      await remove({ maxRetries: 1 });
      expect(await statuses(bench, 'brevo')).toEqual([429, 429, 204]);
    }),
  );

  it(
    '500 and 500-no-error: both are errors, since the SDK goes by the status',
    withContact(async ({ fault, remove, exists }) => {
      await fault('500');
      expect(await failure(remove())).toMatchObject({ statusCode: 500, body: { code: 'internal_error' } });
      await fault('500-no-error');
      expect(await failure(remove())).toMatchObject({ statusCode: 500 });
      expect(await exists()).toBe(true);
    }),
  );

  it(
    'timeout: a plain error without a status',
    withContact(async ({ fault, remove, exists }) => {
      await fault('timeout');
      const error = await failure(remove({ timeoutInSeconds: 0.05 }));
      expect(error).toMatchObject({ name: 'BrevoError', statusCode: undefined });
      expect(error.message).toBe('"timeout"');
      expect(await exists()).toBe(true);
    }),
  );

  it(
    'reset-before and reset-after: errors without a status, never retried; the effect is there after the second',
    withContact(async ({ bench, fault, remove, exists }) => {
      await fault('reset-before');
      expect(await failure(remove({ maxRetries: 2 }))).toMatchObject({ statusCode: undefined });
      expect(await exists()).toBe(true);
      await fault('reset-after');
      expect(await failure(remove({ maxRetries: 2 }))).toMatchObject({ statusCode: undefined });
      expect(await exists()).toBe(false);
      expect((await statuses(bench, 'brevo')).filter((status) => status === null)).toHaveLength(2);
    }),
  );

  it(
    'garbage: RESOLVES although nothing happened, so only reading back is proof',
    withContact(async ({ bench, fault, remove, exists }) => {
      await fault('garbage');
      await expect(remove()).resolves.toBeUndefined();
      expect(await exists()).toBe(true);
      await bench.faults('brevo', { method: 'GET', path: '/v3/contacts/', kind: 'garbage' });
      expect(await bench.brevo().contacts.getContactInfo({ identifier: email })).toMatchObject({
        ok: false,
        error: { reason: 'non-json' },
      });
    }),
  );
});

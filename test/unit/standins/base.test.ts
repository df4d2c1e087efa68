import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startStandins, startStripe } from '../../../emulator/standins/index.ts';
import { failure, openBench, type Bench } from './helpers.ts';

describe('the base server', () => {
  let bench: Bench;
  beforeEach(async () => void (bench = await openBench()));
  afterEach(() => bench.stop());

  it('records method, path, query, headers, body and status, without the keys', async () => {
    await bench.stripe({ key: 'sk_test_secret' }).customers.create({ metadata: { uid: 'u1' } });
    await bench.stripe({ key: 'sk_test_secret' }).customers.list({ email: 'a@b.fr' });
    await failure(bench.brevo({ key: 'xkeysib-secret' }).contacts.getContactInfo({ identifier: 'a@b.fr' }));
    const [create, list] = await bench.requests('stripe');
    expect(create).toMatchObject({
      method: 'POST',
      path: '/v1/customers',
      body: { metadata: { uid: 'u1' } },
      status: 200,
    });
    expect(create?.headers['authorization']).toBe('[redacted]');
    expect(create?.headers['idempotency-key']).toMatch(/^stripe-node-retry-/);
    expect(list).toMatchObject({ method: 'GET', query: { email: 'a@b.fr' }, body: null, status: 200 });
    const [info] = await bench.requests('brevo');
    expect(info).toMatchObject({ method: 'GET', path: '/v3/contacts/a%40b.fr', status: 404 });
    expect(JSON.stringify([create, list, info])).not.toContain('secret');
  });

  it('forgets requests and state on demand, each for itself', async () => {
    const stripe = bench.stripe();
    await stripe.customers.create({ email: 'a@b.fr' });
    expect((await bench.control('stripe', 'DELETE', 'requests')).status).toBe(204);
    expect(await bench.requests('stripe')).toEqual([]);
    expect((await stripe.customers.list()).data).toHaveLength(1);
    await bench.faults('stripe', { path: '/v1/products', kind: '500' });
    expect((await bench.control('stripe', 'DELETE', 'state')).status).toBe(204);
    expect((await stripe.customers.list()).data).toEqual([]);
    await stripe.products.create({ name: 'the fault went with the state' });
    expect(await bench.requests('stripe')).toHaveLength(3);
  });

  it('refuses a control that it does not have and a body that does not fit', async () => {
    expect((await bench.control('stripe', 'GET', 'nothing')).status).toBe(404);
    expect((await bench.control('stripe', 'PUT', 'limits', {})).status).toBe(404);
    const wrong = await bench.control('stripe', 'PUT', 'faults', [
      { method: 'GET', path: '/v1', kind: '418', times: 1 },
    ]);
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain('kind');
    expect((await bench.control('brevo', 'PUT', 'settings', { procesPolls: 1 })).status).toBe(400);
  });

  it('creates data in the past while its clock is set back', async () => {
    const stripe = bench.stripe();
    expect((await bench.control('stripe', 'PUT', 'clock', { now: '2024-02-29T10:00:00Z' })).status).toBe(200);
    const old = await stripe.customers.create();
    await bench.control('stripe', 'PUT', 'clock', { now: null });
    const fresh = await stripe.customers.create();
    expect(old.created).toBe(Date.UTC(2024, 1, 29, 10) / 1000);
    expect(fresh.created).toBe(bench.time.now / 1000);
  });

  it('answers 501 with method and path to a call that it does not know', async () => {
    expect(await failure(bench.stripe().balance.retrieve())).toMatchObject({
      statusCode: 501,
      message: expect.stringContaining('GET /v1/balance') as string,
    });
    expect(await failure(bench.brevo().senders.getSenders())).toMatchObject({
      statusCode: 501,
      body: { message: expect.stringContaining('GET /v3/senders') as string },
    });
  });

  it('counts faults down, by method, prefix and pattern', async () => {
    await bench.faults(
      'stripe',
      { method: 'POST', path: '/v1/customers', kind: '429', times: 2 },
      { method: 'GET', path: '/v1/*/cus_x', kind: '429', times: 1 },
    );
    const stripe = bench.stripe();
    expect((await stripe.customers.list()).data).toEqual([]);
    for (const call of [1, 2])
      expect(await failure(stripe.customers.create()), String(call)).toMatchObject({ statusCode: 429 });
    expect((await stripe.customers.create()).object).toBe('customer');
    expect(await failure(stripe.customers.retrieve('cus_x'))).toMatchObject({ statusCode: 429 });
    expect(await failure(stripe.customers.retrieve('cus_x'))).toMatchObject({ statusCode: 404 });
    expect(await (await bench.control('stripe', 'GET', 'faults')).json()).toEqual([]);
    expect((await bench.requests('stripe')).map((r) => r.fault)).toEqual([
      undefined,
      '429',
      '429',
      undefined,
      '429',
      undefined,
    ]);
  });
});

describe('starting and stopping', () => {
  it('stops at once although a call hangs, and leaves nothing that listens', async () => {
    const bench = await openBench();
    await bench.faults('stripe', { path: '/v1', kind: 'timeout' });
    const hanging = failure(bench.stripe().customers.list());
    await expect.poll(async () => (await bench.requests('stripe')).length).toBe(1);
    await bench.stop();
    expect(await hanging).toBeInstanceOf(Error);
    await expect(fetch(bench.stripeUrl)).rejects.toThrow();
    await expect(fetch(bench.brevoUrl)).rejects.toThrow();
  });

  it('fails when a port is taken, and then runs neither server', async () => {
    const taken = createServer();
    const stripePort = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as AddressInfo).port));
    });
    const free = await startStripe();
    await free.stop();
    const brevoPort = Number(new URL(free.url).port);
    await expect(startStandins({ stripePort, brevoPort })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(fetch(`http://127.0.0.1:${brevoPort}`)).rejects.toThrow();
    await new Promise((resolve) => taken.close(resolve));
  });

  it('listens on loopback at the port asked for, and says so to the log', async () => {
    const lines: string[] = [];
    const first = await startStripe({ log: (line) => lines.push(line) });
    const port = Number(new URL(first.url).port);
    expect(first.url).toBe(`http://127.0.0.1:${port}`);
    await fetch(`${first.url}/v1/customers?email=person%40example.fr`);
    await first.stop();
    const again = await startStripe({ port });
    expect(again.url).toBe(first.url);
    await again.stop();
    expect(lines).toEqual(['stripe: GET /v1/customers 401']);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, openBench, type Bench } from './helpers.ts';

let bench: Bench;
beforeEach(async () => void (bench = await openBench()));
afterEach(() => bench.stop());

/** The headers of one answer: limit, remaining, seconds until the reset. */
async function look(path: string, method = 'GET'): Promise<[status: number, ...number[]]> {
  const { status, headers } = await fetch(`${bench.brevoUrl}/v3${path}`, { method, headers: { 'api-key': 'k' } });
  return [status, ...['limit', 'remaining', 'reset'].map((name) => Number(headers.get(`x-sib-ratelimit-${name}`)))];
}

describe('keys', () => {
  it('are required, and can be refused by a setting', async () => {
    const none = await fetch(`${bench.brevoUrl}/v3/account`);
    expect([none.status, await none.json()]).toEqual([
      401,
      { code: 'unauthorized', message: 'authentication not found in headers' },
    ]);
    await bench.control('brevo', 'PUT', 'settings', { refusedKeys: ['wrong'] });
    expect(await failure(bench.brevo({ key: 'wrong' }).account.getAccount())).toMatchObject({
      statusCode: 401,
      body: { message: 'Key not found' },
    });
    expect(await bench.brevo().account.getAccount()).toMatchObject({ relay: { enabled: true } });
  });
});

describe('rate limits', () => {
  it('are told by every answer, each route with its own', async () => {
    expect(await look('/contacts')).toEqual([200, 10, 9, 1]);
    expect(await look('/contacts/lists')).toEqual([200, 10, 8, 1]);
    expect(await look('/smtp/emails?email=a@b.fr')).toEqual([200, 2, 1, 1]);
    expect(await look('/smtp/statistics/events')).toEqual([200, 300, 299, 3600]);
    expect(await look('/smtp/log/a@b.fr', 'DELETE')).toEqual([404, 300, 298, 3600]);
    expect(await look('/account')).toEqual([200, 100, 99, 3600]);
    expect(await look('/contacts/nobody@b.fr')).toEqual([404, 10, 7, 1]);
    expect((await look('/smtp/email', 'POST')).slice(0, 2)).toEqual([400, 1_000]);
  });

  it('are counted but not enforced by default, so that loading data is quick', async () => {
    const brevo = bench.brevo();
    await Promise.all(Array.from({ length: 40 }, (_, i) => brevo.contacts.createContact({ email: `c${i}@b.fr` })));
    expect((await brevo.contacts.getContacts({ limit: 1 })).count).toBe(40);
    expect(await look('/contacts')).toEqual([200, 10, 0, 1]);
  });

  it('answer 429 once enforced, without effect, until the window is over', async () => {
    await bench.control('brevo', 'PUT', 'limits', { enforced: true });
    const brevo = bench.brevo();
    for (let i = 0; i < 10; i += 1) await brevo.contacts.createContact({ email: `c${i}@b.fr` });
    const error = await failure(brevo.contacts.createContact({ email: 'eleventh@b.fr' }));
    expect(error).toMatchObject({ name: 'BrevoError', statusCode: 429, body: { code: 'too_many_requests' } });
    expect((error['rawResponse'] as { headers: Headers }).headers.get('x-sib-ratelimit-reset')).toBe('1');
    bench.time.now += 1_000;
    expect((await brevo.contacts.getContacts()).count).toBe(10);
  });

  it('hold two a second for the list of e-mails, and the hour in any length', async () => {
    await bench.control('brevo', 'PUT', 'limits', { enforced: true, hourMs: 5_000 });
    const emails = () => look('/smtp/emails?email=a@b.fr');
    expect([await emails(), await emails(), await emails()].map(([status]) => status)).toEqual([200, 200, 429]);
    for (let i = 0; i < 100; i += 1) expect((await look('/account'))[0]).toBe(200);
    expect(await look('/account')).toEqual([429, 100, 0, 5]);
    bench.time.now += 5_000;
    expect((await look('/account'))[0]).toBe(200);
  });

  it('hold for every hour, whenever it begins, once they are rolling', async () => {
    const limits = { enforced: true, rolling: true };
    await bench.control('brevo', 'PUT', 'limits', limits);
    const call = async () => (await look('/account'))[0];
    for (let i = 0; i < 60; i += 1) await call();
    bench.time.now += 1_800_000;
    for (let i = 0; i < 40; i += 1) expect(await call()).toBe(200);
    expect(await look('/account')).toEqual([429, 100, 0, 1_800]);
    bench.time.now += 1_800_000;
    // A fixed window would be new now.
    for (let i = 0; i < 60; i += 1) expect(await call()).toBe(200);
    expect(await call()).toBe(429);
  });
});

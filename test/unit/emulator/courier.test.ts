import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Courier, type CourierStatus } from '../../../emulator/courier.ts';

interface Delivery {
  url: string;
  body: string;
  headers: IncomingHttpHeaders;
}

describe('the courier', () => {
  let functions: Server;
  let courier: Courier;
  let address: string;
  let deliveries: Delivery[];
  /** The functions' answer to each delivery; a promise answers once it resolves. */
  let answer: (delivery: Delivery, number: number) => number | Promise<number>;
  const given: string[] = [];
  // Another one each time: a connection that `fetch` keeps must not meet the next courier.
  let port = 30_000 + (process.pid % 1000);

  beforeEach(async () => {
    deliveries = [];
    given.length = 0;
    answer = () => 200;
    functions = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const delivery = { url: request.url ?? '', body, headers: request.headers };
        const number = deliveries.push(delivery);
        void Promise.resolve(answer(delivery, number)).then((status) => response.writeHead(status).end('answer'));
      });
    });
    await new Promise<void>((resolve) => functions.listen(0, '127.0.0.1', resolve));
    await start();
  });
  /**
   * An attempt is given up late, unless the test is about that: on a slow machine each takes its
   * time.
   */
  async function start(): Promise<void> {
    courier = new Courier({ retries: 3, backoffMs: 1, attemptMs: 60_000, log: (line) => given.push(line) });
    courier.deliverTo(`127.0.0.1:${(functions.address() as AddressInfo).port}`);
    do port += 7;
    while (!(await courier.listen(port)));
    address = `http://127.0.0.1:${port}`;
  }
  afterEach(async () => {
    await courier.stop();
    functions.closeAllConnections();
    await new Promise((resolve) => functions.close(resolve));
  });

  const send = async (id: string, trigger = 'a', headers: Record<string, string> = {}): Promise<void> => {
    const path = `/functions/projects/p/triggers/${trigger}`;
    const response = await fetch(address + path, {
      method: 'POST',
      body: `body ${id}`,
      headers: { 'ce-id': id, ...headers },
    });
    expect(response.status).toBe(200);
  };
  const status = async (): Promise<CourierStatus> =>
    (await (await fetch(`${address}/_control/status`)).json()) as CourierStatus;
  const becomes = (expected: Partial<CourierStatus>): Promise<void> =>
    vi.waitFor(async () => expect(await status()).toMatchObject(expected), 60_000);
  const chaos = async (body: object): Promise<number> =>
    (await fetch(`${address}/_control/chaos`, { method: 'PUT', body: JSON.stringify(body) })).status;
  const ids = (): (string | string[] | undefined)[] => deliveries.map((delivery) => delivery.headers['ce-id']);

  it('delivers an event with its headers and body, once', async () => {
    await send('e1', 'a', { 'ce-type': 'written' });
    await becomes({ delivered: 1, pending: 0 });
    expect(deliveries).toMatchObject([
      { url: '/functions/projects/p/triggers/a', body: 'body e1', headers: { 'ce-id': 'e1', 'ce-type': 'written' } },
    ]);
  });

  it('tries again when an attempt gets no answer: the process that worked on it was killed', async () => {
    expect(await chaos({ attemptMs: 300 })).toBe(200);
    answer = (_, number) => (number === 1 ? new Promise<number>(() => undefined) : 200);
    await send('e1');
    await becomes({ delivered: 1, pending: 0, failed: 0 });
    // A slow machine lets a later attempt go unanswered in time as well.
    expect(ids().length).toBeGreaterThanOrEqual(2);
    expect(new Set(ids())).toEqual(new Set(['e1']));
  });

  it('tries again under the same id until the function succeeds', async () => {
    answer = (_, number) => (number < 3 ? 500 : 200);
    await send('e1');
    await becomes({ delivered: 1, pending: 0, failed: 0 });
    expect(ids()).toEqual(['e1', 'e1', 'e1']);
  });

  it('gives up after the last attempt, and says which event', async () => {
    answer = () => 500;
    await send('e1');
    await becomes({ failed: 1, pending: 0 });
    expect(deliveries.length).toBe(4);
    expect(given.join()).toContain('event e1 for /functions/projects/p/triggers/a given up');
  });

  it('does not insist if there is no such function', async () => {
    answer = () => 404;
    await send('e1');
    await becomes({ failed: 1 });
    expect(deliveries.length).toBe(1);
  });

  it('delivers twice, under the same id, when asked to', async () => {
    expect(await chaos({ duplicate: 1 })).toBe(200);
    await send('e1');
    await becomes({ delivered: 2 });
    expect(ids()).toEqual(['e1', 'e1']);
  });

  it('doubles the same share, for the same seed', async () => {
    const run = async (seed: number): Promise<unknown[]> => {
      deliveries = [];
      await chaos({ duplicate: 0.5, seed });
      for (let n = 0; n < 20; n++) await send(String(n));
      await becomes({ pending: 0 });
      return ids()
        .map(Number)
        .sort((a, b) => a - b);
    };
    const first = await run(1);
    expect(first.length).toBeGreaterThan(22);
    expect(first.length).toBeLessThan(38);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it('brings events out of order when they may be late', async () => {
    await chaos({ delayMs: 400 });
    for (let n = 0; n < 10; n++) await send(String(n));
    await becomes({ delivered: 10 });
    expect(ids()).not.toEqual([...ids()].sort());
  });

  it('loses events when asked to, counts them, and delivers those after', async () => {
    await chaos({ drop: 1 });
    for (let i = 0; i < 3; i++) await send(`lost-${i}`);
    await becomes({ pending: 0, dropped: 3, delivered: 0 });
    await chaos({ drop: 0 });
    await send('kept');
    await becomes({ pending: 0, dropped: 3, delivered: 1 });
  });

  it('holds deliveries back, and lets them go', async () => {
    await chaos({ hold: true });
    await Promise.all(['1', '2', '3'].map((id) => send(id)));
    await becomes({ pending: 3 });
    expect(deliveries).toEqual([]);
    await chaos({ hold: false });
    await becomes({ pending: 0, delivered: 3 });
  });

  it('lets three at a time to a function, and a busy one does not keep another waiting', async () => {
    const release: (() => void)[] = [];
    answer = ({ url }) =>
      url.endsWith('/busy') ? new Promise((resolve) => release.push(() => resolve(200))) : Promise.resolve(200);
    await Promise.all(['1', '2', '3', '4', '5'].map((id) => send(id, 'busy')));
    await vi.waitFor(() => expect(release.length).toBe(3), 60_000);
    await send('x', 'other');
    await becomes({ delivered: 1, pending: 5 });
    expect(release.length).toBe(3);
    release.shift()?.();
    await vi.waitFor(() => expect(release.length).toBe(3), 60_000);
    answer = () => 200;
    for (const one of release) one();
    await becomes({ pending: 0, delivered: 6 });
  });

  it('encodes characters of a document’s path that are not plain', async () => {
    const raw = Buffer.from('notes/é 100%').toString('latin1');
    await send('e1', 'a', { 'ce-document': raw, 'ce-subject': `documents/${raw}` });
    await becomes({ delivered: 1 });
    expect(deliveries[0]?.headers).toMatchObject({ 'ce-document': 'notes/%C3%A9%20100%25' });
    expect(decodeURIComponent(String(deliveries[0]?.headers['ce-subject']))).toBe('documents/notes/é 100%');
  });

  it('hands on requests that are no event, and their answers', async () => {
    answer = () => 418;
    const response = await fetch(`${address}/anything`);
    expect([response.status, await response.text()]).toEqual([418, 'answer']);
  });

  it('refuses chaos that it does not know', async () => {
    expect(await chaos({ duplicate: 2 })).toBe(400);
    expect(await chaos({ lose: 0.5 })).toBe(400);
  });
});

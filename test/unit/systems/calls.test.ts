import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteLog } from '../../../functions/src/systems/brevo/client.ts';
import { testContext } from '../../conformance/harness.ts';
import { ROOT, scanCalls } from '../../contract/callSites.ts';
import { findStripeMock } from '../../contract/stripeMock.ts';
import { memoryDatabases } from '../../kit/firestore.ts';

describe('the request that the SDK of Brevo only carries', () => {
  it("is the one that the SDK's own method makes", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = testContext({ brevo: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    // The budget of calls lies there.
    const { own } = memoryDatabases('demo-calls');
    const context = { ...base, clients: { ...base.clients, own: () => own } };
    try {
      const identifier = 'a+b/c@example.com';
      await deleteLog(context, identifier);
      await (await context.clients.brevo()).transactionalEmails.deleteAnSmtpTransactionalLog({ identifier });
    } finally {
      server.closeAllConnections();
      server.close();
    }
    expect(asked).toHaveLength(2);
    expect(asked[1]).toBe(asked[0]);
  });
});

describe('how calls are found in the code', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'calls-'));
    await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    await writeFile(join(root, 'tsconfig.json'), await readFile(join(ROOT, 'tsconfig.json')));
    await mkdir(join(root, 'src'));
    await writeFile(
      join(root, 'src/calls.ts'),
      `import { BrevoClient } from '@getbrevo/brevo';
import Stripe from 'stripe';
export const made = new BrevoClient({ apiKey: 'x' });
export async function calls(one: Stripe, { two }: { two: { stripe: Stripe } }, path: string) {
  one.customers.list();
  for await (const it of one.customers
    .search({ query: '' })) void it;
  await two.stripe.customers.del('x');
  await one.invoices.list().autoPagingToArray({ limit: 1 });
  await made.fetch(\`smtp/\${path}/x\`, { method: 'PUT' });
  const { customers } = one;
  await customers.del('x');
  const handedOn = one.charges.list;
  return handedOn;
}
`,
    );
  });
  afterAll(() => rm(root, { recursive: true }));

  it('by types, with any name of a client; a call that cannot be followed is named', { timeout: 60_000 }, () => {
    const { calls, made, unclear } = scanCalls(['src'], root);
    expect(calls.map(({ sdk, call, at }) => `${sdk} ${call} ${at}`)).toEqual([
      'stripe customers.list src/calls.ts:5',
      'stripe customers.search src/calls.ts:7',
      'stripe customers.del src/calls.ts:8',
      'stripe invoices.list src/calls.ts:9',
      'brevo PUT smtp/{}/x src/calls.ts:10',
    ]);
    expect(made).toEqual([{ sdk: 'brevo', at: 'src/calls.ts:3' }]);
    expect(unclear).toEqual([
      'src/calls.ts:12: customers.del( is not <client>.<resource>.<method>(',
      'src/calls.ts:13: one.charges.list is handed on; call it where it is named',
    ]);
  });
});

describe('the places in which stripe-mock is searched', () => {
  const find = (env: Record<string, string>, ...there: string[]) => findStripeMock(env, (file) => there.includes(file));
  it.each([
    ['PATH', { PATH: '/a:/b', HOME: '/h' }, '/b/stripe-mock'],
    ['GOBIN', { PATH: '/a', GOBIN: '/g', HOME: '/h' }, '/g/stripe-mock'],
    ['GOPATH', { PATH: '/a', GOPATH: '/p:/q', HOME: '/h' }, '/q/bin/stripe-mock'],
    ["Go's own folder", { PATH: '/a', HOME: '/h' }, '/h/go/bin/stripe-mock'],
    ['STRIPE_MOCK', { PATH: '/a', STRIPE_MOCK: '/s/mock' }, '/s/mock'],
  ])('%s', (_, env, file) => {
    expect(find(env, file)).toBe(file);
  });

  it('nowhere else; and a name that is told and wrong is said to be', () => {
    expect(find({ PATH: '', HOME: '/h' }, '/stripe-mock', '/bin/stripe-mock')).toBeUndefined();
    expect(() => find({ PATH: '/a', STRIPE_MOCK: '/s/mock' }, '/a/stripe-mock')).toThrow('STRIPE_MOCK is /s/mock');
  });
});

import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../functions/src/platform/context.ts';
import { isStripes, readPdf } from '../../../functions/src/systems/stripe/pdf.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const contextAt = (base: string): Pick<Context, 'config'> => ({
  config: { stripeApiBase: new URL(base) } as Context['config'],
});

async function read(base: string, link: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readPdf(contextAt(base), link)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const pdf: RequestListener = (_, response) => response.setHeader('content-type', 'application/pdf').end('%PDF-1.7 x');

describe('the PDF of an invoice', () => {
  it('is read as it is, through redirects to the same hosts, and without a key', async () => {
    const seen: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else pdf(request, response);
    });
    expect(await read(base, `${base}/a`)).toBe('%PDF-1.7 x');
    expect(seen).toEqual([undefined, undefined]);
  });

  it.each([
    'http://pay.stripe.com/x',
    'https://pay.stripe.com.example.org/x',
    'https://notstripe.com/x',
    'https://pay.stripe.com:8443/x',
    'file:///etc/passwd',
    'nonsense',
  ])('is not asked for at %s, nor followed there', async (link) => {
    let asked = 0;
    const base = await serve((_, response) => {
      asked += 1;
      response.writeHead(302, { location: link }).end();
    });
    await expect(read('https://api.stripe.com', link)).rejects.toMatchObject({ code: 'stripe.pdf' });
    expect(asked).toBe(0);
    if (link === 'nonsense') return;
    await expect(read(base, `${base}/a`)).rejects.toThrow('a link to somebody else');
    expect(asked).toBe(1);
  });

  it.each([
    ['https://pay.stripe.com/invoice/acct_1/x/pdf', true, true],
    ['https://stripe-upload-api.s3.us-west-1.amazonaws.com/x', false, true],
    ['https://stripe-upload-api.s3.amazonaws.com/x', false, true],
    ['https://other.s3.amazonaws.com/x', false, false],
    ['https://stripe-upload-api.s3.amazonaws.com.example.org/x', false, false],
    ['http://stripe-upload-api.s3.amazonaws.com/x', false, false],
    ['https://user:pw@pay.stripe.com/x', false, false],
  ])('may come from %s: %s, after a redirect: %s', (url, direct, redirected) => {
    const base = new URL('https://api.stripe.com');
    expect([isStripes(new URL(url), base, false), isStripes(new URL(url), base, true)]).toEqual([direct, redirected]);
  });

  it('is nothing else, nothing half, and no error names the link', async () => {
    const answers: Record<string, RequestListener> = {
      '/page': (_, response) => response.setHeader('content-type', 'text/html').end('<p>expired</p>'),
      '/gone': (_, response) => response.writeHead(410).end(),
      '/loop': (_, response) => response.writeHead(307, { location: '/loop' }).end(),
      '/half': (_, response) => {
        response.writeHead(200, { 'content-type': 'application/pdf', 'content-length': '100' });
        response.write('%PDF', () => response.destroy());
      },
    };
    const base = await serve((request, response) => answers[request.url ?? '']?.(request, response));
    for (const [path, what] of [
      ['/page', 'something that is no PDF'],
      ['/gone', '410'],
      ['/loop', 'one redirect after the other'],
      ['/half', 'half of it'],
    ] as const) {
      const error = await read(base, `${base}${path}`).then(
        () => null,
        (failed: unknown) => failed as Error,
      );
      expect(error?.message).toBe(`Stripe gave no PDF of an invoice: ${what}`);
    }
  });
});

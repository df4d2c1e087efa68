import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to stripe-mock, and how it was taken. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly apiVersion: string;
  readonly idempotencyKey: string;
  readonly status: number;
  /** The fault of the request, in stripe-mock's words. */
  readonly refusal?: string;
}

export interface Recorder {
  readonly url: string;
  readonly sent: readonly Sent[];
  stop(): Promise<void>;
}

/**
 * Stands before stripe-mock, writes down each request and its status, and hands on the answer.
 * stripe-mock answers every request with the same fixtures. Two things in them are changed, so that
 * our code goes on from one call to the next. The customer that listed objects belong to is the
 * requested one, and there is a second page, once. Requests are handed on as they are.
 */
export async function record(target: string): Promise<Recorder> {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { method = 'GET', url = '/' } = request;
      const body = await text(request);
      const { pathname, searchParams, search } = new URL(url, target);
      const headers = Object.fromEntries(
        Object.entries(request.headers).flatMap(([name, value]) =>
          typeof value === 'string' && !['host', 'connection', 'content-length'].includes(name) ? [[name, value]] : [],
        ),
      );
      const answer = await fetch(new URL(url, target), { method, headers, ...(body === '' ? {} : { body }) });
      const content = (await answer.json()) as Content;
      const refusal = content.error?.message;
      const header = (name: string): string => String(request.headers[name] ?? '');
      const one = {
        method,
        path: pathname,
        query: search.slice(1),
        body,
        apiVersion: header('stripe-version'),
        idempotencyKey: header('idempotency-key'),
        status: answer.status,
      };
      sent.push(refusal === undefined ? one : { ...one, refusal });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(asAskedFor(content, pathname, searchParams)));
    })().catch((error: unknown) => {
      response.writeHead(599).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Content {
  object?: string;
  data?: { customer?: unknown }[];
  has_more?: boolean;
  next_page?: string;
  error?: { message?: string };
}

function asAskedFor(content: Content, path: string, query: URLSearchParams): Content {
  if (content.object !== 'list' && content.object !== 'search_result') return content;
  const customer = query.get('customer') ?? /^\/v1\/customers\/(\w+)\//.exec(path)?.[1];
  if (customer !== undefined) for (const item of content.data ?? []) item.customer = customer;
  const more = !query.has('starting_after') && !query.has('page');
  const next = more && content.object === 'search_result' ? { next_page: 'second' } : {};
  return { ...content, has_more: more, ...next };
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

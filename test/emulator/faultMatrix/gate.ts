import {
  Agent,
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { internalError as brevoDown, tooManyRequests as brevoLimit } from '../../../emulator/standins/brevo/errors.ts';
import {
  internalError as stripeDown,
  tooManyRequests as stripeLimit,
} from '../../../emulator/standins/stripe/errors.ts';
import type { Caller, Injector } from './injector.ts';
import { hasEffect, type Failure } from './kinds.ts';

/** Systems that are reached by HTTP, with the origin of each. */
export interface Origins {
  readonly stripe: string;
  readonly brevo: string;
  readonly auth: string;
  readonly storage: string;
}
type Http = keyof Origins;

interface Reached {
  readonly origins: Origins;
  /** A text about this person, as it would be about any other. */
  readonly shape: (text: string) => string;
}

interface Answer {
  readonly status: number;
  readonly headers?: NodeJS.Dict<string | string[]>;
  readonly body?: object | Buffer;
}

const upstream = new Agent({ keepAlive: true, maxSockets: 64 });

/** What one process sees of the systems that are reached by HTTP: its SDKs talk to this server, which hands every call on, or does not. */
export class Gate {
  readonly #server: Server;
  readonly #caller: Caller;
  readonly #injector: Injector;
  readonly #origins: Origins;
  readonly #shape: (text: string) => string;

  private constructor(caller: Caller, injector: Injector, { origins, shape }: Reached) {
    this.#caller = caller;
    this.#injector = injector;
    this.#origins = origins;
    this.#shape = shape;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  static async open(caller: Caller, injector: Injector, world: Reached): Promise<Gate> {
    const gate = new Gate(caller, injector, world);
    await new Promise<void>((resolve) => gate.#server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends also the calls that were never answered. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (this.#caller.isDead()) return; // whoever asked is not there any more
    const url = request.url ?? '/';
    const system = systemOf(url);
    const verdict = this.#injector.call(
      this.#caller,
      system,
      this.#shape(describe(system, request.method ?? '', url, body)),
    );
    const forward = (): Promise<Answer> => handOn(this.#origins[system], request, body);
    switch (verdict.do) {
      case 'pass':
        break;
      case 'kill':
        if (verdict.after) await forward();
        this.#caller.kill();
        return;
      case 'hold':
        await verdict.until();
        if (this.#caller.isDead()) return;
        break;
      case 'fail':
        if (hasEffect(verdict.failure)) await forward();
        fail(system, verdict.failure, request.socket, response);
        return;
    }
    const answer = await forward();
    if (!this.#caller.isDead()) reply(response, answer);
  }
}

function systemOf(url: string): Http {
  if (url.startsWith('/v1/')) return 'stripe';
  if (url.startsWith('/v3/')) return 'brevo';
  return url.includes('/identitytoolkit.googleapis.com/') ? 'auth' : 'storage';
}

function fail(system: Http, failure: Failure, socket: Socket, response: ServerResponse): void {
  switch (failure) {
    case '429':
    case '500':
      reply(response, answers[system][failure]());
      return;
    case '500-no-error':
      reply(response, { status: 500, body: { status: 'Internal Server Error' } });
      return;
    case 'garbage':
      reply(response, {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: Buffer.from('<html><body>It works!</body></html>'),
      });
      return;
    case 'timeout':
      return;
    case 'reset-before':
    case 'reset-after':
      socket.resetAndDestroy();
      return;
  }
}

/** What each system says when it is asked too often, or is broken. */
const answers: Readonly<Record<Http, Readonly<Record<'429' | '500', () => Answer>>>> = {
  stripe: { '429': () => stripeLimit(), '500': () => stripeDown() },
  brevo: {
    '429': () => ({ ...brevoLimit(), headers: { 'x-sib-ratelimit-remaining': '0', 'x-sib-ratelimit-reset': '1' } }),
    '500': () => brevoDown(),
  },
  auth: {
    '429': () => google(429, 'QUOTA_EXCEEDED : Exceeded quota for account lookups.', 'RESOURCE_EXHAUSTED'),
    '500': () => google(500, 'INTERNAL_ERROR', 'INTERNAL'),
  },
  storage: {
    '429': () => google(429, 'The object exceeded the rate limit for object mutation operations.', 'rateLimitExceeded'),
    '500': () => google(500, 'We encountered an internal error. Please try again.', 'backendError'),
  },
};

const google = (code: number, message: string, reason: string): Answer => ({
  status: code,
  body: { error: { code, message, status: reason, errors: [{ message, domain: 'global', reason }] } },
});

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function handOn(origin: string, request: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method, url, headers } = request;
  const { hostname, port } = new URL(origin);
  const kept = headersOf(headers);
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path: url, agent: upstream };
    const outgoing = send({ ...options, headers: { ...kept, 'content-length': body.length } }, (incoming) => {
      bodyOf(incoming).then(
        (content) => resolve({ status: incoming.statusCode ?? 500, headers: incoming.headers, body: content }),
        reject,
      );
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // An idle connection that the other side was just closing: nothing was done.
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(handOn(origin, request, body));
      else reject(error);
    });
    outgoing.end(body);
  });
}

/** Those of the message, and not of its connection. */
function headersOf(headers: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  const own = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.has(name)));
}

function reply(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const kept = headersOf(headers);
  const type = bytes !== undefined && !Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {};
  response.writeHead(status, { ...type, ...kept, ...(bytes ? { 'content-length': bytes.length } : {}) });
  response.end(bytes);
}

/** What an HTTP call is about, in a few words. */
function describe(system: Http, method: string, url: string, body: Buffer): string {
  const { pathname, searchParams } = new URL(url, 'http://gate');
  const path = decodeURIComponent(pathname);
  const query = [...searchParams].filter(([name]) => !UNTOLD.has(name)).map(([name, value]) => `${name}=${value}`);
  const asked = query.length === 0 ? '' : `?${query.join('&')}`;
  switch (system) {
    case 'stripe':
    case 'brevo':
      return `${method} ${path}${asked}`;
    case 'auth':
      return `${path.slice(path.lastIndexOf('/') + 1)} ${fieldsOf(body)}`.trim();
    case 'storage':
      return `${method} ${path.replace(/^.*\/b\//, '')}${asked}`;
  }
}

/** Parts of an address that are the same for all, or others each time. */
const UNTOLD: ReadonlySet<string> = new Set(['limit', 'maxResults', 'prettyPrint', 'generation', 'versions', 'alt']);

function fieldsOf(body: Buffer): string {
  try {
    return Object.keys(JSON.parse(body.toString()) as object).join(',');
  } catch {
    return '';
  }
}

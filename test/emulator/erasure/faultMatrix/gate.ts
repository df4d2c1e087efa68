import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  internalError as brevoDown,
  tooManyRequests as brevoLimit,
} from '../../../../emulator/standins/brevo/errors.ts';
import {
  internalError as stripeDown,
  tooManyRequests as stripeLimit,
} from '../../../../emulator/standins/stripe/errors.ts';
import { bodyOf, handOn, reply, type Answer } from './http.ts';
import type { Caller, Injector, Verdict } from './injector.ts';
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

/**
 * A client waits for the answer to an upload for ever, in production as well: after this long the
 * function's own time is over, in milliseconds.
 */
const STALLED_MS = 3000;

/**
 * One process's view of the systems behind HTTP. Its SDKs call this server, which hands every call
 * on, or does not.
 */
export class Gate {
  readonly #server: Server;
  readonly #caller: Caller;
  readonly #injector: Injector;
  readonly #origins: Origins;
  readonly #shape: (text: string) => string;
  /** Resumable uploads that are whole, by their ids: how they were answered. */
  readonly #uploaded = new Map<string, Answer>();

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
    const upload = uploadOf(request);
    // It lasts as long as the reading of all sources: an event meanwhile is a call of its own.
    if (upload?.sends === true && !(await this.#begins(request, response))) return;
    const body = await bodyOf(request);
    if (this.#caller.isDead()) return; // The caller is not there any more.
    const system = systemOf(request.url ?? '/');
    const verdict = this.#ask(request, body, upload?.sends === false ? ' asks how far it is' : '');
    const forward = (): Promise<Answer> => this.#forward(system, request, body, upload);
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
        this.#fail(verdict.failure, request, response);
        return;
    }
    const answer = await forward();
    if (!this.#caller.isDead()) reply(response, answer);
  }

  #ask({ url = '/', method = '' }: IncomingMessage, body: Buffer, more: string): Verdict {
    const system = systemOf(url);
    const operation = this.#shape(`${describe(system, method, url, body)}${more}`);
    return this.#injector.call(this.#caller, system, operation);
  }

  /**
   * Handles the beginning of an upload. A fault with an effect here has it once some bytes have
   * come. False: the upload ends here.
   */
  async #begins(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const verdict = this.#ask(request, Buffer.alloc(0), ' begins');
    const someBytes = (): Promise<unknown> =>
      request.readableLength > 0 || request.readableEnded ? Promise.resolve() : once(request, 'readable');
    switch (verdict.do) {
      case 'pass':
        return true;
      case 'kill':
        if (verdict.after) await someBytes();
        this.#caller.kill();
        return false;
      case 'hold':
        await verdict.until();
        return !this.#caller.isDead();
      case 'fail':
        if (hasEffect(verdict.failure)) await someBytes();
        this.#fail(verdict.failure, request, response);
        return false;
    }
  }

  #fail(failure: Failure, request: IncomingMessage, response: ServerResponse): void {
    if (failure === 'timeout' && isUpload(request)) setTimeout(() => this.#caller.kill(), STALLED_MS).unref();
    fail(systemOf(request.url ?? '/'), failure, request.socket, response);
  }

  async #forward(system: Http, request: IncomingMessage, body: Buffer, upload: Upload | undefined): Promise<Answer> {
    const known = upload && this.#uploaded.get(upload.id);
    if (known !== undefined) return known;
    // Nothing of an upload that broke off was kept. (The emulator would take the question for its
    // end.)
    if (upload?.sends === false) return { status: 308 };
    const answer = await handOn(this.#origins[system], request, body);
    if (upload !== undefined && answer.status === 200) this.#uploaded.set(upload.id, answer);
    return system === 'stripe' ? this.#led(answer) : answer;
  }

  /** With the links to Stripe's own pages leading here as well. */
  #led({ body, ...answer }: Answer): Answer {
    if (!Buffer.isBuffer(body) || !String(answer.headers?.['content-type']).includes('json'))
      return { ...answer, body };
    return { ...answer, body: Buffer.from(body.toString().replaceAll(this.#origins.stripe, this.url)) };
  }
}

interface Upload {
  readonly id: string;
  /** Or does it only ask how far the upload is? */
  readonly sends: boolean;
}

/** Of a resumable upload: the requests after its start. */
function uploadOf({ method, url = '/', headers }: IncomingMessage): Upload | undefined {
  const id = method === 'PUT' ? new URL(url, 'http://gate').searchParams.get('upload_id') : null;
  return id === null ? undefined : { id, sends: headers['content-range'] !== 'bytes */*' };
}

const isUpload = ({ url = '/' }: IncomingMessage): boolean => url.includes('uploadType=resumable');

function systemOf(url: string): Http {
  if (url.startsWith('/v1/') || url.startsWith('/invoice/')) return 'stripe';
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

/** The answer of each system that is asked too often, or is broken. */
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

/** The subject of an HTTP call, in a few words. */
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
const UNTOLD: ReadonlySet<string> = new Set([
  ...['limit', 'maxResults', 'prettyPrint', 'generation', 'versions', 'alt'],
  ...['upload_id', 'startDate', 'endDate', 'days'],
]);

function fieldsOf(body: Buffer): string {
  try {
    return Object.keys(JSON.parse(body.toString()) as object).join(',');
  } catch {
    return '';
  }
}

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { startServer, type RunningServer, type ServerOptions } from '../base.ts';
import type { Answer, Call, StandIn } from '../standin.ts';
import type { Clock } from '../clock.ts';
import { readForm } from '../form.ts';
import { Router } from '../router.ts';
import { catalog } from './catalog.ts';
import { customers } from './customers.ts';
import { internalError, StripeFailure, tooManyRequests, unknownCall } from './errors.ts';
import { expandBody } from './expand.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { invoiceItems } from './invoice-items.ts';
import { invoices } from './invoices.ts';
import { paymentMethods } from './payment-methods.ts';
import { payments } from './payments.ts';
import { pages } from './pages.ts';
import { StripeState, type StripeContext } from './state.ts';
import { subscriptions } from './subscriptions/subscriptions.ts';

/** `PUT /_control/settings` of the local Stripe. */
const settings = z.strictObject({
  /**
   * Milliseconds until search finds a change ("under 1 minute", https://docs.stripe.com/search).
   */
  searchLagMs: z.number().int().min(0),
  /** Keys that are refused, to see the effect of a wrong one. */
  refusedKeys: z.array(z.string()),
});

/**
 * A local Stripe for the real SDK: `new Stripe('sk_test_…', { host, port, protocol: 'http' })`. It
 * accepts any key, and refuses a call without one with 401.
 */
export function startStripe(options: ServerOptions = {}): Promise<RunningServer> {
  return startServer((clock) => new LocalStripe(clock), options);
}

class LocalStripe implements StandIn {
  readonly name = 'stripe';
  readonly controls;
  readonly #clock: Clock;
  readonly #router = new Router<StripeContext, object>();
  readonly #pages = new Router<StripeContext, Answer>();
  readonly #keys: IdempotencyKeys;
  #state: StripeState;
  #settings: z.infer<typeof settings> = { searchLagMs: 0, refusedKeys: [] };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#state = new StripeState(clock);
    this.#keys = new IdempotencyKeys(clock);
    this.controls = {
      settings: {
        schema: settings.partial(),
        get: () => this.#settings,
        put: (value: unknown) => {
          this.#settings = settings.parse({ ...this.#settings, ...settings.partial().parse(value) });
        },
      },
    };
    customers(this.#router, () => this.#settings.searchLagMs);
    for (const add of [subscriptions, invoices, invoiceItems, payments, paymentMethods, catalog]) add(this.#router);
    pages(this.#pages);
  }

  reset(): void {
    this.#state = new StripeState(this.#clock);
    this.#keys.clear();
  }

  answer(call: Call): Answer {
    const context = {
      state: this.#state,
      form: readForm(call.method === 'POST' ? call.body : call.search),
      origin: call.origin,
    };
    const page = this.#pages.find(call.method, call.path);
    if (page) return page(context);

    const requestId = `req_${randomBytes(7).toString('hex')}`;
    const refusal = this.#refuseKey(call);
    const answer = refusal ?? this.#execute(call, context, requestId);
    return { ...answer, headers: { ...standardHeaders(call, requestId), ...answer.headers } };
  }

  fault(kind: '429' | '500', call: Call): Answer {
    // "…a request that's rate limited with a 429 can produce a different result with the same
    // idempotency key because rate limiters run before the API's idempotency layer". A 500 is kept
    // (https://docs.stripe.com/error-low-level).
    const requestId = `req_${randomBytes(7).toString('hex')}`;
    const answer = kind === '429' ? tooManyRequests() : internalError();
    if (kind === '500') this.#keys.save(call, answer, requestId);
    return { ...answer, headers: { ...standardHeaders(call, requestId), ...answer.headers } };
  }

  /** https://docs.stripe.com/api/authentication: Bearer, or Basic with the key as user name. */
  #refuseKey(call: Call): Answer | undefined {
    const [scheme, credential = ''] = (call.headers['authorization'] ?? '').split(' ');
    const key = scheme === 'Basic' ? (Buffer.from(credential, 'base64').toString().split(':')[0] ?? '') : credential;
    if (key === '') {
      return unauthorized(
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      );
    }
    const shown = `${key.slice(0, 8)}${'*'.repeat(8)}${key.slice(-4)}`;
    return this.#settings.refusedKeys.includes(key) ? unauthorized(`Invalid API Key provided: ${shown}`) : undefined;
  }

  #execute(call: Call, context: StripeContext, requestId: string): Answer {
    const replayed = this.#keys.replay(call);
    if (replayed) return replayed;
    const handle = this.#router.find(call.method, call.path);
    if (!handle) return unknownCall(call.method, call.path);
    let answer: Answer;
    try {
      const paths = Object.values(context.form['expand'] ?? {}).filter((path) => typeof path === 'string');
      answer = { status: 200, body: expandBody(context.state, handle(context), paths) };
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      answer = error.answer();
      if (error.validation) return answer;
    }
    this.#keys.save(call, answer, requestId);
    return answer;
  }
}

/** https://docs.stripe.com/api/request_ids and https://docs.stripe.com/api/versioning. */
function standardHeaders(call: Call, requestId: string): Record<string, string> {
  const version = call.headers['stripe-version'];
  const key = call.headers['idempotency-key'];
  return {
    'request-id': requestId,
    ...(version === undefined ? {} : { 'stripe-version': version }),
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  };
}

const unauthorized = (message: string): Answer => ({
  ...new StripeFailure(401, 'invalid_request_error', message).answer(),
  headers: { 'www-authenticate': 'Bearer realm="Stripe"' },
});

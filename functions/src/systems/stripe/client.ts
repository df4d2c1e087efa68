import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, foreignCode, PermanentError, RetryAfterError } from '../../platform/errors.ts';

/**
 * The SDK's error: the status and Stripe's own codes; its messages can hold personal data and stay
 * out of ours.
 */
interface StripeFailure {
  readonly type?: unknown;
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/**
 * Calls Stripe. Null: Stripe knows no such thing (404, `resource_missing`).
 *
 * @throws RetryAfterError for a rate limit, PermanentError if trying again cannot heal it (4xx),
 * ComplianceError otherwise
 */
export async function callStripe<T>(context: Context, call: (stripe: Stripe) => Promise<T>): Promise<T | null> {
  const stripe = await context.clients.stripe();
  try {
    return await call(stripe);
  } catch (cause) {
    if (cause instanceof ComplianceError) throw cause;
    const { type, code, statusCode, headers } = cause as StripeFailure;
    if (code === 'resource_missing') return null;
    const status = typeof statusCode === 'number' ? statusCode : 0;
    const named = foreignCode('stripe', typeof code === 'string' ? code : status > 0 ? status : 'network');
    if (status === 429) {
      const seconds = Number(headers?.['retry-after']);
      const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : context.config.retryBaseMs;
      throw new RetryAfterError(named, 'Stripe asks to come back later', context.now() + wait, { cause });
    }
    if (status === 401 || status === 403) {
      throw new PermanentError(named, 'Stripe refuses the key: check STRIPE_SECRET_KEY and its permissions', { cause });
    }
    // 409 and a reused idempotency key heal by themselves; other refusals are of the request as it
    // is.
    if (status >= 400 && status < 500 && status !== 409 && type !== 'StripeIdempotencyError') {
      throw new PermanentError(named, `Stripe refuses the request (${named}): look at its log in the dashboard`, {
        cause,
      });
    }
    throw new ComplianceError(named, `Stripe did not do what it was asked (${named})`, { cause });
  }
}

/**
 * Makes a key for the SDK's own second try of one call. A new one each time: Stripe would repeat a
 * stored 500 for a day.
 */
export const once = (): Stripe.RequestOptions => ({ idempotencyKey: randomUUID() });

/** True if Stripe refuses the request as it is: a value of another form, or too long. */
export const isRefused = (error: unknown): error is PermanentError =>
  error instanceof PermanentError && (error.cause as StripeFailure | undefined)?.statusCode === 400;

/**
 * Returns the answer, if it is the expected object. A 500 whose JSON has no `error` resolves in the
 * SDK like a success (docs/systems.md).
 *
 * @throws ComplianceError `stripe.answer`
 */
export function expectObject<T extends { object: string }>(answer: T, object: T['object'], id?: string): T {
  const given = answer as { object?: unknown; id?: unknown };
  if (given.object === object && (id === undefined || given.id === id)) return answer;
  throw new ComplianceError('stripe.answer', `Stripe's answer is not the ${object} that was asked for`);
}

/** Everything in a list, page by page; of a customer that Stripe does not know, nothing. */
export async function listAll<T extends { object: string; id: string }>(
  context: Context,
  object: T['object'],
  list: (stripe: Stripe) => AsyncIterable<T>,
): Promise<T[]> {
  const found = await callStripe(context, async (stripe) => {
    const items: T[] = [];
    for await (const item of list(stripe)) items.push(expectObject(item, object));
    return items;
  });
  return found ?? [];
}

/** The id of something that Stripe gives as an id or, expanded, as a whole. */
export const idOf = (value: string | { id: string } | null | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.id;

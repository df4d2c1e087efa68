import type { Answer } from '../standin.ts';

/** The documented error types (https://docs.stripe.com/api/errors, "Attributes"). */
export type StripeErrorType = 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';

interface Details {
  code?: string | undefined;
  param?: string | undefined;
  /** Refused before the endpoint ran: such an answer is not kept for its idempotency key. */
  validation?: boolean;
}

/**
 * A refusal in the shape of https://docs.stripe.com/api/errors: `{ error: { type, code, param,
 * message, doc_url } }`.
 */
export class StripeFailure extends Error {
  readonly status: number;
  readonly type: StripeErrorType;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly validation: boolean;

  constructor(status: number, type: StripeErrorType, message: string, details: Details = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.code = details.code;
    this.param = details.param;
    this.validation = details.validation ?? false;
  }

  answer(): Answer {
    const { status, type, code, param, message } = this;
    const doc =
      code === undefined ? {} : { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` };
    return { status, body: { error: { type, ...doc, message, ...(param === undefined ? {} : { param }) } } };
  }
}

/**
 * A missing object: 404 if the path names it, 400 if a parameter does
 * (https://docs.stripe.com/error-codes#resource-missing).
 */
export function missing(noun: string, id: string, param = 'id'): StripeFailure {
  return new StripeFailure(param === 'id' ? 404 : 400, 'invalid_request_error', `No such ${noun}: '${id}'`, {
    code: 'resource_missing',
    param,
  });
}

/** A call that the object's state does not allow, e.g. paying a paid invoice. */
export function refused(message: string, details: Details = {}): StripeFailure {
  return new StripeFailure(400, 'invalid_request_error', message, details);
}

/**
 * Refuses calls that no stand-in knows. The words are not Stripe's, so that nobody takes the gap
 * for Stripe's behaviour.
 */
export function unknownCall(method: string, path: string): Answer {
  return {
    status: 501,
    body: {
      error: {
        type: 'api_error',
        code: 'standin_unknown_call',
        message: `The local Stripe does not know ${method} ${path}: add it to emulator/standins/stripe, with its documentation`,
      },
    },
  };
}

/** https://docs.stripe.com/rate-limits: "error_type rate_limit", HTTP 429. */
export const tooManyRequests = (): Answer => ({
  status: 429,
  headers: { 'stripe-rate-limited-reason': 'global-rate' },
  body: {
    error: {
      type: 'invalid_request_error',
      code: 'rate_limit',
      doc_url: 'https://stripe.com/docs/error-codes/rate-limit',
      message:
        'Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.',
    },
  },
});

/** https://docs.stripe.com/api/errors: "api_error: … a temporary problem with Stripe's servers". */
export const internalError = (): Answer => ({
  status: 500,
  body: { error: { type: 'api_error', message: 'An unknown error occurred' } },
});

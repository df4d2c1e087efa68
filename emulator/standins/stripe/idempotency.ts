import type { Answer, Call } from '../standin.ts';
import type { Clock } from '../clock.ts';
import { StripeFailure } from './errors.ts';

interface Saved {
  request: string;
  answer: Answer;
  requestId: string;
  at: number;
}

/** "You can remove keys from the system automatically after they're at least 24 hours old." */
const lifetime = 24 * 60 * 60 * 1000;

/**
 * The idempotency layer of https://docs.stripe.com/api/idempotent_requests. The first answer to a
 * key is kept "once the endpoint begins to execute", a 500 included, and sent again. The same key
 * with other parameters is refused. Keys on GET and DELETE have no effect.
 */
export class IdempotencyKeys {
  readonly #clock: Clock;
  readonly #saved = new Map<string, Saved>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  clear(): void {
    this.#saved.clear();
  }

  /** The answer that this key already got, if any. */
  replay(call: Call): Answer | undefined {
    const key = keyOf(call);
    const saved = key === undefined ? undefined : this.#saved.get(key);
    if (key === undefined || !saved || this.#clock.now() - saved.at >= lifetime) return undefined;
    if (saved.request !== fingerprint(call)) {
      return new StripeFailure(
        400,
        'idempotency_error',
        'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
          `Try using a key other than '${key}' if you meant to execute a different request.`,
      ).answer();
    }
    return {
      ...saved.answer,
      headers: { ...saved.answer.headers, 'idempotent-replayed': 'true', 'original-request': saved.requestId },
    };
  }

  save(call: Call, answer: Answer, requestId: string): void {
    const key = keyOf(call);
    if (key !== undefined) {
      this.#saved.set(key, { request: fingerprint(call), answer, requestId, at: this.#clock.now() });
    }
  }
}

function keyOf(call: Call): string | undefined {
  return call.method === 'POST' ? call.headers['idempotency-key'] : undefined;
}

const fingerprint = (call: Call): string => `${call.method} ${call.path}\n${call.body}`;

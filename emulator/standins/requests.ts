import type { FaultKind } from './faults.ts';

/** One call as `GET /_control/requests` shows it. */
export interface RecordedRequest {
  method: string;
  path: string;
  query: Record<string, unknown>;
  /** Lower-case names; the keys of the account are not kept. */
  headers: Record<string, string>;
  /** A form or JSON as an object, anything else as text, `null` without a body. */
  body: unknown;
  /** `null` while there is no answer, and for good if a fault swallowed it. */
  status: number | null;
  /** The fault that this call met, if any. */
  fault?: FaultKind;
}

const secretHeaders = new Set(['authorization', 'api-key', 'partner-key', 'cookie']);

/** Hides the keys in headers: no reader of the record may learn one. */
export function redact(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secretHeaders.has(name) ? '[redacted]' : value]),
  );
}

/** The calls since the start or the last `DELETE /_control/requests`, oldest first. */
export class RequestLog {
  readonly #limit: number;
  #requests: RecordedRequest[] = [];

  /**
   * @param limit how many are kept; the oldest go first, so that a long run does not fill the
   *   memory.
   */
  constructor(limit = 50_000) {
    this.#limit = limit;
  }

  add(request: RecordedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > this.#limit) this.#requests.splice(0, this.#requests.length - this.#limit);
  }

  list(): readonly RecordedRequest[] {
    return this.#requests;
  }

  clear(): void {
    this.#requests = [];
  }
}

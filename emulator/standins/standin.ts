import type { z } from 'zod';
import type { Clock } from './clock.ts';
import type { FaultBook } from './faults.ts';
import type { RequestLog } from './requests.ts';

/** A call of the SDK, read whole. */
export interface Call {
  method: string;
  path: string;
  /** The query string without `?`. */
  search: string;
  headers: Record<string, string>;
  body: string;
  /** The address of this server, for the links in its answers. */
  origin: string;
}

/** An answer: an object as JSON, bytes as they are. */
export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: object | Buffer;
}

/** A control of one provider: `GET` shows `get()`, `PUT` replaces the fields of the body. */
interface Control {
  schema: z.ZodType;
  get(): object;
  put(value: unknown): void;
}

/**
 * One provider behind the base server. Every effect is synchronous, so that calls cannot
 * interleave.
 */
export interface StandIn {
  readonly name: string;
  /** Answers a call; never throws for a caller's mistake. */
  answer(call: Call): Answer;
  /** The provider's answer when it is overloaded or broken. */
  fault(kind: '429' | '500', call: Call): Answer;
  /** Forgets all data. */
  reset(): void;
  /** Further `/_control/<name>` addresses. */
  readonly controls: Readonly<Record<string, Control>>;
}

/** State that the controls work on. */
export interface Desk {
  standIn: StandIn;
  clock: Clock;
  faults: FaultBook;
  requests: RequestLog;
}

import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import pRetry, { AbortError } from 'p-retry';
import { z } from 'zod';
import { endToEnd } from './headers.ts';
import { HOST } from './processes/ports.ts';
import { seeded } from './random.ts';

const chaosSchema = z.strictObject({
  /** Share of events that are delivered twice, 0 to 1. */
  duplicate: z.number().min(0).max(1),
  /** Share of events that are lost: in production, those that no delivery brought within a day. */
  drop: z.number().min(0).max(1),
  /**
   * Each delivery waits between 0 and this many milliseconds, so that events arrive out of order.
   */
  delayMs: z.number().min(0).max(600_000),
  /** Deliveries wait until it is false again. */
  hold: z.boolean(),
  /**
   * An attempt without an answer for so many milliseconds is given up and made again: the process
   * that worked on it may have been killed. A test that kills processes sets less than the default,
   * which a slow machine needs.
   */
  attemptMs: z.int().min(1).max(600_000),
  /** Starts the random numbers afresh: the same seed and events, the same chaos. */
  seed: z.int(),
});

const changeSchema = chaosSchema.partial();

/** Settings that make delivery worse than the machine would. */
export type Chaos = z.infer<typeof chaosSchema>;

/**
 * The state of the events. `pending` includes those that are held, delayed or waiting for another
 * attempt.
 */
export interface CourierStatus {
  pending: number;
  /**
   * Deliveries that a function answered with success; an event that was delivered twice counts
   * twice.
   */
  delivered: number;
  /** Deliveries that were given up. */
  failed: number;
  /** Events that were lost because `drop` asked for it. */
  dropped: number;
}

/** Settings of a courier; the defaults are those of the suite. */
export interface CourierOptions {
  /**
   * Deliveries at a time per function (the Functions emulator starts a process for each event in
   * flight).
   */
  readonly atOnce?: number;
  /** Attempts after the first one. */
  readonly retries?: number;
  /** First wait between attempts; doubles each time, 5 seconds at most. */
  readonly backoffMs?: number;
  /** {@link Chaos} `attemptMs` at the beginning. */
  readonly attemptMs?: number;
  readonly log?: (line: string) => void;
  /**
   * Further control endpoints: `/_control/<name>` to a function of the method and the JSON body.
   */
  readonly control?: Record<string, (method: string, body: unknown) => unknown>;
}

/**
 * Stands between Firestore and the Functions emulator, which answers 500 if a function fails and
 * drops the event. It delivers as production does with `retry: true`: at least once, under the same
 * event id, with backoff after a failure. If asked to, it delivers twice, late or out of order.
 */
export class Courier {
  readonly #server: Server;
  readonly #options: Required<Pick<CourierOptions, 'atOnce' | 'retries' | 'backoffMs'>> &
    Pick<CourierOptions, 'log' | 'control'>;
  readonly #chaos: Chaos;
  readonly #status: CourierStatus = { pending: 0, delivered: 0, failed: 0, dropped: 0 };
  readonly #queues = new Map<string, Slots>();
  readonly #stopped = new AbortController();
  #held: (() => void)[] = [];
  #random = seeded(1);
  #target = '';

  constructor({ attemptMs = 30_000, ...options }: CourierOptions = {}) {
    this.#options = { atOnce: 3, retries: 10, backoffMs: 100, ...options };
    this.#chaos = { duplicate: 0, drop: 0, delayMs: 0, hold: false, attemptMs, seed: 1 };
    setMaxListeners(0, this.#stopped.signal);
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(502);
        response.end(String(error));
      });
    });
  }

  /** Listens on a port, and no longer on the one before; false if it is taken. */
  async listen(port: number): Promise<boolean> {
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
    return new Promise((resolve) => {
      const failed = (): void => resolve(false);
      this.#server.once('error', failed).listen(port, HOST, () => {
        this.#server.removeListener('error', failed);
        resolve(true);
      });
    });
  }

  /** Sets the destination of events: `host:port` of the Functions emulator. */
  deliverTo(target: string): void {
    this.#target = target;
  }

  /** Stops at once, and drops every event that is not delivered yet. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { url = '/', method = 'GET' } = request;
    if (url.startsWith('/_control/')) {
      this.#control(url.slice('/_control/'.length), method, body, response);
      return;
    }

    const deliver = (within?: AbortSignal): Promise<Response> =>
      fetch(`http://${this.#target}${url}`, {
        method,
        headers: endToEnd(request.headers),
        ...(body.length > 0 ? { body } : {}),
        signal: within ?? this.#stopped.signal,
      });
    if (!url.includes('/triggers/')) {
      const answer = await deliver();
      response.writeHead(answer.status).end(await answer.text());
      return;
    }
    response.end(); // From here on the event is the courier's.
    // Draws no number if no events are to be lost: the same seed still means the same chaos.
    if (this.#chaos.drop > 0 && this.#random() < this.#chaos.drop) {
      this.#status.dropped++;
      return;
    }
    const id = String(request.headers['ce-id'] ?? '');
    const copies = this.#random() < this.#chaos.duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) void this.#carry(url, id, deliver);
  }

  /** Brings one copy of an event to its function, however often that takes. Never rejects. */
  async #carry(path: string, id: string, deliver: (within: AbortSignal) => Promise<Response>): Promise<void> {
    this.#status.pending++;
    const slots = this.#queues.get(path) ?? new Slots(this.#options.atOnce);
    this.#queues.set(path, slots);
    const delay = this.#random() * this.#chaos.delayMs;
    try {
      if (delay > 0) await sleep(delay, this.#stopped.signal);
      await pRetry(
        async () => {
          await this.#whenReleased();
          const answer = await slots.take(async () => {
            return this.#within(async (signal) => {
              const response = await deliver(signal);
              await response.arrayBuffer();
              return response;
            });
          });
          if (answer.status === 404) throw new AbortError(`no function at ${path}`);
          if (!answer.ok) throw new Error(`answered ${answer.status}`);
        },
        {
          retries: this.#options.retries,
          minTimeout: this.#options.backoffMs,
          maxTimeout: 5000,
          factor: 2,
          signal: this.#stopped.signal,
          // `fetch` fails with TypeErrors, some of which p-retry takes for a mistake in the
          // program.
          shouldRetry: () => true,
        },
      );
      this.#status.delivered++;
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      this.#status.failed++;
      this.#options.log?.(`event ${id} for ${path} given up: ${String(error)}`);
    } finally {
      this.#status.pending--;
    }
  }

  /**
   * Makes one attempt, and ends it if its time is over. (Node 20 forgets `AbortSignal.timeout`
   * inside `AbortSignal.any`.)
   */
  async #within<T>(attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const end = (): void => controller.abort(new Error('no answer in time'));
    const timer = setTimeout(end, this.#chaos.attemptMs);
    this.#stopped.signal.addEventListener('abort', end);
    try {
      return await attempt(controller.signal);
    } finally {
      clearTimeout(timer);
      this.#stopped.signal.removeEventListener('abort', end);
    }
  }

  async #whenReleased(): Promise<void> {
    while (this.#chaos.hold) await new Promise<void>((resolve) => this.#held.push(resolve));
  }

  #control(name: string, method: string, body: Buffer, response: ServerResponse): void {
    const answer = (status: number, content: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content ?? {}));
    const parsed = (): unknown => (body.length > 0 ? JSON.parse(body.toString()) : {});
    const extra = this.#options.control?.[name];
    if (name === 'status' && method === 'GET') {
      answer(200, this.#status);
      return;
    }
    if (name === 'chaos' && method === 'GET') {
      answer(200, this.#chaos);
      return;
    }
    if (name === 'chaos' && method === 'PUT') {
      const result = changeSchema.safeParse(parsed());
      if (!result.success) {
        answer(400, { error: z.prettifyError(result.error) });
        return;
      }
      this.#setChaos(result.data);
      answer(200, this.#chaos);
      return;
    }
    if (!extra) {
      answer(404, { error: 'status, chaos' });
      return;
    }
    Promise.resolve()
      .then(() => extra(method, parsed()))
      .then(
        (content) => answer(200, content),
        (error: unknown) => answer(400, { error: String(error) }),
      );
  }

  #setChaos(change: z.infer<typeof changeSchema>): void {
    Object.assign(this.#chaos, change);
    if (change.seed !== undefined) this.#random = seeded(change.seed);
    if (!this.#chaos.hold) for (const release of this.#held.splice(0)) release();
  }
}

/** Lets a fixed number of works run at a time. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('stopped'));
    });
  });
}

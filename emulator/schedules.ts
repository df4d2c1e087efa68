import { loadedFunctions } from './functions.ts';
import { HOST } from './processes/ports.ts';

/** The address of a suite's Functions emulator. */
export interface FunctionsAddress {
  readonly project: string;
  readonly functionsPort: number;
}

/**
 * Runs a scheduled function as Cloud Scheduler would, and waits for it. (Publishing to its topic
 * does not fire a v2 schedule; a request to the Functions emulator does.)
 *
 * @param at the moment for which it is fired, as Cloud Scheduler tells it; absent: now
 * @throws Error if there is no such function, or if it fails
 */
export async function fire(suite: FunctionsAddress, name: string, at?: Date): Promise<void> {
  const loaded = await loadedFunctions(suite.functionsPort);
  const found = loaded.find((one) => one.name === name || one.entryPoint === name);
  if (!found) throw new Error(`there is no function ${name}; there are ${loaded.map((one) => one.name).join(', ')}`);
  await fireById(suite, found.id, at);
}

/** As {@link fire}, for the id that the Functions emulator gave: `<region>-<name>`. */
export async function fireById({ project, functionsPort }: FunctionsAddress, id: string, at?: Date): Promise<void> {
  const response = await fetch(`http://${HOST}:${functionsPort}/functions/projects/${project}/triggers/${id}-0`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(at === undefined ? {} : { 'x-cloudscheduler-scheduletime': at.toISOString() }),
    },
    body: '{}',
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${id} failed (${response.status}): ${text.slice(0, 500)}`);
}

/** Fires a function again and again, never twice at the same time. */
export class Ticker {
  readonly #fire: () => Promise<void>;
  readonly #everyMs: number;
  #paused = false;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(fireOnce: () => Promise<void>, everyMs: number) {
    this.#fire = fireOnce;
    this.#everyMs = everyMs;
  }

  /** Begins, with a first turn at once. */
  start(): void {
    this.#running = this.#turn();
  }

  /**
   * Stops or goes on; resolves once no turn is under way. For measurements that a tick would
   * disturb.
   */
  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    if (paused) await this.#running;
  }

  /** Ends; a turn under way is not waited for. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #turn(): Promise<void> {
    const begun = Date.now();
    // A failed tick is in the functions' log; the next one follows anyway.
    if (!this.#paused) await this.#fire().catch(() => undefined);
    if (this.#stopped) return;
    this.#timer = setTimeout(
      () => {
        this.#running = this.#turn();
      },
      Math.max(0, this.#everyMs - (Date.now() - begun)),
    );
  }
}

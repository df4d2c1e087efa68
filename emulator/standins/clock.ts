/**
 * A stand-in's time: the real one, moved by `PUT /_control/clock` so that data can be created in
 * the past.
 */
export class Clock {
  readonly #base: () => number;
  #offset = 0;

  constructor(base: () => number = Date.now) {
    this.#base = base;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#base() + this.#offset;
  }

  /** Seconds since 1970, as Stripe counts. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /**
   * Moves the time to `instant` (milliseconds), from which it goes on; `null` is the real time
   * again.
   */
  set(instant: number | null): void {
    this.#offset = instant === null ? 0 : instant - this.#base();
  }
}

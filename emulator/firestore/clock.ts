/**
 * The databases' time: every commit is at least a millisecond later than all that was read or
 * written before it. The package tells changes apart by whole milliseconds only. With it, a
 * document that changed in the millisecond of a transaction's read counts as unchanged: 20
 * increments at once made 18. Two updates in one millisecond have the same update time, so that a
 * stale precondition holds.
 */
export class Clock {
  readonly #machine: () => number;
  #last = 0;
  #commit: number | undefined;

  /** @param machine the machine's time in milliseconds; a test gives its own */
  constructor(machine: () => number = Date.now) {
    this.#machine = machine;
  }

  /** Returns the time now; during a commit, the commit's. */
  now(): Date {
    this.#last = this.#commit ?? Math.max(this.#machine(), this.#last);
    return new Date(this.#last);
  }

  /** Does a commit's work at a time of its own. The work must begin and end before this returns. */
  commit<T>(work: () => T): T {
    this.#commit = Math.max(this.#machine(), this.#last + 1);
    this.#last = this.#commit;
    try {
      return work();
    } finally {
      this.#commit = undefined;
    }
  }
}

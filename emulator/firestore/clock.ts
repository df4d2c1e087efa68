/**
 * The databases' time. The package tells changes apart by whole milliseconds: a document that changed in the millisecond in which a transaction
 * read it counts as unchanged (20 increments at once made 18), and two updates in one millisecond have the same update time, so that a
 * stale precondition holds. Here every commit is at least a millisecond later than all that was read or written before it.
 */
export class Clock {
  readonly #machine: () => number;
  #last = 0;
  #commit: number | undefined;

  /** @param machine the machine's time in milliseconds; a test gives its own */
  constructor(machine: () => number = Date.now) {
    this.#machine = machine;
  }

  /** The time now; during a commit, the commit's. */
  now(): Date {
    this.#last = this.#commit ?? Math.max(this.#machine(), this.#last);
    return new Date(this.#last);
  }

  /** Does a commit's work, which must begin and end before this returns, at a time of its own. */
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

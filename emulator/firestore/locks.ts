import { status } from '@grpc/grpc-js';
import { StatusError } from './status.ts';

const STALE_MS = 10_000;

interface Lock {
  owner: string;
  since: number;
  readonly waiting: Set<() => void>;
}

/**
 * A transaction that reads a document keeps others from reading it until it ends, as the server
 * libraries of Firestore do. The package only finds conflicts at the commit. That is right, but
 * each costs the loser a second or more until its SDK tries again.
 */
export class Locks {
  readonly #locks = new Map<string, Lock>();
  /** The path that an owner waits for. */
  readonly #waits = new Map<string, string>();

  /**
   * Waits until `owner` has the locks of all `paths`. A lock whose owner has not ended for ten
   * seconds (a process that died) is taken over; the commit of the late owner then finds the
   * conflict.
   *
   * @throws StatusError ABORTED if waiting would never end, because the other one waits for this
   *   owner
   */
  async acquire(owner: string, paths: readonly string[]): Promise<void> {
    for (const path of [...paths].sort()) {
      for (let lock = this.#locks.get(path); lock && lock.owner !== owner; lock = this.#locks.get(path)) {
        const left = lock.since + STALE_MS - Date.now();
        if (left <= 0) break;
        if (this.#waitsFor(lock.owner, owner))
          throw new StatusError(status.ABORTED, 'two transactions wait for each other; please retry');
        this.#waits.set(owner, path);
        await released(lock, left);
        this.#waits.delete(owner);
      }
      const waiting = this.#locks.get(path)?.waiting ?? new Set();
      this.#locks.set(path, { owner, since: Date.now(), waiting });
    }
  }

  /** Gives up all locks of an owner. */
  release(owner: string): void {
    for (const [path, lock] of this.#locks) {
      if (lock.owner !== owner) continue;
      this.#locks.delete(path);
      for (const wake of lock.waiting) wake();
    }
  }

  /**
   * Hands the locks of one name over to another: a transaction gets its name with its first answer.
   */
  rename(from: string, to: string): void {
    for (const lock of this.#locks.values()) if (lock.owner === from) lock.owner = to;
  }

  #waitsFor(owner: string, other: string): boolean {
    for (let next: string | undefined = owner, steps = 0; next !== undefined && steps < 1000; steps++) {
      if (next === other) return true;
      const path = this.#waits.get(next);
      next = path === undefined ? undefined : this.#locks.get(path)?.owner;
    }
    return false;
  }
}

function released(lock: Lock, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      lock.waiting.delete(done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    lock.waiting.add(done);
  });
}

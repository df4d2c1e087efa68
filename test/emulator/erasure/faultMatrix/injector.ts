import { isFailure, type Failure, type Kind, type SystemName } from './kinds.ts';

/**
 * One external call: its act and its object, the same for every person, and its number among those
 * of its kind.
 */
export interface Call {
  readonly system: SystemName;
  /** `stripe DELETE /v1/customers/{customer}#1`. */
  readonly name: string;
}

export interface Fault {
  readonly call: string;
  readonly kind: Kind;
}

/** A process that makes calls. It has one task, event or tick to do, and may be killed. */
export interface Caller {
  isDead(): boolean;
  /** Nothing that it does from now on reaches anybody. */
  kill(): void;
}

export type Verdict =
  | { readonly do: 'pass' }
  | { readonly do: 'fail'; readonly failure: Failure }
  | { readonly do: 'kill'; readonly after: boolean }
  /** The call waits until this is over. */
  | { readonly do: 'hold'; readonly until: () => Promise<void> };

const pass: Verdict = { do: 'pass' };

/**
 * Counts the calls of one run as they come, from any process, and applies each fault to its call. A
 * failure stays until the process that met it ends: a retry of an SDK meets it again. `lasting`:
 * until it is healed.
 */
export class Injector {
  readonly calls: Call[] = [];
  readonly #counts = new Map<string, number>();
  readonly #waiting: Map<string, Kind>;
  readonly #lasting: boolean;
  readonly #failing: { readonly caller: Caller; readonly key: string; readonly failure: Failure }[] = [];
  #met = 0;
  #healed = false;
  /**
   * Runs the same work once more in another process: at the same time, or (`late`) after the lease
   * of the first is over.
   */
  again: (late: boolean) => Promise<void> = () => Promise.resolve();
  /** The person's act while a call stands still, and everything that follows from it at once. */
  meanwhile: () => Promise<void> = () => Promise.resolve();

  constructor(faults: readonly Fault[] = [], lasting = false) {
    this.#waiting = new Map(faults.map(({ call, kind }) => [call, kind]));
    this.#lasting = lasting;
  }

  /** How many of the faults have happened. */
  get met(): number {
    return this.#met;
  }

  /** Calls that were not made, so that nothing happened to them. */
  get unmet(): string[] {
    return [...this.#waiting.keys()];
  }

  /** From now on nothing fails. */
  heal(): void {
    this.#healed = true;
  }

  call(caller: Caller, system: SystemName, operation: string): Verdict {
    const key = `${system} ${operation}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    const name = `${key}#${count}`;
    this.calls.push({ system, name });
    if (this.#healed) return pass;
    const failing = this.#failing.find((one) => one.key === key && (this.#lasting || one.caller === caller));
    if (failing !== undefined) return { do: 'fail', failure: failing.failure };
    const kind = this.#waiting.get(name);
    if (kind === undefined) return pass;
    this.#waiting.delete(name);
    this.#met += 1;
    if (isFailure(kind)) this.#failing.push({ caller, key, failure: kind });
    return this.#verdict(kind);
  }

  #verdict(kind: Kind): Verdict {
    switch (kind) {
      case 'killed-before':
      case 'killed-after':
        return { do: 'kill', after: kind === 'killed-after' };
      case 'duplicate':
        void this.again(false);
        return pass;
      case 'out-of-order':
        return { do: 'hold', until: () => this.again(true) };
      case 'taken-back':
        return { do: 'hold', until: () => this.meanwhile() };
      default:
        return { do: 'fail', failure: kind };
    }
  }
}

import { z } from 'zod';

/**
 * The ways in which a call fails:
 *
 * - `reset-before`: nothing happened
 * - `reset-after`: the effect happened, the answer was lost
 * - `timeout`: never answered
 * - `garbage`: 200 with a page that is not JSON
 * - `500-no-error`: JSON without an `error` key
 */
export const faultKinds = ['429', '500', '500-no-error', 'timeout', 'reset-before', 'reset-after', 'garbage'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** The body of `PUT /_control/faults`; it replaces the faults set before. */
export const faultList = z.array(
  z.strictObject({
    method: z.string().default('*'),
    path: z.string().min(1),
    /**
     * A text that the body of the request must hold: one person's calls fail, and nobody else's.
     */
    body: z.string().min(1).optional(),
    kind: z.enum(faultKinds),
    times: z.number().int().min(1).default(1),
  }),
);
export type Fault = z.infer<typeof faultList>[number];

/** A call by which a fault is found. */
interface FaultyCall {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** The faults that are still to come. */
export class FaultBook {
  #faults: Fault[] = [];

  set(faults: readonly Fault[]): void {
    this.#faults = faults.map((fault) => ({ ...fault }));
  }

  /** Returns the faults that are left, with the remaining `times`. */
  list(): Fault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  /**
   * Returns the first fault that fits this call, counted down; `undefined` if the call may succeed.
   */
  take({ method, path, body }: FaultyCall): FaultKind | undefined {
    const fault = this.#faults.find(
      (f) => methodFits(f.method, method) && pathFits(f.path, path) && body.includes(f.body ?? ''),
    );
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times === 0) this.#faults = this.#faults.filter((f) => f !== fault);
    return fault.kind;
  }
}

const methodFits = (wanted: string, method: string): boolean => wanted === '*' || wanted.toUpperCase() === method;

/** A path without `*` is a prefix; with `*` (any run of characters) it must fit the whole path. */
function pathFits(wanted: string, path: string): boolean {
  if (!wanted.includes('*')) return path.startsWith(wanted);
  const escaped = wanted.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(path);
}

import { parseTemplate } from '../paths.ts';
import type { Policy } from '../schema.ts';

/**
 * A problem of a policy: stable code, place, and a sentence that says the problem and its remedy.
 */
export interface Problem {
  readonly code: string;
  /** Dotted path into the policy: `records.sessions.fate.0`. */
  readonly path: string;
  readonly message: string;
}

/** Place and problem; the code is the key under which the check is listed. */
export type Finding = Omit<Problem, 'code'>;

/** A check of a policy whose shape is right. Pure. */
export type Check = (policy: Policy) => Finding[];

export const quote = (items: Iterable<string>): string => [...items].map((item) => `'${item}'`).join(', ');

/** The named ids that are not among those that exist. */
export const unknown = (ids: readonly string[], known: object): string[] =>
  ids.filter((id) => !Object.hasOwn(known, id));

/** Reads a path; answers the fallback if it is none, which `bad-path` reports. */
export function ifReadable<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}

/** The variables of a path, in its order; none of a path that cannot be read. */
export const variablesOf = (template: string): string[] =>
  ifReadable(() => parseTemplate(template), []).flatMap((segment) => ('variable' in segment ? [segment.variable] : []));

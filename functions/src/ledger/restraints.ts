import type { Instant } from '../platform/time.ts';
import type { Restraint, Restraints, RestraintVersion } from './shape.ts';

export type { Restraint, Restraints, RestraintVersion, Restriction } from './shape.ts';

/**
 * Legal holds and restrictions (Art. 18) as the head of a chain remembers them, as pure functions.
 * The head follows from the entries of the kind `statement`. So a document that somebody deletes
 * still keeps data, and an older one that somebody puts back is known as such.
 */

/** The end of one that has none: a number, since a query asks for it. */
export const NEVER: Instant = Date.UTC(9999, 11, 31);

function summedUp(of: Readonly<Record<string, Restraint>>): Restraints | undefined {
  const all = Object.values(of);
  if (all.length === 0) return undefined;
  return {
    at: Math.max(...all.map(({ at }) => at)),
    until: Math.max(...all.map(({ until = NEVER }) => until)),
    names: Object.keys(of).sort(),
    of,
  };
}

/** The restraints after one more version. */
export const restraintsWith = (
  known: Restraints | undefined,
  { name, ...version }: RestraintVersion,
): Restraints | undefined => summedUp({ ...known?.of, [name]: version });

/** The legal holds among them. */
export const holdsAlone = (known: Restraints | undefined): Restraints | undefined =>
  summedUp(Object.fromEntries(Object.entries(known?.of ?? {}).filter(([, { kind }]) => kind === 'legalHolds')));

/** True if it keeps data at a moment. */
export const runsAt = ({ until = NEVER }: Pick<Restraint, 'until'>, now: Instant): boolean => until > now;

/**
 * True if erasures alone brought what runs: each ends its own, and the entry keeps nothing by
 * itself.
 */
export const isOfErasureAlone = ({ parts }: Pick<Restraint, 'parts'>): boolean =>
  parts !== undefined && Object.values(parts).every(({ job }) => job !== undefined);

/** The restraints that one person's chains remember, by name; of two versions the newer one. */
export function allOf(known: readonly (Restraints | null)[]): Map<string, Restraint> {
  const found = new Map<string, Restraint>();
  for (const [name, one] of known.flatMap((each) => Object.entries(each?.of ?? {})))
    if (one.at >= (found.get(name)?.at ?? -Infinity)) found.set(name, one);
  return found;
}

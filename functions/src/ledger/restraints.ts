import type { Instant } from '../platform/time.ts';
import type { PurposeId } from '../policy/schema.ts';
import type { RestraintKind } from '../subject/statements.ts';

/**
 * Legal holds and restrictions (Art. 18) as the head of a chain remembers them, as pure functions.
 * The head follows from the entries of the kind `statement`. So a document that somebody deletes
 * still keeps data, and an older one that somebody puts back is known as such.
 */

/**
 * Why a purpose goes on although the whole person is restricted (Art. 18(2)): the person agreed to
 * that; legal claims; the rights of others; an important public interest.
 */
export const exceptions = ['consent', 'claims', 'othersRights', 'publicInterest'] as const;
export type Exception = (typeof exceptions)[number];

/** One restriction: its scope, and its announced end. */
export interface Restriction {
  /** The purposes that it stops; absent: all of them. */
  readonly purposes?: readonly PurposeId[];
  /** Of one that stops all: the purposes that go on nevertheless, and why. */
  readonly except?: Readonly<Record<PurposeId, Exception>>;
  /** When it ends at the earliest, once the person was told (Art. 18(3)). */
  readonly liftsAt?: Instant;
  /** The erasure that brought it, and ends it. */
  readonly job?: string;
}

/** One version of a legal hold, or of the restrictions of a person (Art. 18). */
export interface Restraint {
  readonly kind: RestraintKind;
  /** When this version was stated. */
  readonly at: Instant;
  /** When it ends, or ended; absent: not before somebody ends it. */
  readonly until?: Instant;
  /** The restrictions that run, each by its name; absent: a hold, or one of the whole person. */
  readonly parts?: Readonly<Record<string, Restriction>>;
  /** Of a restriction that this version ends: when the person was told before (Art. 18(3)). */
  readonly toldAt?: Instant;
}

/** The same with its name (subject/statements.ts): no text of a client stands in the ledger. */
export interface RestraintVersion extends Restraint {
  readonly name: string;
}

/**
 * The newest version of each legal hold and restriction on a person, also of those that are over.
 */
export interface Restraints {
  /** The newest of them all. */
  readonly at: Instant;
  /** The latest end of any; `NEVER` if one has none. */
  readonly until: Instant;
  /** Every name, sorted: a query finds the chain by one. */
  readonly names: readonly string[];
  readonly of: Readonly<Record<string, Restraint>>;
}

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

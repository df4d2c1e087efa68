import type { Instant } from '../../platform/time.ts';
import type { Policy, PurposeId } from '../../policy/schema.ts';
import type { Head } from '../chain.ts';
import { runsAt, type Restriction } from '../restraints.ts';

/**
 * Restrictions of processing (Art. 18), as pure functions: which purposes they stop, and which rows
 * they keep. Several can run on one person, each with a scope of its own. Everybody who uses data
 * of a person asks here.
 */

/** The grounds of a restriction (Art. 18(1)(a) to (d)). */
export const restrictionGrounds = ['accuracy', 'unlawful', 'claims', 'objection'] as const;
export type RestrictionGround = (typeof restrictionGrounds)[number];

/** A restriction of everything, as one whose scope nobody can tell counts. */
export const WHOLE: Restriction = {};

/** The restrictions that a head says are running, each by its name. */
export const restrictionsIn = (
  { restraints }: Pick<Head, 'restraints'>,
  now: Instant,
): ReadonlyMap<string, Restriction> => {
  const running = Object.values(restraints?.of ?? {}).filter((one) => one.kind === 'restrictions' && runsAt(one, now));
  return new Map(running.flatMap(({ parts }) => Object.entries(parts ?? { server: WHOLE })));
};

/** True if any of them stops the use of data for a purpose. */
export const isRestricted = (running: Iterable<Restriction>, purpose: PurposeId): boolean =>
  [...running].some(({ purposes, except = {} }) =>
    purposes === undefined ? !Object.hasOwn(except, purpose) : purposes.includes(purpose),
  );

/** Returns the states of purposes that nothing restricts: no other answer is used (Art. 18(2)). */
export const unrestricted = (current: Head['current'], running: readonly Restriction[]): Head['current'] =>
  Object.fromEntries(Object.entries(current).filter(([purpose]) => !isRestricted(running, purpose)));

/**
 * True if rows that serve these purposes are only stored (Art. 18(2)): every one of the purposes
 * is in scope, so that nothing ends them. A purpose that goes on as an exception ends no rows.
 */
export function keepsRows(running: Iterable<Restriction>, purposes: readonly PurposeId[]): boolean {
  const all = [...running];
  const isInScope = (purpose: PurposeId): boolean => all.some((one) => one.purposes?.includes(purpose) ?? true);
  return all.some((one) => one.purposes === undefined) || (purposes.length > 0 && purposes.every(isInScope));
}

/** The restricted part of a policy: everything, or some purposes. */
export interface RestrictedUse {
  readonly all: boolean;
  /** The purposes that are stopped, in the order of the policy; none is named if all are. */
  readonly purposes: readonly PurposeId[];
}

/**
 * Says which purposes of a policy are restricted now, by the head of a person's chain. Pure.
 *
 * @example restrictedUse(policy, head, now) // { all: false, purposes: ['analytics'] }
 */
export function restrictedUse(
  policy: Pick<Policy, 'purposes'>,
  head: Pick<Head, 'restraints'>,
  now: Instant,
): RestrictedUse {
  const running = [...restrictionsIn(head, now).values()];
  const all = Object.keys(policy.purposes);
  const purposes = all.filter((purpose) => isRestricted(running, purpose));
  return purposes.length === all.length ? { all: true, purposes: [] } : { all: false, purposes };
}

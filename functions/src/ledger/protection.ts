import type { Instant } from '../platform/time.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Stated } from '../subject/guardians.ts';
import { pseudonymsOf } from '../subject/pseudonym.ts';
import { statedAt, type Statement } from '../subject/statements.ts';
import type { StatedVersions } from './chain.ts';
import type { HeldPower, Protection } from './entry.ts';

/**
 * A protection rests on statements of servers. One of them that is gone was withdrawn by nobody: a
 * withdrawal is sealed too. So a document that somebody deletes takes no protection away. The head
 * remembers the newest version of each: an older one that somebody puts back counts as unsealed.
 */

/** Each statement about a person, and its name in the head. */
const named = ({ age, guardianships }: Stated): (readonly [string, Statement])[] => [
  ...(age === null ? [] : [['age', age] as const]),
  ...guardianships.map((one) => [one.id, one] as const),
];

const isOlder = (name: string, one: Statement, versions: StatedVersions | undefined): boolean =>
  one.isSealed && (statedAt(one) ?? 0) < (versions?.of[name] ?? 0);

/** The statements of which a newer version was known before. Pure. */
export const olderIn = (stated: Stated, versions: StatedVersions | undefined): Statement[] =>
  named(stated).flatMap(([name, one]) => (isOlder(name, one, versions) ? [one] : []));

/**
 * True if statements were read before one that the head knows was written: an older version of one
 * is there, or one is not there. Pure.
 */
export const isStale = (stated: Stated, versions: StatedVersions | undefined): boolean => {
  const there = new Set(named(stated).map(([name]) => name));
  return olderIn(stated, versions).length > 0 || Object.keys(versions?.of ?? {}).some((name) => !there.has(name));
};

/** The statements, those of an older version as unsealed ones. Pure. */
export function newestOf({ age, guardianships }: Stated, versions: StatedVersions | undefined): Stated {
  const checked = (name: string, one: Statement): Statement =>
    isOlder(name, one, versions) ? { ...one, isSealed: false } : one;
  return {
    age: age && checked('age', age),
    guardianships: guardianships.map((one) => checked(one.id, one)),
  };
}

/** The versions to remember; the same object if no statement is newer. Pure. */
export function versionsWith(stated: Stated, versions: StatedVersions | undefined): StatedVersions | undefined {
  const newer = named(stated).flatMap(([name, one]) => {
    const at = statedAt(one);
    return one.isSealed && at !== undefined && at > (versions?.of[name] ?? 0) ? [[name, at] as const] : [];
  });
  if (newer.length === 0) return versions;
  return {
    at: Math.max(versions?.at ?? 0, ...newer.map(([, at]) => at)),
    of: { ...versions?.of, ...Object.fromEntries(newer) },
  };
}

/** The statements about a person, as far as a protection can rest on them. */
export interface Explained {
  /** True if a server says how old the person is, or that it no longer says so. */
  readonly age: boolean;
  /**
   * Pseudonyms, under every key, of the holders of all guardianships, also of those that are over.
   */
  readonly holders: ReadonlySet<string>;
  /** True if there is a guardianship, also one that is over. */
  readonly guardianship: boolean;
}

/** The part of a protection that no statement explains. */
export interface Unexplained {
  readonly age: boolean;
  readonly holders: Protection['holders'];
  readonly guardianship: boolean;
}

/** Sums up the statements about a person. A document without the right seal explains nothing. */
export function explain({ age, guardianships }: Stated, keys: PseudonymKeys): Explained {
  const sealed = guardianships.filter(({ isSealed }) => isSealed).map(({ data }) => data);
  const holders = sealed.flatMap(({ holder, holderPseudonyms }: Readonly<Record<string, unknown>>) => [
    ...(typeof holder === 'string' ? pseudonymsOf(holder, keys) : []),
    ...(Array.isArray(holderPseudonyms) ? (holderPseudonyms as string[]) : []),
  ]);
  return { age: age?.isSealed === true, holders: new Set(holders), guardianship: sealed.length > 0 };
}

/** Finds what of a protection nothing explains; null if everything is explained. Pure. */
export function unexplained(
  known: Protection | undefined,
  { age, holders, guardianship }: Explained,
  now: Instant,
): Unexplained | null {
  if (known === undefined) return null;
  const runs = ({ until }: { readonly until?: Instant }): boolean => until === undefined || until > now;
  const missing = {
    age: known.reason === 'age' && runs(known) && !age,
    holders: known.holders.filter((one) => runs(one) && !holders.has(one.holder)),
    guardianship: known.reason === 'guardianship' && runs(known) && known.holders.length === 0 && !guardianship,
  };
  return missing.age || missing.guardianship || missing.holders.length > 0 ? missing : null;
}

/**
 * True if a power that runs has lost its statement: it counts no longer, and somebody has to look.
 * Pure.
 */
export const hasLost = (
  known: readonly HeldPower[] | undefined,
  { holders, guardianship }: Explained,
  now: Instant,
): boolean =>
  (known ?? []).some(
    ({ holder, until }) =>
      (until === undefined || until > now) && (holder === undefined ? !guardianship : !holders.has(holder)),
  );

/** A band of age that is gone counts as one that nobody sealed: as a child's. Pure. */
export const withoutGaps = (stated: Stated, missing: Unexplained | null): Stated =>
  missing?.age === true ? { ...stated, age: { id: '', isSealed: false, data: {} } } : stated;

/**
 * The protection that statements say, and the guardianships of the known one that nothing explains.
 * Pure.
 *
 * @param next as the statements say that are there (`withoutGaps`); undefined: the person decides
 *   alone
 */
export function keeping(
  known: Protection | undefined,
  next: Protection | undefined,
  missing: Unexplained | null,
): Protection | undefined {
  if (known === undefined || missing === null) return next;
  const isGone = known.reason === 'guardianship' && next?.mode !== 'holder' && next?.reason !== 'age';
  const base = isGone ? { ...known, holders: next?.holders ?? [] } : next;
  if (base === undefined || base.reason !== known.reason) return base;
  return { ...base, holders: [...base.holders, ...missing.holders] };
}

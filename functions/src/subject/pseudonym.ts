import { keyedHash, type PseudonymKeys } from '../platform/keys.ts';

/**
 * Returns the pseudonym of a person: `v{key version}_{keyed hash of the uid}`. Never a plain hash:
 * without the key nobody can try uids (GDPR Art. 4(5); EDPB Guidelines 01/2025 on
 * pseudonymisation).
 *
 * @throws RangeError if the version has no key.
 */
export function pseudonymOf(uid: string, keys: PseudonymKeys, version: number = keys.current): string {
  return `v${version}_${keyedHash('subject', [uid], keys, version)}`;
}

/** The versions of the pseudonym key: the current one, then the others, the newest first. */
export const keyVersions = ({ current, keys }: PseudonymKeys): number[] => {
  const versions = Object.keys(keys).map(Number);
  return [current, ...versions.filter((version) => version !== current).sort((a, b) => b - a)];
};

/**
 * Returns the pseudonyms of a person under every key that there is, the current one first: old ones
 * stay findable.
 */
export const pseudonymsOf = (uid: string, keys: PseudonymKeys): string[] =>
  keyVersions(keys).map((version) => pseudonymOf(uid, keys, version));

/**
 * The name of a person's device in their ledger. It is salted by the person: one device that
 * several people use has another name in each ledger.
 */
export const deviceHash = (uid: string, deviceId: string, keys: PseudonymKeys): string =>
  keyedHash('device', [uid, deviceId], keys);

/**
 * Does this uid name somebody else than the person of a pseudonym? A job of years later knows the
 * pseudonym only. The pseudonym of a person without an account is nobody's uid.
 */
export const namesAnother = (
  owner: string | undefined,
  { uid, pseudonym }: { readonly uid: string; readonly pseudonym: string },
  keys: PseudonymKeys,
): boolean =>
  owner !== undefined &&
  owner !== '' &&
  owner !== uid &&
  !pseudonymsOf(owner, keys).includes(withoutGeneration(pseudonym));

const PSEUDONYM = /^v\d+_[A-Za-z0-9_-]{43}(~\d+)?$/;

/** Is this string shaped as a pseudonym (with or without the number of a further chain)? */
export function isPseudonym(value: string): boolean {
  return PSEUDONYM.test(value);
}

/**
 * Names the n-th chain of a pseudonym: a uid that was erased and is used again by another person.
 * The first has no number.
 */
export function chainName(pseudonym: string, generation: number): string {
  return generation <= 1 ? pseudonym : `${pseudonym}~${generation}`;
}

/** Returns the chain of the next person under the same uid. */
export const followingChain = (pseudonym: string, chain: string): string =>
  chainName(pseudonym, generationOf(chain) + 1);

/**
 * The names that a person's chain can have, one for each key of the pseudonyms, that of today
 * first. Something that was recorded before the key changed stands under an older one. A person
 * without an account has no uid, and the name that is given.
 */
export const namesOfChain = (uid: string, chain: string, keys: PseudonymKeys): string[] =>
  uid === '' ? [chain] : pseudonymsOf(uid, keys).map((pseudonym) => chainName(pseudonym, generationOf(chain)));

/**
 * The name of a chain, then its names under the other keys: each of them once. It reads nothing.
 * With one key there is one name.
 */
export const everyNameOf = (uid: string, chain: string, keys: PseudonymKeys): string[] => [
  ...new Set([chain, ...namesOfChain(uid, chain, keys)]),
];

/** The number of a chain among those of its pseudonym: 1 for the first, which has none. */
export const generationOf = (chain: string): number => Number(/~(\d+)$/.exec(chain)?.[1] ?? 1);

/** The version of the key that a chain is named with. */
export const keyVersionOf = (chain: string): number => Number(/^v(\d+)_/.exec(chain)?.[1]);

/** The pseudonym of a chain: its name without the number of a further chain. */
export const withoutGeneration = (chain: string): string => chain.replace(/~\d+$/, '');

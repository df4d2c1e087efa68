import { keyedHash, type PseudonymKeys } from '../platform/keys.ts';
import { pseudonymOf } from './pseudonym.ts';

/**
 * Folds an address as it is compared: A to Z in lower case, and nothing else changed. Unicode's own
 * lower case maps the Kelvin sign to `k` and so makes one address out of two. Dots, a `+tag` and
 * accents are the business of the provider behind the address, and never ours.
 */
export const foldEmail = (email: string): string => email.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * Can this address be mistaken for no other? Other systems fold addresses before they compare them,
 * each in its own way. An address that Unicode folds into another one (the Kelvin sign into `k`),
 * or that has signs nobody sees, would find that other one's rows. It proves nothing.
 */
export function isUnmistakable(email: string): boolean {
  const folded = foldEmail(email);
  return folded !== '' && folded.normalize('NFKC').toLowerCase() === folded && !UNSEEN.test(folded);
}

declare const reply: unique symbol;
/**
 * The address that somebody named for the answer to their message, or for the last answer to an
 * erasure. It proves nothing: that answer goes there, without anything personal unless an officer
 * has written it, and nothing else is done by it.
 */
export type ReplyAddress = string & { readonly [reply]: true };

/** Returns the address for an answer; null if it is none, or could be mistaken for another. */
export const replyAddress = (value: unknown): ReplyAddress | null =>
  typeof value === 'string' && value.length <= 320 && isUnmistakable(value) && /^[^@<>,;"]+@[^@<>,;"]+$/.test(value)
    ? (value as ReplyAddress)
    : null;

/** Signs that are not seen, blanks and controls among them. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}]/u;

/**
 * Returns the hash by which an e-mail address is found again after it was erased: `v{key
 * version}_{keyed hash}` of the address, trimmed and in lower case. Lasts as long as the pseudonym
 * it leads to, so that a complainant can be found (GDPR Art. 7(1), 17(3)(e)).
 *
 * @throws RangeError if the version has no key
 */
export function emailHash(email: string, keys: PseudonymKeys, version: number = keys.current): string {
  return `v${version}_${keyedHash('email', [foldEmail(email.trim())], keys, version)}`;
}

/**
 * The hashes of an address under every key that is known: an erasure before a change of the key
 * wrote an older one.
 */
export const emailHashes = (email: string, keys: PseudonymKeys): string[] =>
  Object.keys(keys.keys).map((version) => emailHash(email, keys, Number(version)));

const ADDRESS_KEY = /^email_v\d+_[A-Za-z0-9_-]{43}$/;

/**
 * The name of a person without an account among `subjects`: `email_{keyed hash of the address}`.
 */
export const addressKey = (email: string, keys: PseudonymKeys): string => `email_${emailHash(email, keys)}`;

/** Its names under every key that is known. */
export const addressKeys = (email: string, keys: PseudonymKeys): string[] =>
  emailHashes(email, keys).map((hash) => `email_${hash}`);

/** Is it such a name? */
export const isAddressKey = (key: string): boolean => ADDRESS_KEY.test(key);

/**
 * The name of a person without an account in place of a uid. The slash keeps it apart from every
 * uid: an account with the address as its uid is not this person by that alone.
 */
export const nameOfAddress = (email: string): string => `email/${foldEmail(email.trim())}`;

/** Returns the pseudonym of a person without an account. */
export const addressPseudonym = (email: string, keys: PseudonymKeys, version: number = keys.current): string =>
  pseudonymOf(nameOfAddress(email), keys, version);

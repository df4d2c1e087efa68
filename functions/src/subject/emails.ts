import type { PseudonymKeys } from '../platform/keys.ts';
import { keyedHash } from './pseudonym.ts';

/**
 * By what an e-mail address is found again after it was erased: `v{key version}_{base64url of HMAC-SHA-256}` of the address, trimmed and in
 * lower case. Lasts as long as the pseudonym it leads to, so that a complainant can be found (GDPR Art. 7(1), 17(3)(e)).
 *
 * @throws RangeError where the version has no key
 */
export function emailHash(email: string, keys: PseudonymKeys, version: number = keys.current): string {
  return `v${version}_${keyedHash(email.trim().toLowerCase(), keys, version)}`;
}

/** The hashes of an address under every key that is known: an erasure before a change of the key wrote an older one. */
export const emailHashes = (email: string, keys: PseudonymKeys): string[] =>
  Object.keys(keys.keys).map((version) => emailHash(email, keys, Number(version)));

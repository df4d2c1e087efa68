import { createHmac } from 'node:crypto';

/** The secrets of a key by version. */
interface KeyVersions {
  readonly current: number;
  readonly keys: Readonly<Record<number, string>>;
}

/** Keys of the pseudonyms: `current` makes new ones, the others keep old ones findable. */
export type PseudonymKeys = KeyVersions;

/** Private keys that sign evidence: `current` signs, signatures of the others are still trusted. */
export type SigningKeys = KeyVersions;

/**
 * Returns a secret without the line breaks at its end. `openssl … | firebase functions:secrets:set`
 * stores one, and `$(…)` of a shell drops it: both have to be the same key.
 */
export const withoutLineBreaks = (value: string): string => value.replace(/[\r\n]+$/, '');

/** Each use of a pseudonym key: no hash of one use is ever a hash of another. */
export type KeyUse =
  | 'subject'
  | 'email'
  | 'device'
  | 'request'
  | 'withdrawal'
  | 'rateLimit'
  | 'brevoLog'
  | 'contact'
  | 'reconciliation'
  | 'holder'
  | 'officer'
  | 'link'
  | 'linkToken'
  | 'marketingLink'
  | 'seal'
  | 'statement'
  | 'statementName'
  | 'officerTask'
  | 'look'
  | 'disclosure';

/**
 * The keyed hash of identifiers: base64url of the HMAC-SHA-256 over the JSON list of the use and
 * the parts, as UTF-8. With the use in it, a person who may choose one value (a device, a request)
 * can make no hash that stands for somebody elsewhere.
 *
 * @throws RangeError if the version has no key
 */
export function keyedHash(
  use: KeyUse,
  parts: readonly string[],
  keys: PseudonymKeys,
  version: number = keys.current,
): string {
  const key = keys.keys[version];
  if (key === undefined)
    throw new RangeError(`pseudonym key version ${version} has no secret: set PSEUDONYM_KEY_V${version}`);
  return createHmac('sha256', key)
    .update(JSON.stringify([use, ...parts]), 'utf8')
    .digest('base64url');
}

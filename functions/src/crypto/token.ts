import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { keyedHash, type KeyUse, type PseudonymKeys } from '../platform/keys.ts';

/**
 * Opaque tokens: a text that only the backend can read and make (AES-256-GCM under a key of their
 * own use). The address of a page can carry one, and nothing personal is to be seen in it.
 */

const TOKEN = /^([1-9]\d{0,3})\.([A-Za-z0-9_-]{38,1000})$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (use: KeyUse, keys: PseudonymKeys, version: number): Buffer =>
  Buffer.from(keyedHash(use, [], keys, version), 'base64url');

/**
 * Makes a token of a text.
 *
 * @returns `{key version}.{random number, content and tag}`, base64url: another one each time
 */
export function sealToken(use: KeyUse, text: string, keys: PseudonymKeys): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(use, keys, keys.current), iv);
  const body = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${keys.current}.${body.toString('base64url')}`;
}

/** Returns the text of a token; null if the backend did not make it, or its key is not there. */
export function openToken(use: KeyUse, token: string, keys: PseudonymKeys): string | null {
  const [, version = '', content = ''] = TOKEN.exec(token) ?? [];
  if (keys.keys[Number(version)] === undefined) return null;
  const body = Buffer.from(content, 'base64url');
  // One token has one spelling.
  if (body.toString('base64url') !== content) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(use, keys, Number(version)), body.subarray(0, IV_BYTES));
    decipher.setAuthTag(body.subarray(-TAG_BYTES));
    return decipher.update(body.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return null;
  }
}

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from './canonical.ts';
import { sha256Hex } from './hash.ts';

/**
 * Signatures of this backend: Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of the signed
 * value, as UTF-8. Any tool can check them with the public key. No error message holds a value of
 * the private key.
 */

/** Signs, and says how the signature can be checked. */
export interface Signer {
  /** The first 16 hexadecimal digits of the SHA-256 over the public key (SPKI, DER). */
  readonly keyId: string;
  /** SPKI, DER, base64. */
  readonly publicKey: string;
  /** Signature of a JSON value, base64. */
  sign(value: unknown): string;
}

/** A public key that signatures are checked with. */
export interface Verifier {
  readonly keyId: string;
  readonly publicKey: string;
  /** Is this the signature of that value? False for any text that is not one. */
  verify(value: unknown, signature: string): boolean;
}

/**
 * Makes a signer from a secret.
 *
 * @param secret an Ed25519 private key: PEM (PKCS#8), or base64 of that PEM or of its DER
 * @throws RangeError that names the expected form, and nothing of the key
 */
export function signerFrom(secret: string): Signer {
  const key = privateKey(secret);
  const { keyId, publicKey } = describe(createPublicKey(key));
  return { keyId, publicKey, sign: (value) => sign(null, bytesOf(value), key).toString('base64') };
}

/**
 * Makes a verifier from a public key.
 *
 * @param text PEM (SPKI), or base64 of that PEM or of its DER
 * @throws RangeError that names the expected form
 */
export function verifierFrom(text: string): Verifier {
  // Node would derive the public key from a private one, which nobody is to hand around.
  const isPrivate = /PRIVATE KEY/.test(text + Buffer.from(text, 'base64').toString('latin1'));
  const key = isPrivate ? null : parse(text, (input) => createPublicKey(input), 'spki');
  if (key?.type !== 'public' || key.asymmetricKeyType !== 'ed25519')
    throw new RangeError('not an Ed25519 public key: PEM (SPKI) or base64 of it is expected');
  const check = (value: unknown, signature: string): boolean => {
    try {
      return verify(null, bytesOf(value), key, Buffer.from(signature, 'base64'));
    } catch {
      return false;
    }
  };
  return { ...describe(key), verify: check };
}

/**
 * Makes a new key pair: the private key for the secret as base64 (PKCS#8, DER), one line to paste;
 * the public one as base64 (SPKI, DER), and its id.
 */
export function newKeyPair(): { privateKey: string; publicKey: string; keyId: string } {
  const pair = generateKeyPairSync('ed25519');
  const secret = pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
  return { privateKey: secret, ...describe(pair.publicKey) };
}

const bytesOf = (value: unknown): Buffer => Buffer.from(canonicalJson(value), 'utf8');

function describe(key: KeyObject): { keyId: string; publicKey: string } {
  const der = key.export({ type: 'spki', format: 'der' });
  return { keyId: sha256Hex(der).slice(0, 16), publicKey: der.toString('base64') };
}

function privateKey(secret: string): KeyObject {
  const key = parse(secret, (input) => createPrivateKey(input), 'pkcs8');
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new RangeError(
    'the signing key is not an Ed25519 private key: PEM (PKCS#8) or base64 of it is expected; `compliance ledger keygen` makes one',
  );
}

type KeyInput = string | { key: Buffer; format: 'der'; type: 'pkcs8' & 'spki' };

/**
 * Tries the forms in which a key may come. Drops the parser's reasons, since they could quote the
 * key.
 */
function parse(text: string, make: (input: KeyInput) => KeyObject, type: 'pkcs8' | 'spki'): KeyObject | null {
  const trimmed = text.trim();
  const decoded = Buffer.from(trimmed, 'base64');
  const inputs: KeyInput[] = trimmed.startsWith('-----BEGIN')
    ? [trimmed]
    : [decoded.toString('latin1'), { key: decoded, format: 'der', type: type as 'pkcs8' & 'spki' }];
  for (const input of inputs) {
    try {
      return make(input);
    } catch {
      continue;
    }
  }
  return null;
}

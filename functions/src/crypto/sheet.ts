import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

/**
 * Encryption of an officer's sheets to a public key: X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869) and
 * AES-256-GCM, as a hybrid with a fresh key for each sheet. The backend writes sheets, and cannot
 * read them: the private key is a secret of the account `officer` alone. No error message holds a
 * value of a key or of a sheet.
 */

/** A pair of keys as texts: `v1.` and the 32 bytes in base64. */
export interface SheetKeyPair {
  readonly publicKey: string;
  /** PKCS#8, DER, base64. */
  readonly privateKey: string;
}

/** The private keys by version. */
export type SheetKeys = Readonly<Record<number, string>>;

const PUBLIC = /^v([1-9]\d{0,3})\.([A-Za-z0-9+/]{43}=)$/;
const SHEET = /^v([1-9]\d{0,3})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22,})$/;
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Makes a pair. The version says which secret opens a sheet: `OFFICER_SHEET_PRIVATE_KEY_V1`. */
export function newSheetKeys(version: number): SheetKeyPair {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return {
    publicKey: `v${version}.${rawOf(publicKey).toString('base64')}`,
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
}

/** True for a text that `newSheetKeys` gives as a public key. */
export const isSheetKey = (text: string): boolean => PUBLIC.test(text);

/**
 * Encrypts a sheet.
 *
 * @param path of its document: a sheet that is moved to another place does not open
 * @param publicKey as `newSheetKeys` gives it
 * @returns `v1.{ephemeral public key}.{content and tag}`, base64url
 * @throws RangeError if the key is none
 */
export function sealSheet(path: string, content: string, publicKey: string): string {
  const [, version = '', raw = ''] = PUBLIC.exec(publicKey) ?? [];
  if (raw === '') throw new RangeError('not a public key for sheets: v1. and 32 bytes in base64 are expected');
  const recipient = publicOf(Buffer.from(raw, 'base64'));
  const fresh = generateKeyPairSync('x25519');
  const ephemeral = rawOf(fresh.publicKey);
  const shared = diffieHellman({ privateKey: fresh.privateKey, publicKey: recipient });
  const { key, iv } = derived(shared, ephemeral, rawOf(recipient));
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(`v${version} ${path}`, 'utf8'));
  const body = Buffer.concat([cipher.update(content, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `v${version}.${ephemeral.toString('base64url')}.${body.toString('base64url')}`;
}

/**
 * Opens a sheet.
 *
 * @throws RangeError if its private key is not there or is none, or if the sheet was made for
 *   another place or changed
 */
export function openSheet(path: string, sheet: string, keys: SheetKeys): string {
  const [, version = '', ephemeral = '', body = ''] = SHEET.exec(sheet) ?? [];
  const secret = keys[Number(version)];
  if (secret === undefined)
    throw new RangeError(`this sheet needs the private key of version ${version || 'unknown'}, which is not there`);
  const privateKey = privateOf(secret);
  const bytes = Buffer.from(body, 'base64url');
  try {
    const sender = Buffer.from(ephemeral, 'base64url');
    const shared = diffieHellman({ privateKey, publicKey: publicOf(sender) });
    const { key, iv } = derived(shared, sender, rawOf(createPublicKey(privateKey)));
    const open = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(`v${version} ${path}`, 'utf8'))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([open.update(bytes.subarray(0, -TAG_BYTES)), open.final()]).toString('utf8');
  } catch {
    throw new RangeError('this sheet does not open: it is of another place or key, or was changed');
  }
}

/** The key and the nonce of one sheet: both are used once, since each sheet has a fresh key. */
function derived(shared: Buffer, ephemeral: Buffer, recipient: Buffer): { readonly key: Buffer; readonly iv: Buffer } {
  const salt = Buffer.concat([ephemeral, recipient]);
  const bytes = Buffer.from(hkdfSync('sha256', shared, salt, 'compliance officer sheet', KEY_BYTES + IV_BYTES));
  return { key: bytes.subarray(0, KEY_BYTES), iv: bytes.subarray(KEY_BYTES) };
}

/** The first bytes of an X25519 public key as SPKI, DER (RFC 8410); its 32 bytes follow. */
const SPKI_X25519 = Buffer.from('302a300506032b656e032100', 'hex');

const publicOf = (raw: Buffer): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI_X25519, raw]), format: 'der', type: 'spki' });

const rawOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(SPKI_X25519.length);

function privateOf(secret: string): KeyObject {
  try {
    const key = createPrivateKey({ key: Buffer.from(secret, 'base64'), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType === 'x25519') return key;
  } catch {
    // Told below: the message of Node could hold a part of the key.
  }
  throw new RangeError('not a private key for sheets: PKCS#8 of an X25519 key in base64 is expected');
}

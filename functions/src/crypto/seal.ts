import { timingSafeEqual } from 'node:crypto';
import { GeoPoint, Timestamp, type DocumentData } from 'firebase-admin/firestore';
import { ComplianceError } from '../platform/errors.ts';
import { keyedHash, type PseudonymKeys } from '../platform/keys.ts';

/**
 * Seals of documents that the backend acts on: a MAC over the path and every field, each with its
 * Firestore type. Write access to the database without a key is not enough to make one. A document
 * cannot be moved to another person either. An older version of the same document has its own right
 * seal: checkpoints/verify.ts and the signed checkpoints find that.
 */

/** The field that holds the seal: `v{key version}_{MAC}`. */
export const SEAL = 'seal';
const FORM = /^v(\d+)_([A-Za-z0-9_-]{43})$/;

/**
 * The document with its seal. Everything is to be known: a value that the server decides
 * (`FieldValue`) cannot be sealed, so a sealed document is written whole.
 *
 * @param path of the document, from the root of its database: `ledger/{chain}`
 * @throws TypeError that names the type of a value that cannot be sealed, never the value
 */
export function sealed(path: string, data: DocumentData, keys: PseudonymKeys): DocumentData {
  return { ...data, [SEAL]: `v${keys.current}_${mac(path, data, keys, keys.current)}` };
}

/** True if the backend wrote exactly this document at this path. False if its key is not there. */
export function isSealed(path: string, data: DocumentData, keys: PseudonymKeys): boolean {
  const seal: unknown = data[SEAL];
  const [, version = '', code = ''] = (typeof seal === 'string' ? FORM.exec(seal) : null) ?? [];
  if (keys.keys[Number(version)] === undefined) return false;
  try {
    return timingSafeEqual(Buffer.from(mac(path, data, keys, Number(version))), Buffer.from(code));
  } catch {
    return false;
  }
}

/**
 * The fields of a document that the backend wrote, without the seal.
 *
 * @throws ComplianceError `seal.broken` for any other document; it names the collection alone
 */
export function unsealed(path: string, data: DocumentData, keys: PseudonymKeys): DocumentData {
  if (!isSealed(path, data, keys))
    throw new ComplianceError('seal.broken', `a document of ${collectionOf(path)} is not as the backend wrote it`);
  return withoutSeal(data);
}

/** Returns the fields of a document without checking its seal. */
export const withoutSeal = (data: DocumentData): DocumentData =>
  Object.fromEntries(Object.entries(data).filter(([name]) => name !== SEAL));

/** The collections of a path, without the ids: they can name a person. */
const collectionOf = (path: string): string =>
  path
    .split('/')
    .filter((_, index) => index % 2 === 0)
    .join('/');

function mac(path: string, data: DocumentData, keys: PseudonymKeys, version: number): string {
  return keyedHash('seal', [path, JSON.stringify(typed(withoutSeal(data)))], keys, version);
}

/**
 * Returns a value with its Firestore type as JSON. Two values that Firestore tells apart never have
 * one text: a value that JSON does not have is a list that begins with its type.
 */
function typed(value: unknown): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : ['number', String(value)];
  if (Array.isArray(value)) return ['list', ...value.map(typed)];
  if (value instanceof Date) return typed(Timestamp.fromDate(value));
  // Firestore keeps whole microseconds.
  if (value instanceof Timestamp) return ['time', value.seconds, Math.floor(value.nanoseconds / 1_000)];
  if (value instanceof GeoPoint) return ['place', value.latitude, value.longitude];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('base64')];
  if (isMap(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return ['map', ...members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, typed(member)])];
  }
  throw new TypeError(`a value of the type ${typeof value === 'object' ? 'object' : typeof value} cannot be sealed`);
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as typeof Object.prototype | null);

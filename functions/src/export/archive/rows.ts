import { DocumentReference, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import { defined } from '../../platform/defined.ts';
import { isVector } from '../../platform/firestore.ts';
import type { Row } from '../../systems/system.ts';

/**
 * Rows as JSON that keeps its types: readable values, and beside them the types that JSON could not
 * tell apart (JSON Pointer -> type). A timestamp reads `2026-03-01T09:00:00.123456Z` and is not
 * mistaken for a text that looks like one.
 */
export type ValueType = 'timestamp' | 'geopoint' | 'reference' | 'bytes' | 'vector' | 'number' | 'integer';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A row of an export file. */
export interface ExportRow {
  /** Its path in its system. */
  readonly path: string;
  readonly data: { readonly [name: string]: Json };
  /** Types that JSON does not have, by JSON Pointer (RFC 6901) into `data`. */
  readonly types?: Readonly<Record<string, ValueType>>;
  /**
   * The places from which data of other people were left out or masked, by JSON Pointer into the
   * data as it was.
   */
  readonly withheld?: readonly string[];
  /** The entry of the archive that holds its content, if the row is a file. */
  readonly file?: string;
  /** No record of the policy describes it: it lies below a row, or in the person's own place. */
  readonly undeclared?: true;
}

/**
 * Makes a row of an export from a row of a system. Functions, symbols and members that are
 * undefined are no data and are left out.
 */
export function exportRow(
  row: Pick<Row, 'path' | 'data' | 'undeclared'>,
  file?: string,
  withheld: readonly string[] = [],
): ExportRow {
  const types: Record<string, ValueType> = {};
  const data = encodeMap(row.data, '', types);
  return {
    path: row.path,
    data,
    ...(Object.keys(types).length > 0 ? { types } : {}),
    ...(withheld.length > 0 ? { withheld } : {}),
    ...defined({ file, undeclared: row.undeclared }),
  };
}

/** A member's name in a JSON Pointer. */
export const pointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

type Types = Record<string, ValueType>;

function encodeMap(map: object, at: string, types: Types): Record<string, Json> {
  // `fromEntries` defines own members: a field called __proto__ stays a field.
  return Object.fromEntries(
    Object.entries(map).flatMap(([name, value]: [string, unknown]) => {
      const encoded = encode(value, `${at}/${pointer(name)}`, types);
      return encoded === undefined ? [] : [[name, encoded]];
    }),
  );
}

function encode(value: unknown, at: string, types: Types): Json | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return encodeNumber(value, at, types);
    case 'bigint':
      return encodeInteger(value, at, types);
    case 'object':
      return value === null ? null : encodeObject(value, at, types);
    default:
      return undefined;
  }
}

/**
 * Writes an integer exactly. Most programs read JSON numbers as doubles and round integers beyond
 * ±(2^53 - 1): those become texts of the type `integer`.
 */
function encodeInteger(value: bigint, at: string, types: Types): Json {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  types[at] = 'integer';
  return value.toString();
}

/** JSON has no NaN, no infinities and no negative zero: they become texts of the type `number`. */
function encodeNumber(value: number, at: string, types: Types): Json {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  types[at] = 'number';
  return Object.is(value, -0) ? '-0' : String(value);
}

function encodeObject(value: object, at: string, types: Types): Json {
  if (Array.isArray(value)) {
    // An array keeps its length: a value that is no data is null in it, as in JSON.stringify.
    return value.map((item, index) => encode(item, `${at}/${index}`, types) ?? null);
  }
  if (value instanceof Timestamp) {
    types[at] = 'timestamp';
    return isoTimestamp(value);
  }
  if (value instanceof Date) {
    types[at] = 'timestamp';
    return Number.isNaN(value.getTime()) ? null : value.toISOString();
  }
  if (value instanceof GeoPoint) {
    types[at] = 'geopoint';
    const { latitude, longitude } = value;
    return { latitude, longitude };
  }
  if (value instanceof DocumentReference) {
    types[at] = 'reference';
    return value.path;
  }
  if (value instanceof Uint8Array) {
    types[at] = 'bytes';
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  if (isVector(value)) {
    types[at] = 'vector';
    return value.toArray().map((item, index) => encodeNumber(item, `${at}/${index}`, types));
  }
  return encodeMap(value, at, types);
}

/**
 * ISO 8601 in UTC with as many digits as there are: Firestore keeps microseconds, and nine digits
 * in its type.
 */
export function isoTimestamp(timestamp: Timestamp): string {
  const seconds = new Date(timestamp.seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(timestamp.nanoseconds).padStart(9, '0').replace(/0+$/, '');
  return `${seconds}.${fraction.padEnd(3, '0')}Z`;
}

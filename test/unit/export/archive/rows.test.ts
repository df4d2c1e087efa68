import fc from 'fast-check';
import { Firestore, GeoPoint, FieldValue, Timestamp } from 'firebase-admin/firestore';
import { describe, expect, test } from 'vitest';
import { exportRow, isoTimestamp, type Json, type ValueType } from '../../../../functions/src/export/archive/rows.ts';

const db = new Firestore({ projectId: 'demo-amikeo' });

/** Reads a row back by its types, as another company's program would do. */
function restore(value: Json, at: string, types: Readonly<Record<string, ValueType>>): unknown {
  switch (types[at]) {
    case 'timestamp': {
      const [, seconds = '', digits = ''] = /^(.{19})\.(\d+)Z$/.exec(value as string) ?? [];
      return new Timestamp(Date.parse(`${seconds}Z`) / 1000, Number(digits.padEnd(9, '0')));
    }
    case 'geopoint': {
      const { latitude, longitude } = value as { latitude: number; longitude: number };
      return new GeoPoint(latitude, longitude);
    }
    case 'reference':
      return db.doc(value as string);
    case 'bytes':
      return Buffer.from(value as string, 'base64');
    case 'number':
      return Number(value);
    case 'integer':
      return BigInt(value as string);
    case 'vector':
      return FieldValue.vector((value as Json[]).map((item, i) => restore(item, `${at}/${i}`, types) as number));
    case undefined:
  }
  if (Array.isArray(value)) return value.map((item, i) => restore(item, `${at}/${i}`, types));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [
      k,
      restore(v, `${at}/${k.replaceAll('~', '~0').replaceAll('/', '~1')}`, types),
    ]),
  );
}

const segment = fc
  .string({ minLength: 1, maxLength: 8 })
  .filter((s) => !/[/]/.test(s) && !/^\.{1,2}$|^__.*__$/.test(s));
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc
    .record({
      s: fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
      n: fc.integer({ min: 0, max: 999_999_999 }),
    })
    .map(({ s, n }) => new Timestamp(s, n)),
  fc
    .record({ a: fc.double({ min: -90, max: 90, noNaN: true }), o: fc.double({ min: -180, max: 180, noNaN: true }) })
    .map(({ a, o }) => new GeoPoint(a === 0 ? 0 : a, o === 0 ? 0 : o)),
  fc.tuple(segment, segment).map(([c, d]) => db.collection(c).doc(d)),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.array(fc.double()).map((values) => FieldValue.vector(values)),
  fc.bigInt(),
);
const { document } = fc.letrec<{ value: unknown; document: Record<string, unknown> }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 4 }), tie('document')),
  document: fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toJSON', 'a/b', 'a~b', '')),
    tie('value'),
    { maxKeys: 5 },
  ),
}));

/** A value with its type, so that comparisons include the type. */
const plain = (value: unknown): unknown => {
  if (value instanceof Timestamp) return ['timestamp', value.seconds, value.nanoseconds];
  if (value instanceof GeoPoint) return ['geopoint', value.latitude, value.longitude];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('hex')];
  if (value !== null && typeof value === 'object' && 'path' in value && 'firestore' in value)
    return ['reference', value.path];
  if (value !== null && typeof value === 'object' && 'toArray' in value && typeof value.toArray === 'function')
    return ['vector', ...(value as ReturnType<typeof FieldValue.vector>).toArray()];
  // An integer that JSON numbers hold exactly comes back as one.
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value).map(([k, v]) => [k, plain(v)]);
};

describe('a row as JSON', () => {
  test('every type survives: written as JSON, read back by its types, it is the same document', () => {
    fc.assert(
      fc.property(document, (data) => {
        const row = JSON.parse(JSON.stringify(exportRow({ path: 'users/u', data }))) as ReturnType<typeof exportRow>;
        expect(plain(restore(row.data, '', row.types ?? {}))).toStrictEqual(plain(data));
      }),
      { numRuns: 500 },
    );
  });

  test('a text that looks like a timestamp is not one', () => {
    const at = Timestamp.fromMillis(Date.parse('2026-03-01T09:00:00.120Z'));
    const { data, types } = exportRow({ path: 'p', data: { text: '2026-03-01T09:00:00.120Z', at, nested: [{ at }] } });
    expect(data).toEqual({
      text: '2026-03-01T09:00:00.120Z',
      at: '2026-03-01T09:00:00.120Z',
      nested: [{ at: '2026-03-01T09:00:00.120Z' }],
    });
    expect(types).toEqual({ '/at': 'timestamp', '/nested/0/at': 'timestamp' });
  });

  test('an integer is exact: a number as long as every program reads it so, a text of the type `integer` beyond', () => {
    const safe = BigInt(Number.MAX_SAFE_INTEGER);
    const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];
    const row = exportRow({
      path: 'p',
      data: { zero: 0n, small: -3n, safe, unsafe: safe + 1n, below: -safe - 1n, deep: [{ least, most }] },
    });
    expect(row).toEqual({
      path: 'p',
      data: {
        zero: 0,
        small: -3,
        safe: 9007199254740991,
        unsafe: '9007199254740992',
        below: '-9007199254740992',
        deep: [{ least: '-9223372036854775808', most: '9223372036854775807' }],
      },
      types: { '/unsafe': 'integer', '/below': 'integer', '/deep/0/least': 'integer', '/deep/0/most': 'integer' },
    });
    expect(JSON.parse(JSON.stringify(row))).toEqual(row);
  });

  test('timestamps keep their microseconds and their zone', () => {
    expect(isoTimestamp(new Timestamp(1_772_355_600, 123_456_000))).toBe('2026-03-01T09:00:00.123456Z');
    expect(isoTimestamp(new Timestamp(-1, 0))).toBe('1969-12-31T23:59:59.000Z');
  });

  test('answers of other systems are JSON already; dates become timestamps, functions are no data', () => {
    const data = {
      created: new Date(0),
      broken: new Date(Number.NaN),
      call: () => 1,
      none: undefined,
      list: [undefined, 1],
    };
    expect(exportRow({ path: 'customers/cus_1', data }, 'files/x')).toEqual({
      path: 'customers/cus_1',
      data: { created: '1970-01-01T00:00:00.000Z', broken: null, list: [null, 1] },
      types: { '/created': 'timestamp', '/broken': 'timestamp' },
      file: 'files/x',
    });
  });
});

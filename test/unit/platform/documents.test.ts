import {
  DocumentReference,
  FieldValue,
  Firestore,
  GeoPoint,
  Timestamp,
  type DocumentSnapshot,
} from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { exactData, weightOf } from '../../../functions/src/platform/documents.ts';

const db = new Firestore({ projectId: 'demo-exact' });

/** A document as the SDK makes it of an answer of Firestore. */
const sent = (fields: object): DocumentSnapshot => {
  const name = 'projects/demo-exact/databases/(default)/documents/rows/a';
  const time = { seconds: 1_700_000_000, nanos: 0 };
  const make = db as unknown as { snapshot_(document: object, readTime: object): DocumentSnapshot };
  return make.snapshot_({ name, fields, createTime: time, updateTime: time }, time);
};
const integer = (value: bigint | number) => ({ integerValue: String(value), valueType: 'integerValue' });
const list = (...values: object[]) => ({ arrayValue: { values }, valueType: 'arrayValue' });
const map = (fields: object) => ({ mapValue: { fields }, valueType: 'mapValue' });

const LEAST = -(2n ** 63n);
const MOST = 2n ** 63n - 1n;

describe('a document with integers that no number can hold', () => {
  it('keeps each of them, at any depth, and numbers that can be held as numbers', () => {
    const document = sent({
      most: integer(MOST),
      least: integer(LEAST),
      safe: integer(Number.MAX_SAFE_INTEGER),
      above: integer(2n ** 53n + 1n),
      deep: map({ list: list(integer(1), map({ at: integer(-(2n ** 53n)) }), integer(MOST)) }),
      double: { doubleValue: 2 ** 60, valueType: 'doubleValue' },
    });
    expect(document.get('above'), 'the SDK rounds').toBe(2 ** 53);
    expect(exactData(document)).toEqual({
      most: MOST,
      least: LEAST,
      safe: Number.MAX_SAFE_INTEGER,
      above: 9_007_199_254_740_993n,
      deep: { list: [1, { at: -(2n ** 53n) }, MOST] },
      double: 2 ** 60,
    });
  });

  it('leaves everything else as the SDK reads it', () => {
    const document = sent({
      text: { stringValue: '9007199254740993', valueType: 'stringValue' },
      at: { timestampValue: { seconds: '1700000000', nanos: 123_456_000 }, valueType: 'timestampValue' },
      place: { geoPointValue: { latitude: 1, longitude: 2 }, valueType: 'geoPointValue' },
      bytes: { bytesValue: Buffer.from('x'), valueType: 'bytesValue' },
      nothing: { nullValue: 'NULL_VALUE', valueType: 'nullValue' },
      other: { referenceValue: 'projects/demo-exact/databases/(default)/documents/a/b', valueType: 'referenceValue' },
      vector: map({
        __type__: { stringValue: '__vector__', valueType: 'stringValue' },
        value: list({ doubleValue: 1.5, valueType: 'doubleValue' }),
      }),
      empty: map({}),
      none: list(),
    });
    expect(exactData(document)).toEqual(document.data());
    expect(exactData(document)).toMatchObject({
      at: new Timestamp(1_700_000_000, 123_456_000),
      place: new GeoPoint(1, 2),
      vector: FieldValue.vector([1.5]),
    });
    expect(exactData(document)['other']).toBeInstanceOf(DocumentReference);
  });

  it('is written again as it was read', () => {
    const data = exactData(sent({ big: integer(MOST), list: list(integer(LEAST)) }));
    const encode = (db as unknown as { _serializer: { encodeFields(data: object): unknown } })._serializer;
    expect(encode.encodeFields(data)).toEqual({
      big: { integerValue: String(MOST) },
      list: { arrayValue: { values: [{ integerValue: String(LEAST) }] } },
    });
  });

  it('is refused by a version of the SDK that hides it, rather than rounded', () => {
    const hidden = { exists: true, data: () => ({ big: 2 ** 53 }) } as unknown as DocumentSnapshot;
    expect(() => exactData(hidden)).toThrow(expect.objectContaining({ code: 'firestore.sdk' }));
    expect(() => weightOf(hidden)).toThrow(expect.objectContaining({ code: 'firestore.sdk' }));
  });

  it('is empty if it is not there', () => {
    const none = { exists: false, data: () => undefined } as unknown as DocumentSnapshot;
    expect(exactData(none)).toEqual({});
  });
});

import fc from 'fast-check';
import { FieldValue, GeoPoint, Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { isSealed, SEAL, sealed, unsealed } from '../../../functions/src/crypto/seal.ts';

const keys = { current: 2, keys: { 1: 'the first key of all', 2: 'the key of today' } };
const path = 'jobs/erasure_v1_abc';

/** A value that Firestore keeps, nested as it allows. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true }).map((number) => number + 0),
    fc.boolean(),
    fc.constant(null),
    fc.integer({ min: 0, max: 4e9 }).map((millis) => Timestamp.fromMillis(millis)),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc.tuple(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -180, max: 180 })).map((at) => new GeoPoint(...at)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const fieldName = fc.string({ minLength: 1 }).filter((name) => name !== SEAL && name !== '__proto__');
const document = fc.dictionary(fieldName, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true });

describe('the seal of a document', () => {
  it('is right for exactly the written fields, in any order', () => {
    fc.assert(
      fc.property(document, (data) => {
        const stored = Object.fromEntries(Object.entries(sealed(path, data, keys)).reverse());
        expect(isSealed(path, stored, keys)).toBe(true);
        expect(unsealed(path, stored, keys)).toEqual(data);
      }),
    );
  });

  it('is wrong once a field has another value, is missing, or was added', () => {
    fc.assert(
      fc.property(document, fieldName, value, (data, name, other) => {
        const stored = sealed(path, data, keys);
        const forged = { ...stored, [name]: other };
        const isSame = JSON.stringify(sealed(path, forged, keys)) === JSON.stringify(stored);
        expect(isSealed(path, forged, keys)).toBe(isSame);
        const [first] = Object.keys(data);
        const less = Object.fromEntries(Object.entries(stored).filter(([field]) => field !== first));
        expect(isSealed(path, less, keys)).toBe(false);
      }),
    );
  });

  const at = Timestamp.fromMillis(1_700_000_000_000);
  it.each([
    ['a time as its milliseconds', at, at.toMillis()],
    ['a time as its text', at, at.toDate().toISOString()],
    ['a time as a map of its parts', at, { _seconds: at.seconds, _nanoseconds: at.nanoseconds }],
    ['a time as the list that stands for it', at, ['time', at.seconds, 0]],
    ['a time one microsecond later', at, new Timestamp(at.seconds, at.nanoseconds + 1_000)],
    ['a number as its text', 1, '1'],
    ['a map as a list of its members', { a: 1 }, ['map', ['a', 1]]],
    ['an empty list as an empty map', [], {}],
    ['null as nothing', null, undefined],
    ['NaN as its text', NaN, 'NaN'],
    ['bytes as their text', Buffer.from('ab'), Buffer.from('ab').toString('base64')],
    ['a list of lists as one list', [['a'], 'b'], ['a', 'b']],
  ])('tells apart %s', (_, right, forged) => {
    expect(isSealed(path, { ...sealed(path, { field: right }, keys), field: forged }, keys)).toBe(false);
  });

  it('does not go with the document to another place, nor to another kind', () => {
    const stored = sealed(path, { step: 'auth' }, keys);
    expect(isSealed('jobs/erasure_v1_other', stored, keys)).toBe(false);
    expect(isSealed('requests/erasure_v1_abc', stored, keys)).toBe(false);
  });

  it('stays right under an older key, and counts for nothing under one that is not there', () => {
    const old = sealed(path, { step: 'auth' }, { ...keys, current: 1 });
    expect(isSealed(path, old, keys)).toBe(true);
    expect(isSealed(path, old, { current: 2, keys: { 2: keys.keys[2] } })).toBe(false);
  });

  it.each([undefined, null, 7, '', 'v2_', `v2_${'A'.repeat(43)}`, `v9_${'A'.repeat(43)}`, ['v2_']])(
    'is none: %j',
    (seal) => {
      expect(isSealed(path, { step: 'auth', [SEAL]: seal }, keys)).toBe(false);
    },
  );

  it('is refused with the collections and no id', () => {
    const forged = (): unknown => unsealed('ledger/ada@example.org/entries/e1', { state: 'given' }, keys);
    expect(forged).toThrow('a document of ledger/entries is not as the backend wrote it');
  });

  it('cannot be made over a value that the server sets', () => {
    expect(() => sealed(path, { at: FieldValue.serverTimestamp() }, keys)).toThrow(/cannot be sealed/);
  });
});

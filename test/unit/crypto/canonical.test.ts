import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../functions/src/crypto/canonical.ts';
import { meter, sha256Hex } from '../../../functions/src/crypto/hash.ts';

/** JSON values with strings of whole characters, as fast-check makes them. */
const json = fc.jsonValue({ stringUnit: 'grapheme' });

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, shuffled(member)]),
  );
}

describe('canonical JSON', () => {
  test('RFC 8785: the example of section 3.2.3 is sorted by UTF-16 code units', () => {
    const names = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalJson(names)) as Record<string, number>).length).toBe(7);
    expect([...canonicalJson(names).matchAll(/:(\d)/g)].map((m) => m[1])).toEqual(['2', '4', '6', '7', '1', '5', '3']);
  });

  test('numbers are printed as ECMAScript prints them', () => {
    expect(canonicalJson([JSON.parse('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
  });

  test('the order in which members were written makes no difference, and nothing is lost', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        // -0 is 0 in JSON; all else comes back as it was.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test.each([
    ['undefined', { a: undefined }, '$.a'],
    ['a date', { at: new Date(0) }, '$.at'],
    ['a hole', [1, undefined], '$[1]'],
    ['NaN', { deep: [{ n: Number.NaN }] }, '$.deep[0].n'],
    ['a bigint', 1n, '$'],
    ['half a character', 'x\ud800', '$'],
    ['an object with toJSON', { toJSON: 'x' }, '$.toJSON'],
    ['a map', new Map(), '$'],
  ])('%s is refused with its place', (_name, value, place) => {
    expect(() => canonicalJson(value)).toThrow(`not a JSON value: ${place}`);
  });

  test('a refusal names no value and no name that could be a person’s', () => {
    const refusal = (): string => canonicalJson({ 'ada@example.com': undefined });
    expect(refusal).toThrow('$.#0');
    expect(refusal).not.toThrow('ada');
  });
});

describe('SHA-256', () => {
  test('of the empty text and of abc, as FIPS 180-4 gives them', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256Hex('é')).toBe(sha256Hex(new TextEncoder().encode('é')));
  });

  test('in pieces is the same as in one', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (chunks) => {
        const parts = meter();
        for (const chunk of chunks) parts.update(chunk);
        const whole = Buffer.concat(chunks);
        expect(parts.bytes).toBe(whole.length);
        expect(parts.sha256()).toBe(sha256Hex(whole));
      }),
    );
  });
});

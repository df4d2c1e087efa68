import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emailHash } from '../../../functions/src/subject/emails.ts';
import { keyedHash, type KeyUse } from '../../../functions/src/platform/keys.ts';
import { deviceHash, pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';

const keys = { current: 1, keys: { 1: 'a key', 2: 'a newer key' } };
const uses: readonly KeyUse[] = [
  'subject',
  'email',
  'device',
  'request',
  'rateLimit',
  'brevoLog',
  'reconciliation',
  'holder',
  'seal',
];
/** Values that try to look like several parts, or like a part with its use. */
const part = fc.oneof(fc.string(), fc.constantFrom('subject', '","', '["subject","victim"]', 'victim', ''));
const input = fc.record({ use: fc.constantFrom(...uses), parts: fc.array(part, { minLength: 1, maxLength: 3 }) });

describe('a keyed hash', () => {
  it('of one use or of other parts is never that of another', () => {
    fc.assert(
      fc.property(input, input, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(keyedHash(one.use, one.parts, keys) === keyedHash(other.use, other.parts, keys)).toBe(same);
      }),
    );
  });

  it('of a device that somebody chose stands for nobody and nothing elsewhere', () => {
    const others = (value: string): string[] => [
      pseudonymOf(value, keys),
      emailHash(value, keys),
      ...uses.filter((use) => use !== 'device').map((use) => keyedHash(use, [value], keys)),
    ];
    for (const value of ['victim', 'victim@example.com', 'contact victim', 'requests access victim new'])
      for (const other of others(value)) expect(other).not.toContain(deviceHash('attacker', value, keys));
  });

  it('of one device is another for each person', () => {
    expect(deviceHash('ada', 'd1', keys)).not.toBe(deviceHash('bob', 'd1', keys));
  });

  it('is of the key that is current, unless another version is asked for', () => {
    expect(keyedHash('subject', ['ada'], { ...keys, current: 2 })).toBe(keyedHash('subject', ['ada'], keys, 2));
    expect(() => keyedHash('subject', ['ada'], keys, 3)).toThrow('PSEUDONYM_KEY_V3');
  });
});

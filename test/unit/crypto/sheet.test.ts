import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSheetKey, newSheetKeys, openSheet, sealSheet } from '../../../functions/src/crypto/sheet.ts';

const one = newSheetKeys(1);
const two = newSheetKeys(2);

describe('a sheet', () => {
  it('opens with its private key, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (content, path) => {
        expect(openSheet(path, sealSheet(path, content, one.publicKey), { 1: one.privateKey })).toBe(content);
      }),
    );
  });

  it('says nothing of its content, and is another one each time', () => {
    const sheets = [1, 2].map(() => sealSheet('officerSheets/a', 'ada@example.com', one.publicKey));
    expect(new Set(sheets).size).toBe(2);
    for (const sheet of sheets) expect(Buffer.from(sheet, 'latin1').toString()).not.toContain('ada');
  });

  it('opens neither at another place, nor with another key, nor changed', () => {
    const sheet = sealSheet('officerSheets/a', 'ada', one.publicKey);
    expect(() => openSheet('officerSheets/b', sheet, { 1: one.privateKey })).toThrow('does not open');
    expect(() => openSheet('officerSheets/a', sheet, { 1: two.privateKey })).toThrow('does not open');
    const parts = sheet.split('.');
    for (const [n, part] of parts.entries()) {
      if (n === 0) continue;
      const flipped = (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
      const changed = parts.with(n, flipped).join('.');
      expect(() => openSheet('officerSheets/a', changed, { 1: one.privateKey })).toThrow('does not open');
    }
    // The version is part of what is authenticated: it cannot be said to be of another key.
    expect(() => openSheet('officerSheets/a', sheet.replace(/^v1/, 'v2'), { 2: one.privateKey })).toThrow(RangeError);
  });

  it('says which key opens it', () => {
    const sheet = sealSheet('p', 'x', two.publicKey);
    expect(sheet).toMatch(/^v2\./);
    expect(() => openSheet('p', sheet, { 1: one.privateKey })).toThrow('version 2');
    expect(openSheet('p', sheet, { 1: one.privateKey, 2: two.privateKey })).toBe('x');
    expect(() => openSheet('p', 'no sheet', { 1: one.privateKey })).toThrow('version unknown');
  });

  it('is made with a public key, and with nothing else', () => {
    expect([one.publicKey, one.privateKey, '', 'v1.', `v0.${one.publicKey.slice(3)}`].map(isSheetKey)).toEqual([
      true,
      ...[false, false, false, false],
    ]);
    expect(() => sealSheet('p', 'x', one.privateKey)).toThrow(RangeError);
    expect(() => openSheet('p', sealSheet('p', 'x', one.publicKey), { 1: 'nothing' })).toThrow('PKCS#8');
  });
});

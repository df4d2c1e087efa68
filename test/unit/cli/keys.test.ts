import { describe, expect, it } from 'vitest';
import { keysFromEnvironment, keysIfSet, signingKeysFromEnvironment } from '../../../cli/common.ts';
import { sheetKeysFromEnvironment } from '../../../cli/officers/sheets.ts';
import { signers } from '../../../functions/src/crypto/signers.ts';
import { keyedHash } from '../../../functions/src/platform/keys.ts';
import { readPseudonymKeys, readSecret, readSigningKeys } from '../../../functions/src/platform/params.ts';

/** An officer reads the keys from a shell, a function from Secret Manager: they have to agree. */

const secret = (name: string, value: string) => ({ name, value: () => value });

describe('a secret that a program wrote', () => {
  it.each(['x', 'x\n', 'x\r\n', 'x\n\n'])('%j counts without the line breaks at its end', (value) => {
    expect(readSecret(secret('X', value))).toBe('x');
  });

  it('of several lines keeps those within, and of line breaks alone is none', () => {
    expect(readSecret(secret('X', 'x\ny \n'))).toBe('x\ny ');
    expect(() => readSecret(secret('X', '\n'))).toThrow(/X is not set/);
  });

  it("gives the same pseudonyms in a function as in an officer's shell, which drops line breaks", () => {
    const deployed = readPseudonymKeys([secret('PSEUDONYM_KEY_V1', 'k\n'), secret('PSEUDONYM_KEY_V2', 'l\n')]);
    const shells = [
      { PSEUDONYM_KEY_V1: 'k', PSEUDONYM_KEY_V2: 'l' },
      { PSEUDONYM_KEY_V1: 'k\n', PSEUDONYM_KEY_V2: 'l\r\n' },
    ];
    for (const keys of shells.map((shell) => keysFromEnvironment(shell)))
      for (const version of [1, 2])
        expect(keyedHash('subject', ['u'], keys, version)).toBe(keyedHash('subject', ['u'], deployed, version));
  });

  it('opens sheets with and without the line break', () => {
    expect(sheetKeysFromEnvironment({ OFFICER_SHEET_PRIVATE_KEY_V3: 'k\n' })).toEqual({ 3: 'k' });
  });

  it('of line breaks alone is no key of an officer either', () => {
    expect(keysIfSet({ PSEUDONYM_KEY_V1: '\n' })).toBeUndefined();
    expect(sheetKeysFromEnvironment({ OFFICER_SHEET_PRIVATE_KEY_V3: '\n' })).toBeNull();
  });
});

describe('the versions of a key', () => {
  it('of pseudonyms are all needed: a missing one is named, and no older one taken for the current', () => {
    expect(() => keysFromEnvironment({})).toThrow(/PSEUDONYM_KEY_V1 is not set: export PSEUDONYM_KEY_V1=/);
    expect(() => keysFromEnvironment({ PSEUDONYM_KEY_V2: 'l' })).toThrow(/PSEUDONYM_KEY_V1 is not set/);
    expect(() => keysFromEnvironment({ PSEUDONYM_KEY_V1: 'k', PSEUDONYM_KEY_V3: 'm' })).toThrow(/_V2 is not set/);
  });

  it('that sign may begin later, and keep the number of their secret, here and in a function', () => {
    const read = { current: 3, keys: { 2: 'b', 3: 'c' } };
    const env = { EVIDENCE_SIGNING_KEY_V3: 'c', EVIDENCE_SIGNING_KEY_V2: 'b', EVIDENCE_SIGNING_KEY_VX: 'x' };
    expect(signingKeysFromEnvironment(env)).toEqual(read);
    const broken = { EVIDENCE_SIGNING_KEY_V2: 'no key' };
    expect(() => signers({ evidenceKeys: () => signingKeysFromEnvironment(broken) })).toThrow(
      /^EVIDENCE_SIGNING_KEY_V2: the signing key is not/,
    );
    const names = ['EVIDENCE_SIGNING_KEY_V2', 'EVIDENCE_SIGNING_KEY_V3'] as const;
    expect(readSigningKeys(names.map((name) => secret(name, env[name])))).toEqual(read);
    expect(() => signingKeysFromEnvironment({})).toThrow(/EVIDENCE_SIGNING_KEY_V1 is not set: export/);
  });

  it('that are deployed are needed: nobody works with a retired one alone', () => {
    const deployed = [{ name: 'PSEUDONYM_KEY_V1' }, { name: 'PSEUDONYM_KEY_V2' }];
    expect(() => keysFromEnvironment({ PSEUDONYM_KEY_V1: 'k' }, deployed)).toThrow(/PSEUDONYM_KEY_V2 is not set/);
    const signing = [{ name: 'EVIDENCE_SIGNING_KEY_V2' }];
    expect(() => signingKeysFromEnvironment({ EVIDENCE_SIGNING_KEY_V1: 'a' }, signing)).toThrow(/_V2 is not set/);
    expect(signingKeysFromEnvironment({ EVIDENCE_SIGNING_KEY_V2: 'b' }, signing)).toEqual({
      ...{ current: 2, keys: { 2: 'b' } },
    });
  });

  it('are told by the name: one without a version is refused', () => {
    expect(() => readSigningKeys([secret('MY_KEY', 'k')])).toThrow(/MY_KEY is no name of a key/);
  });
});

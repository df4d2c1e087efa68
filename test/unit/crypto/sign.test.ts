import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../functions/src/crypto/canonical.ts';
import { newKeyPair, signerFrom, verifierFrom } from '../../../functions/src/crypto/sign.ts';

const pair = newKeyPair();
const own = createPrivateKey({ key: Buffer.from(pair.privateKey, 'base64'), type: 'pkcs8', format: 'der' });
const pemOfOwn = own.export({ type: 'pkcs8', format: 'pem' }).toString();
const spki = createPublicKey(own).export({ type: 'spki', format: 'pem' }).toString();
const other = newKeyPair();

describe('signatures', () => {
  it.each([
    ['PEM', pemOfOwn],
    ['PEM with space around', `\n ${pemOfOwn}\n`],
    ['base64 of PEM', Buffer.from(pemOfOwn).toString('base64')],
    ['base64 of DER, as a new pair has it', pair.privateKey],
  ])('are made with a private key as %s', (_, secret) => {
    const signer = signerFrom(secret);
    expect(signer).toMatchObject({ keyId: pair.keyId, publicKey: pair.publicKey });
    expect(verifierFrom(pair.publicKey).verify({ a: 1 }, signer.sign({ a: 1 }))).toBe(true);
  });

  it.each([
    ['PEM', spki],
    ['base64 of PEM', Buffer.from(spki).toString('base64')],
    ['base64 of DER', pair.publicKey],
  ])('are checked with a public key as %s', (_, text) => {
    expect(verifierFrom(text)).toMatchObject({ keyId: pair.keyId, publicKey: pair.publicKey });
  });

  it('are Ed25519 over canonical JSON, and the id of a key is of its SPKI, as openssl sees it', () => {
    const value = { b: [1, 'é'], a: null };
    const bytes = Buffer.from(canonicalJson(value));
    expect(signerFrom(pair.privateKey).sign(value)).toBe(signBytes(null, bytes, own).toString('base64'));
    const digest = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: Buffer.from(pair.publicKey, 'base64') });
    expect(digest.toString().slice(0, 16)).toBe(pair.keyId);
  });

  it('do not hold for anything else, or under another key', () => {
    const signer = signerFrom(pair.privateKey);
    const verifier = verifierFrom(pair.publicKey);
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 5 }), fc.nat()), fc.nat(511), (value, bit) => {
        const signature = signer.sign(value);
        expect(verifier.verify(value, signature)).toBe(true);
        expect(verifier.verify({ ...value, more: true }, signature)).toBe(false);
        expect(verifierFrom(other.publicKey).verify(value, signature)).toBe(false);
        const bytes = Buffer.from(signature, 'base64');
        const at = Math.floor(bit / 8);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit % 8));
        expect(verifier.verify(value, bytes.toString('base64'))).toBe(false);
      }),
    );
    expect(verifier.verify({}, '')).toBe(false);
    expect(verifier.verify({ a: undefined }, signer.sign({}))).toBe(false);
  });

  it('refuse a key that is none, and say nothing of it', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const pem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const secret of ['', 'tell-nobody', pem, spki, '-----BEGIN PRIVATE KEY-----\ntell-nobody\n', pair.publicKey]) {
      let message = '';
      try {
        signerFrom(secret);
      } catch (error) {
        message = String(error);
        expect((error as Error).cause).toBeUndefined();
      }
      expect(message).toContain('Ed25519 private key');
      for (const line of secret.split('\n').filter((part) => part.length > 8 && !part.startsWith('-----')))
        expect(message).not.toContain(line);
    }
    expect(() => verifierFrom('nothing')).toThrow('Ed25519 public key');
    // A private key is not taken for a public one: it would be printed and passed on.
    for (const secret of [pair.privateKey, pemOfOwn, Buffer.from(pemOfOwn).toString('base64')])
      expect(() => verifierFrom(secret)).toThrow('Ed25519 public key');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkpointHash,
  faultOfCheckpoint,
  parseCheckpoint,
  signCheckpoint,
  type Checkpoint,
} from '../../../functions/src/checkpoints/checkpoint.ts';
import { newKeyPair, signerFrom } from '../../../functions/src/crypto/sign.ts';

const pair = newKeyPair();
const stranger = newKeyPair();
const facts = {
  name: '2026-11-23',
  number: 7,
  at: '2026-11-23T02:00:00.000Z',
  previous: 'a'.repeat(64),
  ...{ chains: 3, buckets: 2, conflicts: 0, rebuilt: false },
  root: 'b'.repeat(64),
};
const checkpoint = signCheckpoint(facts, signerFrom(pair.privateKey));

const changes: Record<keyof Checkpoint, unknown> = {
  schema: 'amikeo-compliance/checkpoint/2',
  name: '2026-11-24',
  number: 8,
  at: '2026-11-23T02:00:00.001Z',
  previous: null,
  chains: 4,
  buckets: 3,
  conflicts: 1,
  rebuilt: true,
  root: 'c'.repeat(64),
  keyId: stranger.keyId,
  publicKey: stranger.publicKey,
  signature: signCheckpoint({ ...facts, number: 8 }, signerFrom(pair.privateKey)).signature,
};

describe('a checkpoint', () => {
  it('holds for the key that signed it, also after it was stored with more beside it', () => {
    const stored = parseCheckpoint(JSON.parse(JSON.stringify({ ...checkpoint, createdAt: 'later' })));
    expect(stored).toEqual(checkpoint);
    expect(faultOfCheckpoint(checkpoint)).toBeNull();
    expect(faultOfCheckpoint(checkpoint, [stranger.publicKey, pair.publicKey])).toBeNull();
  });

  it.each(Object.entries(changes))('does not hold with another %s', (field, value) => {
    const forged = parseCheckpoint({ ...checkpoint, [field]: value });
    if (forged !== null) expect(faultOfCheckpoint(forged)).toBe('badSignature');
    else expect(field).toBe('schema');
  });

  it('of another signer holds by itself, and not for a reader who trusts another key', () => {
    const forged = signCheckpoint(facts, signerFrom(stranger.privateKey));
    expect(faultOfCheckpoint(forged)).toBeNull();
    expect(faultOfCheckpoint(forged, [pair.publicKey])).toBe('untrustedKey');
  });

  it('with a wrong id of its signing key does not hold', () => {
    const liar = { ...signerFrom(stranger.privateKey), keyId: pair.keyId };
    expect(faultOfCheckpoint(signCheckpoint(facts, liar))).toBe('badSignature');
  });

  it('vouches for the one before by its hash, which covers the signature', () => {
    expect(checkpointHash(checkpoint)).toMatch(/^[0-9a-f]{64}$/);
    expect(checkpointHash({ ...checkpoint, signature: 'x' })).not.toBe(checkpointHash(checkpoint));
  });

  it('is nothing else that is stored', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => parseCheckpoint(value) === null));
    for (const field of Object.keys(checkpoint)) {
      expect(parseCheckpoint({ ...checkpoint, [field]: undefined })).toBeNull();
      expect(parseCheckpoint({ ...checkpoint, [field]: {} })).toBeNull();
    }
  });

  it('names no person: it holds counts, hashes and times', () => {
    expect(JSON.stringify(checkpoint)).not.toMatch(/v\d+_/);
  });
});

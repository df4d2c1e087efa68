import * as z from 'zod/mini';
import { canonicalJson } from '../crypto/canonical.ts';
import { sha256Hex } from '../crypto/hash.ts';
import { verifierFrom, type Signer } from '../crypto/sign.ts';
import { lazily } from '../platform/shapes.ts';

const CHECKPOINT_SCHEMA = 'amikeo-compliance/checkpoint/1';
export const CHECKPOINT_NAME = /^\d{4}-\d{2}-\d{2}(_\d+)?$/;

const text = z.string().check(z.minLength(1));
const count = z.int().check(z.minimum(0));
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));

/**
 * A checkpoint: a signed statement of which chains the ledger had, and how each ended, at a moment.
 * It holds counts and one hash. Nothing of it is about a person, so that it can stay under a
 * retention lock for longer than the chains it vouches for.
 */
export type Checkpoint = Readonly<z.infer<ReturnType<typeof checkpointShape>>>;
const checkpointShape = lazily(() =>
  z.object({
    schema: z.literal(CHECKPOINT_SCHEMA),
    /** Its date (UTC), `2026-11-23`; a further one of that date has a number, `2026-11-23_2`. */
    name: z.string().check(z.regex(CHECKPOINT_NAME)),
    /** 1 for the first one, and one more each time. */
    number: z.int().check(z.minimum(1)),
    /** ISO 8601, UTC: everything that was committed to the ledger 15 minutes before is covered. */
    at: z.string().check(z.refine((at) => !Number.isNaN(Date.parse(at)))),
    /**
     * SHA-256 of the canonical JSON of the checkpoint before, signature and all; null for the first
     * one.
     */
    previous: z.nullable(hash),
    /** How many chains and how many buckets the tree has (checkpoints/tree.ts). */
    chains: count,
    buckets: count,
    /**
     * Chains with another history than the signed one: the tree keeps the leaf that was signed
     * before.
     */
    conflicts: count,
    /**
     * True if the tree was built anew from the ledger as it was then, so that nothing was compared
     * with the signatures before.
     */
    rebuilt: z.boolean(),
    /** Root of the Merkle tree, hexadecimal. */
    root: hash,
    keyId: text,
    /** SPKI, DER, base64. */
    publicKey: text,
    /** Ed25519 over the canonical JSON of all the fields above, base64. */
    signature: text,
  }),
);

export type CheckpointFacts = Omit<Checkpoint, 'schema' | 'keyId' | 'publicKey' | 'signature'>;

/** The signed checkpoint. */
export function signCheckpoint(facts: CheckpointFacts, signer: Signer): Checkpoint {
  const { keyId, publicKey } = signer;
  const body = { schema: CHECKPOINT_SCHEMA, ...facts, keyId, publicKey } as const;
  return { ...body, signature: signer.sign(body) };
}

/** The hash that the next checkpoint names as `previous`. */
export const checkpointHash = (checkpoint: Checkpoint): string => sha256Hex(canonicalJson(checkpoint));

/** Returns a stored checkpoint; null if it is none. Other fields beside its own are left out. */
export const parseCheckpoint = (value: unknown): Checkpoint | null => checkpointShape().safeParse(value).data ?? null;

/**
 * A fault of a checkpoint by itself: `badSignature`, or `untrustedKey` if a key was given and
 * another one signed.
 */
export type CheckpointFault = 'badSignature' | 'untrustedKey';

/**
 * Checks the signature of a checkpoint.
 *
 * @param trusted public keys (as `verifierFrom` takes them); without any, only that the key in the
 * checkpoint signed it
 */
export function faultOfCheckpoint(checkpoint: Checkpoint, trusted: readonly string[] = []): CheckpointFault | null {
  const { signature, ...body } = checkpoint;
  let verifier;
  try {
    verifier = verifierFrom(checkpoint.publicKey);
  } catch {
    return 'badSignature';
  }
  if (verifier.keyId !== checkpoint.keyId || !verifier.verify(body, signature)) return 'badSignature';
  const known = trusted.map((key) => verifierFrom(key).publicKey);
  return known.length > 0 && !known.includes(verifier.publicKey) ? 'untrustedKey' : null;
}

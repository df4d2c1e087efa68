import { canonicalJson } from '../crypto/canonical.ts';
import { sha256Hex } from '../crypto/hash.ts';
import { verifierFrom, type Signer } from '../crypto/sign.ts';

/**
 * A checkpoint: a signed statement of which chains the ledger had, and how each ended, at a moment.
 * It holds counts and one hash. Nothing of it is about a person, so that it can stay under a
 * retention lock for longer than the chains it vouches for.
 */
export interface Checkpoint {
  readonly schema: typeof CHECKPOINT_SCHEMA;
  /** Its date (UTC), `2026-11-23`; a further one of that date has a number, `2026-11-23_2`. */
  readonly name: string;
  /** 1 for the first one, and one more each time. */
  readonly number: number;
  /** ISO 8601, UTC: everything that was committed to the ledger 15 minutes before is covered. */
  readonly at: string;
  /**
   * SHA-256 of the canonical JSON of the checkpoint before, signature and all; null for the first
   * one.
   */
  readonly previous: string | null;
  /** How many chains and how many buckets the tree has (checkpoints/tree.ts). */
  readonly chains: number;
  readonly buckets: number;
  /**
   * Chains with another history than the signed one: the tree keeps the leaf that was signed
   * before.
   */
  readonly conflicts: number;
  /**
   * True if the tree was built anew from the ledger as it was then, so that nothing was compared
   * with the signatures before.
   */
  readonly rebuilt: boolean;
  /** Root of the Merkle tree, hexadecimal. */
  readonly root: string;
  readonly keyId: string;
  /** SPKI, DER, base64. */
  readonly publicKey: string;
  /** Ed25519 over the canonical JSON of all the fields above, base64. */
  readonly signature: string;
}

const CHECKPOINT_SCHEMA = 'amikeo-compliance/checkpoint/1';

export type CheckpointFacts = Pick<
  Checkpoint,
  'name' | 'number' | 'at' | 'previous' | 'chains' | 'buckets' | 'conflicts' | 'rebuilt' | 'root'
>;

/** The signed checkpoint. */
export function signCheckpoint(facts: CheckpointFacts, signer: Signer): Checkpoint {
  const { keyId, publicKey } = signer;
  const body = { schema: CHECKPOINT_SCHEMA, ...facts, keyId, publicKey } as const;
  return { ...body, signature: signer.sign(body) };
}

/** The hash that the next checkpoint names as `previous`. */
export const checkpointHash = (checkpoint: Checkpoint): string => sha256Hex(canonicalJson(checkpoint));

const HASH = /^[0-9a-f]{64}$/;
export const CHECKPOINT_NAME = /^\d{4}-\d{2}-\d{2}(_\d+)?$/;

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0;

const FIELDS: Readonly<Record<keyof Checkpoint, (value: unknown) => boolean>> = {
  schema: (value) => value === CHECKPOINT_SCHEMA,
  name: (value) => typeof value === 'string' && CHECKPOINT_NAME.test(value),
  number: (value) => isCount(value) && value !== 0,
  at: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  previous: (value) => value === null || (typeof value === 'string' && HASH.test(value)),
  chains: isCount,
  buckets: isCount,
  conflicts: isCount,
  rebuilt: (value) => typeof value === 'boolean',
  root: (value) => typeof value === 'string' && HASH.test(value),
  keyId: isText,
  publicKey: isText,
  signature: isText,
};

/** Returns a stored checkpoint; null if it is none. Other fields beside its own are left out. */
export function parseCheckpoint(value: unknown): Checkpoint | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields = value as Record<string, unknown>;
  const names = Object.keys(FIELDS) as (keyof Checkpoint)[];
  if (!names.every((name) => FIELDS[name](fields[name]))) return null;
  return Object.fromEntries(names.map((name) => [name, fields[name]])) as unknown as Checkpoint;
}

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

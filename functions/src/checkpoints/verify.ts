import type { Firestore } from 'firebase-admin/firestore';
import { checkpointHash, faultOfCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { OwnStore } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { documentsOf } from '../platform/firestore.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { Policy } from '../policy/schema.ts';
import { isSameCheckpoint, type EvidenceStore } from './bucket.ts';
import { chainEnd } from '../ledger/period.ts';
import { statementFaults, statementFaultsOf } from '../ledger/statements.ts';
import { headRef } from '../ledger/documents.ts';
import { bucketOf, proofOf } from './tree.ts';
import { bucketRef, decodeBucket, loadSummaries, signedSummary, storedCheckpoint } from './store.ts';
import { Verification, verifyItems, type ChainItem, type LedgerFault, type Verified } from './verifyLedger.ts';
import { storedHead } from '../ledger/stored.ts';
import { bucketAsSigned, storedChain, walkLedger } from './walk.ts';

export type { Verified } from './verifyLedger.ts';

/**
 * The result of verifying, and the checkpoint that the ledger was held against; null if there is
 * none yet.
 */
export interface VerifyOutcome {
  readonly verified: Verified;
  readonly checkpoint: Checkpoint | null;
  /**
   * Names of the checkpoints that began a new tree: nothing was compared with the signatures
   * before.
   */
  readonly rebuilt: readonly string[];
  /**
   * The statements that were compared with what the chains remember: all of them, those about one
   * person, or none.
   */
  readonly statements: 'all' | 'ofPerson' | 'none';
}

/** The means to verify a stored ledger with. */
export interface VerifyOptions {
  readonly policy: Policy;
  readonly now: Instant;
  /**
   * Public keys that the reader trusts (crypto/sign.ts); none: the checkpoint's own key is used.
   */
  readonly trusted?: readonly string[];
  /** The keys that seal entries and heads; absent: no seal is checked, and the outcome says so. */
  readonly keys?: PseudonymKeys | undefined;
  /** The evidence bucket, if it can be read: its checkpoints are compared with the database's. */
  readonly evidence?: EvidenceStore;
}

const CHECKPOINTS_PER_PAGE = 300;

/**
 * Begins a verification against the newest checkpoint. Every stored one was checked before: its
 * shape, its signature, its place behind the one before. If a bucket is given, the newest is
 * compared with it.
 */
export async function beginVerification(
  own: Firestore,
  { policy, now, trusted = [], keys, evidence }: VerifyOptions,
): Promise<{ verification: Verification; checkpoint: Checkpoint | null; rebuilt: string[] }> {
  const faults: LedgerFault[] = [];
  const rebuilt: string[] = [];
  let newest: Checkpoint | null = null;
  const stored = own.collection('checkpoints').orderBy('number');
  for await (const document of documentsOf(stored, CHECKPOINTS_PER_PAGE)) {
    const checkpoint = storedCheckpoint(document);
    const at = { checkpoint: document.id };
    if (checkpoint === null) {
      faults.push({ ...at, problem: 'checkpointChanged' });
      continue;
    }
    // The newest is checked again against the trusted keys; it vouches for those before it by their
    // hash.
    if (faultOfCheckpoint(checkpoint) !== null) faults.push({ ...at, problem: 'badSignature' });
    if (newest !== null && !follows(checkpoint, newest)) faults.push({ ...at, problem: 'checkpointMissing' });
    if (checkpoint.rebuilt) rebuilt.push(checkpoint.name);
    newest = checkpoint;
  }
  if (evidence) faults.push(...(await compareWithBucket(newest, evidence)));
  const verification = new Verification({ checkpoint: newest, trusted, now, keys, endsAt: chainEnd(policy) });
  faults.forEach((fault) => verification.tell(fault));
  return { verification, checkpoint: newest, rebuilt };
}

const follows = (checkpoint: Checkpoint, before: Checkpoint): boolean =>
  checkpoint.number === before.number + 1 && checkpoint.previous === checkpointHash(before);

/**
 * The newest checkpoint must be in the bucket as it is in the database, and the bucket must have
 * none that is newer.
 */
async function compareWithBucket(newest: Checkpoint | null, evidence: EvidenceStore): Promise<LedgerFault[]> {
  const names = await evidence.namesFrom(newest?.name ?? null);
  const faults: LedgerFault[] = names
    .filter((name) => name !== newest?.name)
    .map((checkpoint) => ({ problem: 'checkpointMissing', checkpoint }));
  if (newest === null) return faults;
  const object = await evidence.read(newest.name);
  if (object === null) faults.push({ problem: 'checkpointUnpublished', checkpoint: newest.name });
  else if (object === 'changed' || !isSameCheckpoint(object, newest))
    faults.push({ problem: 'checkpointDiffers', checkpoint: newest.name });
  return faults;
}

/**
 * Verifies chains of one person, each with the way of its leaf to the signed root. With keys and
 * the uid also the statements about the person. A chain alone does not say whose it is, so that no
 * statement is found by it.
 *
 * @throws ComplianceError `ledger.moved` if a newer checkpoint was signed meanwhile: run it again
 */
export async function verifyChains(
  own: Firestore,
  chains: readonly string[],
  options: VerifyOptions,
  uid?: string,
): Promise<VerifyOutcome> {
  const { verification, checkpoint, rebuilt } = await beginVerification(own, options);
  const { keys, now } = options;
  const person = keys === undefined || uid === undefined ? null : { keys, uid };
  if (person !== null)
    for await (const fault of statementFaultsOf(storeOf(own, person.keys), person.uid, now)) verification.tell(fault);
  for await (const item of provenChains(own, chains, checkpoint)) await verification.chain(item);
  return { verified: verification.soFar, checkpoint, rebuilt, statements: person === null ? 'none' : 'ofPerson' };
}

/**
 * Verifies the whole ledger and, with keys, every statement about people. Yields the result so far,
 * and at last the whole one.
 */
export async function* verifyAll(own: Firestore, options: VerifyOptions): AsyncGenerator<VerifyOutcome> {
  const { verification, checkpoint, rebuilt } = await beginVerification(own, options);
  const { keys, now } = options;
  if (keys !== undefined) for await (const fault of statementFaults(storeOf(own, keys), now)) verification.tell(fault);
  const statements = keys === undefined ? 'none' : 'all';
  for await (const verified of verifyItems(walkLedger(own, checkpoint?.number ?? 0), verification))
    yield { verified, checkpoint, rebuilt, statements };
}

const storeOf = (own: Firestore, keys: PseudonymKeys): OwnStore => ({ clients: { own: () => own }, keys });

/** Chains by themselves, each with its leaf and the way to the root that was signed. */
export async function* provenChains(
  own: Firestore,
  chains: readonly string[],
  checkpoint: Checkpoint | null,
): AsyncGenerator<ChainItem> {
  const stored = checkpoint === null ? [] : await loadSummaries(own);
  const summaries = checkpoint === null ? [] : stored.map((summary) => signedSummary(summary, checkpoint.number));
  for (const chain of chains) {
    const place = bucketOf(chain);
    const data = place === null ? undefined : (await bucketRef(own, place).get()).data();
    const bucket = data === undefined || place === null ? null : decodeBucket(place, data);
    const state = bucket === null || checkpoint === null ? null : bucketAsSigned(bucket, checkpoint.number);
    const leaf = state?.leaves.find((one) => one.chain === chain);
    const proof = state && leaf ? proofOf(chain, state.leaves, summaries) : null;
    const head = storedHead(chain, (await headRef(own, chain).get()).data());
    yield { ...storedChain(own, chain, head), proven: leaf && proof ? { leaf, proof } : null };
  }
}

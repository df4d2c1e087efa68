import { faultOfCheckpoint, type Checkpoint, type CheckpointFault } from './checkpoint.ts';
import { type Instant, MINUTE_MS } from '../platform/time.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import type { StatementFault } from '../ledger/statements.ts';
import { bucketOf, isIncluded, treeOf, type BucketSummary, type InclusionProof, type Leaf } from './tree.ts';
import type { BucketState } from './store.ts';
import { overSince } from '../ledger/period.ts';
import {
  ChainVerifier,
  type ChainProblem,
  type SealedEntry,
  type SignedEnd,
  type StoredHead,
} from '../ledger/verifyChain.ts';

/**
 * Verifies a ledger as it passes, from the database or from an exported file: every chain by
 * itself, and all of them against a signed checkpoint. Its memory holds one bucket, one page of
 * entries and a line per bucket.
 */

/** A fault of the ledger as a whole, or of the checkpoints that vouch for it. */
export interface LedgerFault {
  readonly problem:
    | CheckpointFault
    /** A stored checkpoint has not the shape of one any more, or one between others is missing. */
    | 'checkpointChanged'
    | 'checkpointMissing'
    /** The database and the evidence bucket do not say the same. */
    | 'checkpointDiffers'
    /**
     * It is in the database only: the run that signed it died before it was put into the evidence
     * bucket, or no run ever signed it.
     */
    | 'checkpointUnpublished'
    /** The stored tree does not hold together by itself. */
    | 'bucketChanged'
    /** The tree is not the one that was signed. */
    | 'treeDiffers'
    /** A document of the ledger whose name no chain has. */
    | 'notAChain'
    /** An exported file that is cut off, or is not as it was written. */
    | 'fileChanged';
  readonly checkpoint?: string;
  readonly bucket?: string;
  readonly chain?: string;
  readonly line?: number;
}

export type Problem = ChainProblem | LedgerFault | StatementFault;

/** A ledger, piece by piece: buckets by name, each before its chains, chains by name. */
export type LedgerItem =
  { readonly kind: 'bucket'; readonly bucket: string; readonly state: BucketState | null } | ChainItem;

export interface ChainItem {
  readonly kind: 'chain';
  readonly chain: string;
  /** Null if the chain is not there. */
  readonly head: StoredHead | null;
  /** Pages of entries by `seq`. */
  readonly entries: AsyncIterable<readonly SealedEntry[]>;
  /** Reads the head again, if entries came that it does not know: the ledger lives on meanwhile. */
  readonly again?: () => Promise<StoredHead | null>;
  /**
   * For one chain by itself: its leaf with its way to the root; null if the tree has none of it.
   * Absent: its bucket came before.
   */
  readonly proven?: { readonly leaf: Leaf; readonly proof: InclusionProof } | null;
}

/** The signed state that the ledger is held against. */
interface Anchor {
  /** Null: there is none yet. */
  readonly checkpoint: Checkpoint | null;
  /** Public keys that the reader trusts; none: the checkpoint's own. */
  readonly trusted: readonly string[];
  readonly now: Instant;
  /** The keys that seal entries and heads; absent: no seal is checked. */
  readonly keys?: PseudonymKeys | undefined;
  /** When a chain that was closed then is over its period (ledger/period.ts). */
  readonly endsAt: (closedAt: Instant) => Instant;
}

/** The result of verifying so far. */
export interface Verified {
  readonly chains: number;
  readonly entries: number;
  /** Chains that were deleted, wholly or in part, when their period was over: not a problem. */
  readonly ended: number;
  /** Chains and entries that no checkpoint vouches for yet. */
  readonly unsigned: { readonly chains: number; readonly entries: number };
  /** Seals that were checked; null: there was no key to check them with. */
  readonly sealsChecked: number | null;
  /** The first thousand problems. */
  readonly problems: readonly Problem[];
  readonly problemCount: number;
}

/**
 * Everything that was committed this long before a checkpoint is in it: transactions commit later
 * than their clock says.
 */
export const OVERLAP_MS = 15 * MINUTE_MS;
const TOLD = 1000;

/** Collects the results of verifying. */
export class Verification {
  readonly #anchor: Anchor;
  readonly #coveredUntil: Instant | undefined;
  readonly #problems: Problem[] = [];
  readonly #summaries: BucketSummary[] = [];
  #figures = { chains: 0, entries: 0, ended: 0, problemCount: 0 };
  #unsigned = { chains: 0, entries: 0 };
  #sealsChecked: number | null;
  #bucket: { readonly id: string; readonly leaves: Map<string, Leaf> } | null = null;

  constructor(anchor: Anchor) {
    this.#anchor = anchor;
    this.#sealsChecked = anchor.keys === undefined ? null : 0;
    const { checkpoint, trusted } = anchor;
    if (checkpoint === null) return;
    this.#coveredUntil = Date.parse(checkpoint.at) - OVERLAP_MS;
    const fault = faultOfCheckpoint(checkpoint, trusted);
    if (fault !== null) this.tell({ problem: fault, checkpoint: checkpoint.name });
  }

  get soFar(): Verified {
    const { ...unsigned } = this.#unsigned;
    return { ...this.#figures, unsigned, sealsChecked: this.#sealsChecked, problems: [...this.#problems] };
  }

  tell(problem: Problem): void {
    this.#figures.problemCount += 1;
    if (this.#problems.length < TOLD) this.#problems.push(problem);
  }

  /** A bucket: its chains come next. Those of the one before that did not come are gone. */
  bucket(id: string, state: BucketState | null): void {
    this.#closeBucket();
    this.#bucket = { id, leaves: new Map(state?.leaves.map((leaf) => [leaf.chain, leaf])) };
    if (state === null) this.tell({ problem: 'bucketChanged', bucket: id });
    else this.#summaries.push({ bucket: id, chains: state.chains, root: state.root });
  }

  async chain(item: ChainItem): Promise<void> {
    const { chain } = item;
    const leaf = this.#leafOf(item);
    if (bucketOf(chain) === null) this.tell({ problem: 'notAChain', chain });
    const { checkpoint, keys, endsAt, now } = this.#anchor;
    const verifier = new ChainVerifier(chain, item.head, {
      ...{ leaf, coveredUntil: this.#coveredUntil, keys },
      overSince: overSince(leaf?.closedAt, endsAt, now),
    });
    for await (const page of item.entries) for (const entry of page) verifier.add(entry);
    const head = verifier.beyond && item.again ? await item.again() : item.head;
    this.#count(head, verifier);
    if (checkpoint === null || head === null) return;
    if (verifier.leaf === undefined) this.#unsigned.chains += 1;
    this.#unsigned.entries += Math.max(0, verifier.count - (verifier.leaf?.seq ?? 0));
  }

  #leafOf({ chain, proven }: ChainItem): Leaf | undefined {
    const { checkpoint } = this.#anchor;
    if (checkpoint === null) return undefined;
    if (proven) {
      const { leaf, proof } = proven;
      if (leaf.chain !== chain || !isIncluded(leaf, proof, checkpoint))
        this.tell({ chain, seq: leaf.seq, problem: 'notInTree' });
      return leaf;
    }
    if (proven === null || this.#bucket === null || this.#bucket.id !== bucketOf(chain)) return undefined;
    const leaf = this.#bucket.leaves.get(chain);
    this.#bucket.leaves.delete(chain);
    return leaf;
  }

  #count(head: StoredHead | null, verifier: ChainVerifier): void {
    const { leaf } = verifier;
    if (head === null && leaf === undefined && verifier.count === 0) return;
    const problems = verifier.end(head);
    this.#figures.entries += verifier.count;
    if (this.#sealsChecked !== null) this.#sealsChecked += verifier.sealsChecked;
    if (head !== null) this.#figures.chains += 1;
    // A chain that is over its period is deleted entries first: one of which a part is left is on
    // its way out.
    const gone = problems.length > 0 && problems.every(({ problem }) => GOING.has(problem));
    if (gone && this.#isOver(leaf, head)) this.#figures.ended += 1;
    else problems.forEach((problem) => this.tell(problem));
  }

  /**
   * Is its period over, by the signed leaf? Only if nothing is signed at all, by the head. The head
   * of a chain that is on its way out is closed.
   */
  #isOver(leaf: SignedEnd | undefined, head: StoredHead | null): boolean {
    const { checkpoint, endsAt, now } = this.#anchor;
    if (head !== null && typeof head.closedAt !== 'number') return false;
    const closedAt = checkpoint === null ? head?.closedAt : leaf?.closedAt;
    return overSince(closedAt, endsAt, now) !== undefined;
  }

  #closeBucket(): void {
    for (const leaf of this.#bucket?.leaves.values() ?? [])
      this.#count(null, new ChainVerifier(leaf.chain, null, { leaf }));
    this.#bucket = null;
  }

  /** The end of a whole ledger: are the buckets that passed those that were signed? */
  endOfLedger(): Verified {
    this.#closeBucket();
    const { checkpoint } = this.#anchor;
    if (checkpoint !== null) {
      const tree = treeOf(this.#summaries);
      const same =
        tree.root === checkpoint.root && tree.chains === checkpoint.chains && tree.buckets === checkpoint.buckets;
      if (!same) this.tell({ problem: 'treeDiffers', checkpoint: checkpoint.name });
    }
    return this.soFar;
  }
}

const GOING: ReadonlySet<Problem['problem']> = new Set(['missing', 'chainMissing']);

/** How many chains pass between two reports of progress. */
const REPORT_EVERY = 100;

/** Verifies a whole ledger as it passes; yields the result so far, and at last the whole result. */
export async function* verifyItems(
  items: AsyncIterable<LedgerItem>,
  verification: Verification,
): AsyncGenerator<Verified> {
  let chains = 0;
  for await (const item of items) {
    if (item.kind === 'bucket') verification.bucket(item.bucket, item.state);
    else {
      await verification.chain(item);
      if (++chains % REPORT_EVERY === 0) yield verification.soFar;
    }
  }
  yield verification.endOfLedger();
}

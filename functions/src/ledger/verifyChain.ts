import { DAY_MS, type Instant, MINUTE_MS } from '../platform/time.ts';
import type { PseudonymKeys } from '../platform/keys.ts';
import { emptyHead, entryHash, genesisHash, type Entry, type Head } from './chain.ts';
import { afterEntry, differencesOf, type HeadField } from './derive.ts';
import { isEntrySealed, isHeadSealed } from './documents.ts';

/** Names the faults of a chain. The last four need a signed checkpoint to compare with. */
type ChainFault =
  /** An entry is not there, though later ones are, or the head or the checkpoint says so. */
  | 'missing'
  /** An entry's content differs from its hash, or cannot be read as an entry. */
  | 'changed'
  /** An entry does not follow the one before it. */
  | 'unlinked'
  /** An entry that is not part of the chain. */
  | 'added'
  /** An entry stands behind later ones (exported files). */
  | 'reordered'
  /** No key of ours sealed an entry, or the head (without an id), as it is. */
  | 'unsealed'
  /** The head is not of a head's shape. */
  | 'unreadable'
  /** Says that it was recorded long before the entry before it. */
  | 'backwards'
  /** The entries hold together, and the head differs: `field` names the field. */
  | 'headDiffers'
  /** Closed earlier than its own last decisions: its period would end too soon. */
  | 'closedEarlier'
  /** Another history than the one that was signed. */
  | 'rewritten'
  /** Says that it was recorded before the checkpoint, which does not know it. */
  | 'backdated'
  /** Signed, not at its end, and not there. */
  | 'chainMissing'
  /** The leaf of the chain does not lead to the signed root. */
  | 'notInTree';

/** A fault of a chain, and its entry. */
export interface ChainProblem {
  readonly chain: string;
  readonly seq: number;
  readonly id?: string;
  readonly field?: HeadField;
  readonly problem: ChainFault;
}

/** The end of a chain, and when it was closed. */
export interface ChainEnd extends Pick<Head, 'seq' | 'hash'> {
  readonly closedAt?: Instant | null;
}

/** A head as it is stored. */
export interface StoredHead extends ChainEnd {
  /** Null if it is not of a head's shape; absent if only the end is known. */
  readonly state?: Head | null;
  readonly seal?: string | undefined;
}

/** How a chain ended when it was signed (checkpoints/tree.ts). */
export interface SignedEnd extends ChainEnd {
  readonly closedAt: Instant | null;
}

/** An entry as it is stored; `unreadable` if it is not of an entry's shape any more. */
export type StoredEntry = Entry | { readonly unreadable: true; readonly id: string; readonly seq: number };

/** An entry with the seal that stands beside it. */
export interface SealedEntry {
  readonly entry: StoredEntry;
  readonly seal?: string | undefined;
}

export interface Against {
  /** How the chain ended when it was last signed. */
  readonly leaf?: SignedEnd | undefined;
  /**
   * When the signed chain was over its period; absent: it is not over. One that begins later is
   * another chain: the uid was used again, and the name was free.
   */
  readonly overSince?: Instant | undefined;
  /** Everything recorded up to here is in the checkpoint. */
  readonly coveredUntil?: Instant | undefined;
  /** The keys that seal; absent: no seal is checked. */
  readonly keys?: PseudonymKeys | undefined;
}

/**
 * Problems that are told per chain: the first ones reveal also the destruction of a million
 * entries.
 */
const TOLD = 100;
/** An entry may be recorded so much before the one that it follows: transactions commit late. */
const CLOCKS_MS = 15 * MINUTE_MS;
/** How much later than its closing a chain may have recorded decisions: events come late. */
const CLOSING_MS = 30 * DAY_MS;

/**
 * Verifies a chain as its entries pass, in the order of `seq`: each entry's own hash, and its link
 * to the one before. None is missing (also the last), added or re-ordered, and the chain goes on
 * from the signed state. Holds no more than the entries of one number.
 */
export class ChainVerifier {
  readonly #chain: string;
  readonly #against: Omit<Against, 'leaf'>;
  #leaf: SignedEnd | undefined;
  readonly #problems: ChainProblem[] = [];
  /** Entries with the number that was last seen: more than one if somebody added a twin. */
  #level: { id: string; hash: string | undefined }[];
  #seq = 0;
  /**
   * The hash that the entries of this number must follow; unknown at the beginning of a part and
   * behind a gap.
   */
  #follows: string | undefined;
  #lastDecision = -Infinity;
  /** The head that the entries say; null from the first one on that is not as it was written. */
  #derived: Head | null;
  #lastRecorded = -Infinity;
  #count = 0;
  #sealsChecked = 0;
  /** Entries behind this number could be added ones; which, the head says at the end. */
  readonly #tail: { seq: number; id: string }[] = [];
  readonly #headEnd: number;

  /** @param head as it was read before the entries: the chain may have grown since */
  constructor(chain: string, head: ChainEnd | null, against: Against = {}) {
    this.#chain = chain;
    this.#against = against;
    this.#leaf = against.leaf;
    this.#level = [{ id: '', hash: genesisHash(chain) }];
    this.#derived = emptyHead(chain);
    this.#headEnd = head?.seq ?? 0;
  }

  /** Entries so far. */
  get count(): number {
    return this.#count;
  }

  /** The signed end that the chain is held against; undefined if this is a later chain. */
  get leaf(): SignedEnd | undefined {
    return this.#leaf;
  }

  /** Have there been entries behind the end that the head told? Then it is to be read again. */
  get beyond(): boolean {
    return this.#tail.length > 0;
  }

  /** How many seals were checked. */
  get sealsChecked(): number {
    return this.#sealsChecked;
  }

  add({ entry, seal }: SealedEntry): void {
    this.#count += 1;
    const { seq, id } = entry;
    if (this.#count === 1 && this.#isLaterChain(entry)) this.#leaf = undefined;
    const at = { seq, id };
    if (!Number.isSafeInteger(seq) || seq < 1 || seq < this.#seq) {
      this.#tell({ ...at, problem: seq >= 1 ? 'reordered' : 'added' });
      return;
    }
    if (seq > Math.max(this.#headEnd, this.#leaf?.seq ?? 0) && this.#tail.length < TOLD) this.#tail.push(at);
    const intact = !('unreadable' in entry) && isIntact(entry);
    const previous = 'unreadable' in entry ? undefined : entry.previousHash;
    if (seq > this.#seq) this.#advance(seq, previous);
    if (!intact) this.#tell({ ...at, problem: 'changed' });
    else if (this.#follows !== undefined && previous !== this.#follows) this.#tell({ ...at, problem: 'unlinked' });
    this.#level.push({ id, hash: 'unreadable' in entry ? undefined : entry.hash });
    if ('unreadable' in entry) return;
    this.#times(entry);
    if (intact) this.#checkSeal(entry, seal);
    if (this.#derived !== null) this.#derived = intact ? afterEntry(this.#derived, entry) : null;
  }

  /** True if a chain with this first entry began after the signed one was over. */
  #isLaterChain(first: StoredEntry): boolean {
    const { overSince } = this.#against;
    return overSince !== undefined && !('unreadable' in first) && first.seq === 1 && first.recordedAt >= overSince;
  }

  /** Goes on to the next number: the one that it follows was the right one of those before. */
  #advance(seq: number, previous: string | undefined): void {
    this.#closeLevel(previous);
    for (let n = this.#seq + 1; n < seq && this.#problems.length < TOLD; n++)
      this.#tell({ seq: n, problem: 'missing' });
    if (seq > this.#seq + 1) this.#follows = undefined;
    this.#seq = seq;
    this.#level = [];
  }

  #closeLevel(next: string | undefined): void {
    const linked = this.#level.find(({ hash }) => hash === next) ?? this.#level[0];
    for (const other of this.#level)
      if (other !== linked) this.#tell({ seq: this.#seq, id: other.id, problem: 'added' });
    this.#follows = linked?.hash;
    const leaf = this.#leaf;
    if (linked?.hash !== undefined && leaf !== undefined && this.#seq === leaf.seq && linked.hash !== leaf.hash)
      this.#tell({ seq: leaf.seq, ...(linked.id === '' ? {} : { id: linked.id }), problem: 'rewritten' });
  }

  #times(entry: Entry): void {
    // A legal hold can be set or lifted years after an erasure.
    if (entry.kind !== 'erasure' && entry.kind !== 'statement')
      this.#lastDecision = Math.max(this.#lastDecision, entry.recordedAt);
    if (entry.recordedAt < this.#lastRecorded - CLOCKS_MS)
      this.#tell({ seq: entry.seq, id: entry.id, problem: 'backwards' });
    this.#lastRecorded = Math.max(this.#lastRecorded, entry.recordedAt);
    const { coveredUntil } = this.#against;
    if (coveredUntil !== undefined && entry.seq > (this.#leaf?.seq ?? 0) && entry.recordedAt <= coveredUntil)
      this.#tell({ seq: entry.seq, id: entry.id, problem: 'backdated' });
  }

  /**
   * Ends the chain.
   *
   * @param head as it is now, read again if `beyond` says so; null if there is none
   */
  end(head: StoredHead | null): ChainProblem[] {
    const leaf = this.#leaf;
    if (head === null) return [{ chain: this.#chain, seq: leaf?.seq ?? this.#seq, problem: 'chainMissing' }];
    this.#checkHead(head);
    this.#closeLevel(head.hash);
    const last = Math.max(head.seq, leaf?.seq ?? 0);
    for (const { seq, id } of this.#tail) if (seq > last) this.#tell({ seq, id, problem: 'added' });
    for (let n = this.#seq + 1; n <= last && this.#problems.length < TOLD; n++)
      this.#tell({ seq: n, problem: 'missing' });
    const problems = this.#problems.filter(({ problem, seq }) => problem !== 'missing' || seq <= last);
    const hold = problems.every(({ problem }) => problem === 'unsealed');
    if (hold && (head.seq < this.#seq || (this.#follows ?? head.hash) !== head.hash))
      problems.push({ chain: this.#chain, seq: head.seq, problem: 'headDiffers' });
    else if (hold) problems.push(...this.#differences(head));
    if (typeof head.closedAt === 'number' && head.closedAt + CLOSING_MS < this.#lastDecision)
      problems.push({ chain: this.#chain, seq: head.seq, problem: 'closedEarlier' });
    return problems;
  }

  /** An entry that is told as changed has no seal either. */
  #checkSeal(entry: Entry, seal: string | undefined): void {
    const { keys } = this.#against;
    if (keys === undefined) return;
    this.#sealsChecked += 1;
    if (!isEntrySealed(this.#chain, entry, seal, keys))
      this.#tell({ seq: entry.seq, id: entry.id, problem: 'unsealed' });
  }

  #checkHead({ seq, state, seal }: StoredHead): void {
    const { keys } = this.#against;
    if (state === null) this.#tell({ seq, problem: 'unreadable' });
    if (!state || keys === undefined) return;
    this.#sealsChecked += 1;
    if (!isHeadSealed(this.#chain, state, seal, keys)) this.#tell({ seq, problem: 'unsealed' });
  }

  /** Tells each field of the head that differs from its entries. */
  #differences({ seq, state }: StoredHead): ChainProblem[] {
    if (!state || this.#derived === null) return [];
    const fields = differencesOf(state, this.#derived);
    return fields.map((field) => ({ chain: this.#chain, seq, field, problem: 'headDiffers' }));
  }

  #tell(problem: Omit<ChainProblem, 'chain'>): void {
    if (this.#problems.length < TOLD) this.#problems.push({ chain: this.#chain, ...problem });
  }
}

/** Does the entry have the content of its hash? One that cannot be hashed does not. */
function isIntact(entry: Entry): boolean {
  try {
    return entryHash(entry) === entry.hash;
  } catch {
    return false;
  }
}

/**
 * Verifies a chain that is held whole.
 *
 * @param entries in any order
 */
export function verifyChain(
  chain: string,
  head: StoredHead,
  entries: readonly StoredEntry[],
  against: Omit<Against, 'keys'> = {},
): ChainProblem[] {
  return verifySealed(
    chain,
    head,
    entries.map((entry) => ({ entry })),
    against,
  );
}

/** The same with the seals of the entries. */
export function verifySealed(
  chain: string,
  head: StoredHead,
  entries: readonly SealedEntry[],
  against: Against,
): ChainProblem[] {
  const verifier = new ChainVerifier(chain, head, against);
  for (const stored of [...entries].sort((a, b) => a.entry.seq - b.entry.seq)) verifier.add(stored);
  return verifier.end(head);
}

import { canonicalJson } from '../evidence/canonical.ts';
import { sha256Hex } from '../evidence/hash.ts';
import type { Instant } from '../platform/clock.ts';
import type { LegalBasis, PurposeId } from '../policy/schema.ts';

/**
 * The append-only ledger as pure functions: one chain per data subject, each entry hashed together with the one before it. Whoever changes,
 * removes, adds or re-orders an entry breaks the chain from there on. Hash: SHA-256 over canonical JSON (RFC 8785); times are ISO 8601 in UTC
 * with milliseconds.
 */

export type EntryKind = 'consent' | 'devicePermission' | 'request' | 'erasure' | 'access';

/** What is recorded. `recordedAt` is the function's clock: it is part of the hash. */
export interface Draft {
  readonly kind: EntryKind;
  readonly state: string;
  readonly purpose?: PurposeId;
  readonly permission?: string;
  /** A keyed hash: no device id stands in the ledger. */
  readonly device?: string;
  readonly legalBasis?: LegalBasis;
  /** As the app declared it. */
  readonly policyVersion?: string;
  /** As the app declared it. */
  readonly source?: string;
  readonly appVersion?: string;
  readonly locale?: string;
  readonly occurredAt: Instant;
  readonly recordedAt: Instant;
  /** The document's time lay in the future and was taken as the server's. */
  readonly clamped?: boolean;
}

export interface Entry extends Draft {
  /** The id of the event that it records: what makes it once. */
  readonly id: string;
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** What is current of a purpose, and since when it happened: an event that comes late does not overtake it. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly current: Readonly<Record<PurposeId, string>>;
  readonly since: Readonly<Record<PurposeId, Instant>>;
  /** An erasure has begun: documents that it deletes are no withdrawals, and nothing new of this account is accepted. */
  readonly erasing?: Erased;
  /** The person was erased; the end of this chain. */
  readonly closed?: Erased;
}

/** Which account a chain was of: a uid can be used again by another person. */
export interface Erased {
  readonly at: Instant;
  /** Whole seconds since the epoch; null where nobody knew it any more. */
  readonly accountCreatedAt: number | null;
}

/** The hash that the first entry of a chain follows: it names the chain, so that entries cannot move to another one. */
export function genesisHash(chain: string): string {
  return sha256Hex(`amikeo-compliance ledger ${chain}`);
}

export function emptyHead(chain: string): Head {
  return { seq: 0, hash: genesisHash(chain), current: {}, since: {} };
}

const iso = (instant: Instant): string => new Date(instant).toISOString();

/** The hash of an entry: everything of it but the hash itself. */
export function entryHash(entry: Omit<Entry, 'hash'>): string {
  const { occurredAt, recordedAt, ...rest } = entry;
  const fields = Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'hash'));
  return sha256Hex(canonicalJson({ ...fields, occurredAt: iso(occurredAt), recordedAt: iso(recordedAt) }));
}

/**
 * Appends one entry. The current state of a purpose follows the time at which things happened: an entry that happened before the current
 * one is recorded and changes nothing; at the same moment the later record counts.
 *
 * @returns the entry, the head after it, and whether it became the current state of its purpose.
 */
export function append(head: Head, id: string, draft: Draft): { entry: Entry; head: Head; becameCurrent: boolean } {
  const unhashed = { ...draft, id, seq: head.seq + 1, previousHash: head.hash };
  const entry: Entry = { ...unhashed, hash: entryHash(unhashed) };
  const { purpose, kind, state, occurredAt } = draft;
  const becameCurrent = kind === 'consent' && purpose !== undefined && occurredAt >= (head.since[purpose] ?? -Infinity);
  const next: Head = { ...head, seq: entry.seq, hash: entry.hash };
  if (!becameCurrent) return { entry, head: next, becameCurrent };
  const current = { ...head.current, [purpose]: state };
  const since = { ...head.since, [purpose]: occurredAt };
  return { entry, head: { ...next, current, since }, becameCurrent };
}

/** What is wrong with a chain, and at which entry. */
export interface ChainProblem {
  readonly chain: string;
  readonly seq: number;
  readonly id?: string;
  readonly problem: 'missing' | 'changed' | 'unlinked' | 'added' | 'headDiffers';
}

/**
 * Verifies a chain against its head: every entry's own hash, its link to the one before, that none is missing (also the last), none added.
 *
 * @param entries in any order
 */
export function verifyChain(
  chain: string,
  head: Pick<Head, 'seq' | 'hash'>,
  entries: readonly Entry[],
): ChainProblem[] {
  const problems: ChainProblem[] = [];
  let previous = genesisHash(chain);
  let expected = 1;
  for (const entry of [...entries].sort((a, b) => a.seq - b.seq)) {
    const at = { chain, seq: entry.seq, id: entry.id };
    if (entry.seq < expected || entry.seq > head.seq) problems.push({ ...at, problem: 'added' });
    for (; expected < entry.seq && expected <= head.seq; expected++)
      problems.push({ chain, seq: expected, problem: 'missing' });
    if (entryHash(entry) !== entry.hash) problems.push({ ...at, problem: 'changed' });
    else if (entry.seq === expected && entry.previousHash !== previous) problems.push({ ...at, problem: 'unlinked' });
    previous = entry.hash;
    expected = Math.max(expected, entry.seq + 1);
  }
  for (; expected <= head.seq; expected++) problems.push({ chain, seq: expected, problem: 'missing' });
  if (problems.length === 0 && previous !== head.hash) problems.push({ chain, seq: head.seq, problem: 'headDiffers' });
  return problems;
}

import type { Checkpoint } from '../checkpoint.ts';
import { ENTRY_TIMES, type Head } from '../../ledger/chain.ts';
import { isEntry, isHead } from '../../ledger/shape.ts';
import type { InclusionProof } from '../tree.ts';
import type { SealedEntry, StoredHead } from '../../ledger/verifyChain.ts';
import { endOf } from '../../ledger/stored.ts';
import { defined } from '../../platform/defined.ts';

/**
 * The file that `compliance ledger export` writes, JSON lines in UTF-8: a header, then the ledger
 * in the order of names, then a footer. A whole ledger has each bucket of the tree before its
 * chains; a part has the way to the signed root with each chain. Either verifies alone.
 */

export const EXPORT_SCHEMA = 'amikeo-compliance/ledger-export/2';

export interface HeaderLine {
  readonly type: 'header';
  readonly schema: typeof EXPORT_SCHEMA;
  readonly exportedAt: string;
  readonly scope: 'ledger' | 'chains';
  readonly checkpoint: Checkpoint | null;
}

/**
 * `leaves`: per chain its name, the number and the hash of its last entry, and when it was closed
 * (epoch milliseconds) or null.
 */
interface BucketLine {
  readonly type: 'bucket';
  readonly bucket: string;
  readonly leaves: unknown;
}

/**
 * A head: all of it, with times in epoch milliseconds; null if the stored one is none. Its end and
 * its seal as they are stored.
 */
interface HeadFields {
  readonly seq: number;
  readonly hash: string;
  readonly closedAt: string | null;
  readonly state: Head | null;
  readonly seal?: string;
}

/**
 * Followed by its entries. `head` is null if the chain is gone; `leaf` only if the file is a part
 * of the ledger.
 */
export interface ChainLine {
  readonly type: 'chain';
  readonly chain: string;
  readonly head: HeadFields | null;
  readonly leaf?: {
    readonly seq: number;
    readonly hash: string;
    readonly closedAt: string | null;
    readonly proof: InclusionProof;
  } | null;
}

/**
 * `entry` is exactly the hashed text (canonical JSON, SHA-256), with times in ISO 8601; null if the
 * stored entry cannot be read.
 */
export interface EntryLine {
  readonly type: 'entry';
  readonly entry: Readonly<Record<string, unknown>> | null;
  readonly hash: string;
  readonly id?: string;
  readonly seq?: number;
  readonly seal?: string;
}

/** `sha256`: over every line before this one, each with its line feed. */
interface FooterLine {
  readonly type: 'footer';
  readonly chains: number;
  readonly entries: number;
  readonly sha256: string;
}

export type ExportLine = HeaderLine | BucketLine | ChainLine | EntryLine | FooterLine;

export const isoOrNull = (at: number | null | undefined): string | null =>
  typeof at === 'number' ? new Date(at).toISOString() : null;

/** A head as its part of a line. */
export function headFields({ seq, hash, closedAt, state, seal }: StoredHead): HeadFields {
  return { seq, hash, closedAt: isoOrNull(closedAt), state: state ?? null, ...defined({ seal }) };
}

/** A head from its part of a line. */
export function headOf({ seq, hash, closedAt, state, seal }: HeadFields): StoredHead {
  if (isHead(state)) return { ...endOf(state), state, seal };
  return { seq, hash, closedAt: closedAt === null ? null : Date.parse(closedAt), state: null, seal };
}

/** An entry as its line. */
export function entryLine({ entry: stored, seal }: SealedEntry): EntryLine {
  const beside = defined({ seal });
  if ('unreadable' in stored) {
    const { id, seq } = stored;
    return { type: 'entry', entry: null, hash: '', id, seq: Number.isFinite(seq) ? seq : -1, ...beside };
  }
  const { hash, ...fields } = stored;
  const entry: Record<string, unknown> = { ...fields };
  for (const name of ENTRY_TIMES) if (stored[name] !== undefined) entry[name] = new Date(stored[name]).toISOString();
  return { type: 'entry', entry, hash, ...beside };
}

/** An entry from its line. */
export function entryOf({ entry, hash, id, seq, seal }: EntryLine): SealedEntry {
  const fields: Record<string, unknown> = { ...entry, hash };
  for (const name of ENTRY_TIMES) if (fields[name] !== undefined) fields[name] = exactly(fields[name]);
  if (isEntry(fields)) return { entry: fields, seal };
  const { id: known = id, seq: number = seq } = fields;
  return { entry: { unreadable: true, id: typeof known === 'string' ? known : '', seq: Number(number) }, seal };
}

/** Only the one form in which times are hashed is a time. */
function exactly(text: unknown): number {
  const at = typeof text === 'string' ? Date.parse(text) : NaN;
  return isoOrNull(Number.isNaN(at) ? null : at) === text ? at : NaN;
}

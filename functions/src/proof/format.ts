import type { Checkpoint } from '../evidence/checkpoint.ts';
import { ENTRY_TIMES, type Entry } from '../ledger/chain.ts';
import type { InclusionProof } from '../ledger/tree.ts';
import type { StoredEntry } from '../ledger/verifyChain.ts';

/**
 * The file that `compliance ledger export` writes, JSON lines in UTF-8: a header, then the ledger in the order of names, then a footer. A whole
 * ledger has each bucket of the tree before its chains; a part has the way to the signed root with each chain. Either verifies alone.
 */

export const EXPORT_SCHEMA = 'amikeo-compliance/ledger-export/1';

export interface HeaderLine {
  readonly type: 'header';
  readonly schema: typeof EXPORT_SCHEMA;
  readonly exportedAt: string;
  readonly scope: 'ledger' | 'chains';
  readonly checkpoint: Checkpoint | null;
}

/** `leaves`: per chain its name, the number and the hash of its last entry, and when it was closed (epoch milliseconds) or null. */
interface BucketLine {
  readonly type: 'bucket';
  readonly bucket: string;
  readonly leaves: unknown;
}

/** Followed by its entries. `head` is null where the chain is gone; `leaf` only where the file is a part of the ledger. */
export interface ChainLine {
  readonly type: 'chain';
  readonly chain: string;
  readonly head: { readonly seq: number; readonly hash: string; readonly closedAt: string | null } | null;
  readonly leaf?: {
    readonly seq: number;
    readonly hash: string;
    readonly closedAt: string | null;
    readonly proof: InclusionProof;
  } | null;
}

/** `entry` is exactly what is hashed (canonical JSON, SHA-256), with times in ISO 8601; null where the stored entry cannot be read. */
export interface EntryLine {
  readonly type: 'entry';
  readonly entry: Readonly<Record<string, unknown>> | null;
  readonly hash: string;
  readonly id?: string;
  readonly seq?: number;
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

/** An entry as its line. */
export function entryLine(stored: StoredEntry): EntryLine {
  if ('unreadable' in stored)
    return { type: 'entry', entry: null, hash: '', id: stored.id, seq: Number.isFinite(stored.seq) ? stored.seq : -1 };
  const { hash, ...fields } = stored;
  const entry: Record<string, unknown> = { ...fields };
  try {
    for (const name of ENTRY_TIMES) if (stored[name] !== undefined) entry[name] = new Date(stored[name]).toISOString();
    return { type: 'entry', entry, hash };
  } catch {
    return { type: 'entry', entry: null, hash, id: stored.id, seq: stored.seq };
  }
}

/** An entry from its line. */
export function entryOf({ entry, hash, id, seq }: EntryLine): StoredEntry {
  const fields: Record<string, unknown> = { ...entry };
  for (const name of ENTRY_TIMES) if (fields[name] !== undefined) fields[name] = exactly(fields[name]);
  const { id: known = id, seq: number = seq } = fields;
  if (entry === null || typeof known !== 'string' || typeof number !== 'number')
    return { unreadable: true, id: typeof known === 'string' ? known : '', seq: Number(number) };
  return { ...fields, hash } as Entry;
}

/** Only the one form in which times are hashed is a time. */
function exactly(text: unknown): number {
  const at = typeof text === 'string' ? Date.parse(text) : NaN;
  return isoOrNull(Number.isNaN(at) ? null : at) === text ? at : NaN;
}

import type { DocumentData } from 'firebase-admin/firestore';
import { ComplianceError } from '../platform/errors.ts';
import { millisOf } from '../platform/firestore.ts';
import { SEAL } from '../crypto/seal.ts';
import type { Head } from './chain.ts';
import { entryFromDocument, headFromDocument } from './documents.ts';
import type { SealedEntry, StoredHead } from './verifyChain.ts';

/** Documents of the ledger for verification, with or without a right seal, and with any content. */

/** A head as it is stored; one that is no head any more has no entries. */
export function storedHead(chain: string, data: DocumentData | undefined): StoredHead | null {
  if (data === undefined) return null;
  const seal = sealOf(data);
  const state = readable(() => headFromDocument(chain, data));
  if (state !== null) return { ...endOf(state), state, seal };
  const { seq, hash } = data as { seq?: unknown; hash?: unknown };
  const at = (data['closed'] as { at?: unknown } | null | undefined)?.at;
  return {
    seq: typeof seq === 'number' && Number.isSafeInteger(seq) ? seq : 0,
    hash: typeof hash === 'string' ? hash : '',
    closedAt: millisOf(at) ?? null,
    state,
    seal,
  };
}

export const endOf = ({ seq, hash, closed }: Head) => ({ seq, hash, closedAt: closed?.at ?? null });

/** Returns an entry as it is stored, however it was changed. */
export function storedEntry(id: string, data: DocumentData): SealedEntry {
  const entry = readable(() => entryFromDocument(id, data));
  return { entry: entry ?? { unreadable: true, id, seq: Number(data['seq']) }, seal: sealOf(data) };
}

/** Returns the seal of a document, right or wrong. */
export const sealOf = ({ [SEAL]: seal }: DocumentData): string | undefined =>
  typeof seal === 'string' ? seal : undefined;

/** Null if it has not the shape. */
function readable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ComplianceError) return null;
    throw error;
  }
}

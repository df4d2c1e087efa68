import { latestHead } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import { isExport, requestKey, type RequestType } from './plan.ts';
import { loadRequest, type RequestRecord } from './store.ts';

/** An export that answers a person's request. */
export interface AnsweredExport {
  readonly type: 'access' | 'portability';
  readonly receivedAt: Instant;
  /** Its archives, in order: one, or the parts of a large export. */
  readonly parts: readonly AnsweredPart[];
}

/** An archive: its object without the prefix, its bytes, their SHA-256 (hexadecimal). */
export interface AnsweredPart {
  readonly object: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The archives that a request was answered with. */
export const partsOf = ({ answer }: Pick<RequestRecord, 'answer'>): readonly AnsweredPart[] =>
  Array.isArray(answer?.['parts']) ? (answer['parts'] as readonly AnsweredPart[]) : [];

/**
 * The export that answers a request of whoever has this uid; null where there is none, it was taken back, or their erasure has begun.
 */
export async function exportOf(context: Context, uid: string, requestId: string): Promise<AnsweredExport | null> {
  const { chain, head } = await latestHead(context, uid);
  if (head.erasing ?? head.closed) return null;
  // The request may stand under the chain that this one continues since the pseudonym key changed.
  for (const name of [chain, ...(head.continues ? [head.continues.chain] : [])]) {
    const record = await loadRequest(context.clients.own(), requestKey(name, requestId));
    if (record === null) continue;
    const parts = partsOf(record);
    const isThere = record.status === 'completed' || record.status === 'waiting';
    if (!isThere || !isExport(record.type as RequestType) || parts.length === 0) return null;
    return {
      type: record.type as AnsweredExport['type'],
      receivedAt: record.receivedAt.toMillis(),
      parts,
    };
  }
  return null;
}

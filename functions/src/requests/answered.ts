import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import { isExport, requestKey, type RequestType } from './plan.ts';
import { loadRequest, refOf, type RequestRecord, type RequestRef } from './store.ts';

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
 * May the archives of this request be given out? Not if it was taken back, before it was answered
 * or afterwards.
 */
export const isGivenOut = ({ status, withdrawnAt }: Pick<RequestRecord, 'status' | 'withdrawnAt'>): boolean =>
  status !== 'cancelled' && status !== 'refused' && withdrawnAt === undefined;

/** What of an export an officer has to see to: ids of recipients, systems and records. */
export const openOf = ({ answer }: Pick<RequestRecord, 'answer'>): readonly string[] =>
  Array.isArray(answer?.['open']) ? (answer['open'] as readonly string[]) : [];

/**
 * The export that answers a request of whoever has this uid; null if there is none, it was taken
 * back (also after it was answered), or their erasure has begun.
 */
export async function exportOf(context: Context, uid: string, requestId: string): Promise<AnsweredExport | null> {
  const found = await exportRecord(context, uid, requestId);
  if (found === null) return null;
  const { type, receivedAt } = found.record;
  return { type: type as AnsweredExport['type'], receivedAt: receivedAt.toMillis(), parts: partsOf(found.record) };
}

/** An export that is there, and waits for an officer. */
export async function waitingExport(
  context: Context,
  uid: string,
  requestId: string,
): Promise<{
  readonly ref: RequestRef;
  readonly chain: string;
  readonly product: AnsweredExport['type'];
  readonly job: string;
  readonly parts: readonly AnsweredPart[];
  readonly open: readonly string[];
} | null> {
  const found = await exportRecord(context, uid, requestId);
  if (found?.record.status !== 'waiting') return null;
  const { chain, record } = found;
  return {
    ref: refOf(uid, chain, requestId),
    chain,
    product: record.type as AnsweredExport['type'],
    job: record.job ?? '',
    parts: partsOf(record),
    open: openOf(record),
  };
}

/** An export that an officer has completed; null where there is none. */
export async function completedExport(
  context: Context,
  uid: string,
  requestId: string,
): Promise<{
  readonly ref: RequestRef;
  readonly chain: string;
  readonly product: AnsweredExport['type'];
  readonly completedAt: Instant;
  readonly seenTo: Readonly<Record<string, { readonly added: boolean }>>;
} | null> {
  const found = await exportRecord(context, uid, requestId);
  const seenTo = found?.record.answer?.['seenTo'];
  if (found?.record.status !== 'completed' || found.record.completedAt === undefined || seenTo === undefined)
    return null;
  const { chain, record } = found;
  return {
    ref: refOf(uid, chain, requestId),
    chain,
    product: record.type as AnsweredExport['type'],
    completedAt: found.record.completedAt.toMillis(),
    seenTo: seenTo as Readonly<Record<string, { readonly added: boolean }>>,
  };
}

async function exportRecord(
  context: Context,
  uid: string,
  requestId: string,
): Promise<{ readonly chain: string; readonly record: RequestRecord } | null> {
  const { chain, head } = await latestHead(context, uid);
  if (erasureOf(head)) return null;
  // The request may stand under the chain that this one continues since the pseudonym key changed.
  for (const name of [chain, ...(head.continues ? [head.continues.chain] : [])]) {
    const record = await loadRequest(context.clients.own(), requestKey(name, requestId));
    if (record === null) continue;
    // What is there while it is being sent to where the person asked (requests/transmission.ts) is theirs already.
    const isSent = record.status === 'in_progress' && record.transmission !== undefined;
    const isThere = record.status === 'completed' || record.status === 'waiting' || isSent;
    const isAnswered = isExport(record.type as RequestType) && partsOf(record).length > 0 && isGivenOut(record);
    return isThere && isAnswered ? { chain: name, record } : null;
  }
  return null;
}

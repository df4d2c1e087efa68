import { Timestamp } from 'firebase-admin/firestore';
import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import type { Instant } from '../platform/time.ts';
import { isExport, requestKey, type Product } from './request.ts';
import {
  changeRequest,
  loadRequest,
  mirror,
  refOf,
  refOfRecord,
  type RequestRecord,
  type RequestRef,
} from './store.ts';

/** An export that answers a person's request. */
export interface AnsweredExport {
  readonly type: Product;
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

/**
 * Returns the parts of an export that an officer has to see to: ids of recipients, systems and
 * records.
 */
const openOf = ({ answer }: Pick<RequestRecord, 'answer'>): readonly string[] =>
  Array.isArray(answer?.['open']) ? (answer['open'] as readonly string[]) : [];

/**
 * Returns the export that answers a request of the person with this uid. Null if there is none, it
 * was taken back (also after it was answered), or their erasure has begun.
 */
export async function exportOf(context: Context, uid: string, requestId: string): Promise<AnsweredExport | null> {
  const found = await exportRecord(context, uid, (chain) => requestKey(chain, requestId, context.keys));
  if (found === null) return null;
  const { type, receivedAt } = found.record;
  return { type: type as Product, receivedAt: receivedAt.toMillis(), parts: partsOf(found.record) };
}

/** An export that waits for an officer. */
export interface WaitingExport {
  readonly ref: RequestRef;
  readonly chain: string;
  readonly product: Product;
  /** The job that wrote its archive. */
  readonly job: string;
  readonly parts: readonly AnsweredPart[];
  /** Ids of the recipients, systems and records that an officer has to see to. */
  readonly open: readonly string[];
}

/** One that an officer has completed. */
export interface CompletedExport extends Pick<WaitingExport, 'ref' | 'chain' | 'product'> {
  readonly completedAt: Instant;
  /** The sources that an officer has seen to: was a part added, or was there nothing? */
  readonly seenTo: Readonly<Record<string, { readonly added: boolean }>>;
}

/**
 * Finds a person's export that is there, and waits for an officer; null if there is none.
 *
 * @param request its id, or its key, as `compliance due` shows it
 */
export async function waitingExport(context: Context, uid: string, request: string): Promise<WaitingExport | null> {
  const found = await officersExport(context, uid, request);
  if (found?.record.status !== 'waiting') return null;
  const { chain, record } = found;
  return {
    ref: found.ref,
    chain,
    product: record.type as Product,
    job: record.job ?? '',
    parts: partsOf(record),
    open: openOf(record),
  };
}

/**
 * Finds a person's export that an officer has completed; null if there is none.
 *
 * @param request its id, or its key, as `compliance due` shows it
 */
export async function completedExport(context: Context, uid: string, request: string): Promise<CompletedExport | null> {
  const found = await officersExport(context, uid, request);
  const seenTo = found?.record.answer?.['seenTo'];
  if (found?.record.status !== 'completed' || found.record.completedAt === undefined || seenTo === undefined)
    return null;
  const { chain, record } = found;
  return {
    ref: found.ref,
    chain,
    product: record.type as Product,
    completedAt: found.record.completedAt.toMillis(),
    seenTo: seenTo as Readonly<Record<string, { readonly added: boolean }>>,
  };
}

/** A source that an officer has seen to; under their pseudonym, if they were named. */
interface Seen {
  readonly source: string;
  readonly part?: AnsweredPart | undefined;
  readonly officer?: string | undefined;
}

/**
 * Notes that an officer has seen to a source, with a part or because there is nothing; completes
 * the request if it was the last one. One guarded write.
 *
 * @returns the sources that are open now; null if the request is no longer as it was read
 */
export async function seeTo(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  { ref, parts }: Pick<WaitingExport, 'ref' | 'parts'>,
  { source, part, officer }: Seen,
): Promise<readonly string[] | null> {
  const at = context.now();
  const outcome = await changeRequest(context, ref.key, (record) => {
    const [now, open] = [partsOf(record), openOf(record)];
    if (record.status !== 'waiting' || now.length !== parts.length || !open.includes(source)) return null;
    const left = open.filter((other) => other !== source);
    const seenTo = {
      ...(record.answer?.['seenTo'] as object | undefined),
      [source]: { at, added: part !== undefined, ...defined({ officer }) },
    };
    return {
      answer: { ...record.answer, parts: part === undefined ? now : [...now, part], open: left, seenTo },
      ...(left.length === 0 ? { status: 'completed', completedAt: Timestamp.fromMillis(at) } : {}),
    };
  });
  if (outcome?.changed !== true) return null;
  await mirror(context, ref, outcome.record);
  return openOf(outcome.record);
}

/**
 * The objects that answer a request, without their prefix; null if none does, or the person took
 * the request back.
 */
export async function publishedObjects(
  context: Pick<Context, 'clients' | 'keys'>,
  ref: RequestRef,
): Promise<readonly string[] | null> {
  const record = await loadRequest(context, ref.key);
  if (record === null || !isGivenOut(record)) return null;
  const parts = partsOf(record);
  return parts.length === 0 ? null : parts.map(({ object }) => object);
}

async function officersExport(
  context: Context,
  uid: string,
  request: string,
): Promise<{ readonly chain: string; readonly record: RequestRecord; readonly ref: RequestRef } | null> {
  const isKey = (chain: string): boolean => request.startsWith(`${chain}_`);
  const keyOf = (chain: string): string => (isKey(chain) ? request : requestKey(chain, request, context.keys));
  const found = await exportRecord(context, uid, keyOf);
  if (found === null) return null;
  const { chain, record } = found;
  const ref = isKey(chain)
    ? await refOfRecord(context, uid, request, record)
    : refOf(uid, chain, request, context.keys);
  return { chain, record, ref };
}

async function exportRecord(
  context: Context,
  uid: string,
  keyOf: (chain: string) => string,
): Promise<{ readonly chain: string; readonly record: RequestRecord } | null> {
  const { chain, head } = await latestHead(context, uid);
  if (erasureOf(head)) return null;
  // The request may stand under the chain that this one continues since the pseudonym key changed.
  for (const name of [chain, ...(head.continues ? [head.continues.chain] : [])]) {
    const record = await loadRequest(context, keyOf(name));
    if (record === null) continue;
    // While an archive is being sent as the person asked (requests/transmission.ts), it is theirs
    // already.
    const isSent = record.status === 'in_progress' && record.transmission !== undefined;
    const isThere = record.status === 'completed' || record.status === 'waiting' || isSent;
    const isAnswered = isExport(record.type) && partsOf(record).length > 0 && isGivenOut(record);
    return isThere && isAnswered ? { chain: name, record } : null;
  }
  return null;
}

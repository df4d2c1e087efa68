import { Timestamp, type DocumentReference, type Transaction } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import { keyedHash } from '../subject/pseudonym.ts';
import { jobRef } from '../jobs/store.ts';
import { exportJobOf, isExport, requestHash, requestRefusals, type RequestRefusal, type RequestType } from './plan.ts';

/**
 * How many requests of one type a person can make in a day, so that a broken or hostile client costs little. Art. 12(5) lets a controller
 * refuse what is manifestly excessive, in particular repetitive: a second export while one is open, and more than `exports` in a day. Rights
 * that protect a person (erasure, restriction, objection, rectification) are never refused by a number: past `recorded` a further request is
 * not written down as long as one of its type is open, which is the same right and waits for an officer already.
 */
export const DAILY = {
  /** Accesses, or portabilities, that are answered. */
  exports: 5,
  /** Requests of a type that are written down at all, refused ones too. */
  recorded: 20,
} as const;

export const DAY_MS = 24 * 3_600_000;

/** What becomes of one request. `cancelled`: it was taken back before it was recorded. */
type Entry = 'accepted' | 'cancelled' | RequestRefusal;

/** The requests of a type that a person made in the day that began with the first of them: a keyed hash of the id, and what became of it. */
export interface Window {
  readonly taken: Readonly<Record<string, Entry>>;
  readonly expiresAt: Instant;
}

export type Ruling =
  | { readonly ruling: 'accepted' }
  | { readonly ruling: 'refused'; readonly reason: RequestRefusal; readonly retryAt?: Instant }
  /** Nothing is written about it. */
  | { readonly ruling: 'flood' };

/**
 * What becomes of one more request; pure.
 *
 * @param hash of the request's id: asked again, it gets the same answer
 * @param isOpen is one of this type open?
 */
export function rule(window: Window, type: RequestType, hash: string, isOpen: boolean): Ruling {
  const entries = Object.values(window.taken);
  const known = window.taken[hash];
  if (known !== undefined) return rulingOf(known, window);
  const isFull = entries.length >= DAILY.recorded;
  if (!isExport(type)) return isFull && isOpen ? { ruling: 'flood' } : { ruling: 'accepted' };
  if (isFull) return { ruling: 'flood' };
  if (isOpen) return rulingOf('already_open', window);
  const answered = entries.filter((entry) => entry === 'accepted').length;
  return rulingOf(answered >= DAILY.exports ? 'too_many' : 'accepted', window);
}

function rulingOf(entry: Entry, { expiresAt }: Window): Ruling {
  if (entry === 'accepted' || entry === 'cancelled') return { ruling: 'accepted' };
  return { ruling: 'refused', reason: entry, ...(entry === 'too_many' ? { retryAt: expiresAt } : {}) };
}

const isEntry = (value: unknown): value is Entry =>
  value === 'accepted' || value === 'cancelled' || requestRefusals.some((reason) => reason === value);

/**
 * Counts one request and says what becomes of it, in one transaction; delivered again, it gets the same answer and is not counted again.
 *
 * @param chains those that requests of theirs can stand under; none: nothing of theirs is open
 * @param cancelled it is being taken back, and is not recorded yet
 */
export async function admit(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  uid: string,
  chains: readonly string[],
  { type, requestId }: { type: RequestType; requestId: string },
  cancelled = false,
): Promise<Ruling> {
  const own = context.clients.own();
  const ref = own.collection('rateLimits').doc(keyedHash(`requests ${type} ${uid}`, context.keys));
  const hash = requestHash(requestId);
  return own.runTransaction(async (tx) => {
    const window = await windowAt(tx, ref, context.now());
    const known = window.taken[hash];
    const isFull = Object.keys(window.taken).length >= DAILY.recorded;
    // Where nothing depends on it, nothing is asked: that is what a flood costs.
    const asks = known === undefined && chains.length > 0 && isExport(type) !== isFull;
    const ruling = rule(window, type, hash, asks && (await isOpen(tx, context, chains, type, window)));
    const entry: Entry = ruling.ruling === 'refused' ? ruling.reason : cancelled ? 'cancelled' : 'accepted';
    // A window does not grow past its end: what is accepted beyond it is known by its own record.
    const isCounted = known === undefined ? !isFull : known === 'accepted' && cancelled;
    if (ruling.ruling !== 'flood' && isCounted) {
      const taken = { ...window.taken, [hash]: entry };
      tx.set(ref, { taken, expiresAt: Timestamp.fromMillis(window.expiresAt) });
    }
    return ruling;
  });
}

async function windowAt(tx: Transaction, ref: DocumentReference, now: Instant): Promise<Window> {
  const data = (await tx.get(ref)).data() as { taken: Record<string, unknown>; expiresAt: Timestamp } | undefined;
  if (data === undefined || data.expiresAt.toMillis() <= now) return { taken: {}, expiresAt: now + DAY_MS };
  const taken = Object.entries(data.taken).filter((pair): pair is [string, Entry] => isEntry(pair[1]));
  return { taken: Object.fromEntries(taken), expiresAt: data.expiresAt.toMillis() };
}

/** Is a request of this type open, or was one accepted a moment ago whose record is still being written? */
async function isOpen(
  tx: Transaction,
  context: Pick<Context, 'clients'>,
  chains: readonly string[],
  type: RequestType,
  { taken }: Window,
): Promise<boolean> {
  const own = context.clients.own();
  // One by one: there is rarely more than one, and a query has one `in`.
  for (const chain of chains) {
    const mine = own.collection('requests').where('pseudonym', '==', chain).where('type', '==', type);
    const open = await tx.get(mine.where('status', 'in', ['received', 'in_progress', 'waiting']).limit(1));
    if (!open.empty) return true;
  }
  if (!isExport(type)) return false;
  const accepted = Object.keys(taken).filter((hash) => taken[hash] === 'accepted');
  // Record and job are written together.
  for (const hash of accepted) {
    const jobs = await tx.getAll(...chains.map((chain) => jobRef(own, exportJobOf(chain, hash))));
    if (!jobs.some((job) => job.exists)) return true;
  }
  return false;
}

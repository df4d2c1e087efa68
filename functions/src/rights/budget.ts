import { Timestamp, type DocumentReference, type Transaction } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { DAY_MS, type Instant } from '../platform/time.ts';
import { keyedHash } from '../platform/keys.ts';
import { keyVersionOf, pseudonymsOf } from '../subject/pseudonym.ts';
import { jobRef } from '../jobs/store.ts';
import { exportJobId } from '../export/plan.ts';
import { requestsOf } from '../requests/store.ts';
import { isExport, isOnlyNoted, requestHash, type RequestType } from '../requests/request.ts';
import type { RequestRefusal, RightsRequest } from './plan.ts';

/**
 * How many requests of one type a person makes in a day, so that a broken or hostile client costs
 * little. A request that is taken back counts as well: asking and taking back again and again is
 * bounded by the same numbers.
 *
 * - The first `begun` of a day begin at once. A further one is kept and waits for the end of the
 *   day (queue.ts): no number makes a right disappear (Art. 12(2)). It costs one document until
 *   then.
 * - A second export while one is open is refused (Art. 12(5): the open one answers it).
 * - Past `recorded` nothing more is written down. A right that protects a person (erasure,
 *   restriction, objection, rectification) still is, if none of its type is open.
 */
export const DAILY = {
  /** Requests of a type that begin at once. */
  begun: 5,
  /** Requests of a type that are written down at all, refused ones too. */
  recorded: 20,
} as const;

/** The result of one request. `cancelled`: it was taken back before it was recorded. */
const entries = ['accepted', 'cancelled', 'queued', 'already_open'] as const;
type Entry = (typeof entries)[number];

/**
 * The requests of a type that a person made in the day that began with the first of them: a keyed
 * hash of the id, and its result.
 */
export interface Window {
  readonly taken: Readonly<Record<string, Entry>>;
  readonly expiresAt: Instant;
}

/**
 * `already_open`: it is refused. `queued`: it is kept, and begins by itself at the end of the day.
 * `flood`: nothing is written about it.
 */
export type Ruling = 'accepted' | RequestRefusal | 'queued' | 'flood';

/**
 * Decides one more request; pure.
 *
 * @param hash of the request's id: asked again, it gets the same answer
 * @param isOpen is one of this type open, or queued?
 */
export function rule({ taken }: Pick<Window, 'taken'>, type: RequestType, hash: string, isOpen: boolean): Ruling {
  const known = taken[hash];
  if (known !== undefined) return known === 'cancelled' ? 'accepted' : known;
  const isFull = Object.keys(taken).length >= DAILY.recorded;
  if (isFull && (isOpen || isExport(type))) return 'flood';
  if (isOpen && isExport(type)) return 'already_open';
  // A request that was taken back counts too: its work was started.
  const begun = Object.values(taken).filter((entry) => entry === 'accepted' || entry === 'cancelled').length;
  return isFull || begun >= DAILY.begun ? 'queued' : 'accepted';
}

const isEntry = (value: unknown): value is Entry => entries.some((entry) => entry === value);

/**
 * The windows of a person, one for each name of their chain: under a new pseudonym key the day's
 * number goes on. After an erasure there is one for each key.
 */
function windowsOf(
  { clients, keys }: Pick<Context, 'clients' | 'keys'>,
  { uid, chains, request: { type, marketing } }: Pick<Admission, 'uid' | 'chains' | 'request'>,
  names: readonly string[],
): DocumentReference[] {
  // Objections to marketing are carried out at once: no other objection uses up their number.
  const kind = marketing === undefined ? type : 'marketing';
  return names.map((name) => {
    // An earlier user of the uid, who was erased, has a count of their own.
    const parts = ['requests', kind, uid, chains.length > 0 ? name : 'new'];
    return clients.own().doc(`rateLimits/${keyedHash('rateLimit', parts, keys, keyVersionOf(name))}`);
  });
}

/** A request to be counted. */
export interface Admission {
  readonly uid: string;
  /**
   * The names under which requests of theirs can stand, the one of today first; none: nothing of
   * theirs is open.
   */
  readonly chains: readonly string[];
  readonly request: Pick<RightsRequest, 'type' | 'requestId' | 'marketing'>;
  /** It is being taken back, and is not recorded yet. */
  readonly cancelled?: boolean;
  /**
   * Keeps a queued request, in the transaction that counts it, so that the next one finds it. Reads
   * first, and returns the writing part.
   */
  readonly keep?: (tx: Transaction, retryAt: Instant) => Promise<() => void>;
}

/**
 * Counts one request and decides it, in one transaction. Delivered again, it gets the same answer
 * and is not counted again.
 */
export async function admit(context: Pick<Context, 'clients' | 'keys' | 'now'>, admission: Admission): Promise<Ruling> {
  const { uid, chains, request, cancelled = false, keep } = admission;
  const { type, requestId } = request;
  const own = context.clients.own();
  const names = chains.length > 0 ? chains : pseudonymsOf(uid, context.keys);
  const hashes = names.map((name) => requestHash(name, requestId, context.keys));
  return own.runTransaction(async (tx) => {
    const { ref, ...window } = await windowAt(tx, windowsOf(context, admission, names), context.now());
    const [today = ''] = hashes;
    const hash = hashes.find((one) => window.taken[one] !== undefined) ?? today;
    const { [hash]: known, ...others } = window.taken;
    const isFull = Object.keys(window.taken).length >= DAILY.recorded;
    // If nothing depends on it, nothing is asked: a flood costs no more than that.
    const asks = known === undefined && chains.length > 0 && isExport(type) !== isFull;
    const ruling = rule(window, type, hash, asks && (await isOpen(tx, context, chains, type, window)));
    const kept = ruling === 'queued' && !cancelled ? await keep?.(tx, window.expiresAt) : undefined;
    // A window does not grow past its end: requests beyond it are known by their own records.
    // An accepted one that comes again has no record yet, and gets one under the name of today.
    const isCounted = known === undefined ? !isFull : known === 'accepted' && (cancelled || hash !== today);
    if (ruling !== 'flood' && isCounted) {
      const taken = { ...others, [today]: cancelled && ruling !== 'already_open' ? 'cancelled' : ruling };
      tx.set(ref, { taken, expiresAt: Timestamp.fromMillis(window.expiresAt) });
    }
    kept?.();
    return ruling;
  });
}

/** The window of today among these, with its document; if there is none, a new one in the first. */
async function windowAt(
  tx: Transaction,
  refs: readonly DocumentReference[],
  now: Instant,
): Promise<Window & { readonly ref: DocumentReference }> {
  const found = await tx.getAll(...refs);
  for (const document of found) {
    const data = document.data() as { taken: Record<string, unknown>; expiresAt: Timestamp } | undefined;
    if (data === undefined || data.expiresAt.toMillis() <= now) continue;
    const taken = Object.entries(data.taken).filter((pair): pair is [string, Entry] => isEntry(pair[1]));
    return { taken: Object.fromEntries(taken), expiresAt: data.expiresAt.toMillis(), ref: document.ref };
  }
  const [first] = found;
  if (first === undefined) throw new RangeError('a person without a name');
  return { taken: {}, expiresAt: now + DAY_MS, ref: first.ref };
}

/** The most exports that are asked if they are only noted: there is rarely more than one. */
const MOST_OPEN = 10;

/**
 * Is a request of this type open or queued? Or was one accepted a moment ago whose record is still
 * being written?
 */
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
    const open = await tx.get(
      requestsOf(own, chain, type)
        .where('status', 'in', ['received', 'queued', 'in_progress', 'waiting'])
        .limit(isExport(type) ? MOST_OPEN : 1),
    );
    if (open.docs.some((one) => !isExport(type) || !isOnlyNoted(one.data()))) return true;
  }
  if (!isExport(type)) return false;
  const accepted = Object.keys(taken).filter((hash) => taken[hash] === 'accepted');
  if (accepted.length === 0) return false;
  // Record and job are written together, under the name by which the request was counted.
  const jobs = await Promise.all(
    accepted.map((hash) => tx.getAll(...chains.map((chain) => jobRef(own, exportJobId(`${chain}_${hash}`))))),
  );
  return jobs.some((one) => !one.some(({ exists }) => exists));
}

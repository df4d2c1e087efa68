import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { HOUR_MS, type Instant } from '../platform/time.ts';
import { keyedHash } from '../platform/keys.ts';

interface Window {
  readonly count: number;
  readonly expiresAt: Timestamp;
}

/** The limit of one name for a call, an hour. */
export interface CallLimit {
  /** Names the caller, or the origin of the call: a network address, an e-mail address, a uid. */
  readonly name: string;
  readonly perHour: number;
  /** Of another window than an hour: the number counts for so many milliseconds. */
  readonly windowMs?: number;
  /**
   * Beyond its number the call goes on, and is reported. Counted all the same, so that the work is
   * the same.
   */
  readonly reportOnly?: true;
}

/**
 * `until`: the call is refused until then (epoch milliseconds). `over`: names whose limit
 * is reached, and lets it go on.
 */
export type CallVerdict = { readonly until: Instant } | { readonly until: null; readonly over: readonly string[] };

/**
 * Counts one call for every name, all or none, in fixed windows of an hour that begin with the
 * first call (`rateLimits`). Neither an address nor a uid is stored, only its keyed hash, which a
 * TTL policy on `expiresAt` removes when the window is over. Costs a read a name, and a write a
 * name unless the call is refused.
 *
 * @param what names the called function: each has windows of its own
 */
export async function countCalls(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  what: string,
  limits: readonly CallLimit[],
): Promise<CallVerdict> {
  const own = context.clients.own();
  const refs = limits.map(({ name }) => own.doc(`rateLimits/${keyedHash('rateLimit', [what, name], context.keys)}`));
  return own.runTransaction(async (tx): Promise<CallVerdict> => {
    const now = context.now();
    const snapshots = await tx.getAll(...refs);
    const counted = limits.map((limit, index) => {
      const known = snapshots[index]?.data() as Window | undefined;
      const window: Window =
        known !== undefined && known.expiresAt.toMillis() > now
          ? known
          : { count: 0, expiresAt: Timestamp.fromMillis(now + (limit.windowMs ?? HOUR_MS)) };
      return { limit, window, isFull: window.count >= limit.perHour };
    });
    const full = counted.filter(({ isFull }) => isFull);
    const refusing = full.filter(({ limit }) => limit.reportOnly !== true);
    if (refusing.length > 0) return { until: Math.max(...refusing.map(({ window }) => window.expiresAt.toMillis())) };
    for (const [index, ref] of refs.entries()) {
      const window = counted[index]?.window;
      if (window) tx.set(ref, { count: window.count + 1, expiresAt: window.expiresAt });
    }
    return { until: null, over: full.map(({ limit }) => limit.name) };
  });
}

/**
 * Counts one call of one name.
 *
 * @returns null if the call may go on, otherwise when the next one may (epoch milliseconds)
 */
export async function countCall(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  what: string,
  name: string,
  perHour: number,
): Promise<Instant | null> {
  return (await countCalls(context, what, [{ name, perHour }])).until;
}

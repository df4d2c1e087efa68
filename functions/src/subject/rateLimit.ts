import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import { HOUR_MS, type Instant } from '../platform/time.ts';
import { keyedHash } from '../platform/keys.ts';

interface Window {
  readonly count: number;
  readonly expiresAt: Timestamp;
}

/** One counter of a call. */
export interface Turn {
  /** Names the caller, or the origin of the call: a network address, an e-mail address, a uid. */
  readonly name: string;
  readonly perHour: number;
  /**
   * Beyond its number the call goes on, and is told of. Counted all the same, so that the work is
   * the same.
   */
  readonly goesOn?: true;
}

/**
 * `until`: the call is refused until then (epoch milliseconds). `over`: the counters that are full,
 * and let it go on.
 */
export type Turned = { readonly until: Instant } | { readonly until: null; readonly over: readonly string[] };

/**
 * Counts one call for every name, all or none, in fixed windows of an hour that begin with the
 * first call (`rateLimits`). Neither an address nor a uid is stored, only its keyed hash, which a
 * TTL policy on `expiresAt` removes when the window is over. Costs a read a name, and a write a
 * name unless the call is refused.
 *
 * @param what names the called function: each has windows of its own
 */
export async function takeTurns(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  what: string,
  turns: readonly Turn[],
): Promise<Turned> {
  const own = context.clients.own();
  const refs = turns.map(({ name }) => own.doc(`rateLimits/${keyedHash('rateLimit', [what, name], context.keys)}`));
  return own.runTransaction(async (tx): Promise<Turned> => {
    const now = context.now();
    const snapshots = await tx.getAll(...refs);
    const counted = turns.map((turn, index) => {
      const known = snapshots[index]?.data() as Window | undefined;
      const window: Window =
        known !== undefined && known.expiresAt.toMillis() > now
          ? known
          : { count: 0, expiresAt: Timestamp.fromMillis(now + HOUR_MS) };
      return { turn, window, isFull: window.count >= turn.perHour };
    });
    const full = counted.filter(({ isFull }) => isFull);
    const refusing = full.filter(({ turn }) => turn.goesOn !== true);
    if (refusing.length > 0) return { until: Math.max(...refusing.map(({ window }) => window.expiresAt.toMillis())) };
    for (const [index, ref] of refs.entries()) {
      const window = counted[index]?.window;
      if (window) tx.set(ref, { count: window.count + 1, expiresAt: window.expiresAt });
    }
    return { until: null, over: full.map(({ turn }) => turn.name) };
  });
}

/**
 * Counts one call of one name.
 *
 * @returns null if the call may go on, otherwise when the next one may (epoch milliseconds)
 */
export async function takeTurn(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  what: string,
  name: string,
  perHour: number,
): Promise<Instant | null> {
  return (await takeTurns(context, what, [{ name, perHour }])).until;
}

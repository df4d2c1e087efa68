import { Timestamp } from 'firebase-admin/firestore';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import { keyedHash } from './pseudonym.ts';

const HOUR_MS = 3_600_000;

interface Window {
  readonly count: number;
  readonly expiresAt: Timestamp;
}

/**
 * Counts one call for every name, all or none, in fixed windows of an hour that begin with the first call (`rateLimits`). Neither an address
 * nor a uid is stored, only its keyed hash, which a TTL policy on `expiresAt` removes when the window is over.
 *
 * @param what is called: each has windows of its own
 * @param names who calls: a network address, an e-mail address, a uid
 * @returns null where the call may go on, otherwise when the next one may (epoch milliseconds)
 */
export async function takeTurn(
  context: Pick<Context, 'clients' | 'keys' | 'now'>,
  what: string,
  names: readonly string[],
  perHour: number,
): Promise<Instant | null> {
  const own = context.clients.own();
  const refs = names.map((name) => own.doc(`rateLimits/${keyedHash(`${what} ${name}`, context.keys)}`));
  return own.runTransaction(async (tx) => {
    const now = context.now();
    const snapshots = await tx.getAll(...refs);
    const windows = snapshots.map((snapshot): Window => {
      const known = snapshot.data() as Window | undefined;
      return known !== undefined && known.expiresAt.toMillis() > now
        ? known
        : { count: 0, expiresAt: Timestamp.fromMillis(now + HOUR_MS) };
    });
    const full = windows.filter(({ count }) => count >= perHour);
    if (full.length > 0) return Math.max(...full.map(({ expiresAt }) => expiresAt.toMillis()));
    for (const [index, ref] of refs.entries()) {
      const window = windows[index];
      if (window) tx.set(ref, { count: window.count + 1, expiresAt: window.expiresAt });
    }
    return null;
  });
}

import type { DocumentData } from 'firebase-admin/firestore';
import type { Instant } from '../../../platform/time.ts';
import type { Context } from '../../../platform/context.ts';
import { changeShared } from '../../../platform/shared.ts';

/**
 * The writes of all instances together, divided among those that write in bulk at the same time:
 * `rateLimits/firestore_writes`. It has random ids of processes and numbers; it names nobody.
 *
 * A share is leased for a few seconds, and renewed while it is needed. It is never given back: that
 * would cost as much as a lease. A share of a process that is done or has died lapses.
 */

/** A share lapses after this time, in milliseconds. */
export const LEASE_MS = 6_000;
/** A process that still writes asks again after this time, in milliseconds. */
export const RENEW_MS = 3_000;

interface Share {
  /** Writes a second that the process could make, and that it may. */
  readonly wanted: number;
  readonly rate: number;
  readonly until: Instant;
}

/** The shares, by process. */
export type Shares = Readonly<Record<string, Share>>;

export interface Demand {
  /** The process. */
  readonly id: string;
  readonly wanted: number;
}

/**
 * Takes or renews a share. Pure. A process gets the same part as every other, and whatever others
 * do not want; never more than the shares of the others leave. Whoever comes late gets the rest,
 * and their part once the others have renewed theirs.
 *
 * @param all writes a second of everybody together
 */
export function takeShare(
  before: Shares,
  { id, wanted }: Demand,
  all: number,
  now: Instant,
): { readonly shares: Shares; readonly rate: number } {
  const others = Object.entries(before).filter(([other, { until }]) => other !== id && now < until);
  const part = Math.min(wanted, levelOf([wanted, ...others.map(([, share]) => share.wanted)], all));
  const left = others.reduce((sum, [, { rate }]) => sum - rate, all);
  const rate = Math.floor(Math.max(0, Math.min(part, left)));
  return { shares: { ...Object.fromEntries(others), [id]: { wanted, rate, until: now + LEASE_MS } }, rate };
}

/** The part up to which each demand is met, so that all of them together fit. */
function levelOf(demands: readonly number[], all: number): number {
  let [left, count] = [all, demands.length];
  for (const demand of [...demands].sort((a, b) => a - b)) {
    if (demand * count >= left) return left / count;
    left -= demand;
    count -= 1;
  }
  return Infinity;
}

/**
 * The shares as they are stored. A lease that lasts longer than any is of a clock that was wrong.
 * No share is larger than all of them together: one that says so was forged, or is of another
 * setting.
 */
function sharesOf(data: DocumentData | undefined, all: number, now: Instant): Shares {
  const stored = (data?.['shares'] ?? {}) as Readonly<Record<string, Partial<Share> | null>>;
  const usable = Object.entries(stored).flatMap(([id, share]): [string, Share][] => {
    const { wanted, rate, until } = share ?? {};
    const isWhole = [wanted, rate, until].every((value) => Number.isFinite(value) && Number(value) >= 0);
    if (!isWhole || wanted === undefined || rate === undefined || until === undefined) return [];
    if (until > now + LEASE_MS) return [];
    return [[id, { wanted: Math.min(wanted, all), rate: Math.min(rate, wanted, all), until }]];
  });
  return Object.fromEntries(usable);
}

/**
 * Takes or renews a share of `FIRESTORE_WRITES_PER_SECOND_TOGETHER`: 1 read, 1 write.
 *
 * @returns writes a second, until `LEASE_MS` after the call; 0: the others have all of it
 * @throws as a transaction does: nothing was taken
 */
export const leaseShare = (context: Pick<Context, 'clients' | 'config' | 'now'>, demand: Demand): Promise<number> =>
  changeShared(context, 'firestore_writes', (data, now) => {
    const { writesPerSecondTogether: all } = context.config;
    const { shares, rate } = takeShare(sharesOf(data, all, now), demand, all, now);
    return { data: { shares }, expiresAt: now + LEASE_MS, answer: rate };
  });

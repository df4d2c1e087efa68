import type { Instant } from '../platform/time.ts';
import { periodEnd } from '../policy/calendar.ts';
import { allRecords, databaseOf } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';

/** The field of a head that the end of its chain is counted from. */
const CLOSED_AT = 'closed.at';

/**
 * Returns when a closed chain is over its period and may be gone, from the policy's record of
 * `ledger/{…}`: its rule that deletes by `closed.at`.
 *
 * @returns a function of the time of closing, both in epoch milliseconds; Infinity if the policy
 * has no such rule
 */
export function chainEnd(policy: Policy): (closedAt: Instant) => Instant {
  const heads = allRecords(policy).find(
    ({ record }) =>
      record.system === 'firestore' && databaseOf(record) === 'compliance' && /^ledger\/[^/]+$/.test(record.path),
  );
  const rule = heads?.record.fate.find(
    ({ when, then }) => 'field' in when && when.field === CLOSED_AT && then.do === 'delete',
  );
  if (rule === undefined) return () => Infinity;
  return (closedAt) => periodEnd(closedAt, rule.after, policy.controller);
}

/**
 * Returns when a closed chain was over its period; undefined if it is not over, or not closed.
 *
 * @param endsAt as `chainEnd` answers it
 */
export function overSince(
  closedAt: Instant | null | undefined,
  endsAt: (closedAt: Instant) => Instant,
  now: Instant,
): Instant | undefined {
  if (typeof closedAt !== 'number') return undefined;
  const over = endsAt(closedAt);
  return over <= now ? over : undefined;
}

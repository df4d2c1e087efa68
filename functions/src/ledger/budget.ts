import type { Instant } from '../platform/clock.ts';
import type { Budget } from './chain.ts';

/**
 * How many entries of a kind each who acts can make in one chain on one day (UTC): far above what a
 * person does, and low enough that a broken or hostile client costs little. A withdrawal is
 * recorded whatever was spent (consent/plan.ts).
 */
export const DAILY_LIMITS: Readonly<Record<string, number>> = { consent: 100, devicePermission: 200 };

/**
 * Returns the budget after one more entry of a kind, or null if the day's is spent.
 *
 * @param holder pseudonym of the guardian who acts: each has a budget of their own, beside the
 *   person's
 */
export function spend(budget: Budget | undefined, kind: string, now: Instant, holder?: string): Budget | null {
  const day = new Date(now).toISOString().slice(0, 10);
  const counts = budget?.day === day ? budget.counts : {};
  const name = holder === undefined ? kind : `${kind} ${holder}`;
  const count = (counts[name] ?? 0) + 1;
  if (count > (DAILY_LIMITS[kind] ?? Infinity)) return null;
  return { day, counts: { ...counts, [name]: count } };
}

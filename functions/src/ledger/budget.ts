import type { Instant } from '../platform/clock.ts';
import type { Budget } from './chain.ts';

/**
 * How many entries of a kind one person can have on one day (UTC): far above what a person does, and low enough that a broken or hostile
 * client costs little. What a person takes back is recorded whatever was spent (consent/plan.ts).
 */
export const DAILY_LIMITS: Readonly<Record<string, number>> = { consent: 100, devicePermission: 200 };

/** The budget after one more entry of a kind; null where the day's is spent. */
export function spend(budget: Budget | undefined, kind: string, now: Instant): Budget | null {
  const day = new Date(now).toISOString().slice(0, 10);
  const counts = budget?.day === day ? budget.counts : {};
  const count = (counts[kind] ?? 0) + 1;
  if (count > (DAILY_LIMITS[kind] ?? Infinity)) return null;
  return { day, counts: { ...counts, [kind]: count } };
}

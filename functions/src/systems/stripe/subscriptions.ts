import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import type { RefusalReason } from '../../subject/identity.ts';
import type { Scope } from '../system.ts';
import { manifest } from './manifest.ts';
import { customersOf, itemsOf, OVER } from './resources.ts';

/** Somebody else's for certain: all other doubts speak for the person. */
const ANOTHERS: ReadonlySet<RefusalReason> = new Set(['namesSomebodyElse', 'anotherAccount']);

/**
 * Tells until when the person has had a subscription: now, if one is not over; 0 if there was none.
 * A customer that could not be proven to be theirs counts, unless it names somebody else: whoever
 * may be paying is not called unused.
 */
export async function lastSubscription(context: Context, scope: Scope): Promise<Instant> {
  const doubted = (scope.refused ?? []).flatMap(({ candidate, reason }) =>
    candidate.system === manifest.id && !ANOTHERS.has(reason) ? [candidate.id] : [],
  );
  let last: Instant = 0;
  for (const customer of new Set([...customersOf(scope), ...doubted])) {
    for (const item of await itemsOf(context, 'subscriptions', customer)) {
      const end = (item.ended_at ?? item.canceled_at ?? item.created) * 1000;
      last = Math.max(last, OVER.has(item.status) ? end : scope.now);
    }
  }
  return Math.min(last, scope.now);
}

import type Stripe from 'stripe';
import type { StripeState } from './state.ts';

const over = new Set<Stripe.Subscription.Status>(['canceled', 'incomplete_expired']);

/**
 * Ends a subscription now, unless it has ended. "Any pending invoice items … are discarded", invoices that exist stay
 * (https://docs.stripe.com/api/subscriptions/cancel).
 */
export function cancelSubscription(
  state: StripeState,
  subscription: Stripe.Subscription,
  reason: Stripe.Subscription.CancellationDetails.Reason,
): void {
  if (over.has(subscription.status)) return;
  const now = state.clock.seconds();
  subscription.status = 'canceled';
  subscription.canceled_at = now;
  subscription.ended_at = now;
  subscription.cancellation_details = { comment: null, feedback: null, feedback_option: null, reason };
  for (const invoice of state.invoices.newestFirst()) {
    // "…Stripe stops automatic collection of all finalized invoices for the customer" (ibid.).
    if (invoice.parent?.subscription_details?.subscription === subscription.id) invoice.auto_advance = false;
  }
}

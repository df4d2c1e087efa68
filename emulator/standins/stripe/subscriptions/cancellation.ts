import type Stripe from 'stripe';
import type { StripeState } from '../state.ts';

const over = new Set<Stripe.Subscription.Status>(['canceled', 'incomplete_expired']);

/**
 * Ends a subscription now, unless it has ended; its invoices stay, and pending items "remain
 * pending" (https://docs.stripe.com/api/subscriptions/cancel).
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
    // "…by default … Stripe stops automatic collection of all finalized invoices for the customer"
    // (ibid.).
    if (invoice.customer === subscription.customer && invoice.status !== 'draft') invoice.auto_advance = false;
  }
}

import type Stripe from 'stripe';
import { z } from 'zod';
import type { Router } from '../../router.ts';
import { cancelSubscription } from './cancellation.ts';
import { missing } from '../errors.ts';
import { page, within } from '../lists.ts';
import { subscribe } from './new.ts';
import * as p from '../params.ts';
import { mergeMetadata, type StripeContext } from '../state.ts';
import { subscriptionParams } from './object.ts';

const listParams = z.strictObject({
  ...p.paging,
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  created: p.range.optional(),
  customer: p.text.optional(),
  price: p.text.optional(),
  status: z
    .enum([
      'active',
      'all',
      'canceled',
      'ended',
      'incomplete',
      'incomplete_expired',
      'past_due',
      'paused',
      'trialing',
      'unpaid',
    ])
    .optional(),
} satisfies p.Shape<Stripe.SubscriptionListParams>);

const updateParams = z.strictObject({
  cancel_at: p.integer.optional(),
  cancel_at_period_end: p.flag.optional(),
  default_payment_method: p.text.optional(),
  description: p.text.optional(),
  metadata: p.metadata.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.SubscriptionUpdateParams>);

const cancelParams = z.strictObject({
  cancellation_details: z.strictObject({ comment: p.text.optional(), feedback: p.text.optional() }).optional(),
  invoice_now: p.flag.optional(),
  prorate: p.flag.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.SubscriptionCancelParams>);

/** https://docs.stripe.com/api/subscriptions */
export function subscriptions(router: Router<StripeContext, object>): void {
  router.on('POST', '/v1/subscriptions', (context) =>
    subscribe(context, p.readParams(subscriptionParams, context.form)),
  );

  router.on('GET', '/v1/subscriptions', ({ state, form }) => {
    const params = p.readParams(listParams, form);
    if (params.customer !== undefined) state.customers.get(params.customer, 'customer');
    const all = state.subscriptions
      .newestFirst()
      .filter((s) => params.customer === undefined || s.customer === params.customer)
      .filter((s) => params.collection_method === undefined || s.collection_method === params.collection_method)
      .filter((s) => params.price === undefined || s.items.data.some((item) => item.price.id === params.price))
      .filter((s) => hasStatus(s, params.status) && within(s.created, params.created));
    return page(all, params, '/v1/subscriptions', 'subscription');
  });

  router.on('GET', '/v1/subscriptions/:id', ({ state, form }, { id }) => {
    p.readParams(z.strictObject({ expand: p.expand }), form);
    return state.subscriptions.get(id);
  });

  router.on('POST', '/v1/subscriptions/:id', ({ state, form }, { id }) => {
    const params = p.readParams(updateParams, form);
    const subscription = state.subscriptions.get(id);
    if (params.cancel_at_period_end !== undefined) {
      subscription.cancel_at_period_end = params.cancel_at_period_end;
      subscription.cancel_at = params.cancel_at_period_end
        ? (subscription.items.data[0]?.current_period_end ?? null)
        : null;
    }
    if (params.cancel_at !== undefined) subscription.cancel_at = params.cancel_at;
    if (params.default_payment_method !== undefined) {
      subscription.default_payment_method = state.paymentMethods.get(
        params.default_payment_method,
        'default_payment_method',
      ).id;
    }
    if (params.description !== undefined) subscription.description = params.description || null;
    subscription.metadata = mergeMetadata(subscription.metadata, params.metadata);
    return subscription;
  });

  router.on('DELETE', '/v1/subscriptions/:id', ({ state, form }, { id }) => {
    const params = p.readParams(cancelParams, form);
    const subscription = state.subscriptions.get(id);
    // A subscription that has ended is as good as gone: Stripe answers resource_missing to a second
    // cancel.
    if (subscription.status === 'canceled') throw missing('subscription', id);
    cancelSubscription(state, subscription, 'cancellation_requested');
    const details = subscription.cancellation_details;
    if (details && params.cancellation_details) {
      details.comment = params.cancellation_details.comment ?? null;
      details.feedback = params.cancellation_details.feedback ?? null;
    }
    return subscription;
  });
}

/**
 * "If no value is supplied, all subscriptions that have not been canceled are returned"; `ended` is
 * canceled or expired (https://docs.stripe.com/api/subscriptions/list).
 */
function hasStatus(subscription: Stripe.Subscription, wanted: z.infer<typeof listParams>['status']): boolean {
  switch (wanted) {
    case 'all':
      return true;
    case undefined:
      return subscription.status !== 'canceled';
    case 'ended':
      return subscription.status === 'canceled' || subscription.status === 'incomplete_expired';
    default:
      return subscription.status === wanted;
  }
}

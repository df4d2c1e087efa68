import type Stripe from 'stripe';
import { Temporal } from 'temporal-polyfill';
import type { z } from 'zod';
import { addLine, charge, finalize, methodFor, newInvoice } from '../billing.ts';
import { addPrice } from '../catalog.ts';
import { refused } from '../errors.ts';
import { nested } from '../lists.ts';
import { mergeMetadata, type StripeContext, type StripeState } from '../state.ts';
import { newSubscription, planOf, type itemParams, type subscriptionParams } from './object.ts';

const day = 24 * 60 * 60;

/**
 * Starts a subscription and its first invoice. The invoice is paid at once with the payment method
 * of the subscription or the customer. It is a draft for `send_invoice`, and of nothing during a
 * trial (https://docs.stripe.com/billing/subscriptions/overview).
 */
export function subscribe(
  { state, origin }: StripeContext,
  params: z.infer<typeof subscriptionParams>,
): Stripe.Subscription {
  const { customer } = state.liveCustomer(params.customer, 'customer');
  if (params.items.length === 0)
    throw refused('Missing required param: items.', { code: 'parameter_missing', param: 'items', validation: true });
  const prices = params.items.map((item, i) => priceOf(state, item, i));
  const [first] = prices;
  if (!first?.recurring)
    throw refused(
      'The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.',
      { param: 'items[0][price]' },
    );

  const byHand = params.collection_method === 'send_invoice';
  if (byHand && params.days_until_due === undefined) {
    throw refused("You must set `days_until_due` when `collection_method` is 'send_invoice'.", {
      param: 'days_until_due',
      validation: true,
    });
  }
  if (params.default_payment_method !== undefined)
    state.paymentMethods.get(params.default_payment_method, 'default_payment_method');

  const now = state.clock.seconds();
  const trialEnd =
    params.trial_end ?? (params.trial_period_days === undefined ? undefined : now + params.trial_period_days * day);
  const method = methodFor(state, {
    customer: customer.id,
    default_payment_method: params.default_payment_method ?? null,
  });
  const due = trialEnd === undefined && prices.some((price) => (price.unit_amount ?? 0) > 0);
  const unpaid = due && !byHand && method === undefined;
  if (unpaid && params.payment_behavior !== 'default_incomplete') {
    throw refused(
      'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
      { code: 'resource_missing' },
    );
  }

  const end = trialEnd ?? periodEnd(now, first.recurring);
  const subscription = state.subscriptions.put(
    newSubscription(state, params, {
      status: trialEnd !== undefined ? 'trialing' : unpaid ? 'incomplete' : 'active',
      end,
      trialEnd,
      currency: first.currency,
    }),
  );
  const items = params.items.map((item, i) => subscriptionItem(state, subscription, prices[i] ?? first, item, end));
  subscription.items = nested(items, `/v1/subscription_items?subscription=${subscription.id}`);
  customer.currency ??= first.currency;

  const invoice = newInvoice(state, {
    customer,
    currency: first.currency,
    reason: 'subscription_create',
    collection_method: subscription.collection_method,
    subscription,
  });
  for (const item of items) {
    addLine(state, invoice, {
      amount: trialEnd === undefined ? (item.price.unit_amount ?? 0) * (item.quantity ?? 1) : 0,
      currency: first.currency,
      description: `${item.quantity ?? 1} × ${nameOf(state, item.price)}`,
      quantity: item.quantity ?? 1,
      period: { start: now, end },
      price: item.price,
      subscription: subscription.id,
      parent: {
        invoice_item_details: null,
        subscription_item_details: {
          invoice_item: null,
          proration: false,
          proration_details: null,
          subscription: subscription.id,
          subscription_item: item.id,
        },
        type: 'subscription_item_details',
      },
    });
  }
  subscription.latest_invoice = invoice.id;
  invoice.auto_advance = true;
  if (byHand) invoice.due_date = now + (params.days_until_due ?? 0) * day;
  if (!byHand || trialEnd !== undefined) finalize(state, invoice, origin);
  if (invoice.status === 'open' && method !== undefined) charge(state, invoice, method);
  return subscription;
}

function priceOf(state: StripeState, item: z.infer<typeof itemParams>, index: number): Stripe.Price {
  if (item.price_data) {
    state.products.get(item.price_data.product, `items[${index}][price_data][product]`);
    return addPrice(state, item.price_data);
  }
  if (item.price === undefined) {
    throw refused(`Missing required param: items[${index}][price].`, {
      code: 'parameter_missing',
      param: `items[${index}][price]`,
      validation: true,
    });
  }
  return state.prices.get(item.price, `items[${index}][price]`);
}

/** A month after 31 January is the end of February, as Stripe bills. */
function periodEnd(start: number, recurring: Stripe.Price.Recurring): number {
  const from = Temporal.Instant.fromEpochMilliseconds(start * 1000).toZonedDateTimeISO('UTC');
  return Math.floor(from.add({ [`${recurring.interval}s`]: recurring.interval_count }).epochMilliseconds / 1000);
}

const nameOf = (state: StripeState, price: Stripe.Price): string =>
  (typeof price.product === 'string' ? state.products.find(price.product)?.name : undefined) ?? price.id;

function subscriptionItem(
  state: StripeState,
  subscription: Stripe.Subscription,
  price: Stripe.Price,
  item: z.infer<typeof itemParams>,
  end: number,
): Stripe.SubscriptionItem {
  return {
    id: state.id('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: subscription.created,
    current_period_end: end,
    current_period_start: subscription.created,
    current_trial: null,
    discounts: [],
    metadata: mergeMetadata({}, item.metadata),
    plan: planOf(price),
    price,
    quantity: item.quantity ?? 1,
    subscription: subscription.id,
    tax_rates: [],
  };
}

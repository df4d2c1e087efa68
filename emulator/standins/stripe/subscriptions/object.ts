import type Stripe from 'stripe';
import { z } from 'zod';
import { recurringParams } from '../catalog.ts';
import { nested } from '../lists.ts';
import * as p from '../params.ts';
import { mergeMetadata, type StripeState } from '../state.ts';

export const itemParams = z.strictObject({
  metadata: p.metadata.optional(),
  price: p.text.optional(),
  price_data: z
    .strictObject({ currency: p.text, product: p.text, recurring: recurringParams, unit_amount: p.integer })
    .optional(),
  quantity: p.integer.optional(),
} satisfies p.Shape<Stripe.SubscriptionCreateParams.Item>);

export const subscriptionParams = z.strictObject({
  customer: p.text,
  items: p.listOf(itemParams),
  backdate_start_date: p.integer.optional(),
  cancel_at_period_end: p.flag.optional(),
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  currency: p.text.optional(),
  days_until_due: p.integer.optional(),
  default_payment_method: p.text.optional(),
  description: p.text.optional(),
  expand: p.expand,
  metadata: p.metadata.optional(),
  off_session: p.flag.optional(),
  payment_behavior: z.enum(['allow_incomplete', 'default_incomplete', 'error_if_incomplete']).optional(),
  trial_end: p.integer.optional(),
  trial_period_days: p.integer.optional(),
} satisfies p.Shape<Stripe.SubscriptionCreateParams>);

/** The older name of a recurring price, which items still show. */
export const planOf = (price: Stripe.Price): Stripe.Plan => ({
  id: price.id,
  object: 'plan',
  active: price.active,
  amount: price.unit_amount,
  amount_decimal: price.unit_amount_decimal,
  billing_scheme: 'per_unit',
  created: price.created,
  currency: price.currency,
  interval: price.recurring?.interval ?? 'month',
  interval_count: price.recurring?.interval_count ?? 1,
  livemode: false,
  metadata: price.metadata,
  meter: null,
  nickname: price.nickname,
  product: price.product,
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: price.recurring?.trial_period_days ?? null,
  usage_type: 'licensed',
});

/** The subscription without its items. */
export function newSubscription(
  state: StripeState,
  params: z.infer<typeof subscriptionParams>,
  given: { status: Stripe.Subscription.Status; end: number; trialEnd: number | undefined; currency: string },
): Stripe.Subscription {
  const now = state.clock.seconds();
  return {
    id: state.id('sub'),
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: given.trialEnd ?? now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: params.cancel_at_period_end === true ? given.end : null,
    cancel_at_period_end: params.cancel_at_period_end ?? false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: params.collection_method ?? 'charge_automatically',
    created: now,
    currency: given.currency,
    customer: params.customer,
    customer_account: null,
    days_until_due: params.days_until_due ?? null,
    default_payment_method: params.default_payment_method ?? null,
    default_source: null,
    default_tax_rates: [],
    description: params.description ?? null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: nested([], ''),
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: params.backdate_start_date ?? now,
    status: given.status,
    test_clock: null,
    transfer_data: null,
    trial_end: given.trialEnd ?? null,
    trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: 'create_invoice' } },
    trial_start: given.trialEnd === undefined ? null : now,
  };
}

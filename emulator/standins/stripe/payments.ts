import type Stripe from 'stripe';
import { z } from 'zod';
import type { Router } from '../router.ts';
import { refused } from './errors.ts';
import { page, within } from './lists.ts';
import * as p from './params.ts';
import { mergeMetadata, type StripeContext, type StripeState } from './state.ts';

const listParams = z.strictObject({
  ...p.paging,
  customer: p.text.optional(),
  created: p.range.optional(),
} satisfies p.Shape<Stripe.PaymentIntentListParams>);
const chargeListParams = listParams.extend({
  payment_intent: p.text.optional(),
} satisfies p.Shape<Stripe.ChargeListParams>);

const createParams = z.strictObject({
  amount: p.integer,
  currency: p.text,
  customer: p.text.optional(),
  payment_method: p.text.optional(),
  confirm: p.flag.optional(),
  off_session: p.flag.optional(),
  description: p.text.optional(),
  receipt_email: p.text.optional(),
  metadata: p.metadata.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.PaymentIntentCreateParams>);

/** https://docs.stripe.com/api/charges and https://docs.stripe.com/api/payment_intents */
export function payments(router: Router<StripeContext, object>): void {
  router.on('GET', '/v1/charges', ({ state, form }) => {
    const params = p.readParams(chargeListParams, form);
    if (params.customer !== undefined) state.customers.get(params.customer, 'customer');
    const all = state.charges
      .newestFirst()
      .filter((c) => params.customer === undefined || c.customer === params.customer)
      .filter((c) => params.payment_intent === undefined || c.payment_intent === params.payment_intent)
      .filter((c) => within(c.created, params.created));
    return page(all, params, '/v1/charges', 'charge');
  });
  router.on('GET', '/v1/charges/:id', ({ state }, { id }) => state.charges.get(id));

  router.on('POST', '/v1/payment_intents', ({ state, form }) => {
    const params = p.readParams(createParams, form);
    const customer = params.customer === undefined ? null : state.liveCustomer(params.customer, 'customer').id;
    if (params.payment_method !== undefined) state.paymentMethods.get(params.payment_method, 'payment_method');
    const { amount, currency, description, payment_method, receipt_email } = params;
    const intent = newIntent(state, { amount, currency, customer, description, payment_method, receipt_email });
    intent.metadata = mergeMetadata({}, params.metadata);
    if (params.confirm === true) confirm(state, intent);
    return intent;
  });
  router.on('POST', '/v1/payment_intents/:id/confirm', ({ state, form }, { id }) => {
    const params = p.readParams(z.strictObject({ payment_method: p.text.optional(), expand: p.expand }), form);
    const intent = state.paymentIntents.get(id);
    if (params.payment_method !== undefined) {
      intent.payment_method = state.paymentMethods.get(params.payment_method, 'payment_method').id;
    }
    confirm(state, intent);
    return intent;
  });
  router.on('GET', '/v1/payment_intents', ({ state, form }) => {
    const params = p.readParams(listParams, form);
    if (params.customer !== undefined) state.customers.get(params.customer, 'customer');
    const all = state.paymentIntents
      .newestFirst()
      .filter((i) => params.customer === undefined || i.customer === params.customer)
      .filter((i) => within(i.created, params.created));
    return page(all, params, '/v1/payment_intents', 'payment_intent');
  });
  router.on('GET', '/v1/payment_intents/:id', ({ state }, { id }) => state.paymentIntents.get(id));
}

interface NewIntent {
  amount: number;
  currency: string;
  customer: string | null;
  description?: string | undefined;
  payment_method?: string | undefined;
  receipt_email?: string | undefined;
}

/** Takes the money at once. */
export function collect(state: StripeState, intent: NewIntent): Stripe.PaymentIntent {
  const taken = newIntent(state, intent);
  confirm(state, taken);
  return taken;
}

function newIntent(state: StripeState, given: NewIntent): Stripe.PaymentIntent {
  const id = state.id('pi');
  return state.paymentIntents.put({
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount: given.amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic_async',
    client_secret: `${id}_secret_local`,
    confirmation_method: 'automatic',
    created: state.clock.seconds(),
    currency: given.currency.toLowerCase(),
    customer: given.customer,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: given.payment_method ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: given.receipt_email ?? null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: given.payment_method === undefined ? 'requires_payment_method' : 'requires_confirmation',
    transfer_group: null,
  });
}

function confirm(state: StripeState, intent: Stripe.PaymentIntent): void {
  if (typeof intent.payment_method !== 'string') {
    throw refused(
      'You cannot confirm this PaymentIntent because it has a missing payment method. Update the PaymentIntent with a payment method or specify one, and then confirm it again.',
      { code: 'payment_intent_unexpected_state' },
    );
  }
  const method = state.paymentMethods.get(intent.payment_method, 'payment_method');
  const charge = state.charges.put(newCharge(state, intent, method));
  intent.latest_charge = charge.id;
  intent.amount_received = intent.amount;
  intent.status = 'succeeded';
}

function newCharge(state: StripeState, intent: Stripe.PaymentIntent, method: Stripe.PaymentMethod): Stripe.Charge {
  return {
    id: state.id('ch'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: intent.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: null,
    captured: true,
    created: state.clock.seconds(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      seller_message: 'Payment complete.',
      type: 'authorized',
    },
    paid: true,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: paymentDetails(intent, method),
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: null,
  };
}

/**
 * The card's details that a charge keeps, also after the customer is deleted: brand, end of the
 * number, expiry.
 */
function paymentDetails(
  intent: Stripe.PaymentIntent,
  method: Stripe.PaymentMethod,
): Stripe.Charge.PaymentMethodDetails {
  if (!method.card) return { type: method.type };
  const { brand, checks, country, exp_month, exp_year, funding, last4, regulated_status } = method.card;
  return {
    type: 'card',
    card: {
      amount_authorized: intent.amount,
      authorization_code: null,
      brand,
      checks,
      country,
      electronic_commerce_indicator: null,
      exp_month,
      exp_year,
      fingerprint: null,
      funding,
      installments: null,
      last4,
      mandate: null,
      network: brand,
      network_transaction_id: null,
      regulated_status,
      three_d_secure: null,
      transaction_link_id: null,
      wallet: null,
    },
  };
}

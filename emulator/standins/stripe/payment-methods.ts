import type Stripe from 'stripe';
import { z } from 'zod';
import type { Router } from '../router.ts';
import { refused } from './errors.ts';
import { page } from './lists.ts';
import * as p from './params.ts';
import { mergeMetadata, type StripeContext, type StripeState } from './state.ts';

const billingDetails = z.strictObject({
  address: p.emptyable(p.address).optional(),
  email: p.text.optional(),
  name: p.text.optional(),
  phone: p.text.optional(),
} satisfies p.Shape<Stripe.PaymentMethodCreateParams.BillingDetails>);

const createParams = z.strictObject({
  type: z.enum(['card', 'sepa_debit']),
  card: z
    .strictObject({
      number: p.text.optional(),
      exp_month: p.integer.optional(),
      exp_year: p.integer.optional(),
      cvc: p.text.optional(),
      token: p.text.optional(),
    })
    .optional(),
  sepa_debit: z.strictObject({ iban: p.text }).optional(),
  billing_details: billingDetails.optional(),
  metadata: p.metadata.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.PaymentMethodCreateParams>);

const attachParams = z.strictObject({
  customer: p.text,
  expand: p.expand,
} satisfies p.Shape<Stripe.PaymentMethodAttachParams>);
const detachParams = z.strictObject({ expand: p.expand } satisfies p.Shape<Stripe.PaymentMethodDetachParams>);
const listParams = z.strictObject({
  ...p.paging,
  customer: p.text.optional(),
  type: p.text.optional(),
} satisfies p.Shape<Stripe.PaymentMethodListParams>);

/**
 * Test cards by the names of https://docs.stripe.com/testing, tab "PaymentMethods" and "Tokens".
 */
const testCards: Record<string, { brand: string; last4: string }> = {
  visa: { brand: 'visa', last4: '4242' },
  mastercard: { brand: 'mastercard', last4: '4444' },
  amex: { brand: 'amex', last4: '8431' },
};

/** https://docs.stripe.com/api/payment_methods */
export function paymentMethods(router: Router<StripeContext, object>): void {
  router.on('POST', '/v1/payment_methods', ({ state, form }) => create(state, p.readParams(createParams, form)));

  router.on('GET', '/v1/payment_methods', ({ state, form }) => {
    const params = p.readParams(listParams, form);
    return listOf(state, params.customer, params, '/v1/payment_methods');
  });
  router.on('GET', '/v1/customers/:id/payment_methods', ({ state, form }, { id }) =>
    listOf(state, state.liveCustomer(id).id, p.readParams(listParams, form), `/v1/customers/${id}/payment_methods`),
  );
  router.on('GET', '/v1/payment_methods/:id', ({ state }, { id }) => state.paymentMethods.get(id));

  router.on('POST', '/v1/payment_methods/:id/attach', ({ state, form }, { id }) => {
    const { customer } = p.readParams(attachParams, form);
    const owner = state.liveCustomer(customer, 'customer').id;
    const shared = testCards[id.replace(/^pm_card_/, '')];
    const method =
      shared && id.startsWith('pm_card_')
        ? create(state, { type: 'card', card: { token: `tok_${shared.brand}` } })
        : state.paymentMethods.get(id);
    // "Detachment is permanent … can no longer be used for payments or re-attached to a Customer"
    // (https://docs.stripe.com/api/payment_methods/detach).
    if (state.detached.has(id)) {
      throw refused(
        'This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.',
      );
    }
    if (method.customer !== null && method.customer !== owner) {
      throw refused('The payment method you provided has already been attached to a customer.', {
        code: 'payment_method_unexpected_state',
      });
    }
    method.customer = owner;
    return method;
  });

  router.on('POST', '/v1/payment_methods/:id/detach', ({ state, form }, { id }) => {
    p.readParams(detachParams, form);
    const method = state.paymentMethods.get(id);
    if (method.customer === null) {
      throw refused('The payment method you provided is not attached to a customer so detachment is impossible.');
    }
    detach(state, method);
    return method;
  });
}

/** Takes a payment method from its customer, for good. */
export function detach(state: StripeState, method: Stripe.PaymentMethod): void {
  const owner = typeof method.customer === 'string' ? state.customers.find(method.customer)?.customer : undefined;
  if (owner?.invoice_settings.default_payment_method === method.id)
    owner.invoice_settings.default_payment_method = null;
  method.customer = null;
  state.detached.add(method.id);
}

function listOf(
  state: StripeState,
  customer: string | undefined,
  params: z.infer<typeof listParams>,
  url: string,
): object {
  if (customer !== undefined) state.customers.get(customer, 'customer');
  const mine = state.paymentMethods
    .newestFirst()
    .filter(
      (m) => customer !== undefined && m.customer === customer && (params.type === undefined || m.type === params.type),
    );
  return page(mine, params, url, 'PaymentMethod');
}

function create(state: StripeState, params: z.infer<typeof createParams>): Stripe.PaymentMethod {
  const { type, card, sepa_debit, billing_details: billing } = params;
  const token = testCards[card?.token?.replace(/^tok_/, '') ?? ''];
  if (
    type === 'card' &&
    !token &&
    (card?.number === undefined || card.exp_month === undefined || card.exp_year === undefined)
  ) {
    throw refused('Missing required param: card[number].', {
      code: 'parameter_missing',
      param: 'card[number]',
      validation: true,
    });
  }
  const address = billing?.address;
  return state.paymentMethods.put({
    id: state.id('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: {
      address: typeof address === 'object' ? p.wholeAddress(address) : null,
      email: billing?.email ?? null,
      name: billing?.name ?? null,
      phone: billing?.phone ?? null,
      tax_id: null,
    },
    created: state.clock.seconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: mergeMetadata({}, params.metadata),
    type,
    ...(type === 'card' ? { card: maskedCard(token, card) } : { sepa_debit: maskedDebit(sepa_debit?.iban ?? '') }),
  });
}

/** The API never shows the number, only its end. */
function maskedCard(
  token: { brand: string; last4: string } | undefined,
  card: z.infer<typeof createParams>['card'],
): Stripe.PaymentMethod.Card {
  const number = card?.number ?? '';
  const brand = token?.brand ?? (number.startsWith('4') ? 'visa' : number.startsWith('3') ? 'amex' : 'mastercard');
  return {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
    country: 'FR',
    display_brand: brand,
    exp_month: card?.exp_month ?? 12,
    exp_year: card?.exp_year ?? 2034,
    fingerprint: null,
    funding: 'credit',
    generated_from: null,
    last4: token?.last4 ?? number.slice(-4),
    networks: { available: [brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

const maskedDebit = (iban: string): Stripe.PaymentMethod.SepaDebit => ({
  bank_code: null,
  branch_code: null,
  country: iban.slice(0, 2) || null,
  fingerprint: null,
  generated_from: null,
  last4: iban.slice(-4) || null,
});

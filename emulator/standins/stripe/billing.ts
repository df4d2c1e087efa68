import type Stripe from 'stripe';
import { refused } from './errors.ts';
import { nested } from './lists.ts';
import { collect } from './payments.ts';
import { decimal, type StripeState } from './state.ts';

export interface NewLine {
  amount: number;
  currency: string;
  description: string | null;
  quantity: number;
  period: { start: number; end: number };
  metadata?: Stripe.Metadata;
  price?: Stripe.Price | undefined;
  parent: Stripe.InvoiceLineItem.Parent;
  subscription?: string | null;
}

/** Adds a line to a draft and sums up. */
export function addLine(state: StripeState, invoice: Stripe.Invoice, line: NewLine): Stripe.InvoiceLineItem {
  const item: Stripe.InvoiceLineItem = {
    id: state.id('il'),
    object: 'line_item',
    amount: line.amount,
    currency: line.currency,
    description: line.description,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: invoice.id,
    livemode: false,
    metadata: line.metadata ?? {},
    parent: line.parent,
    period: line.period,
    pretax_credit_amounts: [],
    pricing: line.price
      ? {
          price_details: { price: line.price.id, product: productOf(line.price) },
          type: 'price_details',
          unit_amount_decimal: line.price.unit_amount_decimal,
        }
      : null,
    quantity: line.quantity,
    quantity_decimal: decimal(line.quantity),
    subscription: line.subscription ?? null,
    subtotal: line.amount,
    taxes: [],
  };
  const lines = [...(state.lines.get(invoice.id) ?? []), item];
  state.lines.set(invoice.id, lines);
  invoice.lines = nested(lines, `/v1/invoices/${invoice.id}/lines`);
  sumUp(invoice, lines);
  return item;
}

const productOf = (price: Stripe.Price): string =>
  typeof price.product === 'string' ? price.product : price.product.id;

function sumUp(invoice: Stripe.Invoice, lines: Stripe.InvoiceLineItem[]): void {
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  invoice.subtotal = total;
  invoice.subtotal_excluding_tax = total;
  invoice.total = total;
  invoice.total_excluding_tax = total;
  invoice.amount_due = Math.max(0, total);
  invoice.amount_remaining = invoice.amount_due - invoice.amount_paid;
}

/**
 * draft -> open, with number, PDF and page; an invoice of nothing is paid at once
 * (https://docs.stripe.com/invoicing/overview#workflow-overview).
 */
export function finalize(state: StripeState, invoice: Stripe.Invoice, origin: string): void {
  if (invoice.status !== 'draft') {
    throw refused("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: 'invoice_not_editable',
    });
  }
  const now = state.clock.seconds();
  const customer = typeof invoice.customer === 'string' ? state.customers.find(invoice.customer)?.customer : undefined;
  const sequence = customer?.next_invoice_sequence ?? 1;
  if (customer) customer.next_invoice_sequence = sequence + 1;
  invoice.status = 'open';
  invoice.number ??= `${customer?.invoice_prefix ?? 'LOCAL'}-${String(sequence).padStart(4, '0')}`;
  invoice.effective_at ??= now;
  invoice.status_transitions.finalized_at = now;
  invoice.hosted_invoice_url = `${origin}/i/acct_local/test_${invoice.id}`;
  invoice.invoice_pdf = `${origin}/invoice/acct_local/test_${invoice.id}/pdf`;
  invoice.ending_balance = 0;
  if (invoice.amount_due === 0) markPaid(state, invoice);
}

/** Returns the payment method that an invoice is paid with, as Stripe finds it. */
export function methodFor(
  state: StripeState,
  invoice: Pick<Stripe.Invoice, 'customer' | 'default_payment_method'>,
): string | undefined {
  const own = invoice.default_payment_method;
  if (typeof own === 'string') return own;
  const customer = typeof invoice.customer === 'string' ? state.customers.find(invoice.customer)?.customer : undefined;
  const theirs = customer?.invoice_settings.default_payment_method;
  return typeof theirs === 'string' ? theirs : undefined;
}

/** Charges a payment method for the amount due. */
export function charge(state: StripeState, invoice: Stripe.Invoice, payment_method: string): void {
  const customer = typeof invoice.customer === 'string' ? invoice.customer : null;
  const intent = collect(state, {
    amount: invoice.amount_remaining,
    currency: invoice.currency,
    customer,
    payment_method,
  });
  const now = state.clock.seconds();
  state.invoicePayments.put({
    id: state.id('inpay'),
    object: 'invoice_payment',
    amount_paid: intent.amount,
    amount_requested: intent.amount,
    created: now,
    currency: intent.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: 'payment_intent' },
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: now },
  });
  invoice.attempt_count += 1;
  markPaid(state, invoice);
}

/** open -> paid. */
export function markPaid(state: StripeState, invoice: Stripe.Invoice): void {
  invoice.status = 'paid';
  invoice.attempted = true;
  invoice.auto_advance = false;
  invoice.amount_paid = invoice.amount_due;
  invoice.amount_remaining = 0;
  invoice.status_transitions.paid_at = state.clock.seconds();
}

export interface NewInvoice {
  customer: Stripe.Customer;
  currency: string;
  reason: Stripe.Invoice.BillingReason;
  collection_method?: Stripe.Invoice.CollectionMethod | undefined;
  subscription?: { id: string; metadata: Stripe.Metadata } | undefined;
  period?: { start: number; end: number };
}

/** An empty draft. */
export function newInvoice(state: StripeState, given: NewInvoice): Stripe.Invoice {
  const { customer, subscription } = given;
  const id = state.id('in');
  const now = state.clock.seconds();
  return state.invoices.put({
    id,
    object: 'invoice',
    account_country: 'FR',
    account_name: 'Local Stripe',
    account_tax_ids: null,
    amount_due: 0,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: false,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: given.reason,
    collection_method: given.collection_method ?? 'charge_automatically',
    created: now,
    currency: given.currency.toLowerCase(),
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: customer.shipping,
    customer_tax_exempt: customer.tax_exempt ?? null,
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: nested([], `/v1/invoices/${id}/lines`),
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: subscription
      ? {
          quote_details: null,
          subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
          type: 'subscription_details',
        }
      : null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: given.period?.end ?? now,
    period_start: given.period?.start ?? now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: null,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  });
}

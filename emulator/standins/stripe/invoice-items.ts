import type Stripe from 'stripe';
import { z } from 'zod';
import type { Router } from '../router.ts';
import { addLine } from './billing.ts';
import { refused } from './errors.ts';
import { page } from './lists.ts';
import * as p from './params.ts';
import { decimal, mergeMetadata, type StripeContext, type StripeState } from './state.ts';

const createParams = z.strictObject({
  customer: p.text,
  amount: p.integer.optional(),
  currency: p.text.optional(),
  description: p.text.optional(),
  invoice: p.text.optional(),
  metadata: p.metadata.optional(),
  period: z.strictObject({ start: p.integer, end: p.integer }).optional(),
  pricing: z.strictObject({ price: p.text }).optional(),
  quantity: p.integer.optional(),
  unit_amount_decimal: p.text.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.InvoiceItemCreateParams>);

const listParams = z.strictObject({
  ...p.paging,
  customer: p.text.optional(),
  invoice: p.text.optional(),
  pending: p.flag.optional(),
} satisfies p.Shape<Stripe.InvoiceItemListParams>);

/** https://docs.stripe.com/api/invoiceitems */
export function invoiceItems(router: Router<StripeContext, object>): void {
  router.on('POST', '/v1/invoiceitems', ({ state, form }) => {
    const params = p.readParams(createParams, form);
    const customer = state.liveCustomer(params.customer, 'customer').id;
    const price = params.pricing ? state.prices.get(params.pricing.price, 'pricing[price]') : undefined;
    const quantity = params.quantity ?? 1;
    const unit =
      params.unit_amount_decimal === undefined ? (price?.unit_amount ?? undefined) : Number(params.unit_amount_decimal);
    const amount = params.amount ?? (unit === undefined ? undefined : Math.round(unit * quantity));
    if (amount === undefined) {
      throw refused('One of the following params should be provided for this request: amount or pricing.', {
        code: 'parameter_missing',
        param: 'amount',
        validation: true,
      });
    }
    const now = state.clock.seconds();
    const item: Stripe.InvoiceItem = state.invoiceItems.put({
      id: state.id('ii'),
      object: 'invoiceitem',
      amount,
      currency: (params.currency ?? price?.currency ?? 'eur').toLowerCase(),
      customer,
      customer_account: null,
      date: now,
      description: params.description ?? null,
      discountable: true,
      discounts: [],
      invoice: null,
      livemode: false,
      metadata: mergeMetadata({}, params.metadata),
      net_amount: amount,
      parent: null,
      period: params.period ?? { start: now, end: now },
      pricing: price
        ? {
            price_details: {
              price: price.id,
              product: typeof price.product === 'string' ? price.product : price.product.id,
            },
            type: 'price_details',
            unit_amount_decimal: price.unit_amount_decimal,
          }
        : null,
      proration: false,
      quantity,
      quantity_decimal: decimal(quantity),
      tax_rates: [],
      test_clock: null,
    });
    if (params.invoice !== undefined) {
      const invoice = state.invoices.get(params.invoice, 'invoice');
      if (invoice.status !== 'draft')
        throw refused('Invoice items can only be added to a draft invoice.', { code: 'invoice_not_editable' });
      onto(state, invoice, item);
    }
    return item;
  });

  router.on('GET', '/v1/invoiceitems', ({ state, form }) => {
    const params = p.readParams(listParams, form);
    const all = state.invoiceItems
      .newestFirst()
      .filter((i) => params.customer === undefined || i.customer === params.customer)
      .filter((i) => params.invoice === undefined || i.invoice === params.invoice)
      .filter((i) => params.pending === undefined || (i.invoice === null) === params.pending);
    return page(all, params, '/v1/invoiceitems', 'invoiceitem');
  });
  router.on('GET', '/v1/invoiceitems/:id', ({ state }, { id }) => state.invoiceItems.get(id));
}

/** Puts the customer's pending items of the same currency on the invoice. */
export function pull(state: StripeState, invoice: Stripe.Invoice): void {
  for (const item of state.invoiceItems.newestFirst().reverse()) {
    if (item.invoice === null && item.customer === invoice.customer && item.currency === invoice.currency)
      onto(state, invoice, item);
  }
}

function onto(state: StripeState, invoice: Stripe.Invoice, item: Stripe.InvoiceItem): void {
  item.invoice = invoice.id;
  const price = item.pricing?.price_details?.price;
  addLine(state, invoice, {
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    quantity: item.quantity,
    period: item.period,
    metadata: item.metadata ?? {},
    price: typeof price === 'string' ? state.prices.find(price) : undefined,
    parent: {
      invoice_item_details: { invoice_item: item.id, proration: false, proration_details: null, subscription: null },
      subscription_item_details: null,
      type: 'invoice_item_details',
    },
  });
}

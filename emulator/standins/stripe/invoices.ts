import type Stripe from 'stripe';
import { z } from 'zod';
import type { Router } from '../router.ts';
import { charge, finalize, markPaid, methodFor, newInvoice } from './billing.ts';
import { missing, refused } from './errors.ts';
import { pull } from './invoice-items.ts';
import { page, within } from './lists.ts';
import * as p from './params.ts';
import { mergeMetadata, type StripeContext } from './state.ts';

const collectionMethod = z.enum(['charge_automatically', 'send_invoice']);

const editable = {
  auto_advance: p.flag.optional(),
  collection_method: collectionMethod.optional(),
  custom_fields: p.listOf(z.strictObject({ name: p.text, value: p.text })).optional(),
  days_until_due: p.integer.optional(),
  default_payment_method: p.text.optional(),
  description: p.text.optional(),
  due_date: p.integer.optional(),
  effective_at: p.integer.optional(),
  footer: p.text.optional(),
  metadata: p.metadata.optional(),
  number: p.text.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.InvoiceUpdateParams>;

const createParams = z.strictObject({
  ...editable,
  customer: p.text,
  currency: p.text.optional(),
  pending_invoice_items_behavior: z.enum(['exclude', 'include']).optional(),
  subscription: p.text.optional(),
} satisfies p.Shape<Stripe.InvoiceCreateParams>);
const updateParams = z.strictObject(editable);

const payParams = z.strictObject({
  expand: p.expand,
  off_session: p.flag.optional(),
  paid_out_of_band: p.flag.optional(),
  payment_method: p.text.optional(),
} satisfies p.Shape<Stripe.InvoicePayParams>);

const finalizeParams = z.strictObject({
  auto_advance: p.flag.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.InvoiceFinalizeInvoiceParams>);

const listParams = z.strictObject({
  ...p.paging,
  collection_method: collectionMethod.optional(),
  created: p.range.optional(),
  customer: p.text.optional(),
  due_date: p.range.optional(),
  status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
  subscription: p.text.optional(),
} satisfies p.Shape<Stripe.InvoiceListParams>);

const bare = z.strictObject({ expand: p.expand });
const day = 24 * 60 * 60;

/**
 * https://docs.stripe.com/api/invoices; states:
 * https://docs.stripe.com/invoicing/overview#workflow-overview
 */
export function invoices(router: Router<StripeContext, object>): void {
  router.on('POST', '/v1/invoices', ({ state, form }) => {
    const params = p.readParams(createParams, form);
    const { customer } = state.liveCustomer(params.customer, 'customer');
    const subscription =
      params.subscription === undefined ? undefined : state.subscriptions.get(params.subscription, 'subscription');
    const invoice = newInvoice(state, {
      customer,
      currency: params.currency ?? customer.currency ?? 'eur',
      reason: 'manual',
      collection_method: params.collection_method,
      subscription,
    });
    edit(invoice, params);
    // "Defaults to `exclude` if the parameter is omitted"
    // (https://docs.stripe.com/api/invoices/create).
    if (params.pending_invoice_items_behavior === 'include') pull(state, invoice);
    return invoice;
  });

  router.on('GET', '/v1/invoices', ({ state, form }) => {
    const params = p.readParams(listParams, form);
    if (params.customer !== undefined) state.customers.get(params.customer, 'customer');
    const all = state.invoices
      .newestFirst()
      .filter((i) => params.customer === undefined || i.customer === params.customer)
      .filter((i) => params.status === undefined || i.status === params.status)
      .filter((i) => params.collection_method === undefined || i.collection_method === params.collection_method)
      .filter(
        (i) =>
          params.subscription === undefined || i.parent?.subscription_details?.subscription === params.subscription,
      )
      .filter(
        (i) =>
          within(i.created, params.created) &&
          (params.due_date === undefined || within(i.due_date ?? 0, params.due_date)),
      );
    return page(all, params, '/v1/invoices', 'invoice');
  });

  router.on('GET', '/v1/invoices/:id', ({ state, form }, { id }) => {
    p.readParams(bare, form);
    return state.invoices.get(id);
  });

  router.on('GET', '/v1/invoices/:id/lines', ({ state, form }, { id }) => {
    const params = p.readParams(z.strictObject(p.paging), form);
    return page(state.lines.get(state.invoices.get(id).id) ?? [], params, `/v1/invoices/${id}/lines`, 'line_item');
  });

  router.on('POST', '/v1/invoices/:id', ({ state, form }, { id }) => {
    const params = p.readParams(updateParams, form);
    const invoice = state.invoices.get(id);
    edit(invoice, params);
    return invoice;
  });

  router.on('POST', '/v1/invoices/:id/finalize', ({ state, form, origin }, { id }) => {
    const params = p.readParams(finalizeParams, form);
    const invoice = state.invoices.get(id);
    finalize(state, invoice, origin);
    if (params.auto_advance !== undefined) invoice.auto_advance = params.auto_advance;
    return invoice;
  });

  router.on('POST', '/v1/invoices/:id/pay', ({ state, form, origin }, { id }) => {
    const params = p.readParams(payParams, form);
    const invoice = state.invoices.get(id);
    if (invoice.status === 'paid') throw refused('Invoice is already paid');
    if (invoice.status !== 'draft' && invoice.status !== 'open')
      throw refused(`You cannot pay an invoice that is ${invoice.status ?? ''}.`);
    const method = params.payment_method ?? methodFor(state, invoice);
    if (params.paid_out_of_band !== true && method === undefined && invoice.amount_remaining > 0) {
      throw refused(
        'There is no `default_payment_method` set on this Customer or Invoice. Please set one or pass a payment_method.',
      );
    }
    if (method !== undefined) state.paymentMethods.get(method, 'payment_method');
    if (invoice.status === 'draft') finalize(state, invoice, origin);
    if (params.paid_out_of_band === true) markPaid(state, invoice);
    else if (method !== undefined && invoice.amount_remaining > 0) charge(state, invoice, method);
    return invoice;
  });

  router.on('POST', '/v1/invoices/:id/void', ({ state, form }, { id }) => {
    p.readParams(bare, form);
    const invoice = state.invoices.get(id);
    if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
      throw refused(`You can only void open or uncollectible invoices; this one is ${invoice.status ?? ''}.`, {
        code: 'invoice_not_editable',
      });
    }
    invoice.status = 'void';
    invoice.status_transitions.voided_at = state.clock.seconds();
    return invoice;
  });

  router.on('DELETE', '/v1/invoices/:id', ({ state }, { id }) => {
    const invoice = state.invoices.get(id);
    // "Attempts to delete invoices that are no longer in a draft state will fail"
    // (https://docs.stripe.com/api/invoices/delete).
    if (invoice.status !== 'draft')
      throw refused('You can only delete draft invoices.', { code: 'invoice_not_editable' });
    state.invoices.remove(id);
    return { id, object: 'invoice', deleted: true } satisfies Stripe.DeletedInvoice;
  });

  function edit(invoice: Stripe.Invoice, change: z.infer<typeof updateParams>): void {
    if (invoice.status !== 'draft' && (change.collection_method ?? change.effective_at) !== undefined) {
      throw refused("This invoice can't be edited because it is finalized.", { code: 'invoice_not_editable' });
    }
    if (change.collection_method) invoice.collection_method = change.collection_method;
    if (change.auto_advance !== undefined) invoice.auto_advance = change.auto_advance;
    if (change.description !== undefined) invoice.description = change.description || null;
    if (change.footer !== undefined) invoice.footer = change.footer || null;
    if (change.custom_fields) invoice.custom_fields = change.custom_fields;
    if (change.default_payment_method !== undefined) invoice.default_payment_method = change.default_payment_method;
    if (change.effective_at !== undefined) invoice.effective_at = change.effective_at;
    if (change.due_date !== undefined) invoice.due_date = change.due_date;
    if (change.number !== undefined) invoice.number = change.number;
    if (change.days_until_due !== undefined) invoice.due_date = invoice.created + change.days_until_due * day;
    invoice.metadata = mergeMetadata(invoice.metadata, change.metadata);
  }
}

/** The invoice behind the token of its page. */
export function invoiceOfToken(state: StripeContext['state'], token: string): Stripe.Invoice {
  const invoice = state.invoices.find(token.replace(/^test_/, ''));
  if (!invoice || invoice.invoice_pdf === null) throw missing('invoice', token);
  return invoice;
}

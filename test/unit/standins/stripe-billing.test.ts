import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type Stripe from 'stripe';
import { failure, monthly, openBench, payingCustomer, type Bench } from './helpers.ts';

let bench: Bench;
let stripe: Stripe;
beforeEach(async () => {
  bench = await openBench();
  stripe = bench.stripe();
});
afterEach(() => bench.stop());

describe('subscriptions', () => {
  it('bill at once with the card of the customer', async () => {
    const customer = await payingCustomer(stripe, { email: 'a@x.fr' });
    const price = await monthly(stripe);
    const made = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id, quantity: 2 }],
      metadata: { uid: 'u1' },
      expand: ['latest_invoice.payments', 'customer'],
    });
    const invoice = made.latest_invoice as Stripe.Invoice;
    expect(made).toMatchObject({
      status: 'active',
      currency: 'eur',
      metadata: { uid: 'u1' },
      customer: { email: 'a@x.fr' },
    });
    expect(made.items.data).toMatchObject([{ price: { id: price.id }, quantity: 2 }]);
    expect(new Date((made.items.data[0]?.current_period_end ?? 0) * 1000).toISOString()).toBe(
      '2026-02-15T12:00:00.000Z',
    );
    expect(invoice).toMatchObject({
      status: 'paid',
      total: 1980,
      amount_paid: 1980,
      billing_reason: 'subscription_create',
    });
    expect(invoice.parent?.subscription_details?.subscription).toBe(made.id);
    expect(invoice.payments?.data).toMatchObject([{ status: 'paid', payment: { type: 'payment_intent' } }]);
    const [intent] = (await stripe.paymentIntents.list({ customer: customer.id })).data;
    const [charge] = (await stripe.charges.list({ customer: customer.id })).data;
    expect(intent).toMatchObject({ status: 'succeeded', amount: 1980, latest_charge: charge?.id });
    expect(charge?.payment_method_details?.card).toMatchObject({ brand: 'visa', last4: '4242' });
  });

  it('a month from 31 January ends on the last of February', async () => {
    bench.time.now = Date.UTC(2026, 0, 31);
    const customer = await payingCustomer(stripe);
    const made = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: (await monthly(stripe)).id }],
    });
    expect(new Date((made.items.data[0]?.current_period_end ?? 0) * 1000).toISOString()).toBe(
      '2026-02-28T00:00:00.000Z',
    );
  });

  it('need a way to be paid, unless they are sent, tried or left incomplete', async () => {
    const customer = (await stripe.customers.create()).id;
    const items = [{ price: (await monthly(stripe)).id }];
    expect(await failure(stripe.subscriptions.create({ customer, items }))).toMatchObject({
      code: 'resource_missing',
      statusCode: 400,
    });
    const sent = await stripe.subscriptions.create({
      customer,
      items,
      collection_method: 'send_invoice',
      days_until_due: 30,
      expand: ['latest_invoice'],
    });
    expect(sent).toMatchObject({
      status: 'active',
      latest_invoice: { status: 'draft', due_date: bench.time.now / 1000 + 30 * 86_400 },
    });
    const tried = await stripe.subscriptions.create({
      customer,
      items,
      trial_period_days: 14,
      expand: ['latest_invoice'],
    });
    expect(tried).toMatchObject({ status: 'trialing', latest_invoice: { status: 'paid', total: 0 } });
    const open = await stripe.subscriptions.create({
      customer,
      items,
      payment_behavior: 'default_incomplete',
      expand: ['latest_invoice'],
    });
    expect(open).toMatchObject({ status: 'incomplete', latest_invoice: { status: 'open', amount_remaining: 990 } });
    expect((await stripe.charges.list({ customer })).data).toEqual([]);
  });

  it('are listed without the cancelled ones unless asked for, and cannot be cancelled twice', async () => {
    const customer = (await payingCustomer(stripe)).id;
    const items = [{ price: (await monthly(stripe)).id }];
    const first = await stripe.subscriptions.create({ customer, items });
    const second = await stripe.subscriptions.create({ customer, items });
    const gone = await stripe.subscriptions.cancel(first.id, { cancellation_details: { comment: 'moved' } });
    expect(gone).toMatchObject({
      status: 'canceled',
      canceled_at: bench.time.now / 1000,
      cancellation_details: { comment: 'moved', reason: 'cancellation_requested' },
    });
    const ids = async (params: Stripe.SubscriptionListParams) =>
      (await stripe.subscriptions.list(params)).data.map((s) => s.id);
    expect(await ids({ customer })).toEqual([second.id]);
    expect(await ids({ customer, status: 'all' })).toEqual([second.id, first.id]);
    expect(await ids({ customer, status: 'ended' })).toEqual([first.id]);
    expect(await failure(stripe.subscriptions.cancel(first.id))).toMatchObject({
      code: 'resource_missing',
      statusCode: 404,
    });
    expect((await stripe.subscriptions.update(second.id, { cancel_at_period_end: true })).cancel_at_period_end).toBe(
      true,
    );
    expect(await failure(stripe.subscriptions.list({ customer: 'cus_never' }).then())).toMatchObject({
      code: 'resource_missing',
    });
  });
});

describe('invoices', () => {
  it('go from draft over open to paid, with number, page and PDF from the moment they are open', async () => {
    const customer = await payingCustomer(stripe, { email: 'zoé@x.fr', name: 'Zoé (Test)' });
    const draft = await stripe.invoices.create({
      customer: customer.id,
      metadata: { uid: 'u1' },
      effective_at: Date.UTC(2020, 5, 1) / 1000,
    });
    expect(draft).toMatchObject({ status: 'draft', number: null, invoice_pdf: null, total: 0 });
    await stripe.invoiceItems.create({
      customer: customer.id,
      invoice: draft.id,
      amount: 1500,
      currency: 'eur',
      description: 'Séance',
    });
    await stripe.invoiceItems.create({
      customer: customer.id,
      invoice: draft.id,
      pricing: { price: (await monthly(stripe)).id },
      quantity: 2,
    });
    const open = await stripe.invoices.finalizeInvoice(draft.id);
    expect(open).toMatchObject({
      status: 'open',
      total: 3480,
      amount_due: 3480,
      customer_name: 'Zoé (Test)',
      effective_at: Date.UTC(2020, 5, 1) / 1000,
    });
    expect(open.number).toMatch(/^[A-Z0-9]{8}-0001$/);
    expect(open.lines.data.map((l) => l.amount)).toEqual([1500, 1980]);
    const pdf = await fetch(open.invoice_pdf ?? '');
    const bytes = Buffer.from(await pdf.arrayBuffer()).toString('latin1');
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect(bytes).toMatch(/^%PDF-1\.4\n[^]*%%EOF\n$/);
    expect(bytes).toContain('Zoé \\(Test\\)');
    for (const [, offset, number] of [...bytes.matchAll(/(\d{10}) 00000 n/g)].map(
      (m, i) => [m[0], Number(m[1]), i + 1] as const,
    )) {
      expect(bytes.slice(offset, offset + 7)).toBe(`${number} 0 obj`);
    }
    expect((await fetch(open.hosted_invoice_url ?? '')).headers.get('content-type')).toContain('text/html');
    const paid = await stripe.invoices.pay(draft.id);
    expect(paid).toMatchObject({
      status: 'paid',
      amount_remaining: 0,
      status_transitions: { paid_at: bench.time.now / 1000 },
    });
    expect(await failure(stripe.invoices.pay(draft.id))).toMatchObject({
      statusCode: 400,
      message: 'Invoice is already paid',
    });
    expect((await stripe.charges.list({ customer: customer.id })).data).toMatchObject([{ amount: 3480 }]);
    expect(await stripe.invoices.retrieve(draft.id)).toEqual(paid);
  });

  it('collect pending items only when told to', async () => {
    const { id: customer } = await stripe.customers.create();
    await stripe.invoiceItems.create({ customer, amount: 500, currency: 'eur' });
    expect((await stripe.invoices.create({ customer })).total).toBe(0);
    expect((await stripe.invoices.create({ customer, pending_invoice_items_behavior: 'include' })).total).toBe(500);
    expect((await stripe.invoiceItems.list({ customer, pending: true })).data).toEqual([]);
  });

  it('are deleted as drafts only; an open one is paid elsewhere or voided', async () => {
    const { id: customer } = await stripe.customers.create();
    const make = async () => {
      const { id } = await stripe.invoices.create({ customer });
      await stripe.invoiceItems.create({ customer, invoice: id, amount: 500, currency: 'eur' });
      return id;
    };
    const [a, b, c] = [await make(), await make(), await make()];
    expect(await stripe.invoices.del(a)).toMatchObject({ id: a, deleted: true });
    expect(await failure(stripe.invoices.retrieve(a))).toMatchObject({ statusCode: 404 });
    await stripe.invoices.finalizeInvoice(b);
    expect(await failure(stripe.invoices.del(b))).toMatchObject({ statusCode: 400, code: 'invoice_not_editable' });
    expect(await failure(stripe.invoices.pay(b))).toMatchObject({ statusCode: 400 });
    expect((await stripe.invoices.pay(b, { paid_out_of_band: true })).status).toBe('paid');
    await stripe.invoices.finalizeInvoice(c);
    expect((await stripe.invoices.voidInvoice(c)).status).toBe('void');
    expect((await stripe.invoices.list({ customer, status: 'void' })).data.map((i) => i.id)).toEqual([c]);
    expect((await stripe.charges.list({ customer })).data).toEqual([]);
  });

  it('shows ten lines and lists them all', async () => {
    const { id: customer } = await stripe.customers.create();
    const { id: invoice } = await stripe.invoices.create({ customer });
    for (let i = 1; i <= 12; i += 1)
      await stripe.invoiceItems.create({ customer, invoice, amount: i, currency: 'eur' });
    expect((await stripe.invoices.retrieve(invoice)).lines).toMatchObject({ has_more: true, data: { length: 10 } });
    const amounts: number[] = [];
    for await (const line of stripe.invoices.listLineItems(invoice, { limit: 5 })) amounts.push(line.amount);
    expect(amounts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });
});

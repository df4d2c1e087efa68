import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type Stripe from 'stripe';
import { failure, openBench, payingCustomer, type Bench } from './helpers.ts';

let bench: Bench;
let stripe: Stripe;
beforeEach(async () => {
  bench = await openBench();
  stripe = bench.stripe();
});
afterEach(() => bench.stop());

describe('payment methods and payments', () => {
  it('show a card or an account only by its end', async () => {
    const card = await stripe.paymentMethods.create({
      type: 'card',
      card: { number: '4242424242424242', exp_month: 4, exp_year: 2030, cvc: '123' },
    });
    const debit = await stripe.paymentMethods.create({
      type: 'sepa_debit',
      sepa_debit: { iban: 'FR1420041010050500013M02606' },
      billing_details: { name: 'Anne' },
    });
    expect(card.card).toMatchObject({ brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2030 });
    expect(debit.sepa_debit).toMatchObject({ country: 'FR', last4: '2606' });
    expect(JSON.stringify([card, debit])).not.toMatch(/42424242|20041010/);
  });

  it('belong to one customer, and once detached to nobody any more', async () => {
    const [one, two] = [await stripe.customers.create(), await stripe.customers.create()];
    const { id } = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_mastercard' } });
    expect((await stripe.paymentMethods.attach(id, { customer: one.id })).customer).toBe(one.id);
    await stripe.customers.update(one.id, { invoice_settings: { default_payment_method: id } });
    expect(await failure(stripe.paymentMethods.attach(id, { customer: two.id }))).toMatchObject({ statusCode: 400 });
    expect((await stripe.customers.listPaymentMethods(one.id)).data.map((m) => m.id)).toEqual([id]);
    expect((await stripe.paymentMethods.detach(id)).customer).toBeNull();
    expect(await failure(stripe.paymentMethods.attach(id, { customer: one.id }))).toMatchObject({ statusCode: 400 });
    expect(await stripe.customers.retrieve(one.id)).toMatchObject({
      invoice_settings: { default_payment_method: null },
    });
    expect((await stripe.paymentMethods.list({ customer: one.id, type: 'card' })).data).toEqual([]);
  });

  it('a payment intent charges when it is confirmed', async () => {
    const customer = await payingCustomer(stripe);
    const [method] = (await stripe.paymentMethods.list({ customer: customer.id })).data;
    const waiting = await stripe.paymentIntents.create({ amount: 700, currency: 'eur', customer: customer.id });
    expect(waiting.status).toBe('requires_payment_method');
    expect((await stripe.charges.list({ customer: customer.id })).data).toEqual([]);
    const done = await stripe.paymentIntents.confirm(waiting.id, {
      payment_method: method?.id ?? '',
      expand: ['latest_charge'],
    });
    expect(done).toMatchObject({
      status: 'succeeded',
      latest_charge: { amount: 700, paid: true, payment_method: method?.id },
    });
    const charges = await stripe.charges.list({ payment_intent: waiting.id });
    expect(await stripe.charges.retrieve(charges.data[0]?.id ?? '')).toEqual(charges.data[0]);
  });
});

import { BrevoClient } from '@getbrevo/brevo';
import Stripe from 'stripe';
import { startStandins, type Fault, type RecordedRequest, type Standins } from '../../../emulator/standins/index.ts';

/** Both servers, a time that only the test moves, and the controls. */
export interface Bench extends Standins {
  /** The time in milliseconds; set it to move on. */
  time: { now: number };
  control(
    server: 'stripe' | 'brevo',
    method: 'GET' | 'PUT' | 'DELETE',
    name: string,
    body?: unknown,
  ): Promise<Response>;
  faults(server: 'stripe' | 'brevo', ...faults: Partial<Fault>[]): Promise<void>;
  requests(server: 'stripe' | 'brevo'): Promise<RecordedRequest[]>;
  stripe(config?: Partial<Stripe.StripeConfig> & { key?: string }): Stripe;
  brevo(options?: { key?: string; maxRetries?: number; timeoutInSeconds?: number }): BrevoClient;
}

export async function openBench(): Promise<Bench> {
  const time = { now: Date.UTC(2026, 0, 15, 12) };
  const standins = await startStandins({ now: () => time.now });
  const urls = { stripe: standins.stripeUrl, brevo: standins.brevoUrl };
  const control: Bench['control'] = (server, method, name, body) =>
    fetch(`${urls[server]}/_control/${name}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const { hostname, port } = new URL(standins.stripeUrl);
  return {
    ...standins,
    time,
    control,
    async faults(server, ...faults) {
      const response = await control(server, 'PUT', 'faults', faults);
      if (response.status !== 200) throw new Error(await response.text());
    },
    async requests(server) {
      return (await (await control(server, 'GET', 'requests')).json()) as RecordedRequest[];
    },
    stripe: ({ key = 'sk_test_bench', ...config } = {}) =>
      new Stripe(key, {
        host: hostname,
        port: Number(port),
        protocol: 'http',
        maxNetworkRetries: 0,
        telemetry: false,
        ...config,
      }),
    brevo: ({ key = 'xkeysib-bench', ...options } = {}) =>
      new BrevoClient({ apiKey: key, baseUrl: `${standins.brevoUrl}/v3`, maxRetries: 0, ...options }),
  };
}

/** The error that a call threw; fails if it threw none. */
export async function failure(call: Promise<unknown>): Promise<Record<string, unknown> & Error> {
  try {
    await call;
  } catch (error) {
    return error as Record<string, unknown> & Error;
  }
  throw new Error('expected a failure');
}

/** A customer who can be charged. */
export async function payingCustomer(
  stripe: Stripe,
  params: Stripe.CustomerCreateParams = {},
): Promise<Stripe.Customer> {
  const customer = await stripe.customers.create(params);
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  return stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
}

/** A price of 9.90 € a month. */
export async function monthly(stripe: Stripe): Promise<Stripe.Price> {
  const product = await stripe.products.create({ name: 'Premium' });
  return stripe.prices.create({
    product: product.id,
    currency: 'eur',
    unit_amount: 990,
    recurring: { interval: 'month' },
  });
}

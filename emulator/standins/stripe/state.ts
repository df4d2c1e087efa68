import { randomBytes } from 'node:crypto';
import Stripe from 'stripe';
import type { Clock } from '../clock.ts';
import type { Form } from '../form.ts';
import { missing } from './errors.ts';

/** The objects of one kind, in the order of their creation. */
class Collection<T extends { id: string }> {
  readonly #noun: string;
  readonly #objects = new Map<string, T>();

  /** @param noun as Stripe names it in `No such customer: 'cus_…'`. */
  constructor(noun: string) {
    this.#noun = noun;
  }

  put(object: T): T {
    this.#objects.set(object.id, object);
    return object;
  }

  find(id: string): T | undefined {
    return this.#objects.get(id);
  }

  /** @throws StripeFailure `resource_missing`; `param` names the parameter that held the id. */
  get(id: string, param?: string): T {
    const object = this.#objects.get(id);
    if (!object) throw missing(this.#noun, id, param);
    return object;
  }

  remove(id: string): void {
    this.#objects.delete(id);
  }

  /** The most recent first, as Stripe lists (https://docs.stripe.com/api/customers/list). */
  newestFirst(): T[] {
    return [...this.#objects.values()].reverse();
  }
}

/** A customer, with the fields that the API does not show. */
export interface CustomerRecord {
  id: string;
  /** Its current fields; after a deletion, its last ones. */
  customer: Stripe.Customer;
  deleted: boolean;
  /** The versions of the search index: the newest one whose `from` is past counts. */
  versions: { from: number; customer: Stripe.Customer | null }[];
}

/** Everything that the account holds. */
export class StripeState {
  readonly clock: Clock;
  readonly customers = new Collection<CustomerRecord>('customer');
  readonly products = new Collection<Stripe.Product>('product');
  readonly prices = new Collection<Stripe.Price>('price');
  readonly subscriptions = new Collection<Stripe.Subscription>('subscription');
  readonly invoices = new Collection<Stripe.Invoice>('invoice');
  readonly invoiceItems = new Collection<Stripe.InvoiceItem>('invoiceitem');
  readonly invoicePayments = new Collection<Stripe.InvoicePayment>('invoice_payment');
  readonly charges = new Collection<Stripe.Charge>('charge');
  readonly paymentIntents = new Collection<Stripe.PaymentIntent>('payment_intent');
  readonly paymentMethods = new Collection<Stripe.PaymentMethod>('PaymentMethod');
  /** The lines of each invoice: the invoice itself shows the first ten. */
  readonly lines = new Map<string, Stripe.InvoiceLineItem[]>();
  /** Payment methods that were detached: they cannot be used again. */
  readonly detached = new Set<string>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A fresh id such as `cus_…`: the length of Stripe's own. */
  id(prefix: string): string {
    return `${prefix}_${randomBytes(18).toString('base64url').replace(/[-_]/g, 'x').slice(0, 24)}`;
  }

  /** The customer that a call works on; a deleted one is gone for it. */
  liveCustomer(id: string, param?: string): CustomerRecord {
    const record = this.customers.get(id, param);
    if (record.deleted) throw missing('customer', id, param);
    return record;
  }
}

/** A decimal as the SDK types it; on the wire it is a string. */
export const decimal = (value: number): Stripe.Decimal => Stripe.Decimal.from(value);

/**
 * Merges a metadata parameter: keys are merged, an empty value removes one, an empty parameter all
 * (https://docs.stripe.com/api/metadata).
 */
export function mergeMetadata(
  current: Stripe.Metadata | null,
  change: '' | Record<string, string> | undefined,
): Stripe.Metadata {
  if (change === '') return {};
  const merged = Object.entries({ ...current, ...change });
  return Object.fromEntries(merged.filter(([, value]) => value !== ''));
}

/** The inputs of one call. */
export interface StripeContext {
  state: StripeState;
  /** The parameters, from the query or the body. */
  form: Form;
  /** The address of this server. */
  origin: string;
}

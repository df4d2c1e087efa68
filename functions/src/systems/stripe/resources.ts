import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, PermanentError } from '../../platform/errors.ts';
import { timesBy, type RowTimes } from '../rowFate.ts';
import type { NamedRecord, Scope } from '../system.ts';
import { callStripe, expectObject, idOf, listAll } from './client.ts';
import { manifest } from './manifest.ts';

/** Items that hang on a customer, by their resource. */
interface Items {
  subscriptions: Stripe.Subscription;
  invoices: Stripe.Invoice;
  charges: Stripe.Charge;
  payment_methods: Stripe.PaymentMethod;
}

export type Item = Items[keyof Items];
export type Resource = 'customers' | keyof Items;

/**
 * Returns the resource of a record's path. @throws PermanentError `policy.path` for one that this
 * system does not know
 */
export function resourceOf({ id, record }: NamedRecord): Resource {
  const resource = record.path.split('/')[0] ?? '';
  if (manifest.resources.includes(resource)) return resource as Resource;
  throw new PermanentError('policy.path', `${id}: Stripe has ${manifest.resources.join(', ')}, not '${resource}'`);
}

/** The states of a subscription that is over: every other one can still charge. */
export const OVER: ReadonlySet<string> = new Set(['canceled', 'incomplete_expired']);

/** The proven customers of the person. */
export const customersOf = (scope: Scope): string[] =>
  scope.handles.filter(({ system }) => system === manifest.id).map(({ id }) => id);

/** Returns the customer; null if there is none or it is deleted. */
export async function liveCustomer(context: Context, id: string): Promise<Stripe.Customer | null> {
  const customer = await callStripe(context, (stripe) => stripe.customers.retrieve(id));
  if (customer === null) return null;
  expectObject(customer, 'customer', id);
  return customer.deleted === true ? null : customer;
}

const LISTS: { readonly [R in keyof Items]: (context: Context, customer: string) => Promise<Items[R][]> } = {
  subscriptions: (context, customer) =>
    // Without `status` the ended ones are left out.
    listAll(context, 'subscription', (s) => s.subscriptions.list({ customer, limit: 100, status: 'all' })),
  invoices: (context, customer) => listAll(context, 'invoice', (s) => s.invoices.list({ customer, limit: 100 })),
  charges: (context, customer) => listAll(context, 'charge', (s) => s.charges.list({ customer, limit: 100 })),
  payment_methods: (context, customer) =>
    listAll(context, 'payment_method', (s) => s.customers.listPaymentMethods(customer, { limit: 100 })),
};

/** Returns a customer's items of a resource; each item names the customer itself. */
export async function itemsOf<R extends keyof Items>(
  context: Context,
  resource: R,
  customer: string,
): Promise<Items[R][]> {
  const items = await LISTS[resource](context, customer);
  if (items.some((item) => idOf(item.customer) !== customer)) {
    throw new ComplianceError('stripe.answer', `Stripe's ${resource} are not all of the customer that was asked for`);
  }
  return items;
}

/** The times of an object that its fate counts from: Stripe tells whole seconds. */
export const timesOf = ({ record }: NamedRecord, item: object): RowTimes =>
  timesBy(record, (field) => secondsIn(item, field));

function secondsIn(item: object, field: string): number | undefined {
  const value = field
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], item);
  return typeof value === 'number' ? value * 1000 : undefined;
}

import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, PermanentError } from '../../platform/errors.ts';
import { fateFields, type RowTimes } from '../rowFate.ts';
import type { NamedRecord, Scope } from '../system.ts';
import { callStripe, expectObject, idOf, listAll } from './client.ts';
import { manifest } from './manifest.ts';

export type Resource = 'customers' | 'subscriptions' | 'invoices' | 'charges' | 'payment_methods';

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

/** Returns a customer's items of a resource; each item names the customer itself. */
export async function itemsOf(
  context: Context,
  resource: Exclude<Resource, 'customers'>,
  customer: string,
): Promise<Item[]> {
  const params = { customer, limit: 100 };
  let items: Item[];
  switch (resource) {
    case 'subscriptions':
      // Without `status` the ended ones are left out.
      items = await listAll<Stripe.Subscription>(context, 'subscription', (s) =>
        s.subscriptions.list({ ...params, status: 'all' }),
      );
      break;
    case 'invoices':
      items = await listAll<Stripe.Invoice>(context, 'invoice', (s) => s.invoices.list(params));
      break;
    case 'charges':
      items = await listAll<Stripe.Charge>(context, 'charge', (s) => s.charges.list(params));
      break;
    case 'payment_methods':
      items = await listAll<Stripe.PaymentMethod>(context, 'payment_method', (s) =>
        s.customers.listPaymentMethods(customer, { limit: 100 }),
      );
      break;
  }
  if (items.some((item) => idOf(item.customer) !== customer)) {
    throw new ComplianceError('stripe.answer', `Stripe's ${resource} are not all of the customer that was asked for`);
  }
  return items;
}

export type Item = Stripe.Subscription | Stripe.Invoice | Stripe.Charge | Stripe.PaymentMethod;

/** The times of an object that its fate counts from: Stripe tells whole seconds. */
export const timesOf = (named: NamedRecord, item: object): RowTimes =>
  Object.fromEntries(fateFields(named.record).map((field) => [field, secondsIn(item, field)]));

function secondsIn(item: object, field: string): number | undefined {
  const value = field
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], item);
  return typeof value === 'number' ? value * 1000 : undefined;
}

import type Stripe from 'stripe';
import { z } from 'zod';
import type { Router } from '../router.ts';
import { cancelSubscription } from './subscriptions/cancellation.ts';
import { page, within } from './lists.ts';
import * as p from './params.ts';
import { detach } from './payment-methods.ts';
import { search, searchParams } from './search.ts';
import { mergeMetadata, type CustomerRecord, type StripeContext, type StripeState } from './state.ts';

const invoiceSettings = z.strictObject({
  default_payment_method: p.text.optional(),
  footer: p.text.optional(),
} satisfies p.Shape<Stripe.CustomerCreateParams.InvoiceSettings>);

const shipping = z.strictObject({ address: p.address, name: p.text, phone: p.text.optional() });

const common = {
  address: p.emptyable(p.address).optional(),
  balance: p.integer.optional(),
  description: p.text.optional(),
  email: p.text.max(512).optional(),
  expand: p.expand,
  invoice_prefix: p.text.optional(),
  invoice_settings: invoiceSettings.optional(),
  metadata: p.metadata.optional(),
  name: p.text.optional(),
  next_invoice_sequence: p.integer.optional(),
  phone: p.text.optional(),
  preferred_locales: p.listOf(p.text).optional(),
  shipping: p.emptyable(shipping).optional(),
  tax_exempt: z.enum(['exempt', 'none', 'reverse']).optional(),
} satisfies p.Shape<Stripe.CustomerUpdateParams>;

const createParams = z.strictObject({
  ...common,
  payment_method: p.text.optional(),
} satisfies p.Shape<Stripe.CustomerCreateParams>);
const updateParams = z.strictObject(common);
const retrieveParams = z.strictObject({ expand: p.expand } satisfies p.Shape<Stripe.CustomerRetrieveParams>);
const listParams = z.strictObject({
  ...p.paging,
  email: p.text.optional(),
  created: p.range.optional(),
} satisfies p.Shape<Stripe.CustomerListParams>);
const deleteParams = z.strictObject({});

type Change = z.infer<typeof updateParams>;

/** https://docs.stripe.com/api/customers */
export function customers(router: Router<StripeContext, object>, searchLagMs: () => number): void {
  const changed = (state: StripeState, record: CustomerRecord, version: Stripe.Customer | null): void => {
    record.versions.push({ from: state.clock.now() + searchLagMs(), customer: version && structuredClone(version) });
  };

  router.on('POST', '/v1/customers', ({ state, form }) => {
    const params = p.readParams(createParams, form);
    const customer = apply(emptyCustomer(state), params);
    const record: CustomerRecord = { id: customer.id, customer, deleted: false, versions: [] };
    if (params.payment_method !== undefined) {
      state.paymentMethods.get(params.payment_method, 'payment_method').customer = customer.id;
    }
    state.customers.put(record);
    changed(state, record, customer);
    return customer;
  });

  router.on('GET', '/v1/customers', ({ state, form }) => {
    const params = p.readParams(listParams, form);
    // "A case-sensitive filter on the list based on the customer's email field"
    // (https://docs.stripe.com/api/customers/list).
    const all = state.customers
      .newestFirst()
      .filter((r) => !r.deleted && (params.email === undefined || r.customer.email === params.email))
      .map((r) => r.customer)
      .filter((c) => within(c.created, params.created));
    return page(all, params, '/v1/customers', 'customer');
  });

  router.on('GET', '/v1/customers/search', ({ state, form }) => {
    const params = p.readParams(searchParams, form);
    const now = state.clock.now();
    const indexed = state.customers
      .newestFirst()
      .map((record) => record.versions.findLast((version) => version.from <= now)?.customer)
      .filter((customer) => customer !== undefined && customer !== null);
    return search(indexed, params, '/v1/customers/search');
  });

  router.on('GET', '/v1/customers/:id', ({ state, form }, { id }) => {
    p.readParams(retrieveParams, form);
    const record = state.customers.get(id);
    // "Unlike other objects, deleted customers can still be retrieved"
    // (https://docs.stripe.com/api/customers/delete).
    return record.deleted ? tombstone(id) : record.customer;
  });

  router.on('POST', '/v1/customers/:id', ({ state, form }, { id }) => {
    const params = p.readParams(updateParams, form);
    const record = state.liveCustomer(id);
    apply(record.customer, params);
    changed(state, record, record.customer);
    return record.customer;
  });

  router.on('DELETE', '/v1/customers/:id', ({ state, form }, { id }) => {
    p.readParams(deleteParams, form);
    const record = state.liveCustomer(id);
    // "Also immediately cancels any active subscriptions on the customer" and "removes all credit
    // card details" (ibid.).
    for (const subscription of state.subscriptions.newestFirst()) {
      if (subscription.customer === id) cancelSubscription(state, subscription, 'cancellation_requested');
    }
    for (const method of state.paymentMethods.newestFirst()) if (method.customer === id) detach(state, method);
    record.deleted = true;
    changed(state, record, null);
    return tombstone(id);
  });
}

const tombstone = (id: string): Stripe.DeletedCustomer => ({ id, object: 'customer', deleted: true });

function emptyCustomer(state: StripeState): Stripe.Customer {
  return {
    id: state.id('cus'),
    object: 'customer',
    address: null,
    balance: 0,
    created: state.clock.seconds(),
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    email: null,
    invoice_prefix: state.id('x').slice(2, 10).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}

/** Sets the fields that the parameters name; an empty text unsets. */
function apply(customer: Stripe.Customer, change: Change): Stripe.Customer {
  const textOr = (value: string | undefined, old: string | null | undefined) =>
    value === undefined ? (old ?? null) : value || null;
  customer.email = textOr(change.email, customer.email);
  customer.name = textOr(change.name, customer.name);
  customer.phone = textOr(change.phone, customer.phone);
  customer.description = textOr(change.description, customer.description);
  customer.metadata = mergeMetadata(customer.metadata, change.metadata);
  if (change.address !== undefined) customer.address = change.address === '' ? null : p.wholeAddress(change.address);
  if (change.shipping === '') customer.shipping = null;
  else if (change.shipping) {
    const { address, name, phone } = change.shipping;
    customer.shipping = { address: p.wholeAddress(address), name, phone: phone ?? null };
  }
  if (change.balance !== undefined) customer.balance = change.balance;
  if (change.preferred_locales) customer.preferred_locales = change.preferred_locales;
  if (change.tax_exempt) customer.tax_exempt = change.tax_exempt;
  if (change.invoice_prefix !== undefined) customer.invoice_prefix = change.invoice_prefix;
  if (change.next_invoice_sequence !== undefined) customer.next_invoice_sequence = change.next_invoice_sequence;
  if (change.invoice_settings?.default_payment_method !== undefined) {
    customer.invoice_settings.default_payment_method = change.invoice_settings.default_payment_method || null;
  }
  if (change.invoice_settings?.footer !== undefined) customer.invoice_settings.footer = change.invoice_settings.footer;
  return customer;
}

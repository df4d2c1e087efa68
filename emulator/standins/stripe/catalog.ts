import type Stripe from 'stripe';
import { z } from 'zod';
import type { Router } from '../router.ts';
import { refused } from './errors.ts';
import { page } from './lists.ts';
import * as p from './params.ts';
import { decimal, mergeMetadata, type StripeContext, type StripeState } from './state.ts';

const productParams = z.strictObject({
  id: p.text.optional(),
  name: p.text.min(1),
  active: p.flag.optional(),
  description: p.text.optional(),
  metadata: p.metadata.optional(),
  unit_label: p.text.optional(),
  url: p.text.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.ProductCreateParams>);

/** `recurring` of a price. */
export const recurringParams = z.strictObject({
  interval: z.enum(['day', 'month', 'week', 'year']),
  interval_count: p.integer.optional(),
  trial_period_days: p.integer.optional(),
  usage_type: z.enum(['licensed']).optional(),
} satisfies p.Shape<Stripe.PriceCreateParams.Recurring>);

const priceParams = z.strictObject({
  currency: p.text,
  active: p.flag.optional(),
  lookup_key: p.text.optional(),
  metadata: p.metadata.optional(),
  nickname: p.text.optional(),
  product: p.text.optional(),
  product_data: z
    .strictObject({
      name: p.text,
      metadata: p.metadata.optional(),
    } satisfies p.Shape<Stripe.PriceCreateParams.ProductData>)
    .optional(),
  recurring: recurringParams.optional(),
  unit_amount: p.integer.optional(),
  expand: p.expand,
} satisfies p.Shape<Stripe.PriceCreateParams>);

const listParams = z.strictObject({
  ...p.paging,
  active: p.flag.optional(),
} satisfies p.Shape<Stripe.ProductListParams>);

/**
 * https://docs.stripe.com/api/products and https://docs.stripe.com/api/prices, as far as
 * subscriptions need them.
 */
export function catalog(router: Router<StripeContext, object>): void {
  router.on('POST', '/v1/products', ({ state, form }) => addProduct(state, p.readParams(productParams, form)));
  router.on('GET', '/v1/products', ({ state, form }) => {
    const params = p.readParams(listParams, form);
    const all = state.products.newestFirst().filter((o) => params.active === undefined || o.active === params.active);
    return page(all, params, '/v1/products', 'product');
  });
  router.on('GET', '/v1/products/:id', ({ state }, { id }) => state.products.get(id));

  router.on('POST', '/v1/prices', ({ state, form }) => {
    const { product_data, ...params } = p.readParams(priceParams, form);
    const product = product_data ? addProduct(state, product_data).id : params.product;
    if (product === undefined) {
      throw refused('You must specify either `product` or `product_data` when creating a price.', {
        param: 'product',
        validation: true,
      });
    }
    return addPrice(state, { ...params, product: state.products.get(product, 'product').id });
  });
  router.on('GET', '/v1/prices', ({ state, form }) => {
    const params = p.readParams(listParams, form);
    const all = state.prices.newestFirst().filter((o) => params.active === undefined || o.active === params.active);
    return page(all, params, '/v1/prices', 'price');
  });
  router.on('GET', '/v1/prices/:id', ({ state }, { id }) => state.prices.get(id));
}

function addProduct(state: StripeState, params: Partial<z.infer<typeof productParams>>): Stripe.Product {
  const now = state.clock.seconds();
  return state.products.put({
    id: params.id ?? state.id('prod'),
    object: 'product',
    active: params.active ?? true,
    created: now,
    default_price: null,
    description: params.description ?? null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: mergeMetadata({}, params.metadata),
    name: params.name ?? '',
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: params.unit_label ?? null,
    updated: now,
    url: params.url ?? null,
  });
}

export interface NewPrice {
  currency: string;
  product: string;
  active?: boolean | undefined;
  unit_amount?: number | undefined;
  recurring?: z.infer<typeof recurringParams> | undefined;
  metadata?: '' | Record<string, string> | undefined;
  nickname?: string | undefined;
  lookup_key?: string | undefined;
}

export function addPrice(state: StripeState, params: NewPrice): Stripe.Price {
  const { recurring } = params;
  return state.prices.put({
    id: state.id('price'),
    object: 'price',
    active: params.active ?? true,
    billing_scheme: 'per_unit',
    created: state.clock.seconds(),
    currency: params.currency.toLowerCase(),
    custom_unit_amount: null,
    livemode: false,
    lookup_key: params.lookup_key ?? null,
    metadata: mergeMetadata({}, params.metadata),
    nickname: params.nickname ?? null,
    product: params.product,
    recurring: recurring
      ? {
          interval: recurring.interval,
          interval_count: recurring.interval_count ?? 1,
          meter: null,
          trial_period_days: recurring.trial_period_days ?? null,
          usage_type: 'licensed',
        }
      : null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring ? 'recurring' : 'one_time',
    unit_amount: params.unit_amount ?? 0,
    unit_amount_decimal: decimal(params.unit_amount ?? 0),
  });
}

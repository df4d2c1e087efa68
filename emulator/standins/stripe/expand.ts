import { refused } from './errors.ts';
import { nested } from './lists.ts';
import type { StripeState } from './state.ts';

/**
 * https://docs.stripe.com/api/expanding_objects: "Expansions have a maximum depth of four levels".
 */
const maxDepth = 4;

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Returns a copy of `body` with the ids that `expand` names replaced by their objects, and
 * includable fields added.
 */
export function expandBody(state: StripeState, body: object, paths: readonly string[]): object {
  const copy = JSON.parse(JSON.stringify(body)) as Node;
  for (const path of paths) {
    const segments = path.split('.');
    if (segments.length > maxDepth)
      throw refused(`You cannot expand more than ${maxDepth} levels of a property (${path}).`);
    walk(state, copy, segments, path);
  }
  return copy;
}

function walk(state: StripeState, node: Node, [head, ...rest]: string[], path: string): void {
  if (head === undefined) return;
  const value = node[head];
  if (Array.isArray(value)) {
    for (const item of value) if (isNode(item)) walk(state, item, rest, path);
    return;
  }
  const expanded = typeof value === 'string' ? objectOf(state, value) : (value ?? included(state, node, head));
  if (expanded === undefined) throw refused(`This property cannot be expanded (${path}).`);
  if (!isNode(expanded)) return; // null: there is nothing to expand
  node[head] = JSON.parse(JSON.stringify(expanded)) as Node;
  walk(state, node[head] as Node, rest, path);
}

/** Returns the object of an id, by its prefix. */
function objectOf(state: StripeState, id: string): object | undefined {
  switch (id.split('_')[0]) {
    case 'cus': {
      const record = state.customers.find(id);
      return record?.deleted ? { id, object: 'customer', deleted: true } : record?.customer;
    }
    case 'sub':
      return state.subscriptions.find(id);
    case 'in':
      return state.invoices.find(id);
    case 'pm':
      return state.paymentMethods.find(id);
    case 'pi':
      return state.paymentIntents.find(id);
    case 'ch':
      return state.charges.find(id);
    case 'prod':
      return state.products.find(id);
    case 'price':
      return state.prices.find(id);
    default:
      return undefined;
  }
}

/**
 * Returns fields that are only there on request (the "includable" ones: `customer.subscriptions`,
 * `invoice.payments`).
 */
function included(state: StripeState, node: Node, field: string): object | null | undefined {
  const id = String(node['id']);
  switch (`${String(node['object'])}.${field}`) {
    case 'customer.subscriptions': {
      const mine = state.subscriptions.newestFirst().filter((s) => s.customer === id && s.status !== 'canceled');
      return nested(mine, `/v1/customers/${id}/subscriptions`);
    }
    case 'customer.sources':
      return nested([], `/v1/customers/${id}/sources`);
    case 'customer.tax_ids':
      return nested([], `/v1/customers/${id}/tax_ids`);
    case 'invoice.payments':
      return nested(
        state.invoicePayments.newestFirst().filter((p) => p.invoice === id),
        `/v1/invoice_payments?invoice=${id}`,
      );
    default:
      return field in node ? null : undefined;
  }
}

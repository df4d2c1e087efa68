import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { fateOf } from '../ending.ts';
import { manual, manualForRefused, texts } from '../manual.ts';
import type { Change, NamedRecord, Outcome, Progress, Scope } from '../system.ts';
import { Tally } from '../tally.ts';
import { callStripe, expectObject } from './client.ts';
import { manifest } from './manifest.ts';
import { customersOf, itemsOf, liveCustomer, resourceOf, timesOf, type Item, type Resource } from './resources.ts';

const OVER: ReadonlySet<string> = new Set(['canceled', 'incomplete_expired']);

/** A key for the SDK's own second try of one call. A new one each time: Stripe would repeat a stored 500 for a day. */
const once = (): Stripe.RequestOptions => ({ idempotencyKey: randomUUID() });

/** Ends what the person has of one resource, as `fate()` says. All of it in one call: it is one person's. */
export async function endItems(context: Context, named: NamedRecord, scope: Scope, change: Change): Promise<Progress> {
  return visit(context, named, scope, change, async (resource, item, tally) => {
    switch (resource) {
      case 'customers':
        if (await deleteCustomer(context, item.id)) tally.deleted += 1;
        return [];
      case 'subscriptions':
        await cancel(context, item.id);
        tally.deleted += 1;
        return [];
      case 'payment_methods':
        await detach(context, item.id);
        tally.deleted += 1;
        return [];
      case 'invoices':
      case 'charges':
        return [manual(named.id, scope, 1, texts.stripeDocument)];
    }
  });
}

/** Reads back. @throws ComplianceError `stripe.left` where something is there that should have ended */
export async function checkItems(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Change,
): Promise<Progress> {
  return visit(context, named, scope, change, async (resource) => {
    if (resource === 'invoices' || resource === 'charges') return [manual(named.id, scope, 1, texts.stripeDocument)];
    throw new ComplianceError('stripe.left', `Stripe has ${resource} that should have ended`);
  });
}

type Ending = (resource: Resource, item: { id: string }, tally: Tally) => Promise<Outcome[]>;

async function visit(
  context: Context,
  named: NamedRecord,
  scope: Scope,
  change: Change,
  end: Ending,
): Promise<Progress> {
  const resource = resourceOf(named);
  const tally = new Tally();
  const byHand: Outcome[] = [];
  for (const customer of customersOf(scope)) {
    const items = await standing(context, resource, customer);
    for (const item of items) {
      const fate = fateOf(named, scope, change, timesOf(named, item));
      if (fate.kind === 'retain') tally.retain(fate);
      else if (fate.kind === 'keep') tally.keep(fate);
      else byHand.push(...(await end(resource, item, tally)));
    }
  }
  const refused = resource === 'customers' ? manualForRefused(named, scope, manifest.id) : [];
  const merged = byHand[0] === undefined ? [] : [{ ...byHand[0], count: byHand.length }];
  const own = tally.outcomes(named, scope);
  const nothing = own.length === 1 && own[0]?.outcome === 'done' && own[0].count === 0;
  return { settled: nothing && merged.length > 0 ? [...merged, ...refused] : [...own, ...merged, ...refused] };
}

/** What stands at Stripe now: a deleted customer and an ended subscription are over. */
async function standing(context: Context, resource: Resource, customer: string): Promise<(Stripe.Customer | Item)[]> {
  if (resource === 'customers') {
    const live = await liveCustomer(context, customer);
    return live === null ? [] : [live];
  }
  const items = await itemsOf(context, resource, customer);
  return items.filter((item) => item.object !== 'subscription' || !OVER.has(item.status));
}

/** Cancels its subscriptions too; invoices and charges stay. */
async function deleteCustomer(context: Context, id: string): Promise<boolean> {
  const answer = await callStripe(context, (stripe) => stripe.customers.del(id, {}, once()));
  if (answer === null) return false;
  expectObject(answer, 'customer', id);
  if ((answer as { deleted?: unknown }).deleted === true) return true;
  throw new ComplianceError('stripe.answer', 'Stripe answered a deletion without `deleted: true`');
}

async function cancel(context: Context, id: string): Promise<void> {
  const answer = await callStripe(context, (stripe) => stripe.subscriptions.cancel(id, {}, once()));
  if (answer === null) return;
  expectObject(answer, 'subscription', id);
  if (!OVER.has(answer.status))
    throw new ComplianceError('stripe.answer', 'Stripe answered a cancellation without cancelling');
}

/** A payment method has no deletion of its own: detached, it can never be used or listed again. */
async function detach(context: Context, id: string): Promise<void> {
  const answer = await callStripe(context, (stripe) => stripe.paymentMethods.detach(id, {}, once()));
  if (answer === null) return;
  expectObject(answer, 'payment_method', id);
  if (answer.customer !== null)
    throw new ComplianceError('stripe.answer', 'Stripe answered a detachment without detaching');
}

import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, LeftError } from '../../platform/errors.ts';
import type { Text } from '../../policy/schema.ts';
import { inLanguages } from '../../texts/index.ts';
import { fateOf } from '../rowFate.ts';
import { namesAnother } from '../../subject/pseudonym.ts';
import { manual, manualForAnothers, manualForRefused } from '../officerTasks.ts';
import type { Scope } from '../system.ts';
import { RowCounts } from '../outcomes.ts';
import type { VisitRows } from '../modes.ts';
import { callStripe, expectObject, once } from './client.ts';
import { ownerOf } from './find.ts';
import { manifest } from './manifest.ts';
import {
  customersOf,
  itemsOf,
  liveCustomer,
  OVER,
  resourceOf,
  timesOf,
  type Item,
  type Resource,
} from './resources.ts';

/**
 * Ends the person's items of one resource, as `fate()` says; reads back; or counts those that would
 * end. All of it in one call: it is one person's. Items that stay are named by their ids.
 *
 * @throws ComplianceError `stripe.left` if, on reading back, an item is there that should have
 * ended
 */
export const visitItems: VisitRows = async (context, named, scope, change, mode) => {
  const resource = resourceOf(named);
  const counts = new RowCounts();
  const byHand: string[] = [];
  const anothers: string[] = [];
  for (const customer of customersOf(scope)) {
    // A server may have given the customer to somebody else since it was found.
    const live = await liveCustomer(context, customer);
    if (live !== null && namesAnother(ownerOf(live, scope.subject), scope.subject, context.keys)) {
      anothers.push(customer);
      continue;
    }
    for (const item of await currentItems(context, resource, customer, live)) {
      const fate = fateOf(named, scope, change, timesOf(named, item));
      if (fate.kind !== 'end') counts.leave(fate, { change, now: scope.now, id: item.id });
      else if (resource === 'invoices' || resource === 'charges') byHand.push(item.id);
      else if (mode === 'check') throw new LeftError('stripe.left', `Stripe has ${resource} that should have ended`);
      else if (mode === 'preview' || (await end(context, resource, item.id))) counts.deleted += 1;
    }
  }
  const refused = resource === 'customers' ? manualForRefused(named, scope, manifest.id) : [];
  const documents = byHand.length === 0 ? [] : [manual(named.id, scope, byHand.length, textFor(scope, byHand))];
  // Nothing was looked at below a customer that names somebody else.
  const byOfficer = [...documents, ...manualForAnothers(named, scope, manifest.id, anothers)];
  const own = counts.outcomes(named, scope);
  const nothing = own.length === 1 && own[0]?.outcome === 'done' && own[0].count === 0;
  return { settled: [...(nothing && byOfficer.length > 0 ? [] : own), ...byOfficer, ...refused] };
};

/** As many ids are named to an officer; the dashboard lists the rest under the same customer. */
const MOST_NAMED = 100;

/** The officer's task, with the ids that it is about. */
function textFor({ policy }: Scope, ids: readonly string[]): Text {
  const named = ids.slice(0, MOST_NAMED).join(', ');
  const more = ids.length > MOST_NAMED ? ', …' : '';
  return inLanguages(policy, ({ officer }) => `${officer.tasks.stripeDocument} (${named}${more})`);
}

/** False: it was gone before. */
async function end(context: Context, resource: Resource, id: string): Promise<boolean> {
  if (resource === 'customers') return deleteCustomer(context, id);
  if (resource === 'subscriptions') await cancel(context, id);
  else await detach(context, id);
  return true;
}

/**
 * Returns the items that stand at Stripe now: a deleted customer and an ended subscription are
 * over.
 */
async function currentItems(
  context: Context,
  resource: Resource,
  customer: string,
  live: Stripe.Customer | null,
): Promise<(Stripe.Customer | Item)[]> {
  if (resource === 'customers') return live === null ? [] : [live];
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

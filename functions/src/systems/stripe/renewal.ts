import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import type { RefusalReason } from '../../subject/identity.ts';
import { namesAnother } from '../../subject/pseudonym.ts';
import { inLanguages } from '../../texts/index.ts';
import { manual } from '../officerTasks.ts';
import type { NamedRecord, Outcome, Scope } from '../system.ts';
import { callStripe, expectObject, once } from './client.ts';
import { ownerOf } from './find.ts';
import { manifest } from './manifest.ts';
import { customersOf, itemsOf, liveCustomer, OVER } from './resources.ts';

/**
 * True if a subscription will be charged again. One that is to end on a later day than the period
 * that is paid for is, until then.
 */
function renews({ status, cancel_at_period_end, cancel_at, items }: Stripe.Subscription): boolean {
  if (OVER.has(status) || cancel_at_period_end) return false;
  return cancel_at === null || items.data.some(({ current_period_end: end }) => end < cancel_at);
}

/** The result of stopping renewals. */
export interface Stopped {
  /** Subscriptions that run, and renew no more: the same number when it is asked again. */
  readonly count: number;
  /** Customers with a renewal that could not be proven to be the person's, each an officer's. */
  readonly forOfficer: readonly Outcome[];
}

/**
 * Lets every subscription of a person end with the period that is paid for, and reads each back. A
 * customer that is not proven to be theirs, or names somebody else by now, is left alone. If a
 * subscription of it renews, an officer compares. Runs twice harmlessly.
 *
 * @throws LeftError `stripe.left` if one is renewed all the same
 */
export async function stopRenewals(context: Context, { id }: NamedRecord, scope: Scope): Promise<Stopped> {
  const { own, doubted } = await customersNow(context, scope);
  let count = 0;
  for (const customer of own) {
    for (const subscription of await itemsOf(context, 'subscriptions', customer)) {
      if (renews(subscription)) await stopRenewal(context, subscription.id);
      if (!OVER.has(subscription.status)) count += 1;
    }
  }
  const forOfficer: Outcome[] = [];
  for (const [customer, reason] of doubted) {
    if (!(await itemsOf(context, 'subscriptions', customer)).some(renews)) continue;
    const what = inLanguages(scope.policy, ({ officer }) => officer.renews(customer, officer.why[reason]));
    forOfficer.push(manual(id, scope, 1, what));
  }
  return { count, forOfficer };
}

/** True if a subscription of the person runs, and ends with the period that is paid for. */
export async function hasEnding(context: Context, scope: Scope): Promise<boolean> {
  for (const customer of (await customersNow(context, scope)).own)
    if ((await itemsOf(context, 'subscriptions', customer)).some((one) => !OVER.has(one.status) && !renews(one)))
      return true;
  return false;
}

/** Returns the customers that are the person's now, and with the reason those that could be. */
async function customersNow(context: Context, scope: Scope) {
  const own: string[] = [];
  const doubted = new Map<string, RefusalReason>();
  for (const id of customersOf(scope)) {
    const live = await liveCustomer(context, id);
    if (live === null) continue;
    if (namesAnother(ownerOf(live, scope.subject), scope.subject, context.keys)) doubted.set(id, 'namesSomebodyElse');
    else own.push(id);
  }
  for (const { candidate, reason } of scope.refused ?? [])
    if (candidate.system === manifest.id && (await liveCustomer(context, candidate.id)) !== null)
      doubted.set(candidate.id, reason);
  return { own, doubted };
}

/**
 * Lets one subscription end with its period, and reads it back.
 *
 * @throws LeftError `stripe.left` if it would be renewed all the same
 */
export async function stopRenewal(context: Context, id: string): Promise<void> {
  const stopped = await callStripe(context, (stripe) =>
    stripe.subscriptions.update(id, { cancel_at_period_end: true }, once()),
  );
  // Gone meanwhile: nothing renews it.
  if (stopped === null) return;
  const now = await callStripe(context, (stripe) => stripe.subscriptions.retrieve(id));
  if (now !== null && renews(expectObject(now, 'subscription', id)))
    throw new LeftError('stripe.left', 'Stripe would still renew a subscription that was to end');
}

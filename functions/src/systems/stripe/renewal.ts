import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import type { Handle, Subject } from '../../subject/identity.ts';
import { namesAnother } from '../../subject/pseudonym.ts';
import { callStripe, expectObject, once } from './client.ts';
import { ownerOf } from './find.ts';
import { manifest } from './manifest.ts';
import { itemsOf, liveCustomer, OVER } from './resources.ts';

/** A subscription that will be charged again. */
const renews = ({ status, cancel_at_period_end, cancel_at }: Stripe.Subscription): boolean =>
  !OVER.has(status) && !cancel_at_period_end && cancel_at === null;

/**
 * Lets every subscription of a person end with the period that is paid for, and reads each back. A
 * customer that names somebody else by now is left alone. Runs twice harmlessly.
 *
 * @returns how many would have been renewed
 * @throws LeftError `stripe.left` if one is renewed all the same
 */
export async function stopRenewals(
  context: Context,
  { subject, handles }: { readonly subject: Subject; readonly handles: readonly Handle[] },
): Promise<number> {
  let count = 0;
  for (const { system, id } of handles) {
    if (system !== manifest.id) continue;
    const live = await liveCustomer(context, id);
    if (live === null || namesAnother(ownerOf(live, subject), subject, context.keys)) continue;
    const all = (await itemsOf(context, 'subscriptions', id)) as Stripe.Subscription[];
    for (const subscription of all.filter(renews)) {
      await stopRenewal(context, subscription.id);
      count += 1;
    }
  }
  return count;
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

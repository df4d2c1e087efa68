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

/** A person, with the customers that are proven to be theirs. */
interface Payer {
  readonly subject: Subject;
  readonly handles: readonly Handle[];
}

/**
 * Lets every subscription of a person end with the period that is paid for, and reads each back. A
 * customer that names somebody else by now is left alone. Runs twice harmlessly.
 *
 * @returns how many would have been renewed
 * @throws LeftError `stripe.left` if one is renewed all the same
 */
export async function stopRenewals(context: Context, person: Payer): Promise<number> {
  const renewed = (await subscriptionsOf(context, person)).filter(renews);
  for (const { id } of renewed) await stopRenewal(context, id);
  return renewed.length;
}

/** True if a subscription of the person runs, and ends with the period that is paid for. */
export async function hasEnding(context: Context, person: Payer): Promise<boolean> {
  return (await subscriptionsOf(context, person)).some((one) => !OVER.has(one.status) && !renews(one));
}

/** Lists the subscriptions of a person's customers. */
async function subscriptionsOf(context: Context, { subject, handles }: Payer): Promise<Stripe.Subscription[]> {
  const all: Stripe.Subscription[] = [];
  for (const { system, id } of handles) {
    if (system !== manifest.id) continue;
    const live = await liveCustomer(context, id);
    if (live === null || namesAnother(ownerOf(live, subject), subject, context.keys)) continue;
    all.push(...((await itemsOf(context, 'subscriptions', id)) as Stripe.Subscription[]));
  }
  return all;
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

import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { LeftError } from '../../platform/errors.ts';
import { foldEmail } from '../../subject/emails.ts';
import { namesAnother } from '../../subject/pseudonym.ts';
import { corrected, isEmpty, type Correction, type CorrectRows } from '../modes.ts';
import { manual, manualForAnothers, manualForRefused } from '../officerTasks.ts';
import { callStripe, expectObject, isRefused, once } from './client.ts';
import { ownerOf } from './find.ts';
import { manifest } from './manifest.ts';
import { customersOf, liveCustomer } from './resources.ts';

/**
 * Corrects the customers that are proven to be the person's (Art. 16): sets the values that differ,
 * and reads them back. Makes no customer, and changes no invoice that was sent: these are kept as
 * they were. A value that Stripe does not take is an officer's, and so is one that the customer has
 * and the person has not.
 *
 * @throws LeftError `stripe.left` if a customer does not hold a value afterwards
 */
export const correctCustomers: CorrectRows = async (context, named, scope, correction, mode) => {
  const { values, lacking = [] } = correction;
  const anothers: string[] = [];
  let [count, refused, left] = [0, 0, 0];
  for (const id of isEmpty(correction) ? [] : customersOf(scope)) {
    const live = await liveCustomer(context, id);
    if (live === null) continue;
    if (namesAnother(ownerOf(live, scope.subject), scope.subject, context.keys)) {
      anothers.push(id);
      continue;
    }
    if (lacking.some((name) => textIn(live, name) !== '')) left += 1;
    if (Object.keys(values).length === 0) continue;
    if (mode === 'preview' || (await holds(context, live, values, mode))) count += 1;
    else refused += 1;
  }
  const forOfficer = [
    ...(refused === 0 ? [] : [manual(named.id, scope, refused, 'rectifyRefused')]),
    ...(left === 0 ? [] : [manual(named.id, scope, left, 'rectifyLacking')]),
    ...manualForAnothers(named, scope, manifest.id, anothers),
    ...manualForRefused(named, scope, manifest.id),
  ];
  return { settled: corrected(named, count, forOfficer) };
};

/** Makes a customer hold the values, or looks if it does. False: Stripe refuses one of them. */
async function holds(
  context: Context,
  customer: Stripe.Customer,
  values: Correction['values'],
  mode: 'end' | 'check',
): Promise<boolean> {
  const missing = differing(customer, values);
  if (missing.length === 0) return true;
  if (mode === 'end') {
    const { id } = customer;
    try {
      const answer = await callStripe(context, (stripe) =>
        stripe.customers.update(id, Object.fromEntries(missing), once()),
      );
      if (answer !== null) expectObject(answer, 'customer', id);
    } catch (error) {
      if (isRefused(error)) return false;
      throw error;
    }
    const now = await liveCustomer(context, id);
    if (now === null || differing(now, values).length === 0) return true;
  }
  throw new LeftError('stripe.left', 'a customer at Stripe does not hold the corrected values');
}

/** The values that a customer does not have. Stripe keeps an address as it was typed. */
const differing = (customer: Stripe.Customer, values: Correction['values']): [name: string, value: string][] =>
  Object.entries(values).filter(([name, value]) => textIn(customer, name) !== value);

/** The text of a value; empty: the customer has none. */
function textIn(customer: Stripe.Customer, name: string): string {
  const value = (customer as unknown as Readonly<Record<string, unknown>>)[name];
  if (typeof value !== 'string') return '';
  return name === 'email' ? foldEmail(value) : value;
}

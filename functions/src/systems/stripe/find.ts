import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { foldEmail } from '../../subject/emails.ts';
import { isUid } from '../../subject/identity.ts';
import type { Candidate, Subject } from '../system.ts';
import { callStripe, expectObject, listAll } from './client.ts';
import { manifest } from './manifest.ts';

/** Where a customer names its owner: this backend's and many apps' `uid`, and `firebaseUID` of the extension firestore-stripe-payments. */
const OWNER_KEYS = ['uid', 'firebaseUID'] as const;

/** More customers than this under one uid or address are not one person's: an officer looks. */
const MOST = 100;

/**
 * Customers that could be the person's: whose metadata name the uid; the one whose id a server wrote; those with a verified e-mail.
 * Search is behind by a minute or so, so what a server wrote is looked up by its id. A person without an account is looked for by e-mail only.
 */
export async function findCustomers(context: Context, subject: Subject): Promise<Candidate[]> {
  const hasAccount = subject.uid !== '';
  if (hasAccount && !isUid(subject.uid)) return [];
  const found: Candidate[] = [];
  const add = (customer: Stripe.Customer, by: Candidate['by'], email?: string) =>
    found.push({
      system: manifest.id,
      id: customer.id,
      by,
      namesUid: ownerOf(customer, subject),
      ...(email === undefined ? {} : { email }),
    });

  const query = OWNER_KEYS.map((key) => `metadata['${key}']:'${quoted(subject.uid)}'`).join(' OR ');
  for (const customer of hasAccount ? await search(context, query) : []) {
    // Search ignores case; uids do not.
    if (OWNER_KEYS.some((key) => customer.metadata[key] === subject.uid)) add(customer, 'uid');
  }

  const written = hasAccount ? subject.providerIds['stripeCustomer'] : undefined;
  if (written !== undefined && /^cus_\w{1,250}$/.test(written)) {
    const customer = await callStripe(context, (stripe) => stripe.customers.retrieve(written));
    if (customer !== null) expectObject(customer, 'customer', written);
    if (customer !== null && customer.deleted !== true) add(customer, 'serverWritten');
  }

  for (const email of subject.verifiedEmails) {
    // The list knows what search does not know yet, and minds case; search does not.
    const listed = await listAll<Stripe.Customer>(context, 'customer', (stripe) =>
      stripe.customers.list({ email, limit: 100 }),
    );
    const searched = await search(context, `email:'${quoted(email)}'`);
    const byId = new Map([...listed, ...searched].map((customer) => [customer.id, customer]));
    for (const customer of byId.values())
      if (foldEmail(customer.email ?? '') === email) add(customer, 'verifiedEmail', email);
  }
  return found;
}

async function search(context: Context, query: string): Promise<Stripe.Customer[]> {
  const customers = await listAll<Stripe.Customer>(context, 'customer', (stripe) =>
    stripe.customers.search({ query, limit: 100 }),
  );
  if (customers.length > MOST)
    throw new ComplianceError('stripe.many', `more than ${MOST} customers of one person: look in the dashboard`);
  return customers;
}

/** The uid that a customer names; where its two keys disagree, the one that is not this person's. */
function ownerOf({ metadata }: Stripe.Customer, subject: Subject): string | undefined {
  const named = OWNER_KEYS.map((key) => metadata[key]).filter((uid) => uid !== undefined && uid !== '');
  return named.find((uid) => uid !== subject.uid) ?? named[0];
}

/** A value between single quotes of Stripe's search query language. */
const quoted = (value: string): string => value.replace(/[\\']/g, (character) => `\\${character}`);

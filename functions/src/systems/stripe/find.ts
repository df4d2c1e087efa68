import type Stripe from 'stripe';
import type { Context } from '../../platform/context.ts';
import { ComplianceError } from '../../platform/errors.ts';
import { foldEmail } from '../../subject/emails.ts';
import { identifiersOf, isUid } from '../../subject/identity.ts';
import { isInternational, phoneDigits } from '../../subject/phones.ts';
import type { Candidate, Subject } from '../system.ts';
import { listAll } from './client.ts';
import { manifest } from './manifest.ts';
import { liveCustomer } from './resources.ts';

/**
 * The metadata in which a customer names its owner: `uid` of this backend and many apps, and
 * `firebaseUID` of the extension firestore-stripe-payments.
 */
const OWNER_KEYS = ['uid', 'firebaseUID'] as const;

/** More customers than this under one uid or address are not one person's: an officer looks. */
const MOST = 100;

/**
 * Finds customers that could be the person's: those with the uid in their metadata; the one whose
 * id a server wrote; those with an address or number of theirs.
 *
 * Search lags (https://docs.stripe.com/search#data-freshness). It shows a new customer after a
 * minute. It shows a deleted or changed one as it was for about a day. So each customer that only
 * search found is retrieved before it counts. A person without an account is looked for by address
 * only.
 */
export async function findCustomers(context: Context, subject: Subject): Promise<Candidate[]> {
  const hasAccount = subject.uid !== '';
  if (hasAccount && !isUid(subject.uid)) return [];
  const found: Candidate[] = [];
  const add = (customer: Stripe.Customer, by: Candidate['by'], value?: string) =>
    found.push({ system: manifest.id, id: customer.id, by, namesUid: ownerOf(customer, subject), value });
  const known = new Map<string, Promise<Stripe.Customer | null>>();
  const retrieved = (id: string): Promise<Stripe.Customer | null> => {
    const customer = known.get(id) ?? liveCustomer(context, id);
    known.set(id, customer);
    return customer;
  };
  const searched = async (query: string): Promise<Stripe.Customer[]> => {
    const customers = [];
    for (const { id } of await search(context, query)) customers.push(await retrieved(id));
    return customers.filter((customer) => customer !== null);
  };

  const query = OWNER_KEYS.map((key) => `metadata['${key}']:'${quoted(subject.uid)}'`).join(' OR ');
  for (const customer of hasAccount ? await searched(query) : []) {
    // Search ignores case; uids do not.
    if (OWNER_KEYS.some((key) => customer.metadata[key] === subject.uid)) add(customer, 'uid');
  }

  const written = hasAccount ? subject.providerIds['stripeCustomer'] : undefined;
  if (written !== undefined && /^cus_\w{1,250}$/.test(written)) {
    const customer = await retrieved(written);
    if (customer !== null) add(customer, 'serverWritten');
  }

  for (const email of identifiersOf(subject, 'email')) {
    // The list knows customers that search does not know yet, and minds case; search does not.
    const listed = await listAll<Stripe.Customer>(context, 'customer', (stripe) =>
      stripe.customers.list({ email, limit: 100 }),
    );
    for (const customer of listed) known.set(customer.id, Promise.resolve(customer));
    const byId = new Map([...listed, ...(await searched(`email:'${quoted(email)}'`))].map((one) => [one.id, one]));
    for (const customer of byId.values()) if (foldEmail(customer.email ?? '') === email) add(customer, 'email', email);
  }

  for (const phone of identifiersOf(subject, 'phone')) {
    // Stripe keeps any text as a number.
    for (const customer of await searched(`phone:'${quoted(phone)}'`)) {
      const number = customer.phone ?? '';
      if (isInternational(number) && phoneDigits(number) === phoneDigits(phone)) add(customer, 'phone', phone);
    }
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

/**
 * Returns the uid that a customer names; if its two keys disagree, the one that is not this
 * person's.
 */
export function ownerOf({ metadata }: Stripe.Customer, subject: Subject): string | undefined {
  const named = OWNER_KEYS.map((key) => metadata[key]).filter((uid) => uid !== undefined && uid !== '');
  return named.find((uid) => uid !== subject.uid) ?? named[0];
}

/** A value between single quotes of Stripe's search query language. */
const quoted = (value: string): string => value.replace(/[\\']/g, (character) => `\\${character}`);

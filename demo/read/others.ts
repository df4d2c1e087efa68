import { BrevoError } from '@getbrevo/brevo';
import type { Clients, StripeIds } from '../../fixtures/load/index.ts';

export interface StripeView {
  readonly deleted: boolean;
  /** Status by id. */
  readonly subscriptions: Readonly<Record<string, string>>;
  readonly invoices: readonly string[];
}

/**
 * Reads a loaded customer at Stripe, and each thing by its id: Stripe's lists leave out cancelled
 * ones.
 */
export async function readStripe(stripe: Clients['stripe'], ids: StripeIds): Promise<StripeView> {
  const customer = await stripe.customers.retrieve(ids.customer);
  const subscriptions = await Promise.all(ids.subscriptions.map((id) => stripe.subscriptions.retrieve(id)));
  const invoices = await Promise.all(ids.invoices.map((id) => stripe.invoices.retrieve(id)));
  return {
    deleted: customer.deleted === true,
    subscriptions: Object.fromEntries(subscriptions.map(({ id, status }) => [id, status])),
    invoices: invoices.map(({ id }) => id),
  };
}

export interface BrevoView {
  readonly email: string;
  readonly blacklisted: boolean;
  readonly lists: readonly number[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Returns a contact by its e-mail; undefined if Brevo answers 404. */
export async function readBrevo(brevo: Clients['brevo'], email: string): Promise<BrevoView | undefined> {
  try {
    const found = await brevo.contacts.getContactInfo({ identifier: email, identifierType: 'email_id' });
    return {
      email: found.email ?? '',
      blacklisted: found.emailBlacklisted,
      lists: found.listIds,
      attributes: { ...found.attributes },
    };
  } catch (error) {
    if (error instanceof BrevoError && error.statusCode === 404) return undefined;
    throw error;
  }
}

/** Counts the e-mails of an address in Brevo's transactional log. */
export async function countSent(brevo: Clients['brevo'], email: string): Promise<number> {
  const { transactionalEmails } = await brevo.transactionalEmails.getTransacEmailsList({ email });
  return transactionalEmails?.length ?? 0;
}

/** Counts the events (sent, delivered, opened …) of an address at Brevo. */
export async function countEvents(brevo: Clients['brevo'], email: string): Promise<number> {
  const { events } = await brevo.transactionalEmails.getEmailEventReport({ email, limit: 5000 });
  return events?.length ?? 0;
}

/** Names of the files below a prefix with the checksum of their content. */
export async function readFiles(bucket: Clients['files'], prefix: string): Promise<Map<string, string>> {
  const [files] = await bucket.getFiles({ prefix });
  return new Map(files.map((file) => [file.name, String(file.metadata.md5Hash)]));
}

/** A fingerprint of every account by uid: it must not change if another person leaves. */
export async function readAccounts(auth: Clients['auth']): Promise<Map<string, string>> {
  const accounts = new Map<string, string>();
  let pageToken: string | undefined;
  do {
    const page = await auth.listUsers(1000, pageToken);
    for (const { uid, email, phoneNumber, displayName, disabled, metadata } of page.users)
      accounts.set(uid, JSON.stringify([email, phoneNumber, displayName, disabled, metadata.creationTime]));
    pageToken = page.pageToken;
  } while (pageToken !== undefined);
  return accounts;
}

import Stripe from 'stripe';
import type { FaultKind } from '../../emulator/standins/faults.ts';
import { standins } from './suite.ts';

/** The suite's local Stripe and Brevo, as another program sees them. */

const { hostname, port } = new URL(standins.stripe);
const sdk = new Stripe('sk_test_local', { host: hostname, port, protocol: 'http' });

/** The real SDK, at the local Stripe. */
export const stripe = (): Stripe => sdk;

/** Calls the local Brevo: `brevo('/contacts', 'POST', { email })`. */
export const brevo = (path: string, method = 'GET', body?: object): Promise<Response> =>
  fetch(`${standins.brevo}/v3${path}`, {
    method,
    headers: { 'api-key': 'test', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** A contact, as far as tests look at it. */
interface Contact {
  readonly id: number;
  readonly emailBlacklisted: boolean;
  readonly listIds: readonly number[];
}

/** The contact of an address at Brevo; null if there is none. */
export async function contactOf(email: string): Promise<Contact | null> {
  const answer = await brevo(`/contacts/${encodeURIComponent(email)}?identifierType=email_id`);
  return answer.status === 404 ? null : ((await answer.json()) as Contact);
}

interface Fault {
  readonly method: string;
  readonly path: string;
  readonly kind: FaultKind;
  readonly times?: number;
  /** A text of the calls that fail: one person's, and nobody else's. */
  readonly body?: string;
}

/** Sets how a provider fails from now on; without faults it is well again. */
export async function faults(provider: 'stripe' | 'brevo', ...list: readonly Fault[]): Promise<void> {
  await control(provider, 'faults', list);
}

/** The faults that were set and that no call has met yet. */
export const faultsLeft = async (provider: 'stripe' | 'brevo'): Promise<unknown> =>
  (await fetch(`${standins[provider]}/_control/faults`)).json();

/** Sets something of a local server: see docs/standins.md. */
export const control = (provider: 'stripe' | 'brevo', name: string, body: object): Promise<Response> =>
  fetch(`${standins[provider]}/_control/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

export interface Message {
  readonly to?: readonly { readonly email: string }[];
  readonly subject: string;
  readonly textContent: string;
}

/** The messages that went out through Brevo, in their order. */
export async function sentMessages(): Promise<Message[]> {
  const all = (await (await fetch(`${standins.brevo}/_control/requests`)).json()) as { path: string; body: Message }[];
  return all.filter(({ path }) => path.endsWith('/smtp/email')).map(({ body }) => body);
}

/** The e-mails to an address. */
export const messagesTo = async (email: string): Promise<Message[]> =>
  (await sentMessages()).filter(({ to }) => to?.some((one) => one.email === email) === true);

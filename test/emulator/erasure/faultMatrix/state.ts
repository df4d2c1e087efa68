import type { QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { again } from './again.ts';
import { askBrevo, askStripe, type StripeObject } from './asked.ts';
import { email, formerEmail, type Person } from './person.ts';
import { everyDocument } from './wire.ts';
import type { BucketKind, World } from './world.ts';

/** Everything that all systems hold, looked at past the backend. */
export interface State {
  readonly app: ReadonlyMap<string, QueryDocumentSnapshot>;
  readonly own: ReadonlyMap<string, QueryDocumentSnapshot>;
  /** By bucket and name. */
  readonly files: ReadonlyMap<string, string>;
  readonly users: ReadonlyMap<string, string>;
  readonly stripe: Readonly<Record<string, StripeObject[]>>;
  readonly mine: Readonly<Record<'customer' | 'subscription' | 'paymentMethod', StripeObject>>;
  readonly contacts: ReadonlyMap<string, string>;
  /** Rows of the log, by address. */
  readonly log: Readonly<Record<string, number>>;
}

export const stateOf = (world: World, person: Person): Promise<State> => again(() => look(world, person));

async function look(world: World, person: Person): Promise<State> {
  const [app, own, files, users, stripe, mine, contacts, log] = await Promise.all([
    documents(world.app),
    documents(world.own),
    filesOf(world),
    usersOf(world),
    stripeOf(world, person),
    mineOf(world, person),
    contactsOf(world),
    logOf(world),
  ]);
  return { app, own, files, users, stripe, mine, contacts, log };
}

async function documents(firestore: World['app']): Promise<Map<string, QueryDocumentSnapshot>> {
  return new Map((await everyDocument(firestore)).map((document) => [document.ref.path, document]));
}

async function filesOf(world: World): Promise<Map<string, string>> {
  const kinds: readonly BucketKind[] = ['app', 'exports', 'evidence'];
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const [files] = await world.bucket(kind).getFiles({ autoPaginate: false });
      return files.map(({ name, metadata }): [string, string] => [
        `${kind}:${name}`,
        `${metadata.generation ?? ''} ${metadata.metageneration ?? ''} ${metadata.md5Hash ?? ''}`,
      ]);
    }),
  );
  return new Map(found.flat());
}

async function usersOf({ auth }: World): Promise<Map<string, string>> {
  const { users } = await auth.listUsers();
  return new Map(users.map((user) => [user.uid, JSON.stringify(user.toJSON())]));
}

/**
 * Everything at Stripe: live customers, and everybody's objects in each resource; payment methods
 * by customer.
 */
async function stripeOf(world: World, { customer, customers }: Person): Promise<Record<string, StripeObject[]>> {
  const list = async (name: string, path: string, params = {}): Promise<[string, StripeObject[]]> => [
    name,
    (await askStripe(world, 'GET', path, { limit: '100', ...params })).data,
  ];
  const lists = [
    list('customers', 'customers'),
    list('subscriptions', 'subscriptions', { status: 'all' }),
    list('invoices', 'invoices'),
    list('charges', 'charges'),
    ...[customer, ...customers].map((id) => list(`methods of ${id}`, `customers/${id}/payment_methods`)),
  ];
  return Object.fromEntries(await Promise.all(lists));
}

async function mineOf(world: World, { customer, subscription, paymentMethod }: Person): Promise<State['mine']> {
  const [one, two, three] = await Promise.all([
    askStripe(world, 'GET', `customers/${customer}`),
    askStripe(world, 'GET', `subscriptions/${subscription}`),
    askStripe(world, 'GET', `payment_methods/${paymentMethod}`),
  ]);
  return { customer: one, subscription: two, paymentMethod: three };
}

async function contactsOf(world: World): Promise<Map<string, string>> {
  const { contacts } = (await askBrevo(world, 'contacts?limit=100')) as { contacts: { email: string }[] };
  return new Map(contacts.map((contact) => [contact.email, JSON.stringify(contact)]));
}

async function logOf(world: World): Promise<Record<string, number>> {
  const addresses = [email, formerEmail, `x${email}`, 'ada.pro@example.com'];
  const counts = addresses.map(async (address): Promise<[string, number]> => {
    const { count } = await askBrevo(world, `smtp/emails?email=${encodeURIComponent(address)}`);
    return [address, Number(count ?? 0)];
  });
  return Object.fromEntries(await Promise.all(counts));
}

import { Timestamp } from 'firebase-admin/firestore';
import { sealed } from '../../../../functions/src/crypto/seal.ts';
import { emptyHead } from '../../../../functions/src/ledger/chain.ts';
import { sealedHead } from '../../../../functions/src/ledger/documents.ts';
import { requestHash, requestKey, type RequestType } from '../../../../functions/src/requests/request.ts';
import { accountCreatedAt, type UserRecordLike } from '../../../../functions/src/subject/identity.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { stated, storedPower } from '../../../kit/sealed/statements.ts';
import { again } from './again.ts';
import { askBrevo, askStripe } from './asked.ts';
import type { World } from './world.ts';

/** The person: the same names in every world. */
export const uid = 'uid-of-ada-lovelace';
export const email = 'ada@example.com';
/** An address that was hers, and that Brevo and Stripe have for somebody else by now. */
export const formerEmail = 'ada.before@example.com';
/** A uid that begins with hers, and a person with her name and address. */
const [longer, bob] = [`${uid}2`, 'uid-of-bob'];
const NAME = 'Ada Lovelace';

export interface Person {
  readonly chain: string;
  /** The keys of the request by which she asks, and of another one that is open. */
  readonly requests: { readonly mine: string; readonly other: string };
  readonly user: UserRecordLike;
  readonly createdAt: number | null;
  readonly customer: string;
  readonly subscription: string;
  readonly paymentMethod: string;
  /** Customers of others. */
  readonly customers: readonly string[];
  readonly contact: number;
}

/** Rows that an erasure counts, by record, if nothing fails. */
export const planted: Readonly<Record<string, number>> = {
  users: 4,
  consents: 1,
  devicePermissions: 1,
  privacyState: 1,
  installations: 1,
  activity: 1,
  sessions: 1,
  usageEvents: 1,
  customers: 2,
  contactRequests: 2,
  systemLogs: 1,
  userFiles: 1,
  exports: 1,
  account: 1,
  stripeCustomer: 1,
  stripeSubscriptions: 1,
  stripePaymentMethods: 1,
  stripeInvoices: 1,
  stripeCharges: 1,
  brevoContact: 1,
};

/** The request by which she asks. */
export const REQUEST = 'r1';
export const askedFor = (type: RequestType, at: number) => ({ type, createdAt: Timestamp.fromMillis(at) });

/**
 * A person with something in every record of the policy, and beside them everything that a careless
 * erasure would find too.
 */
export async function plant(world: World): Promise<Person> {
  const chain = pseudonymOf(uid, world.keys);
  const [user, customers, contact] = await Promise.all([
    accounts(world),
    stripe(world),
    brevo(world),
    files(world, chain),
  ]);
  const createdAt = accountCreatedAt(user);
  for (const [value, name] of [
    [uid, '{uid}'],
    [chain, '{chain}'],
    [requestHash(chain, REQUEST, world.keys), '{request}'],
    [requestHash(chain, 'other', world.keys), '{other request}'],
    [email, '{email}'],
    [formerEmail, '{formerEmail}'],
    [customers.mine.customer, '{customer}'],
    [customers.mine.subscription, '{subscription}'],
    [customers.mine.paymentMethod, '{paymentMethod}'],
    [`/contacts/${contact}`, '/contacts/{contact}'],
    ...customers.others.map((id, index) => [id, `{other ${index}}`] as const),
  ] as const)
    world.named(value, name);
  const requests = {
    mine: requestKey(chain, REQUEST, world.keys),
    other: requestKey(chain, 'other', world.keys),
  };
  await Promise.all([appRows(world, customers), ownRows(world, chain, createdAt, customers.mine.customer)]);
  const { mine, others } = customers;
  return { chain, requests, user, createdAt, ...mine, customers: others, contact };
}

async function accounts({ auth }: World): Promise<UserRecordLike> {
  const [user] = await Promise.all([
    auth.createUser({ uid, email, emailVerified: true, displayName: NAME, password: 'correct horse' }),
    auth.createUser({ uid: longer, email: `x${email}`, emailVerified: true, displayName: NAME }),
    auth.createUser({ uid: bob, email: 'bob@example.com', emailVerified: true, displayName: NAME }),
  ]);
  return user;
}

interface Customers {
  readonly mine: { readonly customer: string; readonly subscription: string; readonly paymentMethod: string };
  readonly others: readonly string[];
}

async function appRows({ app, clock }: World, { mine, others }: Customers): Promise<void> {
  const at = Timestamp.fromMillis(clock.now() - 86_400_000);
  const batch = app.batch();
  const set = (path: string, data: object) => void batch.set(app.doc(path), data);
  for (const [id, customer] of [
    [uid, mine.customer],
    [longer, others[0]],
  ] as const) {
    set(`users/${id}`, { email, firstName: 'Ada', lastName: 'Lovelace', locale: 'en', createdAt: at });
    for (const place of ['installations', 'activity', 'sessions', 'usageEvents'])
      set(`users/${id}/${place}/one`, { createdAt: at });
    set(`users/${id}/consents/analytics`, { granted: true, policyVersion: '1', source: 'app', updatedAt: at });
    set(`users/${id}/privacy/state`, {
      purposes: { analytics: { state: 'given', stands: true, since: at } },
      restricted: { all: false, purposes: [] },
      objections: [],
      policyVersion: '1',
      seq: 1,
      updatedAt: at,
    });
    set(`users/${id}/devicePermissions/d_camera`, {
      permission: 'camera',
      granted: true,
      deviceId: 'd',
      updatedAt: at,
    });
    // Declared by nobody: below a document, and below one that does not exist.
    set(`users/${id}/notes/n/lines/l`, { text: NAME });
    set(`users/${id}/notes/n`, { text: NAME });
    set(`users/${id}/albums/gone/pictures/p`, { createdAt: at });
    set(`customers/${id}`, { stripeId: customer });
    set(`customers/${id}/checkout_sessions/c`, { createdAt: at });
  }
  const contact = { firstName: 'Ada', lastName: 'Lovelace', message: 'Bonjour', createdAt: at };
  set('contactRequests/mine-by-uid', { ...contact, uid, email });
  set('contactRequests/mine-by-address', { ...contact, email: email.toUpperCase() });
  set('contactRequests/of-bob', { ...contact, uid: bob, email });
  set('contactRequests/of-likeness', { ...contact, email: `x${email}` });
  set('contactRequests/of-longer', { ...contact, uid: longer, email });
  set('systemLogs/mine', { uid, ip: '192.0.2.1', message: 'sign-in', createdAt: at });
  set('systemLogs/of-longer', { uid: longer, ip: '192.0.2.1', createdAt: at });
  set('systemLogs/of-nobody', { message: `${uid} is a word here`, createdAt: at });
  for (const place of ['activity', 'sessions', 'contactRequests', 'systemLogs']) {
    set(`teams/${uid}/${place}/one`, { uid, email, createdAt: at });
    set(`backups/2023/users/${uid}/${place}/one`, { uid, createdAt: at });
  }
  set(`teams/${uid}`, { name: NAME });
  await batch.commit();
}

async function ownRows(
  { own, clock, keys }: World,
  chain: string,
  createdAt: number | null,
  customer: string,
): Promise<void> {
  const at = Timestamp.fromMillis(clock.now() - 86_400_000);
  const batch = own.batch();
  const set = (path: string, data: object) => void batch.set(own.doc(path), data);
  const state = (path: string, data: object) => set(path, stated({ own, keys }, path, data));
  const setSealed = (path: string, data: object): void => set(path, sealed(path, data, keys));
  const known = { pseudonym: chain, accountCreatedAt: createdAt, providerIds: { stripeCustomer: customer } };
  setSealed(`subjects/${uid}`, { uid, ...known, verifiedEmails: [email, formerEmail] });
  setSealed(`subjects/${longer}`, { uid: longer, ...known, pseudonym: 'v1_longer', verifiedEmails: [`x${email}`] });
  setSealed(`subjects/${longer}/identities/other`, { identity: '{}' });
  state(`ageBands/${uid}`, { band: 'adult' });
  state(`ageBands/${longer}`, { band: 'child' });
  state('guardianships/mine', { child: uid, holder: bob, from: at, ...storedPower('curatelle', 0), decides: 'person' });
  state('guardianships/by-me', {
    child: bob,
    holder: uid,
    from: at,
    ...storedPower('curatelle', 0),
    decides: 'person',
  });
  state('guardianships/of-longer', {
    child: longer,
    holder: bob,
    from: at,
    ...storedPower('curatelle', 0),
    decides: 'both',
  });
  set('notifications/mine', { uid, createdAt: at });
  set('notifications/of-longer', { uid: longer, createdAt: at });
  // A hold on Bob would keep the guardianships that name him, and the erasure until it ends.
  state('legalHolds/of-longer', { uid: longer, createdAt: at });
  setSealed('tombstones/v1_another', { accountCreatedAt: null, deletedAt: at, job: 'another' });
  set('ledger/v1_another', sealedHead('v1_another', emptyHead('v1_another'), keys));
  setSealed(`requests/${requestKey(chain, 'other', keys)}`, {
    pseudonym: chain,
    type: 'rectification',
    status: 'waiting',
    receivedAt: at,
    dueAt: at,
  });
  setSealed('requests/v1_another_other', { pseudonym: 'v1_another', status: 'waiting', receivedAt: at });
  await batch.commit();
}

async function files(world: World, chain: string): Promise<void> {
  const names = [
    ['app', `users/${uid}/drawing.png`],
    ['app', `users/${longer}/drawing.png`],
    ['app', `backups/users/${uid}/drawing.png`],
    ['exports', `exports/${uid}/r0/export.zip`],
    ['exports', `exports/${longer}/r0/export.zip`],
    ['evidence', `certificates/${chain}x/another.json`],
  ] as const;
  const options = { resumable: false, validation: false };
  await Promise.all(names.map(([kind, name]) => again(() => world.bucket(kind).file(name).save('content', options))));
}

async function stripe(world: World): Promise<Customers> {
  const make = (path: string, params: Record<string, string>) => askStripe(world, 'POST', path, params);
  const price = await make('prices', {
    currency: 'eur',
    unit_amount: '500',
    'recurring[interval]': 'month',
    'product_data[name]': 'AMIKEO',
  });
  const pays = async (params: Record<string, string>): Promise<Customers['mine']> => {
    const [method, customer] = [
      await make('payment_methods', { type: 'card', 'card[token]': 'tok_visa' }),
      await make('customers', { name: NAME, ...params }),
    ];
    await make(`payment_methods/${method.id}/attach`, { customer: customer.id });
    const subscription = await make('subscriptions', {
      customer: customer.id,
      'items[0][price]': price.id,
      default_payment_method: method.id,
    });
    return { customer: customer.id, subscription: subscription.id, paymentMethod: method.id };
  };
  const named = async (params: Record<string, string>): Promise<string> =>
    (await make('customers', { name: NAME, ...params })).id;
  const mine = await pays({ email, 'metadata[uid]': uid });
  const others = await Promise.all([
    pays({ email, 'metadata[uid]': longer }).then(({ customer }) => customer),
    pays({ email: formerEmail, 'metadata[firebaseUID]': bob }).then(({ customer }) => customer),
    named({ email }),
    named({ email: `x${email}`, 'metadata[uid]': uid.toUpperCase() }),
  ]);
  return { mine, others };
}

async function brevo(world: World): Promise<number> {
  const contact = async (address: string, extId?: string): Promise<number> => {
    const attributes = { PRENOM: 'Ada', NOM: 'Lovelace' };
    const made = await askBrevo(world, 'contacts', {
      email: address,
      attributes,
      ...(extId === undefined ? {} : { ext_id: extId }),
    });
    await askBrevo(world, 'smtp/email', {
      sender: { email: 'bonjour@amikeo.example' },
      to: [{ email: address }],
      subject: 'Bonjour',
      htmlContent: '<p>Bonjour</p>',
    });
    return Number(made['id']);
  };
  await put(`${world.origins.brevo}/_control/settings`, { processPolls: 1 });
  const mine = await contact(email, uid);
  // The former address belongs to somebody else by Brevo's own word; the others only look alike.
  await contact(formerEmail, bob);
  await contact(`x${email}`, longer);
  await contact(`ada.pro@example.com`);
  return mine;
}

async function put(url: string, body: object): Promise<void> {
  await fetch(url, { method: 'PUT', body: JSON.stringify(body) });
}

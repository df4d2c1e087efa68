import { randomUUID } from 'node:crypto';
import type { Standins } from '../../../emulator/standins/index.ts';
import { collectIdentity, type Identity } from '../../../functions/src/erasure/identity.ts';
import { planErasure, recordsToErase, systemsOf, type Erasee } from '../../../functions/src/erasure/plan.ts';
import { newKeyPair } from '../../../functions/src/crypto/sign.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { addressOf } from '../../../functions/src/subject/proven.ts';
import { keepObjection } from '../../../functions/src/subject/suppression.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { createClients } from '../../../functions/src/platform/clients.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { learnAddress } from '../../../functions/src/subject/addresses.ts';
import { addressPseudonym, emailHash, emailHashes } from '../../../functions/src/subject/emails.ts';
import {
  knownFromAuth,
  verifiedIn,
  type UserRecordLike,
  type VerifiedNow,
} from '../../../functions/src/subject/identity.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { loadSystem } from '../../../functions/src/systems/registry.ts';
import type { Scope } from '../../../functions/src/systems/system.ts';
import type { Attack, Contact, Customer, Me, Person } from '../../attacks/table.ts';
import { estateOf, type Kind } from '../../attacks/world.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { memoryDatabases } from '../../kit/firestore.ts';
import { testContext } from '../requests/helpers.ts';
import { MemoryBucket } from '../systems/memoryBucket.ts';
import { announceTo } from './attacked/announced.ts';
import { memoryFiles } from './attacked/files.ts';
import { RIGHTS, rightsTouchedBy } from './attacked/rights.ts';
import { answerMarketing, exported } from './attacked/served.ts';
import { CREATED, NOW } from './attacked/times.ts';
import { traced, type Elsewhere } from './attacked/trace.ts';

export { CREATED, NOW };

/** Everything that this backend does for somebody, or about them. */
export const CAPABILITIES = [
  ...(['portability', 'access', 'consentYes', 'consentNo', 'message', 'suppression', 'erasure'] as const),
  ...RIGHTS,
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/**
 * Everything that an erasure would reach: the proven handles, and every row of every record of
 * every system.
 */
export interface Reach {
  readonly identity: Identity;
  readonly rows: ReadonlySet<string>;
}

/** Everything that is a victim's: rows, ids elsewhere, address, number, and their chain. */
export function belongingsOf({ keys }: Pick<Context, 'keys'>, victim: Person, { rows }: Reach): ReadonlySet<string> {
  const { uid, email, phone, customers, contact } = victim;
  const own = [uid, pseudonymOf(uid, keys), addressPseudonym(email, keys), `suppressions/${emailHash(email, keys)}`];
  return new Set([
    ...rows,
    ...customers.map((id) => `stripe ${id}`),
    ...own.map((name) => `own ${name}`),
    ...[`brevo ${contact}`, email, phone],
  ]);
}

export const inBoth = (a: ReadonlySet<string>, b: ReadonlySet<string>): string[] => [...a].filter((one) => b.has(one));

/** The tenant of accounts that are not in the project's own pool. */
const TENANT = 'tenant-b';

/** Both databases, Auth and files in memory; the local Stripe and Brevo with the real SDKs. */
export class World {
  readonly users = new Map<string, UserRecordLike>();
  readonly files = new Set<string>();
  /** The soft delete of every bucket, as its metadata say it; undefined: they do not. */
  softDelete: { readonly retentionDurationSeconds?: string } | undefined;
  readonly context: Context;
  #number = 0;
  /** The price of a subscription, once there is one. */
  #price: string | undefined;
  readonly #elsewhere: Elsewhere;
  /** The kept log of Brevo lies apart: it is no file of anybody's estate. */
  readonly kept = new MemoryBucket();

  constructor({ stripeUrl, brevoUrl }: Standins) {
    this.#elsewhere = { stripe: stripeUrl, brevo: brevoUrl };
    const base = testContext(NOW);
    const { app, own } = memoryDatabases('demo-attacks');
    const config = {
      ...base.config,
      stripeApiBase: new URL(stripeUrl),
      brevoApiBase: new URL(brevoUrl),
      brevoMarketingList: 1,
      brevoSince: NOW - 30 * 86_400_000,
      brevoSmtpPerHour: 1_000_000,
    };
    const real = createClients(config, () => 'sk_test_x');
    const clients = {
      app: () => app,
      own: () => own,
      stripe: () => real.stripe(),
      brevo: () => real.brevo(),
      auth: async () => fakeAuth(() => this.users.values(), [TENANT]),
      bucket: async () => memoryFiles(this),
    };
    const signing = newKeyPair();
    const evidenceKeys = () => ({ current: 1, keys: { 1: signing.privateKey } });
    this.context = { ...base, policy: amikeo, config, clients, evidenceKeys };
  }

  async write(documents: Record<string, Record<string, unknown>>): Promise<void> {
    for (const [path, data] of Object.entries(documents)) await this.context.clients.app().doc(path).set(data);
  }

  async customer(params: Customer): Promise<string> {
    return (await (await this.context.clients.stripe()).customers.create({ ...params })).id;
  }

  /** Lets a customer pay each month. */
  async subscribe(customer: string): Promise<void> {
    const stripe = await this.context.clients.stripe();
    this.#price ??= (
      await stripe.prices.create({
        ...{ currency: 'eur', unit_amount: 990, recurring: { interval: 'month' } },
        product: (await stripe.products.create({ name: 'AMIKEO' })).id,
      })
    ).id;
    const { id: method } = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    await stripe.paymentMethods.attach(method, { customer });
    await stripe.subscriptions.create({ customer, items: [{ price: this.#price }], default_payment_method: method });
  }

  async contact(params: Contact): Promise<string> {
    const brevo = await this.context.clients.brevo();
    await brevo.contacts.createContact({ ...params });
    const made = await brevo.contacts.getContactInfo({ identifier: params.email, identifierType: 'email_id' });
    return String(made.id);
  }

  /** An account that lives. */
  sign(uid: string, more: Partial<UserRecordLike>): UserRecordLike {
    const user = { uid, metadata: { creationTime: new Date(CREATED * 1000).toUTCString() }, ...more };
    this.users.set(uid, user);
    return user;
  }

  async victim(kind: Kind): Promise<Person> {
    const id = (this.#number += 1);
    const uid = `victimMarka${id}z`;
    const who = {
      uid,
      email: `marka.klein${id}@example.com`,
      phone: `+3361234${1000 + id}`,
      installation: randomUUID(),
    };
    const { documents, files, customers, contact } = estateOf(kind, who);
    await this.write(documents);
    for (const name of files) this.files.add(name);
    const made = [];
    for (const params of customers) made.push(await this.customer(params));
    await this.subscribe(made[0] ?? '');
    if (kind === 'named') await this.write({ [`customers/${uid}`]: { stripeId: made[0] } });
    if (kind !== 'withoutAccount') this.sign(uid, { email: who.email, emailVerified: true, phoneNumber: who.phone });
    return { ...who, customers: made, contact: await this.contact(contact) };
  }

  async attacker(attack: Attack, victim: Person): Promise<Me> {
    const id = (this.#number += 1);
    const uid = attack.uid?.(victim) ?? `attacker${id}`;
    const told = attack.account?.({ uid, email: `attacker${id}@example.com` }, victim) ?? {};
    const me = { uid, email: told.email ?? `attacker${id}@example.com` };
    const { linked, ...account } = told;
    const user = {
      email: me.email,
      emailVerified: true,
      ...account,
      ...(linked === undefined ? {} : { providerData: [linked] }),
    };
    const pool = attack.isInTenant === true ? { tenantId: TENANT } : {};
    if (attack.former !== undefined)
      await this.#learn({ ...this.sign(uid, user), emailVerified: true, ...attack.former(victim), ...pool });
    await this.#learn(this.sign(uid, { ...user, ...pool }));
    // Something that is theirs, so that finding nothing is no proof.
    await this.write({ [`users/${uid}`]: { mine: true } });
    await this.write(attack.documents?.(me, victim) ?? {});
    for (const name of [`users/${uid}/own.png`, ...(attack.files?.(me, victim) ?? [])]) this.files.add(name);
    for (const customer of [{ metadata: { uid } }, ...(attack.customers?.(me, victim) ?? [])])
      await this.customer(customer);
    for (const contact of attack.contacts?.(me, victim) ?? []) await this.contact(contact);
    return me;
  }

  async #learn(user: UserRecordLike, atDeletion?: VerifiedNow): Promise<void> {
    const known = knownFromAuth(user, pseudonymOf(user.uid, this.context.keys));
    await learn(this.context, atDeletion === undefined ? known : { ...known, atDeletion });
  }

  /** Everything that the erasure of an account would reach that has just been deleted. */
  async reachOf({ uid }: Pick<Person, 'uid'>): Promise<Reach> {
    const user = this.users.get(uid);
    if (user) await this.#learn(user, verifiedIn(user));
    this.users.delete(uid);
    const tenantId = user?.tenantId ?? null;
    const pseudonym = pseudonymOf(uid, this.context.keys);
    try {
      return await this.#reach({ uid, tenantId, pseudonym, accountCreatedAt: CREATED });
    } finally {
      if (user) this.users.set(uid, user);
    }
  }

  async reachOfAddress({ email }: Pick<Person, 'email'>): Promise<Reach> {
    const { keys } = this.context;
    const subjectKey = await learnAddress(this.context, { email, provenAt: NOW });
    return this.#reach({ uid: '', subjectKey, pseudonym: addressPseudonym(email, keys), accountCreatedAt: null });
  }

  /**
   * Lets each capability serve somebody with a living account.
   *
   * @returns everything that it gave out, changed, wrote to or would end, as `system id`, an
   *   address or a number
   */
  async touchedBy(
    me: Me,
    victim?: Person,
  ): Promise<Readonly<Record<Capability, ReadonlySet<string>>> & { readonly reach: Reach }> {
    const to = await addressOf(this.context, { uid: me.uid });
    const touched = {
      portability: await exported(this.context, 'portability', me),
      access: await exported(this.context, 'access', me),
      consentYes: await this.#changedAtBrevo(() => answerMarketing(this.context, me, true)),
      consentNo: await this.#changedAtBrevo(() => answerMarketing(this.context, me, false)),
      message: new Set(to === undefined ? [] : [to]),
    };
    const rights = await rightsTouchedBy(this.context, this.#elsewhere, { me, victim });
    const reach = await this.reachOf(me);
    const { verifiedEmails, phones = [] } = reach.identity.subject;
    const suppression = await this.#suppressed(reach);
    return {
      ...touched,
      ...rights,
      suppression,
      erasure: new Set([...reach.rows, ...verifiedEmails, ...phones]),
      reach,
    };
  }

  /** Tells a person of the next version of the policy; returns everything that it wrote. */
  announced(uid: string): Promise<ReadonlySet<string>> {
    return traced(this.context, this.#elsewhere, () => announceTo(this.context, uid));
  }

  /** Makes the marketing list, which Brevo has to know before a contact can be put into it. */
  async openList(): Promise<void> {
    const answer = await fetch(`${this.#elsewhere.brevo}/v3/contacts/lists`, {
      method: 'POST',
      headers: { 'api-key': 'test', 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'marketing', folderId: 1 }),
    });
    if (!answer.ok) throw new Error(`no marketing list: ${answer.status}`);
  }

  /** The contacts that Brevo was told to make, change or end meanwhile, by id and by address. */
  #changedAtBrevo(work: () => Promise<void>): Promise<Set<string>> {
    return traced(this.context, this.#elsewhere, work);
  }

  /** The addresses under which an erasure of this account keeps an objection. */
  async #suppressed({ identity }: Reach): Promise<Set<string>> {
    const { context } = this;
    await keepObjection(context, { subject: identity.subject, current: {}, contactObjected: true, at: NOW });
    const kept = new Set((await context.clients.own().collection('suppressions').get()).docs.map(({ id }) => id));
    const emails = [...this.users.values()].flatMap(({ email }) => email ?? []);
    return new Set(emails.filter((email) => emailHashes(email, context.keys).some((hash) => kept.has(hash))));
  }

  /** The job of an erasure: each is another one. */
  job(erasee: Erasee): Job {
    const start = { by: 'officer', id: randomUUID(), at: NOW, from: NOW, requested: true } as const;
    return { ...newJob(planErasure(this.context.policy, erasee, start), NOW), id: randomUUID() };
  }

  async #reach(erasee: Erasee): Promise<Reach> {
    const { context } = this;
    const identity = await collectIdentity(context, this.job(erasee));
    const rows = new Set<string>();
    const scope: Scope = { policy: context.policy, ...identity, now: NOW, deadline: NOW + 60_000 };
    for (const id of systemsOf(context.policy)) {
      const system = await loadSystem(id, context);
      for (const named of recordsToErase(context.policy, id))
        for await (const { path } of system.read(named, scope)) rows.add(`${id} ${path}`);
    }
    for (const handle of identity.handles) rows.add(`${handle.system} ${handle.id}`);
    return { identity, rows };
  }
}

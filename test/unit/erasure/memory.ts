import { randomUUID } from 'node:crypto';
import { FirestoreMock } from '@firebase-bridge/firestore-admin';
import type { Bucket } from '@google-cloud/storage';
import { CollectionReference } from 'firebase-admin/firestore';
import type { Standins } from '../../../emulator/standins/index.ts';
import { collectIdentity, type Identity } from '../../../functions/src/erasure/identity.ts';
import { planErasure, recordsToErase, systemsOf, type Erasee } from '../../../functions/src/erasure/plan.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { createClients } from '../../../functions/src/platform/clients.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/src/policy/amikeo/index.ts';
import { learnAddress } from '../../../functions/src/subject/addresses.ts';
import { addressPseudonym } from '../../../functions/src/subject/emails.ts';
import { learnSubject, subjectFromAuth, type UserRecordLike } from '../../../functions/src/subject/identity.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { loadSystem } from '../../../functions/src/systems/registry.ts';
import type { Scope } from '../../../functions/src/systems/system.ts';
import type { Attack, Contact, Customer, Me, Person } from '../../attacks/table.ts';
import { estateOf, type Kind } from '../../attacks/world.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { testContext } from '../requests/helpers.ts';

/** What an erasure would reach: what is proven, and every row of every record of every system. */
export interface Reach {
  readonly identity: Identity;
  readonly rows: ReadonlySet<string>;
}

export const CREATED = 1_700_000_000;
export const NOW = Date.UTC(2026, 5, 1);

/** Both databases, Auth and files in memory; the local Stripe and Brevo with the real SDKs. */
export class World {
  readonly users = new Map<string, UserRecordLike>();
  readonly files = new Set<string>();
  readonly context: Context;
  #number = 0;

  constructor({ stripeUrl, brevoUrl }: Standins) {
    const base = testContext(NOW);
    const environment = new FirestoreMock();
    const [app, own] = ['(default)', 'compliance'].map((id) =>
      environment.createDatabase('demo-attacks', id).firestore(),
    );
    if (!app || !own) throw new Error('no database');
    const config = {
      ...base.config,
      stripeApiBase: new URL(stripeUrl),
      brevoApiBase: new URL(brevoUrl),
      brevoMarketingList: 1,
      brevoSince: Date.UTC(2012, 0, 1),
    };
    const real = createClients(config, { stripe: () => 'sk_test_x', brevo: () => 'xkeysib-x' });
    const clients = {
      app: () => app,
      own: () => own,
      stripe: () => real.stripe(),
      brevo: () => real.brevo(),
      auth: async () => fakeAuth(() => this.users.values()),
      bucket: async () => this.#bucket(),
    };
    this.context = { ...base, policy: amikeo, config, clients };
  }

  #bucket(): Bucket {
    const file = (name: string) => ({ name, metadata: { generation: '1', timeCreated: new Date(NOW).toISOString() } });
    return {
      getFiles: async ({ prefix }: { prefix: string }) => [
        [...this.files].filter((name) => name.startsWith(prefix)).map(file),
        null,
        { kind: 'storage#objects' },
        { kind: 'storage#objects' },
      ],
    } as unknown as Bucket;
  }

  async write(documents: Record<string, Record<string, unknown>>): Promise<void> {
    for (const [path, data] of Object.entries(documents)) await this.context.clients.app().doc(path).set(data);
  }

  async customer(params: Customer): Promise<string> {
    return (await (await this.context.clients.stripe()).customers.create({ ...params })).id;
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
    if (attack.formerEmail !== undefined)
      await this.#learn({ ...this.sign(uid, user), email: attack.formerEmail(victim), emailVerified: true });
    await this.#learn(this.sign(uid, user));
    // Something that is theirs, so that finding nothing is no proof.
    await this.write({ [`users/${uid}`]: { mine: true } });
    await this.write(attack.documents?.(me, victim) ?? {});
    for (const name of [`users/${uid}/own.png`, ...(attack.files?.(me, victim) ?? [])]) this.files.add(name);
    for (const customer of [{ metadata: { uid } }, ...(attack.customers?.(me, victim) ?? [])])
      await this.customer(customer);
    for (const contact of attack.contacts?.(me, victim) ?? []) await this.contact(contact);
    return me;
  }

  async #learn(user: UserRecordLike): Promise<void> {
    await learnSubject(this.context.clients.own(), subjectFromAuth(user, pseudonymOf(user.uid, this.context.keys)));
  }

  /** What the erasure of an account would reach, that has just been deleted. */
  async reachOf({ uid }: Pick<Person, 'uid'>): Promise<Reach> {
    const user = this.users.get(uid);
    if (user) await this.#learn(user);
    this.users.delete(uid);
    try {
      return await this.#reach({ uid, pseudonym: pseudonymOf(uid, this.context.keys), accountCreatedAt: CREATED });
    } finally {
      if (user) this.users.set(uid, user);
    }
  }

  async reachOfAddress({ email }: Pick<Person, 'email'>): Promise<Reach> {
    const { keys, clients } = this.context;
    const subjectKey = await learnAddress(clients.own(), keys, { email, provenAt: NOW });
    return this.#reach({ uid: '', subjectKey, pseudonym: addressPseudonym(email, keys), accountCreatedAt: null });
  }

  /** The job of an erasure: each is another one. */
  job(erasee: Erasee): Job {
    const start = { by: 'officer', id: randomUUID(), at: NOW, from: NOW, asked: true } as const;
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

// The mock in memory lists no documents without data; the emulator's test has those too. For good: files of tests share their modules.
CollectionReference.prototype.listDocuments = async function (this: CollectionReference) {
  return (await this.get()).docs.map(({ ref }) => ref);
};

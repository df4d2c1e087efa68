import { randomUUID } from 'node:crypto';
import type { DocumentReference } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { describe, expect, it } from 'vitest';
import { onAccountDeleted } from '../../../functions/src/erasure/accountEvents.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { attacks, type Attack, type Contact, type Customer, type Me, type Person } from '../../attacks/table.ts';
import { estateOf, suits, type Kind } from '../../attacks/world.ts';
import { testContext } from '../../conformance/harness.ts';
import { eachNth, times } from '../../kit/depth.ts';
import { jobOf } from '../../kit/jobs.ts';
import { brevo, stripe } from '../../kit/providers.ts';
import { auth, db, eventually, freshUid, keys, own, pseudonym, quiet, standins } from '../../kit/suite.ts';

/**
 * Whole erasures through the deployed functions, of many attackers at once. Each has an account of
 * one kind of attack, and has written the documents of others in the table. Nothing of their
 * victims may change, in any system.
 */

const bucket = getStorage().bucket();

const createCustomer = async (params: Customer): Promise<string> => (await stripe().customers.create({ ...params })).id;
const createContact = async (params: Contact): Promise<string> =>
  String(((await (await brevo('/contacts', 'POST', params)).json()) as { id: number }).id);
const write = (documents: Record<string, Record<string, unknown>>): Promise<unknown> =>
  Promise.all(Object.entries(documents).map(([path, data]) => db.doc(path).set(data, { merge: true })));

const context: Context = {
  ...testContext({ stripe: standins.stripe, brevo: standins.brevo }),
  keys,
  queue: { enqueue: () => Promise.resolve() },
};

/** Somebody before they have an account. */
const stranger = () => ({
  uid: `Marka${freshUid()}`,
  email: `marka.klein-${randomUUID().slice(0, 8)}@example.com`,
  phone: `+336${String(Math.random()).slice(2, 10)}`,
  installation: randomUUID(),
});

async function victim(kind: Kind, who: ReturnType<typeof stranger>): Promise<Person> {
  const { uid, email, phone } = who;
  if (kind !== 'withoutAccount') await auth.createUser({ uid, email, emailVerified: true, phoneNumber: phone });
  const { documents, files, customers, contact } = estateOf(kind, who);
  await write(documents);
  for (const name of files) await bucket.file(name).save(`of ${uid}`);
  const made = await Promise.all(customers.map(createCustomer));
  if (kind === 'named') await write({ [`customers/${uid}`]: { stripeId: made[0] } });
  return { ...who, customers: made, contact: await createContact(contact) };
}

/** Everything below a document, with its data. */
async function below(ref: DocumentReference): Promise<unknown[]> {
  const collections = await ref.listCollections();
  const documents = (await Promise.all(collections.map((collection) => collection.listDocuments()))).flat();
  const rows = await Promise.all(documents.map(below));
  return [[ref.path, (await ref.get()).data()], ...rows.flat()];
}

/** All that there is of a victim, in every system. */
async function stateOf(kind: Kind, person: Person): Promise<unknown> {
  const { documents, files } = estateOf(kind, person);
  const account = kind === 'withoutAccount' ? null : (await auth.getUser(person.uid)).toJSON();
  return JSON.parse(
    JSON.stringify({
      account,
      firestore: await Promise.all(
        [...new Set([...Object.keys(documents), `customers/${person.uid}`, `users/${person.uid}`])]
          .filter((path) => path.split('/').length === 2)
          .map((path) => below(db.doc(path))),
      ),
      files: await Promise.all(files.map(async (name) => String(await bucket.file(name).download()))),
      customers: await Promise.all(person.customers.map((id) => stripe().customers.retrieve(id))),
      contact: await (await brevo(`/contacts/${person.contact}?identifierType=contact_id`)).json(),
      subject: (await own.doc(`subjects/${person.uid}`).get()).data(),
      tombstone: (await own.doc(`tombstones/${pseudonym(person.uid)}`).get()).exists,
    }),
  ) as unknown;
}

const needsAccount = ({ uid, account, former }: Attack): boolean => (uid ?? account ?? former) !== undefined;
/**
 * Accounts of tenants have a test of their own (tenants.test.ts); the emulator's own pool has each
 * address once.
 */
const isHere = ({ isInTenant }: Attack): boolean => isInTenant !== true;

interface Attacker extends Me {
  readonly as: string;
}

/** Makes the account of an attack; null if Auth itself refuses it. */
async function account(attack: Attack, of: Person): Promise<Attacker | null> {
  const uid = attack.uid?.(of) ?? freshUid();
  const email = `${freshUid()}@example.com`;
  const { linked, ...told } = attack.account?.({ uid, email }, of) ?? {};
  try {
    await auth.createUser({ uid, email, emailVerified: true, ...told });
  } catch (error) {
    if (/^auth\/(invalid-|email-already-exists)/.test(String((error as { code?: unknown }).code))) return null;
    throw error;
  }
  if (linked !== undefined) await auth.updateUser(uid, { providerToLink: linked });
  return { uid, email: told.email ?? email, as: attack.name };
}

async function act(attack: Attack, me: Me, of: Person): Promise<void> {
  await write(attack.documents?.(me, of) ?? {});
  for (const name of attack.files?.(me, of) ?? []) await bucket.file(name).save(`of ${me.uid}`);
  for (const customer of attack.customers?.(me, of) ?? []) await createCustomer(customer);
  for (const contact of attack.contacts?.(me, of) ?? []) await createContact(contact);
}

const known = (uid: string, email?: string) =>
  eventually(
    async () => (await own.doc(`subjects/${uid}`).get()).data() as { verifiedEmails: string[] } | undefined,
    (data) => data !== undefined && (email === undefined || data.verifiedEmails.includes(email)),
    email === undefined ? 10_000 : 60_000,
  );

const erasureOf = async (uid: string): Promise<string | undefined> => (await jobOf(pseudonym(uid)))?.status;

const tried = eachNth(4, attacks.filter(isHere));

/**
 * The victim of an attack by an account: a uid leads to rows that name one, an address
 * to those that have nothing else.
 */
const kindFor = ({ uid, victim: kind }: Attack): Kind =>
  kind === 'withoutAccount' ? kind : uid === undefined ? 'bare' : 'named';

describe('erasures of attackers, all at once', () => {
  it('leave everything of their victims as it was', async () => {
    const targets: Record<Kind, ReturnType<typeof stranger>> = {
      named: stranger(),
      bare: stranger(),
      withoutAccount: stranger(),
    };
    const attackers: Attacker[] = [];

    // A former owner had the address before the victim has it.
    for (const attack of tried) {
      if (attack.former === undefined) continue;
      const target = targets[kindFor(attack)];
      const before = attack.former({ ...target, customers: [], contact: '' });
      const { uid } = await auth.createUser({ ...before, emailVerified: before.email !== undefined });
      await known(uid, before.email);
      const email = `${freshUid()}@example.com`;
      const { emailVerified = true } =
        attack.account?.({ uid, email }, { ...target, customers: [], contact: '' }) ?? {};
      await auth.updateUser(uid, { email, emailVerified, phoneNumber: null });
      attackers.push({ uid, email, as: attack.name });
    }
    const victims: Record<Kind, Person> = {
      named: await victim('named', targets.named),
      bare: await victim('bare', targets.bare),
      withoutAccount: await victim('withoutAccount', targets.withoutAccount),
    };
    const kinds = Object.keys(victims) as Kind[];
    let refused = 0;
    for (const attack of tried.filter((one) => needsAccount(one) && one.former === undefined)) {
      const made = await account(attack, victims[kindFor(attack)]);
      if (made) attackers.push(made);
      // One after the other: the emulator loses events of Auth that come all at once.
      if (made) await known(made.uid).catch(() => undefined);
      else refused += 1;
    }
    expect(attackers.length).toBeGreaterThan(times(4, 20));
    // Addresses that Auth itself takes for none, or for the victim's.
    expect(refused).toBeLessThan(8);

    await Promise.all(
      attackers.map(async ({ uid }) => {
        await write({ [`users/${uid}`]: { mine: true }, [`users/${uid}/activity/mine`]: { createdAt: new Date() } });
        await bucket.file(`users/${uid}/own.png`).save('of an attacker');
        await createCustomer({ metadata: { uid } });
      }),
    );
    const others = tried.filter((attack) => !needsAccount(attack));
    const pairs = others.flatMap((attack) => kinds.flatMap((kind) => (suits(attack, kind) ? [{ attack, kind }] : [])));
    for (const [index, { attack, kind }] of pairs.entries()) {
      const me = attackers[index % attackers.length];
      if (me) await act(attack, me, victims[kind]);
    }
    for (const kind of ['named', 'bare'] as const) await known(victims[kind].uid, victims[kind].email);
    await quiet(240_000);
    const states = () => Promise.all(kinds.map((kind) => stateOf(kind, victims[kind])));
    const before = await states();

    for (const { uid } of attackers) {
      const user = await auth.getUser(uid);
      await auth.deleteUser(uid);
      const event = { id: randomUUID(), uid, tenantId: null, user, deletedAt: Date.now() };
      // An event that the emulator lost is delivered again, as production does.
      await eventually(
        () => erasureOf(uid),
        (status) => status !== undefined,
        15_000,
      ).catch(() => onAccountDeleted(context, event));
    }
    const ends = await Promise.all(
      attackers.map(async ({ uid, as }) => [
        as,
        await eventually(
          () => erasureOf(uid),
          (one) => one === 'completed' || one === 'blocked',
          400_000,
        ),
      ]),
    );
    expect(ends.filter(([, status]) => status !== 'completed')).toEqual([]);

    expect(await states()).toEqual(before);
    for (const { uid, as } of attackers) {
      const mine = await db.getAll(db.doc(`users/${uid}`), db.doc(`users/${uid}/activity/mine`));
      expect([as, mine.map(({ exists }) => exists)]).toEqual([as, [false, false]]);
      expect([as, (await bucket.getFiles({ prefix: `users/${uid}/` }))[0].map(({ name }) => name)]).toEqual([as, []]);
    }
  }, 900_000);
});

import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { getStorage } from 'firebase-admin/storage';
import { describe, expect, it } from 'vitest';
import { manualRecipients } from '../../../functions/src/policy/lookup.ts';
import { amikeo as policy } from '../../../functions/policies/amikeo/index.ts';
import { endWait, jobsOf } from '../../kit/jobs.ts';
import { person, type Person } from '../../kit/person.ts';
import { contactOf, control, faults, faultsLeft, stripe } from '../../kit/providers.ts';
import {
  auth,
  chainOf,
  compliance,
  db,
  eventually,
  freshUid,
  keys,
  own,
  pseudonym,
  rejectedFor,
} from '../../kit/suite.ts';
import { state } from '../../kit/sealed/statements.ts';

const bucket = getStorage().bucket();

/** The id of a log line says nothing of the person. */
const logOf = (uid: string): string => `log-${pseudonym(uid).slice(3, 15)}`;

/** Somebody with an account, documents, a file, a subscription and a contact. */
async function subscriber(): Promise<Person & { readonly subscription: string }> {
  const at = { createdAt: Timestamp.now() };
  const someone = await person({
    documents: ({ uid, email }) => ({
      [`users/${uid}`]: { email, firstName: 'Ada' },
      [`users/${uid}/activity/1`]: at,
      [`users/${uid}/sessions/1`]: at,
      [`users/${uid}/usageEvents/1`]: at,
      [`users/${uid}/installations/1`]: at,
      [`users/${uid}/consents/analytics`]: {
        granted: true,
        policyVersion: '2025-06-15',
        source: 'app',
        updatedAt: FieldValue.serverTimestamp(),
      },
      [`systemLogs/${logOf(uid)}`]: { uid, ip: '192.0.2.1', ...at },
      // A decoy: a collection of the same name under another parent.
      [`teams/${uid}/sessions/1`]: at,
    }),
    stripe: true,
    brevo: {},
    files: { 'drawing.png': 'picture' },
  });
  await bucket.file(`users/${someone.uid}x/drawing.png`).save('of somebody whose uid only begins the same');
  const price = await stripe().prices.create({
    currency: 'eur',
    unit_amount: 500,
    recurring: { interval: 'month' },
    product_data: { name: 'AMIKEO' },
  });
  const subscription = await stripe().subscriptions.create({
    customer: someone.customer,
    items: [{ price: price.id }],
    collection_method: 'send_invoice',
    days_until_due: 30,
  });
  await eventually(
    () => chainOf(someone.chain),
    ({ entries }) => entries.length === 1,
  );
  return { ...someone, subscription: subscription.id };
}

async function ended(uid: string, status = 'completed') {
  const jobs = await eventually(
    () => jobsOf(pseudonym(uid)),
    (all) => all.some((job) => job.status === status),
    240_000,
  );
  expect(jobs).toHaveLength(1);
  const [job] = jobs;
  if (!job) throw new Error('no job');
  return { job, outcomes: Object.values(job.steps).flatMap((step) => step.outcomes) };
}

// Each of these waits for its own person: side by side.
describe.concurrent('a deleted account', () => {
  it('is erased from Firestore, Storage, Stripe and Brevo, and every other recipient is manual', async () => {
    const [someone, other] = await Promise.all([subscriber(), subscriber()]);
    const { uid } = someone;
    await auth.deleteUser(uid);
    const { job, outcomes } = await ended(uid);

    expect((await db.doc(`users/${uid}`).listCollections()).map((c) => c.id)).toEqual([]);
    expect((await db.doc(`users/${uid}`).get()).exists).toBe(false);
    expect((await db.doc(`systemLogs/${logOf(uid)}`).get()).data()).not.toHaveProperty('uid');
    expect((await bucket.getFiles({ prefix: `users/${uid}/` }))[0]).toEqual([]);
    expect(await stripe().customers.retrieve(someone.customer)).toMatchObject({ deleted: true });
    expect((await stripe().subscriptions.retrieve(someone.subscription)).status).toBe('canceled');
    expect((await stripe().invoices.list({ customer: someone.customer })).data.length).toBeGreaterThan(0);
    expect(await contactOf(someone.email)).toBeNull();

    const manual = outcomes.filter((o) => o['outcome'] === 'manual');
    const recipients = manual.flatMap((o) => ('recipient' in o ? [o['recipient']] : []));
    expect(recipients.sort()).toEqual(
      manualRecipients(policy)
        .map(({ id }) => id)
        .sort(),
    );
    expect(manual.filter((o) => 'record' in o)).toEqual([]);
    expect(outcomes).toContainEqual(expect.objectContaining({ record: 'stripeInvoices', outcome: 'retained' }));
    expect(JSON.stringify(job)).not.toContain(someone.email);
    expect(JSON.stringify(job)).not.toContain(uid);

    // The chain is closed and still verifies, the identity is gone, the tombstone stays.
    const { head, entries } = await chainOf(pseudonym(uid));
    expect(head.closed).toBeDefined();
    expect(entries.map((e) => e.state)).toEqual(['given', 'begun', 'completed']);
    expect((await own.doc(`subjects/${uid}`).get()).exists).toBe(false);
    expect(await own.doc(`subjects/${uid}`).listCollections()).toEqual([]);
    expect((await own.doc(`tombstones/${pseudonym(uid)}`).get()).data()).toHaveProperty('completedAt');

    // An officer finds its certificates by the address alone, and no answer repeats that.
    const { code, out } = await compliance('certificate', 'list', '--email', someone.email);
    const { certificates } = out as { certificates: { interim: boolean; ok: boolean }[] };
    expect([code, certificates.map(({ ok }) => ok)]).toEqual([0, certificates.map(() => true)]);
    expect(certificates.filter(({ interim }) => !interim)).toHaveLength(1);
    expect(JSON.stringify(out)).not.toContain(someone.email);

    // Nobody else is touched.
    expect((await db.doc(`teams/${uid}/sessions/1`).get()).exists).toBe(true);
    expect((await bucket.file(`users/${uid}x/drawing.png`).exists())[0]).toBe(true);
    expect((await db.doc(`users/${other.uid}/activity/1`).get()).exists).toBe(true);
    expect(await stripe().customers.retrieve(other.customer)).not.toHaveProperty('deleted');
    expect(await contactOf(other.email)).not.toBeNull();

    // Late answers are neither recorded nor lost.
    await db
      .doc(`users/${uid}/consents/analytics`)
      .set({ granted: true, policyVersion: '2025-06-15', source: 'app', updatedAt: FieldValue.serverTimestamp() });
    const rejected = await eventually(
      () => rejectedFor(pseudonym(uid)),
      (all) => all.length > 0,
    );
    expect(rejected[0]?.issues).toEqual([{ code: 'erased', field: '(subject)' }]);
    expect((await chainOf(pseudonym(uid))).entries).toHaveLength(3);
  });

  it('of a person without Stripe customer, Brevo contact or e-mail ends too: absent is done with count 0', async () => {
    const { uid } = await auth.createUser({});
    await eventually(
      async () => (await own.doc(`subjects/${uid}`).get()).exists,
      (known) => known,
    );
    await db.doc(`users/${uid}`).set({ firstName: 'Ada', stripeCustomerId: 'cus_does_not_exist' });
    await auth.deleteUser(uid);
    const { outcomes } = await ended(uid);
    for (const record of ['stripeCustomer', 'brevoContact'])
      expect(outcomes).toContainEqual(expect.objectContaining({ record, outcome: 'done', count: 0 }));
    expect((await db.doc(`users/${uid}`).get()).exists).toBe(false);
  });

  it('of a uid that somebody else uses afterwards is of the first account only: the second person begins a chain of their own', async () => {
    const uid = freshUid();
    const consent = {
      granted: true,
      policyVersion: '2025-06-15',
      source: 'app',
      updatedAt: FieldValue.serverTimestamp(),
    };
    await auth.createUser({ uid });
    await db.doc(`users/${uid}/consents/analytics`).set(consent);
    await eventually(
      () => chainOf(pseudonym(uid)),
      ({ entries }) => entries.length === 1,
    );
    await auth.deleteUser(uid);
    await ended(uid);
    await auth.createUser({ uid });
    await db.doc(`users/${uid}/consents/monitoring`).set(consent);
    const second = await eventually(
      () => chainOf(`${pseudonym(uid)}~2`),
      ({ head, entries }) => entries.length === 1 && head.seq === 1,
    );
    expect(second.head.current).toEqual({ monitoring: 'given' });
    expect((await chainOf(pseudonym(uid))).entries.map((e) => e.state)).toEqual(['given', 'begun', 'completed']);
    expect((await db.doc(`users/${uid}/consents/monitoring`).get()).exists).toBe(true);
  });

  it('ends again rows that a device wrote after their end', async () => {
    const { uid } = await auth.createUser({});
    await db.doc(`users/${uid}`).set({ firstName: 'Ada' });
    await auth.deleteUser(uid);
    await eventually(
      () => jobsOf(pseudonym(uid)),
      ([job]) => job?.steps['firestore']?.state === 'done',
    );
    await db.doc(`users/${uid}/activity/late`).set({ createdAt: Timestamp.now() });
    await ended(uid);
    expect((await db.doc(`users/${uid}/activity/late`).get()).exists).toBe(false);
  });

  it('under a legal hold ends the rest, keeps held rows on its ground, and ends those by itself when the hold does', async () => {
    const { uid } = await auth.createUser({});
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim is pending.', fr: 'Un litige est en cours.' } };
    await db.doc(`users/${uid}`).set({ firstName: 'Ada' });
    await db.doc(`users/${uid}/activity/1`).set({ createdAt: Timestamp.now() });
    const hold = `legalHolds/${uid}`;
    const held = { uid, records: ['activity'], createdAt: Timestamp.now(), ground };
    const until = Timestamp.fromMillis(Date.now() + 3_600_000);
    await state({ own, keys }, hold, { ...held, until });
    await auth.deleteUser(uid);
    const [job] = await eventually(
      () => jobsOf(pseudonym(uid)),
      ([one]) => one?.steps['holds']?.state === 'waiting',
    );
    expect(job?.steps['firestore']?.outcomes).toContainEqual(
      expect.objectContaining({ record: 'activity', outcome: 'retained', held: true, count: 1, ground, until }),
    );
    expect((await db.doc(`users/${uid}/activity/1`).get()).exists).toBe(true);
    expect((await db.doc(`users/${uid}`).get()).exists).toBe(false);
    // It is looked at again when the hold ends: both come now, not in an hour.
    const id = job?.id ?? '';
    expect((await own.doc(`jobs/${id}`).get()).get('wakeAt')).toEqual(until);
    await state({ own, keys }, hold, { ...held, until: Timestamp.now() });
    await endWait(id, 'holds');
    const { outcomes } = await ended(uid);
    expect((await db.doc(`users/${uid}/activity/1`).get()).exists).toBe(false);
    expect(outcomes).toContainEqual(expect.objectContaining({ record: 'activity', outcome: 'done', count: 1 }));
    await own.doc(hold).delete();
  });

  it('is erased although Stripe and Brevo fail in every way before they answer', async () => {
    const people = await Promise.all([subscriber(), subscriber(), subscriber()]);
    const kinds = ['500', '500-no-error', 'reset-after', 'garbage', '429'] as const;
    // Each of them meets some of the failures: the more in a row, the longer is the wait after the
    // last.
    const dealt = (paths: readonly string[]) =>
      kinds.map((kind, index) => ({ method: 'DELETE', path: paths[index % paths.length] ?? '', kind, times: 1 }));
    const contacts = await Promise.all(people.map(({ email }) => contactOf(email)));
    await faults('stripe', ...dealt(people.map(({ customer }) => `*/v1/customers/${customer}`)));
    await faults('brevo', ...dealt(contacts.map((contact) => `*/v3/contacts/${contact?.id}`)));
    await Promise.all(people.map(({ uid }) => auth.deleteUser(uid)));
    await Promise.all(people.map(({ uid }) => ended(uid)));
    for (const { customer, email } of people) {
      expect(await stripe().customers.retrieve(customer)).toMatchObject({ deleted: true });
      expect(await contactOf(email)).toBeNull();
    }
    expect([await faultsLeft('stripe'), await faultsLeft('brevo')]).toEqual([[], []]);
  });
});

// Alone: meanwhile Stripe refuses the key for everybody.
describe('a deleted account, while Stripe refuses the key', () => {
  it('deletes nothing while it cannot know the person’s identity elsewhere, waits for an officer, and goes on after a retry', async () => {
    const { uid, customer } = await subscriber();
    const refuse = (refusedKeys: string[]) => control('stripe', 'settings', { refusedKeys });
    await refuse([process.env['STRIPE_SECRET_KEY'] ?? '']);
    await auth.deleteUser(uid);
    const { job } = await ended(uid, 'blocked').finally(() => refuse([]));
    expect(job.steps['identity']).toMatchObject({ state: 'blocked' });
    expect((await db.doc(`users/${uid}`).get()).exists).toBe(true);

    const blocked = await compliance('jobs', 'blocked');
    const [mine] = (blocked.out as { id: string; pseudonym: string }[]).filter((j) => j.pseudonym === pseudonym(uid));
    expect(await compliance('erasure', 'retry', mine?.id ?? '')).toMatchObject({ code: 0, out: { ok: true } });
    await ended(uid);
    expect(await stripe().customers.retrieve(customer)).toMatchObject({ deleted: true });
    expect((await db.doc(`users/${uid}`).get()).exists).toBe(false);
  });
});

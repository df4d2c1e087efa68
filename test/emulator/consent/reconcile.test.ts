import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { reconcileRunner } from '../../../functions/src/consent/reconcile.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { askAgain, markDocument } from '../../../functions/src/consent/askAgain.ts';
import { beginErasure, closeChain } from '../../../functions/src/ledger/erasure.ts';
import { changeHead, putHead } from '../../kit/sealed/ledger.ts';
import { calm, chainWith, chaos, db, fireNightly, freshUid, auth, losing, own, pseudonym } from '../../kit/suite.ts';
import { state } from '../../kit/sealed/statements.ts';
import { chain, consentAt, DAY, drive, jobsOf, openNight, told, tonight, write } from '../retention/nightly.ts';

const night = openNight('reconcile');
const { app, context } = night;
afterAll(() => night.end());

/** The comparison as tonight's job makes it; everything written is an hour old by then. */
async function reconcile(): Promise<number> {
  night.pass(10_000);
  const job = tonight(night).find(({ kind }) => kind === 'reconcile');
  if (!job) throw new Error('no job');
  const runner = reconcileRunner(context);
  const [outcome] = await drive(runner, 'documents', job);
  await drive(runner, 'protection', job);
  return outcome?.count ?? 0;
}
const at = (): number => {
  night.pass(1000);
  return night.now();
};

describe('decisions with a lost event', () => {
  it('are found by comparing the documents with the ledger, with the time at which they happened, once', async () => {
    const uid = freshUid();
    const when = at();
    await write(night, uid, 'analytics', consentAt(when, true));
    await reconcile();
    await reconcile();
    const { head, entries, lines } = await told(night, uid);
    expect(lines).toEqual(['analytics given']);
    expect(entries[0]).toMatchObject({ reconciled: true, occurredAt: when, actor: 'subject' });
    expect(head.current).toEqual({ analytics: 'given' });
  });

  it.each([
    ['the reconciliation first', ['reconcile', 'event']],
    ['the event first', ['event', 'reconcile']],
    ['both twice', ['reconcile', 'event', 'reconcile', 'event']],
    ['both twice, the event first', ['event', 'event', 'reconcile', 'reconcile']],
  ])('%s: the decision is there exactly once', async (_, order) => {
    const uid = freshUid();
    const { deliver } = await write(night, uid, 'messages', consentAt(at(), true));
    for (const what of order) await (what === 'event' ? deliver() : reconcile());
    expect((await told(night, uid)).lines).toEqual(['messages given']);
    expect((await jobsOf(night, uid)).map(({ kind }) => kind)).toEqual(['change']);
  });

  it('at the same time, twice each: exactly once', async () => {
    const people = Array.from({ length: 5 }, freshUid);
    const written = await Promise.all(people.map((uid) => write(night, uid, 'analytics', consentAt(at(), true))));
    const delivered = () => written.map(({ deliver }) => deliver());
    await Promise.all([reconcile(), ...delivered(), reconcile(), ...delivered()]);
    for (const uid of people) expect((await told(night, uid)).lines).toEqual(['analytics given']);
  });

  it('a withdrawal is one, and ends the data that rest on the consent', async () => {
    const uid = freshUid();
    await (await write(night, uid, 'analytics', consentAt(at(), true))).deliver();
    await write(night, uid, 'analytics', { granted: false, updatedAt: Timestamp.fromMillis(at()) });
    await reconcile();
    expect((await told(night, uid)).lines).toEqual(['analytics given', 'analytics withdrawn']);
    expect(Object.keys((await jobsOf(night, uid))[0]?.steps ?? {})).toEqual([
      'recipients',
      'officers',
      'end_firestore',
      'endCheck',
      'endSecondLook',
    ]);
  });

  it('events that come after a later document was found: each is there once, and the latest counts', async () => {
    const uid = freshUid();
    const first = await write(night, uid, 'analytics', consentAt(at(), true));
    const second = await write(night, uid, 'analytics', consentAt(at(), false));
    await reconcile();
    await first.deliver();
    await second.deliver();
    const { head, lines } = await told(night, uid);
    expect(lines).toEqual(['analytics refused', 'analytics given']);
    expect(head.current).toEqual({ analytics: 'refused' });
  });

  it('the same answer to the same text is none', async () => {
    const uid = freshUid();
    await (await write(night, uid, 'analytics', consentAt(at(), true))).deliver();
    await write(night, uid, 'analytics', consentAt(at(), true, { appVersion: '9.9' }));
    await reconcile();
    expect((await told(night, uid)).lines).toEqual(['analytics given']);
  });

  it('the same answer is one if the person had been asked again', async () => {
    const uid = freshUid();
    await (await write(night, uid, 'analytics', consentAt(at() - 200 * DAY, true))).deliver();
    expect(await askAgain(context, uid)).toBe(1);
    await write(night, uid, 'analytics', consentAt(at(), true));
    await reconcile();
    const { head, lines } = await told(night, uid);
    expect(lines).toEqual(['analytics given', 'analytics expired', 'analytics reconfirmed']);
    expect(head.current).toEqual({ analytics: 'reconfirmed' });
  });

  it('nothing is made of a document of just now, of a place of the same name, of an unknown purpose, or that cannot be read', async () => {
    const uid = freshUid();
    const paths: Record<string, object> = {
      [`teams/${uid}/consents/analytics`]: consentAt(at(), true),
      [`users/${uid}/consents/fortuneTelling`]: consentAt(at(), true),
      [`users/${uid}/consents/hosting`]: consentAt(at(), true),
      [`users/${uid}/consents/messages`]: { granted: true, updatedAt: Timestamp.fromMillis(at()) },
    };
    for (const [path, data] of Object.entries(paths)) await app.doc(path).set(data);
    await reconcile();
    await app.doc(`users/${uid}/consents/analytics`).set(consentAt(night.now() + 9500, true));
    await reconcile();
    expect((await told(night, uid)).lines).toEqual([]);
    expect((await told(night, 'nobody')).lines).toEqual([]);
  });

  it('an erased person stays erased', async () => {
    const uid = freshUid();
    await (await write(night, uid, 'analytics', consentAt(at(), true))).deliver();
    const erased = { at: night.now(), accountCreatedAt: 1 };
    await write(night, uid, 'analytics', consentAt(at(), false));
    await beginErasure(context, chain(night, uid), { job: 'job', createdAt: 1 }, erased);
    await closeChain(context, chain(night, uid), 'job', erased);
    await reconcile();
    expect((await told(night, uid)).lines).toEqual(['analytics given', 'erasure begun', 'erasure completed']);
  });
});

describe('beside them, the nightly comparison', () => {
  it('marks a document that agrees to an expired text, and never a newer answer', async () => {
    const uid = freshUid();
    const ref = app.doc(`users/${uid}/consents/analytics`);
    const { deliver } = await write(night, uid, 'analytics', consentAt(at(), true));
    await deliver();
    const old = await ref.get();
    const { head } = await told(night, uid);
    const expired = { ...head, current: { analytics: 'expired' } };
    await write(night, uid, 'analytics', consentAt(at(), true));
    expect(await markDocument(context, expired, 'analytics', old), 'written since it was read').toBe(false);
    expect(
      await markDocument(context, expired, 'analytics', await ref.get()),
      'an answer that the ledger does not know',
    ).toBe(false);
    expect((await ref.get()).get('reconsentRequired')).toBeUndefined();
    await ref.set(consentAt(head.consents['analytics']?.written?.at ?? 0, true));
    await changeHead(context, chain(night, uid), { current: { ...head.current, analytics: 'expired' } });
    await reconcile();
    expect((await ref.get()).get('reconsentRequired')).toBe(true);
  });

  it('notices that a child has reached the age from which it decides alone, and asks it again', async () => {
    const uid = freshUid();
    const until = Timestamp.fromMillis(at() + 5000);
    await state({ own: night.own, keys: context.keys }, `ageBands/${uid}`, { band: 'child', until });
    await refreshProtection(context, uid);
    await (await write(night, uid, 'analytics', consentAt(at(), true))).deliver();
    expect((await told(night, uid)).head.current).toEqual({ analytics: 'pending' });
    await reconcile();
    const { head, lines } = await told(night, uid);
    expect(lines).toEqual(['protection both', 'analytics pending', 'protection alone', 'analytics expired']);
    expect(head.protection).toBeUndefined();
    await reconcile();
    expect((await told(night, uid)).lines).toHaveLength(4);
  });

  it('learns from Auth the identity of a person whom only a document names, unless that very account was erased', async () => {
    const email = `${freshUid()}@example.com`;
    const [living, erased] = [await auth.createUser({ email, emailVerified: true }), await auth.createUser({})];
    for (const { uid } of [living, erased]) {
      await night.own.doc(`subjects/${uid}`).delete();
      await write(night, uid, 'analytics', consentAt(at(), true));
    }
    const accountCreatedAt = Math.floor(Date.parse(erased.metadata.creationTime) / 1000);
    await putHead(context, chain(night, erased.uid), { erasing: { at: Date.now(), accountCreatedAt } });
    await reconcile();
    expect((await night.own.doc(`subjects/${living.uid}`).get()).data()).toMatchObject({ verifiedEmails: [email] });
    expect((await night.own.doc(`subjects/${erased.uid}`).get()).exists).toBe(false);
  });
});

describe('decisions of many people with lost events', () => {
  // The last of this night's: any comparison after it goes through all of them again.
  it('more than one page of them', async () => {
    await reconcile();
    const uids = Array.from({ length: 310 }, () => freshUid());
    const when = at();
    const batch = app.batch();
    for (const uid of uids) batch.set(app.doc(`users/${uid}/consents/monitoring`), consentAt(when, true));
    await batch.commit();
    expect(await reconcile()).toBe(310);
    expect(await reconcile()).toBe(0);
  });
});

describe('in the suite', () => {
  afterEach(() => chaos(calm));

  it('an event that never came: the nightly schedule records the decision', async () => {
    const uid = freshUid();
    await chaos({ ...calm, drop: 1 });
    const consent = { granted: true, policyVersion: '2025-06-15', source: 'app' };
    const written = { ...consent, updatedAt: FieldValue.serverTimestamp() };
    await losing(() => db.doc(`users/${uid}/consents/analytics`).set(written));
    await chaos(calm);
    await fireNightly(
      () => own.doc(`ledger/${pseudonym(uid)}`).get(),
      ({ exists }) => exists,
    );
    const { entries } = await chainWith(pseudonym(uid), 1);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ state: 'given', reconciled: true });
  });
});

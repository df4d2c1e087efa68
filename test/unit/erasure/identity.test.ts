import { describe, expect, it } from 'vitest';
import { writeSealed } from '../../kit/sealed/seal.ts';
import {
  accountOf,
  collectAgain,
  collectIdentity,
  identityNow,
  type Identity,
} from '../../../functions/src/erasure/identity.ts';
import { startByOfficer } from '../../../functions/src/erasure/officer.ts';
import { previewErasure } from '../../../functions/src/erasure/preview.ts';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { toDocument } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { forgetAddress, learnAddress, readAddress } from '../../../functions/src/subject/addresses.ts';
import { readKnown } from '../../../functions/src/subject/known.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import { loadSystem } from '../../../functions/src/systems/registry.ts';
import { account, own, proven, useWorld, world } from './identityWorld.ts';
import { CREATED, NOW } from './memory.ts';

useWorld();

describe('the identity of a person, collected before anything is deleted', () => {
  it('has the facts that Auth knows now: no event told that the address was verified', async () => {
    const { uid, job } = account({ phoneNumber: '+33612345678' });
    expect(await readKnown(world.context, uid)).toBeNull();
    const { subject } = await collectIdentity(world.context, job);
    expect(subject).toMatchObject({ verifiedEmails: [`${uid}@example.com`], phones: ['+33612345678'] });
    expect(await readKnown(world.context, uid)).toMatchObject({ verifiedEmails: [`${uid}@example.com`] });
  });

  it('is collected once: each finding stays, even after it is gone', async () => {
    const { uid, job } = account();
    const customer = await world.customer({ metadata: { uid } });
    const first = await collectIdentity(world.context, job);
    expect(first.handles).toContainEqual({ system: 'stripe', id: customer });
    await (await world.context.clients.stripe()).customers.del(customer);
    world.users.delete(uid);
    expect(await collectIdentity(world.context, job)).toEqual(first);
  });

  it('is not of another account that uses the uid now', async () => {
    const { job } = account({ metadata: { creationTime: new Date((CREATED + 1) * 1000).toUTCString() } });
    await expect(collectIdentity(world.context, job)).rejects.toMatchObject({ code: 'uid_in_use' });
    const unknown = account({}, null);
    await expect(collectIdentity(world.context, unknown.job)).rejects.toMatchObject({ code: 'uid_in_use' });
  });

  it('names the installations as claims, at most twenty, and those of nobody else', async () => {
    const { uid, job } = account();
    const names = Array.from({ length: 30 }, (_, index) => `i${String(index).padStart(2, '0')}`);
    await world.write(Object.fromEntries(names.map((name) => [`users/${uid}/installations/${name}`, {}])));
    await world.write({ [`teams/${uid}/installations/other`]: {}, [`users/${uid}x/installations/other`]: {} });
    const { subject } = await collectIdentity(world.context, job);
    expect(subject.installations).toEqual(names.slice(0, 20));
  });

  it('keeps an address while only another account has it that has not verified it', async () => {
    const { uid, user, job } = account();
    world.users.delete(uid);
    const atDeletion = { emails: [user.email], phones: [] };
    const known = { verifiedEmails: [user.email], providerIds: {}, atDeletion };
    await writeSealed(own().doc(`subjects/${uid}`), known, world.context.keys);
    world.sign(`thief-of-${uid}`, { email: user.email, emailVerified: false });
    expect((await collectIdentity(world.context, job)).subject.verifiedEmails).toEqual([user.email]);
  });
});

/** The ids that were found at other companies. */
const elsewhere = ({ handles }: Pick<Identity, 'handles'>): string[] =>
  handles.flatMap(({ system, id }) => (system === 'auth' ? [] : [id])).sort();

const lookAgain: typeof identityNow = async (context, job) =>
  collectAgain(context, job, await identityNow(context, job));

describe('the looks of an erasure, days after the first', () => {
  it('touch nothing of a person who uses the uid by then', async () => {
    const { uid, job } = account();
    await collectIdentity(world.context, job);
    const creationTime = new Date((CREATED + 60) * 1000).toUTCString();
    world.sign(uid, { email: 'another@example.com', emailVerified: true, metadata: { creationTime } });
    for (const look of [identityNow, lookAgain])
      await expect(look(world.context, job)).rejects.toMatchObject({ code: 'uid_in_use' });
  });

  it('prove nothing by an address that another person has verified by then: nor anything that only the address had found', async () => {
    const { uid, user, job } = account();
    const email = String(user.email);
    const [contact, named] = [await world.contact({ email }), await world.customer({ metadata: { uid } })];
    expect((await identityNow(world.context, job)).subject.verifiedEmails).toEqual([email]);
    expect(elsewhere(await identityNow(world.context, job))).toEqual([contact, named].sort());
    world.users.delete(uid);
    world.sign(`heir-of-${uid}`, { email, emailVerified: true });
    for (const look of [identityNow, lookAgain, identityNow]) {
      const now = await look(world.context, job);
      expect(now.subject).toMatchObject({
        verifiedEmails: [],
        unproven: [{ value: email, reason: 'addressOfAnother' }],
      });
      expect(elsewhere(now)).toEqual([named]);
      expect(now.refused.map(({ candidate, reason }) => [candidate.id, reason])).toEqual([
        [contact, 'addressOfAnother'],
      ]);
    }
  });

  it('find a customer and a contact that were made since, and add them to the collected ones', async () => {
    const { uid, job } = account();
    expect(elsewhere(await collectIdentity(world.context, job))).toEqual([]);
    const customer = await world.customer({ metadata: { uid } });
    const again = await lookAgain(world.context, job);
    expect(elsewhere(again)).toEqual([customer]);
    expect(await collectIdentity(world.context, job)).toEqual(again);
  });

  it('leave to an officer an object that names another person by then, at Stripe and at Brevo', async () => {
    const { uid, user, job } = account();
    const email = String(user.email);
    const [customer, contact] = [await world.customer({ email }), await world.contact({ email })];
    const { subject, handles } = await collectIdentity(world.context, job);
    expect(elsewhere({ handles })).toEqual([contact, customer].sort());
    await (await world.context.clients.stripe()).customers.update(customer, { metadata: { uid: `heir-of-${uid}` } });
    const brevo = await world.context.clients.brevo();
    await brevo.contacts.updateContact({ identifier: Number(contact), identifierType: 'contact_id', ext_id: 'heir' });
    const scope = { policy: world.context.policy, subject, handles, now: NOW, deadline: NOW + 60_000 };
    // Nothing below the customer was looked at: nobody can say that it has ended.
    for (const id of ['stripeCustomer', 'stripeInvoices', 'stripeSubscriptions', 'brevoContact']) {
      const record = recordOf(world.context.policy, id);
      const system = await loadSystem(record.system, world.context);
      const ended = await system.apply({ id, record }, scope, { kind: 'erase', accountDeletedAt: NOW });
      const outcomes = 'settled' in ended ? ended.settled : [];
      const none = id === 'brevoContact' ? [['done', 0]] : [];
      expect(outcomes.map(({ outcome, count }) => [outcome, count])).toEqual([...none, ['manual', 1]]);
    }
    expect(await (await world.context.clients.stripe()).customers.retrieve(customer)).not.toHaveProperty('deleted');
  });
});

describe('a person without an account', () => {
  it('is found by the address that they proved, and forgotten with the collected identity', async () => {
    const email = 'nobody@example.com';
    const customer = await world.customer({ email });
    const contact = await world.contact({ email });
    const { subjectKey, job } = await proven(' Nobody@Example.com');
    expect(accountOf(job)).toMatchObject({ uid: '', key: subjectKey, accountCreatedAt: null });
    const { subject, handles } = await collectIdentity(world.context, job);
    expect(subject).toMatchObject({ uid: '', pseudonym: job.pseudonym, verifiedEmails: [email] });
    const only = { by: 'email', value: email };
    expect(handles).toEqual([
      { system: 'stripe', id: customer, only },
      { system: 'brevo', id: contact, only },
    ]);
    const identity = own().doc(`subjects/${subjectKey}/identities/${job.id}`);
    expect((await identity.get()).exists).toBe(true);

    for (let times = 0; times < 2; times++) await forgetAddress(own(), subjectKey);
    expect((await identity.get()).exists).toBe(false);
    expect(await readAddress(world.context, subjectKey)).toBeNull();
    await expect(collectIdentity(world.context, job)).rejects.toMatchObject({ code: 'address_gone' });
  });

  it('is not taken for an account: rows that name a uid are left alone', async () => {
    const email = 'somebody@example.com';
    await world.customer({ email, metadata: { uid: 'somebody' } });
    await world.contact({ email, ext_id: 'somebody' });
    const { job } = await proven(email);
    const { handles, refused } = await collectIdentity(world.context, job);
    expect(handles).toEqual([]);
    expect(refused.map(({ reason }) => reason)).toEqual(['namesSomebodyElse', 'namesSomebodyElse']);
  });

  it('with an account by now is erased by that', async () => {
    const { user } = account();
    const { job } = await proven(user.email ?? '');
    await expect(collectIdentity(world.context, job)).rejects.toMatchObject({ code: 'email_in_use' });
  });

  it('does not prove an address that another system could take for another one', async () => {
    const email = 'mic\u212aael@example.com';
    const refused = { code: 'subject.email' };
    await expect(learnAddress(world.context, { email, provenAt: NOW })).rejects.toMatchObject(refused);
    await expect(startByOfficer(world.context, { email }, NOW)).rejects.toMatchObject(refused);
    await expect(previewErasure(world.context, { email })).rejects.toMatchObject(refused);
    expect((await own().collection('jobs').where('input.uid', '==', '').get()).size).toBe(0);
  });
});

describe('an erasure that is given up', () => {
  it('keeps nothing that it learnt: not the address that nobody else asks about, and not the person’s identity', async () => {
    const email = 'regrets@example.com';
    const { subjectKey, job } = await proven(email);
    await collectIdentity(world.context, job);
    const second = { ...job, id: `${job.id}_second` };
    for (const one of [job, second]) await own().doc(`jobs/${one.id}`).create(toDocument(one, world.context.keys));

    expect(await giveUp(world.context, job.id, { by: 'officer', now: NOW })).toMatchObject({ ok: true });
    expect((await own().doc(`subjects/${subjectKey}/identities/${job.id}`).get()).exists).toBe(false);
    expect(await readAddress(world.context, subjectKey)).not.toBeNull();
    expect(await giveUp(world.context, second.id, { by: 'officer', now: NOW })).toMatchObject({ ok: true });
    expect(await readAddress(world.context, subjectKey)).toBeNull();
    expect(await giveUp(world.context, second.id, { by: 'officer', now: NOW })).toMatchObject({
      ok: false,
      because: 'nothingToDo',
    });
  });

  it('of a person without an account ends their chain, and does not begin if it is put back', async () => {
    const { job } = await proven('undecided@example.com');
    const { id, pseudonym = '' } = job;
    const stored = toDocument(job, world.context.keys);
    await own().doc(`jobs/${id}`).create(stored);
    await giveUp(world.context, id, { by: 'officer', now: NOW });
    expect((await own().doc(`ledger/${pseudonym}`).get()).data()).toHaveProperty('closed');
    await own().doc(`jobs/${id}`).set(stored);
    await erasureRunner(world.context, reconcilePerson).run('begin', job, { deadline: Infinity });
    expect((await own().doc(`jobs/${id}`).get()).get('status')).toBe('cancelled');
    expect((await own().doc(`tombstones/${pseudonym}`).get()).exists).toBe(false);
  });

  it('leaves the servers’ knowledge of an account that lives on', async () => {
    const { uid, job } = account();
    await collectIdentity(world.context, job);
    await own().doc(`jobs/${job.id}`).create(toDocument(job, world.context.keys));
    await giveUp(world.context, job.id, { by: 'officer', now: NOW });
    expect((await own().doc(`subjects/${uid}/identities/${job.id}`).get()).exists).toBe(false);
    expect(await readKnown(world.context, uid)).not.toBeNull();
  });
});

it('a task that is slower than another takes the identity that the other had collected', async () => {
  const { uid, job } = account();
  const faster = { subject: { uid, verifiedEmails: ['of the faster task'] }, handles: [], refused: [] };
  const { clients } = world.context;
  const auth: typeof clients.auth = async () => {
    const ref = own().doc(`subjects/${uid}/identities/${job.id}`);
    await writeSealed(ref, { identity: JSON.stringify(faster) }, world.context.keys);
    return clients.auth();
  };
  expect(await collectIdentity({ ...world.context, clients: { ...clients, auth } }, job)).toEqual(faster);
  expect(await collectIdentity(world.context, job)).toEqual(faster);
});

it('a task that goes on after its erasure has ended collects nothing anew', async () => {
  const { uid, job } = account();
  const [officers] = [{ ...job.steps['officers'], state: 'done' }] as Job['steps'][string][];
  const ended = { ...job, steps: { ...job.steps, ...(officers ? { officers } : {}) } };
  await own().doc(`jobs/${job.id}`).create(toDocument(ended, world.context.keys));
  await expect(collectIdentity(world.context, job)).rejects.toMatchObject({ code: 'ended' });
  expect((await own().doc(`subjects/${uid}/identities/${job.id}`).get()).exists).toBe(false);
});

describe('the person of an erasure', () => {
  it.each([{ uid: 'a/b' }, { uid: '..' }, { uid: '' }, { uid: '', subjectKey: 'victim' }, { uid: 7 }])(
    'is said by nothing else than a uid or the key of an address: %j',
    (input) => {
      const { job } = account();
      const wrong = { ...job, input: { ...job.input, subjectKey: null, ...input } };
      expect(() => accountOf(wrong)).toThrow('does not say whom');
    },
  );
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planExport } from '../../../functions/src/export/plan.ts';
import { writeArchive } from '../../../functions/src/export/archive/write.ts';
import { emptyHead } from '../../../functions/src/ledger/chain.ts';
import { memoryStore } from '../export/helpers.ts';
import { writeSealed } from '../../kit/seal.ts';
import { startStandins, type Standins } from '../../../emulator/standins/index.ts';
import {
  accountOf,
  collectAgain,
  collectIdentity,
  identityNow,
  type Identity,
} from '../../../functions/src/erasure/identity.ts';
import { previewErasure, startByOfficer } from '../../../functions/src/erasure/officer.ts';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { toDocument } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { forgetAddress, learnAddress, readAddress } from '../../../functions/src/subject/addresses.ts';
import { addressPseudonym } from '../../../functions/src/subject/emails.ts';
import { knownFromAuth, learn, readKnown } from '../../../functions/src/subject/identity.ts';
import { lostOutcomes } from '../../../functions/src/erasure/plan.ts';
import { resultOf } from '../../../functions/src/erasure/result.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { loadSystem } from '../../../functions/src/systems/registry.ts';
import { CREATED, NOW, World } from './memory.ts';

let servers: Standins;
let world: World;
beforeAll(async () => {
  servers = await startStandins();
  world = new World(servers);
});
afterAll(() => servers.stop());

let number = 0;
/** An account, and the job of its erasure. */
function account(more: Parameters<World['sign']>[1] = {}, createdAt: number | null = CREATED) {
  const uid = `person${(number += 1)}`;
  const user = world.sign(uid, { email: `${uid}@example.com`, emailVerified: true, ...more });
  const job = world.job({ uid, pseudonym: pseudonymOf(uid, world.context.keys), accountCreatedAt: createdAt });
  return { uid, user, job };
}
const own = () => world.context.clients.own();

/** A person without an account, and the job of their erasure. */
const proven = async (email: string) => {
  const { keys } = world.context;
  const subjectKey = await learnAddress(world.context, { email, provenAt: NOW });
  const pseudonym = addressPseudonym(email, keys);
  return { subjectKey, job: world.job({ uid: '', subjectKey, pseudonym, accountCreatedAt: null }) };
};

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
    await erasureRunner(world.context).run('begin', job, { deadline: Infinity });
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
  const [close] = [{ ...job.steps['close'], state: 'done' }] as Job['steps'][string][];
  const ended = { ...job, steps: { ...job.steps, ...(close ? { close } : {}) } };
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

describe('notes about a person, written without a key', () => {
  const victims = 'victim@example.com';
  const forged = {
    pseudonym: 'v1_x',
    accountCreatedAt: CREATED,
    verifiedEmails: [victims],
    providerIds: { stripeCustomer: 'cus_of_the_victim' },
    atDeletion: { emails: [victims], phones: [] },
  };

  it.each(['a living account', 'an account that is gone'])(
    'proves nothing of %s, and an officer is told',
    async (which) => {
      const { uid, job } = account();
      const theirs = `${uid}.${victims}`;
      await world.contact({ email: theirs });
      if (which !== 'a living account') world.users.delete(uid);
      const told = { verifiedEmails: [theirs], atDeletion: { emails: [theirs], phones: [] } };
      await own()
        .doc(`subjects/${uid}`)
        .set({ ...forged, ...told });
      const { subject, handles } = await collectIdentity(world.context, job);
      const emails = which === 'a living account' ? [`${uid}@example.com`] : [];
      expect(subject).toMatchObject({ verifiedEmails: emails, providerIds: {}, historyLost: true });
      expect(JSON.stringify(subject)).not.toContain(victims);
      expect(handles.filter(({ system }) => system !== 'auth')).toEqual([]);
      const step = erasureRunner(world.context).run('close', job, { deadline: Infinity });
      expect(await step).toMatchObject({
        settled: expect.arrayContaining([expect.objectContaining({ record: 'subjects', outcome: 'manual', count: 1 })]),
      });
      const outcomes = lostOutcomes(amikeo, NOW);
      const closed = {
        ...job,
        steps: { ...job.steps, close: { state: 'done', after: [], attempts: 0, outcomes } },
      } as Job;
      expect(resultOf(amikeo, closed, NOW).find((one) => 'record' in one && one.record === 'subjects')).toMatchObject({
        state: 'manual',
      });
    },
  );

  it('is not merged with new facts, which from then on say that a part was lost', async () => {
    const { uid, user } = account();
    await own().doc(`subjects/${uid}`).set(forged);
    const known = knownFromAuth(user, 'v1_p');
    for (let times = 0; times < 2; times++) {
      await learn(world.context, known);
      expect(await readKnown(world.context, uid)).toMatchObject({
        uid,
        verifiedEmails: known.verifiedEmails,
        providerIds: {},
        historyLost: true,
      });
    }
  });

  it('is named in an access for each place that is searched by addresses', async () => {
    const { context } = world;
    const missing = async (uid: string): Promise<string[]> => {
      const chain = pseudonymOf(uid, context.keys);
      const written = await writeArchive(context, memoryStore(), {
        ...{ ref: { uid, requestId: 'r1' }, plan: planExport(context.policy, 'access'), chain, head: emptyHead(chain) },
        ...{ name: 'a.zip', stopAt: Infinity, tolerant: false, part: { number: 1 } },
        full: { at: Infinity, bytes: Infinity },
      });
      return [...(written?.missing ?? [])].sort();
    };
    const { uid } = account();
    const before = await missing(uid);
    await own().doc(`subjects/${uid}`).set(forged);
    const added = (await missing(uid)).filter((source) => !before.includes(source));
    expect(added).toEqual(['brevo', 'contactRequests', 'stripe']);
  });

  it('in the place of a collected identity is collected anew, once', async () => {
    const { uid, job } = account();
    const ref = own().doc(`subjects/${uid}/identities/${job.id}`);
    const identity = {
      subject: { uid, verifiedEmails: [victims] },
      handles: [{ system: 'brevo', id: '1' }],
      refused: [],
    };
    await ref.set({ identity: JSON.stringify(identity), more: true });
    const first = await collectIdentity(world.context, job);
    expect(first.subject).toMatchObject({ verifiedEmails: [`${uid}@example.com`], historyLost: true });
    expect(first.handles).toEqual([{ system: 'auth', id: uid }]);
    expect(await collectIdentity(world.context, job)).toEqual(first);
  });

  it('under the key of an address proves no address', async () => {
    const { subjectKey, job } = await proven('true@example.com');
    await own()
      .doc(`subjects/${subjectKey}`)
      .update({ verifiedEmails: [victims] });
    await expect(collectIdentity(world.context, job)).rejects.toMatchObject({ code: 'address_gone' });
  });
});

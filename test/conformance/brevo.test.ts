import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { startBrevo } from '../../emulator/standins/index.ts';
import { RetryAfterError } from '../../functions/src/platform/errors.ts';
import { amikeo } from '../../functions/src/policy/amikeo/index.ts';
import { loadSystem } from '../../functions/src/systems/registry.ts';
import type { Change, Subject } from '../../functions/src/systems/system.ts';
import { drive, erase, fresh, recordsOf, scopeFor, subjectOf, testContext } from './harness.ts';
import { Control, survivesFaults } from './faults.ts';
import { conformance, type Planted, type Seed } from './suite.ts';

const server = await startBrevo();
const first = testContext({ brevo: server.url });
const control = new Control(server.url);
const brevo = await first.clients.brevo();
const list = (await brevo.contacts.createList({ name: 'News', folderId: 1 })).id;
const context = { ...first, config: { ...first.config, brevoMarketingList: list } };
const system = await loadSystem('brevo', context);
afterAll(() => server.stop());

async function contact(email: string, extId?: string): Promise<number> {
  const attributes = { PRENOM: 'Camille', NOM: 'Martin' };
  await brevo.contacts.createContact({
    email,
    attributes,
    listIds: [list],
    ...(extId === undefined ? {} : { ext_id: extId }),
  });
  return (await brevo.contacts.getContactInfo({ identifier: email, identifierType: 'email_id' })).id;
}
const mail = (email: string) =>
  brevo.transactionalEmails.sendTransacEmail({
    sender: { email: 'bonjour@amikeo.example' },
    to: [{ email }],
    subject: 'Bonjour',
    htmlContent: '<p>Bonjour</p>',
  });
const find = async (identifier: string | number, identifierType: 'email_id' | 'contact_id' | 'ext_id') =>
  brevo.contacts.getContactInfo({ identifier, identifierType }).catch(() => null);
const logged = async (email: string) => (await brevo.transactionalEmails.getTransacEmailsList({ email })).count ?? 0;

async function plant(): Promise<Planted> {
  const uid = fresh('cf');
  const email = `${uid}@example.com`;
  const id = await contact(email, uid);
  await mail(email);
  await mail(email);
  const others = [
    { email: `x${email}`, uid: `${uid}x` },
    { email: `y${email}`, uid: uid.slice(0, -1) },
    { email: `${email}.org`, uid: uid.toUpperCase() },
    { email: `z${email}` },
  ];
  for (const other of others) {
    await contact(other.email, other.uid);
    await mail(other.email);
  }
  const stays = async () => ((await find(id, 'contact_id')) === null ? 0 : 1);
  return {
    subject: subjectOf(uid, { verifiedEmails: [email] }),
    stranger: subjectOf(fresh('nobody'), { verifiedEmails: [`${fresh('nobody')}@example.com`] }),
    left: async () => (await stays()) + (await logged(email)),
    leftOf: async (record) => (record === 'brevoContact' ? stays() : logged(email)),
    retained: {},
    others: async () =>
      Promise.all(others.map(async (other) => [await find(other.email, 'email_id'), await logged(other.email)])),
    // Two e-mails are four events: each was sent and delivered.
    rows: { brevoContact: 1, brevoEmails: 4 },
    counts: { brevoContact: 1, brevoEmails: 2 },
  };
}

/** Somebody without an account: the contact of an address, naming nobody. */
async function plantNoAccount(): Promise<Planted> {
  const { subject, others, ...planted } = await plant();
  const email = `${fresh('cf')}@example.com`;
  const id = await contact(email);
  await mail(email);
  const anothers = subject.verifiedEmails[0] ?? '';
  const stays = async () => ((await find(id, 'contact_id')) === null ? 0 : 1);
  const none = { accountCreatedAt: null, pseudonym: 'v1_nobody' };
  return {
    ...planted,
    subject: subjectOf('', { ...none, verifiedEmails: [email] }),
    stranger: subjectOf('', { ...none, verifiedEmails: [`${fresh('nobody')}@example.com`] }),
    left: async () => (await stays()) + (await logged(email)),
    leftOf: async (record) => (record === 'brevoContact' ? stays() : logged(email)),
    others: async () => [await others(), await find(anothers, 'email_id'), await logged(anothers)],
    rows: { brevoContact: 1, brevoEmails: 2 },
    counts: { brevoContact: 1, brevoEmails: 1 },
  };
}

const seed: Seed = { policy: amikeo, plant };
const [contactRecord, logRecord] = recordsOf(amikeo, 'brevo');
if (contactRecord?.id !== 'brevoContact' || logRecord?.id !== 'brevoEmails') throw new Error('records of the policy');

conformance(system, seed);
conformance(system, { policy: amikeo, plant: plantNoAccount }, 'a person without an account');
survivesFaults(system, seed, control, (path) =>
  path.replace(/[^/]*@[^/]*|cf-[^/]+|%40[^/]*/g, '*').replace(/(contacts|processes)\/\d+/, '$1/*'),
);

describe('Brevo, further', () => {
  beforeEach(async () => {
    await control.put('settings', { processPolls: 2, logDeletion: 'process' });
    await control.put('limits', { enforced: false });
  });

  it('shows the deletion of a log as submitted, with its process, until Brevo has finished', async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    const begun = await system.apply(logRecord, scope, erase);
    expect(begun).toMatchObject({
      wait: expect.any(Number),
      soFar: [{ outcome: 'submitted', count: 2, providerId: expect.stringMatching(/^\d+$/) }],
    });
    await expect(system.check(logRecord, scope, erase)).rejects.toMatchObject({ code: 'brevo.left' });
    if (!('wait' in begun) || begun.cursor === undefined) throw new Error('a wait has a cursor');
    const { outcomes } = await drive((s) => system.apply(logRecord, s, erase), { ...scope, cursor: begun.cursor });
    expect(outcomes).toEqual([{ record: 'brevoEmails', count: 2, outcome: 'done', how: 'deleted' }]);
  });

  it('understands the answer of the reference too: 204 and no process', async () => {
    await control.put('settings', { logDeletion: '204', processPolls: 0 });
    const { subject, left } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    await drive((s) => system.apply(contactRecord, s, erase), scope);
    const { outcomes } = await drive((s) => system.apply(logRecord, s, erase), scope);
    expect(outcomes).toEqual([{ record: 'brevoEmails', count: 2, outcome: 'done', how: 'deleted' }]);
    expect(await left()).toBe(0);
  });

  it("waits as long as Brevo's own header says", async () => {
    const { subject } = await plant();
    const scope = await scopeFor(system, amikeo, subject);
    await control.put('limits', { enforced: true, hourMs: 1_800_000, secondMs: 100_000 });
    const ask = async () => {
      for (let i = 0; i < 20; i++)
        await system
          .check(contactRecord, scope, erase)
          .catch((e: unknown) => (e instanceof RetryAfterError ? Promise.reject(e) : null));
    };
    const before = Date.now();
    const error = await ask().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RetryAfterError);
    expect((error as RetryAfterError).until - before).toBeGreaterThan(50_000);
    expect(Date.now() - before, 'never a sleep').toBeLessThan(10_000);
  });

  it('leaves a contact of the same e-mail that names somebody else, and its log, to an officer', async () => {
    const email = `${fresh('cf')}@example.com`;
    const id = await contact(email, fresh('other'));
    await mail(email);
    const scope = await scopeFor(system, amikeo, subjectOf(fresh('cf'), { verifiedEmails: [email] }));
    expect(scope.handles).toEqual([]);
    for (const record of [contactRecord, logRecord]) {
      const foretold = await system.preview(record, scope, erase);
      const { outcomes } = await drive((s) => system.apply(record, s, erase), scope);
      expect(foretold).toEqual(outcomes);
      expect(outcomes).toContainEqual(expect.objectContaining({ outcome: 'manual', count: 1 }));
    }
    expect(await find(id, 'contact_id')).not.toBeNull();
    expect(await logged(email)).toBe(1);
  });

  describe('an answer to marketing', () => {
    const consent = (granted: boolean, email: string, attributes = {}): Change => ({
      kind: 'consent',
      purpose: 'messages',
      granted,
      email,
      attributes,
    });
    const bring = async (subject: Subject, change: Change, attempts = 1) => {
      const scope = await scopeFor(system, amikeo, subject);
      const before = await Promise.all(subject.verifiedEmails.map((email) => find(email, 'email_id')));
      const foretold = await system.preview(contactRecord, scope, change);
      expect(await Promise.all(subject.verifiedEmails.map((email) => find(email, 'email_id')))).toEqual(before);
      const { outcomes } = await drive((s) => system.apply(contactRecord, s, change), scope, { attempts });
      expect(foretold).toEqual(outcomes);
      const checked = await drive((s) => system.check(contactRecord, s, change), scope);
      expect(checked.outcomes).toEqual(outcomes);
      return outcomes;
    };
    const person = () => {
      const uid = fresh('cf');
      const email = `${uid}@example.com`;
      return { uid, email, subject: subjectOf(uid, { verifiedEmails: [email] }) };
    };

    it('given: makes a contact under the uid, in the list, not blocklisted; twice is once', async () => {
      const { uid, email, subject } = person();
      for (let times = 0; times < 2; times++) {
        expect(await bring(subject, consent(true, email, { PRENOM: 'Camille' }))).toMatchObject([
          { outcome: 'done', count: 1 },
        ]);
        expect(await find(uid, 'ext_id')).toMatchObject({
          email,
          emailBlacklisted: false,
          listIds: [list],
          attributes: { PRENOM: 'Camille' },
        });
      }
    });

    it('given to one purpose while another forbids messages: the contact is there, blocklisted and not in the list', async () => {
      const { uid, email, subject } = person();
      await bring(subject, consent(true, email));
      await bring(subject, { ...consent(true, email), purpose: 'userDatabase', silent: true } as Change);
      expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true, listIds: [] });
      await bring(subject, consent(true, email));
      expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: false, listIds: [list] });
    });

    describe('who unsubscribed at Brevo itself', () => {
      const since = (messagesSince: number, email: string): Change =>
        ({ ...consent(true, email), messagesSince }) as Change;
      const objected = [{ record: 'brevoContact', count: 1, outcome: 'done', how: 'objected' }];
      /** Through the link in a campaign, of which Brevo tells the time; or anywhere else, of which it tells nothing. */
      const ways = {
        'through the link in a campaign': (email: string) => control.put('unsubscriptions', { email }),
        'in a way that Brevo does not date': (email: string) =>
          brevo.contacts.updateContact({ identifier: email, identifierType: 'email_id', emailBlacklisted: true }),
      };

      it.each(Object.entries(ways))('%s: is not subscribed again by a retry', async (_, unsubscribe) => {
        const { uid, email, subject } = person();
        const given = since(Date.now(), email);
        await bring(subject, given);
        await unsubscribe(email);
        expect(await bring(subject, given)).toEqual(objected);
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true });
      });

      it.each(Object.entries(ways))('%s: is not subscribed again by another consent', async (_, unsubscribe) => {
        const { uid, email, subject } = person();
        const given = Date.now();
        await bring(subject, since(given, email));
        await unsubscribe(email);
        const another = { ...since(given, email), purpose: 'userDatabase', decidedAt: Date.now() + 1000 } as Change;
        expect(await bring(subject, another)).toEqual(objected);
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true });
      });

      it.each(Object.entries(ways))('%s: is subscribed again by a newer answer', async (_, unsubscribe) => {
        const { uid, email, subject } = person();
        await bring(subject, since(Date.now(), email));
        await unsubscribe(email);
        expect(await bring(subject, since(Date.now() + 1000, email))).toMatchObject([
          { outcome: 'done', how: 'changed' },
        ]);
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: false, listIds: [list] });
      });

      it('after the newer answer, and before that was brought there: the time that Brevo tells decides', async () => {
        const { uid, email, subject } = person();
        await bring(subject, since(Date.now() - 5000, email));
        await setTimeout(20);
        const newer = Date.now();
        await setTimeout(20);
        await ways['through the link in a campaign'](email);
        expect(await bring(subject, since(newer, email))).toEqual(objected);
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true });
      });

      it('before this backend ever wrote to Brevo, and after the answer: stays as it is', async () => {
        const { email, subject } = person();
        await contact(email);
        const given = Date.now() - 1000;
        await ways['in a way that Brevo does not date'](email);
        expect(await bring(subject, since(given, email))).toEqual(objected);
        expect(await find(email, 'email_id')).toMatchObject({ emailBlacklisted: true });
      });

      it('a contact that this backend blocklisted itself, a moment after the newer answer, is subscribed again', async () => {
        const { uid, email, subject } = person();
        const given = Date.now();
        await bring(subject, since(given, email));
        await bring(subject, consent(false, email));
        await bring(subject, since(given, email));
        expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: false, listIds: [list] });
      });
    });

    it('withdrawn: blocklists and unlists the contact, which stays; absent is done with count 0', async () => {
      const { uid, email, subject } = person();
      expect(await bring(subject, consent(false, email))).toEqual([
        { record: 'brevoContact', count: 0, outcome: 'done' },
      ]);
      await bring(subject, consent(true, email));
      expect(await bring(subject, consent(false, email))).toMatchObject([{ outcome: 'done', count: 1 }]);
      expect(await find(uid, 'ext_id')).toMatchObject({ emailBlacklisted: true, listIds: [] });
    });

    it('withdrawn under a new e-mail: the blocklisted contact keeps its old one, or Brevo would subscribe it again', async () => {
      const { uid, email, subject } = person();
      await bring(subject, consent(true, email));
      const moved = { ...subject, verifiedEmails: [`new-${email}`] };
      await bring(moved, consent(false, `new-${email}`));
      expect(await find(uid, 'ext_id')).toMatchObject({ email, emailBlacklisted: true });
    });

    it('given after a change of e-mail: goes to the address of the answer', async () => {
      const { uid, email, subject } = person();
      await bring(subject, consent(true, email));
      await bring({ ...subject, verifiedEmails: [`new-${email}`] }, consent(true, `new-${email}`));
      expect(await find(uid, 'ext_id')).toMatchObject({ email: `new-${email}`, emailBlacklisted: false });
    });

    it('touches no contact of an address that Auth did not verify, or that names somebody else', async () => {
      const { uid, email } = person();
      const id = await contact(email);
      const before = await find(id, 'contact_id');
      for (const granted of [true, false]) await bring(subjectOf(uid), consent(granted, email));
      expect(await find(id, 'contact_id')).toEqual(before);
      const other = `o-${email}`;
      const anothers = await contact(other, fresh('other'));
      const otherBefore = await find(anothers, 'contact_id');
      for (const granted of [true, false]) {
        const outcomes = await bring(subjectOf(uid, { verifiedEmails: [other] }), consent(granted, other));
        expect(outcomes).toContainEqual(expect.objectContaining({ outcome: 'manual' }));
      }
      expect(await find(anothers, 'contact_id')).toEqual(otherBefore);
    });

    it.each(['429', '500', '500-no-error', 'reset-before', 'reset-after', 'garbage'] as const)(
      'is not said to be there after %s of any call',
      async (kind) => {
        const shapes = [
          { method: 'GET', path: '/v3/contacts' },
          { method: 'POST', path: '/v3/contacts' },
          { method: 'PUT', path: '/v3/contacts' },
        ];
        for (const fault of shapes) {
          for (const granted of [true, false]) {
            const { uid, email, subject } = person();
            if (!granted || fault.method === 'PUT') await contact(email, uid);
            if (!granted && fault.method === 'POST') continue;
            await control.faults([{ ...fault, kind }]);
            const scope = await scopeFor(system, amikeo, subject).catch(() => scopeFor(system, amikeo, subject));
            await drive((s) => system.apply(contactRecord, s, consent(granted, email)), scope, { attempts: 5 });
            expect(await control.pending(), `${fault.method} met ${kind}`).toBe(0);
            expect(await find(uid, 'ext_id'), `${fault.method} ${kind} ${granted}`).toMatchObject({
              emailBlacklisted: !granted,
            });
          }
        }
      },
    );
  });
});

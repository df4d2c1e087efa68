import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../functions/policies/amikeo/index.ts';
import type { Change, Subject } from '../../functions/src/systems/system.ts';
import { proven, provenEmail } from '../kit/proven.ts';
import { contactRecord } from './worlds/brevoAccount.ts';
import { brevo, contact, control, find, list, system } from './worlds/brevo.ts';
import { drive, erase, fresh, scopeFor, subjectOf } from './harness.ts';

describe('Brevo, an answer to marketing', () => {
  const consent = (granted: boolean, email: string): Change => ({
    kind: 'consent',
    purpose: 'messages',
    granted,
    email: provenEmail(email),
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
    return { uid, email, subject: subjectOf(uid, { verifiedEmails: proven(email) }) };
  };

  it('given: makes a contact under the uid, in the list, not blocklisted; twice is once', async () => {
    const { uid, email, subject } = person();
    for (let times = 0; times < 2; times++) {
      expect(await bring(subject, consent(true, email))).toMatchObject([{ outcome: 'done', count: 1 }]);
      expect(await find(uid, 'ext_id')).toMatchObject({
        email,
        emailBlacklisted: false,
        listIds: [list],
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

  describe('a person who unsubscribed at Brevo itself', () => {
    const since = (messagesSince: number, email: string): Change =>
      ({ ...consent(true, email), messagesSince }) as Change;
    const objected = [{ record: 'brevoContact', count: 1, outcome: 'done', how: 'objected' }];
    /**
     * Through the link in a campaign, of which Brevo tells the time; or anywhere else, of which it
     * tells nothing.
     */
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
    const moved = { ...subject, verifiedEmails: proven(`new-${email}`) };
    await bring(moved, consent(false, `new-${email}`));
    expect(await find(uid, 'ext_id')).toMatchObject({ email, emailBlacklisted: true });
  });

  it('given after a change of e-mail: goes to the address of the answer', async () => {
    const { uid, email, subject } = person();
    await bring(subject, consent(true, email));
    await bring({ ...subject, verifiedEmails: proven(`new-${email}`) }, consent(true, `new-${email}`));
    expect(await find(uid, 'ext_id')).toMatchObject({ email: `new-${email}`, emailBlacklisted: false });
  });

  it('withdrawn for an address that Brevo was not asked about: an officer looks, at an erasure as well', async () => {
    const uid = fresh('cf');
    const email = `${uid}&co@example.com`;
    const subject = subjectOf(uid, { verifiedEmails: proven(email) });
    const byHand = [{ outcome: 'manual', count: 1, what: { en: expect.stringContaining('could not be asked') } }];
    expect(await bring(subject, consent(false, email))).toMatchObject(byHand);
    const scope = await scopeFor(system, amikeo, subject);
    for (const how of ['apply', 'check'] as const) {
      const { outcomes } = await drive((s) => system[how](contactRecord, s, erase), scope);
      expect(outcomes.slice(-1)).toMatchObject(byHand);
    }
  });

  it('touches no contact of an address that Auth did not verify; a yes touches none that names somebody else', async () => {
    const { uid, email } = person();
    const id = await contact(email);
    const before = await find(id, 'contact_id');
    for (const granted of [true, false]) await bring(subjectOf(uid), consent(granted, email));
    expect(await find(id, 'contact_id')).toEqual(before);
    const other = `o-${email}`;
    const anothers = await contact(other, fresh('other'));
    const otherBefore = await find(anothers, 'contact_id');
    const owner = subjectOf(uid, { verifiedEmails: proven(other) });
    const outcomes = await bring(owner, consent(true, other));
    expect(outcomes).toContainEqual(expect.objectContaining({ outcome: 'manual' }));
    expect(await find(anothers, 'contact_id')).toEqual(otherBefore);
    // The owner of the mailbox says no: nothing is sent there, whomever the contact names.
    await bring(owner, consent(false, other));
    expect(await find(anothers, 'contact_id')).toMatchObject({
      emailBlacklisted: true,
      attributes: otherBefore?.attributes,
    });
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

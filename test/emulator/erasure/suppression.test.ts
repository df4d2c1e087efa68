import { FieldValue } from 'firebase-admin/firestore';
import { afterAll, describe, expect, it } from 'vitest';
import { emailHash } from '../../../functions/src/subject/emails.ts';
import { suppress, isSuppressed, liftSuppression } from '../../../functions/src/subject/suppression.ts';
import { contactObjected } from '../../../functions/src/systems/brevo/objections.ts';
import { loadSystem } from '../../../functions/src/systems/registry.ts';
import type { Change, Subject } from '../../../functions/src/systems/system.ts';
import { drive, fresh, recordsOf, scopeFor, subjectOf } from '../../conformance/harness.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { proven, provenEmail } from '../../kit/proven.ts';
import { brevo, contactOf, control } from '../../kit/providers.ts';
import { openNight } from '../retention/nightly.ts';
import { runCompliance } from '../../compliance.ts';
import { auth, chainOf, chainWith, db, eventually, keys, own, pseudonym } from '../../kit/suite.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

const night = openNight('suppression');
const { context } = night;
afterAll(() => night.end());

const system = await loadSystem('brevo', context);
const [contacts] = recordsOf(amikeo, 'brevo');
if (contacts?.id !== 'brevoContact') throw new Error('records of the policy');

const list = Number(process.env['BREVO_MARKETING_LIST']);

const consent = (email: string, more: Partial<Extract<Change, { kind: 'consent' }>> = {}): Change => ({
  kind: 'consent',
  purpose: 'messages',
  granted: true,
  email: provenEmail(email),
  ...more,
});

async function bring(subject: Subject, change: Change) {
  const scope = await scopeFor(system, amikeo, subject);
  const { outcomes } = await drive((s) => system.apply(contacts ?? never(), s, change), scope);
  expect((await drive((s) => system.check(contacts ?? never(), s, change), scope)).outcomes).toEqual(outcomes);
  return outcomes;
}
const never = (): never => {
  throw new Error('no record');
};

/** The command as an officer runs it, with the keys of the suite. */
async function compliance(args: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await runCompliance(args, { ...process.env, PSEUDONYM_KEY_V1: keys.keys[1] });
  return { code, text: stdout + stderr };
}

function person(): { uid: string; email: string; subject: Subject } {
  const uid = fresh('sup');
  const email = `${uid}@example.com`;
  return { uid, email, subject: subjectOf(uid, { verifiedEmails: proven(email) }) };
}

// Each of these is about addresses of its own: side by side.
describe.concurrent('an address of an owner who objected before they were erased', () => {
  it('gets no contact: not for messages, and not silently for the address book', async () => {
    const { email, subject } = person();
    await suppress(night.own, proven(email), context.keys, night.now());
    for (const change of [consent(email), consent(email, { purpose: 'userDatabase', silent: true })]) {
      expect(await bring(subject, change)).toEqual([
        { record: 'brevoContact', count: 0, outcome: 'done', how: 'objected' },
      ]);
      expect(await contactOf(email)).toBeNull();
    }
    // A no needs nothing.
    expect(await bring(subject, consent(email, { granted: false }))).toEqual([
      { record: 'brevoContact', count: 0, outcome: 'done' },
    ]);
  });

  it('gets one for everybody else, and when an officer has lifted it', async () => {
    const [objector, other] = [person(), person()];
    await suppress(night.own, proven(objector.email), context.keys, night.now());
    expect(await bring(other.subject, consent(other.email))).toMatchObject([{ count: 1, how: 'changed' }]);
    expect(await liftSuppression(context, objector.email)).toBe(true);
    expect(await bring(objector.subject, consent(objector.email))).toMatchObject([{ count: 1, how: 'changed' }]);
    expect(await contactOf(objector.email)).toMatchObject({ emailBlacklisted: false, listIds: [list] });
  });

  it('is looked up and lifted by a command, which repeats the address nowhere', async () => {
    const { email } = person();
    await suppress(own, proven(email), keys, night.now());
    const kept = async (): Promise<boolean> => (await own.doc(`suppressions/${emailHash(email, keys)}`).get()).exists;
    const said: string[] = [];
    const suppression = async (...args: string[]): Promise<number> => {
      const { code, text } = await compliance(['suppression', ...args, '--email', email]);
      said.push(text);
      return code;
    };
    expect(await suppression('check')).toBe(0);
    expect(await suppression('lift')).toBe(2);
    expect(said.at(-1)).toContain('--proven');
    expect(await kept()).toBe(true);
    expect(await suppression('lift', '--proven')).toBe(0);
    expect(await kept()).toBe(false);
    expect(await suppression('check')).toBe(1);
    expect(said.join()).not.toContain(email);
  });

  it('does not get one by the change of an address: the contact that is there stays as it is', async () => {
    const { uid, email, subject } = person();
    await bring(subject, consent(email));
    const taken = `taken-${email}`;
    await suppress(night.own, proven(taken), context.keys, night.now());
    const moved = subjectOf(uid, { verifiedEmails: proven(taken) });
    expect(await bring(moved, consent(taken))).toEqual([
      { record: 'brevoContact', count: 1, outcome: 'done', how: 'objected' },
    ]);
    expect(await contactOf(taken)).toBeNull();
    expect(await contactOf(email)).not.toBeNull();
  });
});

describe.concurrent('an objection at Brevo itself', () => {
  const unsubscribe = (email: string) => control('brevo', 'unsubscriptions', { email });
  const objected = async (subject: Subject, since?: number) =>
    contactObjected(context, await scopeFor(system, amikeo, subject), since);

  it('counts: through the link of a campaign, or by a blocklisting that is not ours', async () => {
    const [campaign, blocked, silent] = [person(), person(), person()];
    for (const { subject, email } of [campaign, blocked]) await bring(subject, consent(email));
    expect(await objected(campaign.subject)).toBe(false);
    await unsubscribe(campaign.email);
    await brevo(`/contacts/${encodeURIComponent(blocked.email)}?identifierType=email_id`, 'PUT', {
      emailBlacklisted: true,
    });
    expect(await objected(campaign.subject)).toBe(true);
    expect(await objected(blocked.subject)).toBe(true);
    expect(await objected(silent.subject)).toBe(false);
    // Before the answer that counts, it was taken back by that answer.
    await bring(campaign.subject, consent(campaign.email, { messagesSince: Date.now() + 1000 }));
    expect(await objected(campaign.subject, Date.now() + 1000)).toBe(false);
  });

  it('is none if this backend blocklisted the contact, for a withdrawal or a restriction', async () => {
    const { subject, email } = person();
    await bring(subject, consent(email));
    await bring(subject, consent(email, { granted: false }));
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
    expect(await objected(subject)).toBe(false);
  });

  it('of somebody else’s contact is not the person’s', async () => {
    const { email, subject } = person();
    await brevo('/contacts', 'POST', { email, ext_id: fresh('other'), emailBlacklisted: true });
    expect(await objected(subject)).toBe(false);
  });
});

/** The deployed functions: an objection, an erasure, and the same address in a new account. */
describe.concurrent('a person who objected, was erased and comes back', () => {
  const answer = (granted: boolean) => ({
    granted,
    policyVersion: AMIKEO_VERSION,
    source: 'app',
    updatedAt: FieldValue.serverTimestamp(),
  });
  const erased = (uid: string) =>
    eventually(
      async () => (await own.doc(`tombstones/${pseudonym(uid)}`).get()).get('completedAt') as unknown,
      (at) => at !== undefined,
      240_000,
    );
  const brought = async (uid: string) =>
    eventually(
      () => chainOf(pseudonym(uid)),
      ({ entries }) => entries.some(({ kind }) => kind === 'effect'),
    );

  /**
   * Makes a person who is erased, is forgotten except for their objection, and comes back with the
   * same address.
   */
  async function comesBack({ what, email, uid: before }: { what: string; email: string; uid: string }): Promise<void> {
    await erased(before);
    expect(await contactOf(email)).toBeNull();
    const kept = await own.doc(`suppressions/${emailHash(email, keys)}`).get();
    expect(kept.data()).toEqual(what === 'objects' ? { objectedAt: expect.anything() } : undefined);
    const { uid } = await auth.createUser({ email, emailVerified: true });
    await db.doc(`users/${uid}/consents/messages`).set(answer(true));
    await chainWith(pseudonym(uid), 1);
    const { entries } = await brought(uid);
    if (what === 'objects') {
      expect(await contactOf(email)).toBeNull();
      expect(entries.find(({ kind }) => kind === 'effect')).toMatchObject({ state: 'blocklisted' });
      expect(await isSuppressed({ ...context, clients: { ...context.clients, own: () => own }, keys }, email)).toBe(
        true,
      );
    } else expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
  }

  it('is not written to again; a person who had not objected is asked like anybody', async () => {
    const people = await Promise.all(
      ['objects', 'agrees'].map(async (what) => {
        const email = `${fresh(what)}@example.com`;
        const { uid } = await auth.createUser({ email, emailVerified: true });
        const consents = db.doc(`users/${uid}/consents/messages`);
        await consents.set(answer(true));
        await brought(uid);
        if (what === 'objects') {
          await db.doc(`users/${uid}/privacyRequests/marketing`).set({
            type: 'objection',
            createdAt: FieldValue.serverTimestamp(),
            details: { marketing: true },
          });
          await eventually(
            () => contactOf(email),
            (contact) => contact?.['emailBlacklisted'] === true,
          );
        }
        await auth.deleteUser(uid);
        return { what, email, uid };
      }),
    );
    await Promise.all(people.map((one) => comesBack(one)));
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../../emulator/standins/faults.ts';
import { answer } from '../../kit/consents.ts';
import { eachNth } from '../../kit/depth.ts';
import { person } from '../../kit/person.ts';
import { contactOf, control, faults } from '../../kit/providers.ts';
import { state } from '../../kit/sealed/statements.ts';
import { chainOf, chainWith, db, eventually, keys, own, pseudonym } from '../../kit/suite.ts';

const effectsIn = async (uid: string) =>
  (await chainOf(pseudonym(uid))).entries
    .filter(({ kind }) => kind === 'effect')
    .map(({ purpose, system, state, outcome, actor }) => ({ purpose, system, state, outcome, actor }));
const entry = (purpose: string, state: string) => ({
  purpose,
  system: 'brevo',
  state,
  outcome: 'done',
  actor: 'backend',
});
/** Somebody with an account, and how they answer. */
async function account(): Promise<{
  uid: string;
  email: string;
  say: (purpose: string, granted: boolean) => Promise<unknown>;
}> {
  const { uid, email } = await person();
  return { uid, email, say: (purpose, granted) => db.doc(`users/${uid}/consents/${purpose}`).set(answer(granted)) };
}

/** Faults are for everybody: nobody is beside these. */
describe('while Brevo fails', () => {
  const failures: [kind: FaultKind, method: string][] = [
    ['429', 'GET'],
    ['500', 'POST'],
    ['500-no-error', 'POST'],
    ['reset-before', 'POST'],
    ['reset-after', 'POST'],
    ['timeout', 'POST'],
    ['garbage', 'GET'],
  ];
  it.each(eachNth(4, failures))(
    'after %s of a %s the answer arrives all the same, and is in the ledger once',
    async (kind, method) => {
      const { uid, email, say } = await account();
      await faults('brevo', { method: method, path: '/v3/contacts', kind: kind, times: 1 });
      await say('messages', true);
      expect(
        await eventually(
          () => effectsIn(uid),
          (all) => all.length > 0,
        ),
      ).toEqual([entry('messages', 'messages')]);
      expect(await contactOf(email)).toMatchObject({ emailBlacklisted: false });
    },
  );
});

describe.concurrent('marketing follows the ledger, and the ledger names each call', () => {
  it('each answer that reached Brevo is an entry, once, with its result', async () => {
    const { uid, email, say } = await account();
    await say('messages', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 1,
    );
    await say('userDatabase', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 2,
    );
    await say('messages', false);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 3,
    );
    await say('userDatabase', false);
    expect(
      await eventually(
        () => effectsIn(uid),
        (all) => all.length === 4,
      ),
    ).toEqual([
      entry('messages', 'messages'),
      entry('userDatabase', 'messages'),
      entry('messages', 'contact'),
      entry('userDatabase', 'blocklisted'),
    ]);
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true, listIds: [] });
    await chainWith(pseudonym(uid), 8);
  });

  it('a restriction takes the person off the list, and lifting it brings them back (Art. 18)', async () => {
    const { uid, email, say } = await account();
    await say('messages', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 1,
    );
    const restriction = own.doc(`restrictions/${uid}`);
    await state({ own, keys }, restriction.path, { createdAt: Timestamp.now() });
    await eventually(
      () => contactOf(email),
      (contact) => contact?.emailBlacklisted === true && contact.listIds.length === 0,
    );
    await restriction.delete();
    await eventually(
      () => contactOf(email),
      (contact) => contact?.emailBlacklisted === false && contact.listIds.length === 1,
    );
    const effects = await eventually(
      () => effectsIn(uid),
      (all) => all.length === 3,
    );
    expect(effects.map(({ state }) => state)).toEqual(['messages', 'blocklisted', 'messages']);
  });

  it('a restricted person is not written to (Art. 18(2)), and the entry says so', async () => {
    const { uid, email, say } = await account();
    await say('messages', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 1,
    );
    await state({ own, keys }, `restrictions/${uid}`, { createdAt: Timestamp.now() });
    await say('userDatabase', true);
    const effects = await eventually(
      () => effectsIn(uid),
      (all) => all.length === 3,
    );
    expect(effects.slice(1)).toContainEqual(entry('userDatabase', 'blocklisted'));
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true, listIds: [] });
  });

  it('a person who unsubscribed at Brevo is left alone by another consent, and the entry says blocklisted', async () => {
    const { uid, email, say } = await account();
    await say('messages', true);
    await eventually(
      () => effectsIn(uid),
      (all) => all.length === 1,
    );
    await control('brevo', 'unsubscriptions', { email });
    await say('userDatabase', true);
    const effects = await eventually(
      () => effectsIn(uid),
      (all) => all.length === 2,
    );
    expect(effects[1]).toEqual(entry('userDatabase', 'blocklisted'));
    expect(await contactOf(email)).toMatchObject({ emailBlacklisted: true });
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparePage } from '../../../functions/src/erasure/compareAccounts.ts';
import { amend } from '../../../functions/src/ledger/store.ts';
import { listTasks } from '../../../functions/src/officerTasks/store.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { knownFromAuth } from '../../../functions/src/subject/identity.ts';
import { learn, readKnown } from '../../../functions/src/subject/known.ts';
import { suppress } from '../../../functions/src/subject/suppression.ts';
import { proven } from '../../kit/proven.ts';
import { runDying } from '../../kit/dying.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { changeKey } from '../../kit/sealed/newKey.ts';
import { state } from '../../kit/sealed/statements.ts';
import { account, EMAIL, NEXT, NOW, UID, world } from './world.ts';

const NEW = 'ada@new.example';
const BEFORE = { stripe: [EMAIL, 'Ada Byron'], brevo: [EMAIL, 'Ada', 'Byron'] };
const AFTER = { stripe: [EMAIL, 'Ada Lovelace'], brevo: [EMAIL, 'Ada', 'Lovelace'] };

let at: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  at = await world();
  await at.write({ firstName: 'Ada', lastName: 'Byron' });
});
afterEach(() => at.stop());

/** Changes the key, and lets the chain go on under it. */
async function underNewKey(): Promise<void> {
  changeKey(at.context);
  await amend(at.context, UID, () => ({ entries: [], patch: {} }));
}

const rename = () => at.write({ firstName: 'Ada', lastName: 'Lovelace' });
const later = async (ms = NEXT) => {
  at.context.time.now += ms;
  return at.work();
};

describe('a corrected name', () => {
  it('is carried to every company that has it, when the slot of time is over (Art. 16, 19)', async () => {
    await rename();
    expect(await at.work()).toMatchObject([{ status: 'waiting' }, { status: 'waiting' }]);
    expect(await at.there()).toEqual(BEFORE);
    const done = await later();
    expect(done.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(done.map(({ steps }) => steps['carry']?.outcomes)).toEqual([
      [{ record: 'brevoContact', count: 1, outcome: 'done', how: 'changed' }],
      [{ record: 'stripeCustomer', count: 1, outcome: 'done', how: 'changed' }],
    ]);
    expect(await at.there()).toEqual(AFTER);
    // The uid goes from a job that is over.
    expect(JSON.stringify(done)).not.toMatch(/"uid"|Lovelace|Byron/);
  });

  it('is carried as it is then, also one whose event comes late or is lost in the same slot', async () => {
    await at.write({ firstName: 'Ada', lastName: 'King' });
    await at.write({ firstName: 'Ada', lastName: 'Lovelace' }, false);
    await later();
    expect(await at.there()).toEqual(AFTER);
  });

  it('that is empty or gone in the profile empties nothing elsewhere', async () => {
    await at.write({ firstName: ' ', lastName: 'Lovelace' });
    await later();
    expect(await at.there()).toEqual({ stripe: [EMAIL, 'Lovelace'], brevo: [EMAIL, 'Ada', 'Lovelace'] });
    await at.write({});
    await later();
    expect((await at.there())['brevo']).toEqual([EMAIL, 'Ada', 'Lovelace']);
  });

  it('waits while the processing of the person’s data is restricted, and is carried as it is after that (Art. 18)', async () => {
    await rename();
    await state(at.context, `restrictions/${UID}`, { uid: UID });
    expect((await later()).map(({ status }) => status)).toEqual(['waiting', 'waiting']);
    expect(await at.there()).toEqual(BEFORE);
    await at.context.own.doc(`restrictions/${UID}`).delete();
    await later(DAY_MS);
    expect(await at.there()).toEqual(AFTER);
  });

  it.each([
    ['is being erased', () => changeHead(at.context, at.chain, { erasing: { at: NOW, accountCreatedAt: 0 } })],
    ['has no account any more', async () => void (at.users.length = 0)],
  ])('of somebody who %s is carried nowhere', async (_, end) => {
    await rename();
    await end();
    const done = await later();
    expect(done.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(await at.there()).toEqual(BEFORE);
  });

  it('is tried again after a failure of the other company, and says nothing is done before', async () => {
    await rename();
    const fail = (url: string, faults: object[]) =>
      fetch(`${url}/_control/faults`, { method: 'PUT', body: JSON.stringify(faults) });
    await fail(at.urls.stripe, [{ method: 'POST', path: '/v1/customers', kind: '500', times: 2 }]);
    await later();
    expect(await at.there()).toEqual({ ...AFTER, stripe: BEFORE.stripe });
    expect((await at.jobs()).map(({ status }) => status)).toEqual(['completed', 'waiting']);
    await later();
    expect(await at.there()).toEqual(AFTER);
  });

  it.each([false, true])(
    'that no system can carry becomes one task, however often it changes (new key: %s)',
    async (isNewKey) => {
      await at.stripe.customers.create({ email: EMAIL, name: 'Somebody' });
      await at.stripe.customers.update(at.customer, { metadata: { uid: '' } });
      for (const lastName of ['King', 'Noel', 'Lovelace']) {
        if (isNewKey && lastName === 'Noel') await underNewKey();
        await at.write({ firstName: 'Ada', lastName });
        await later();
      }
      const { tasks } = await listTasks(at.context);
      // Two customers have the address, and neither names the person: an officer compares each.
      expect(tasks.map((task) => task.for)).toEqual([{ record: 'stripeCustomer' }, { record: 'stripeCustomer' }]);
      expect((await at.there())['stripe']).toEqual(BEFORE.stripe);
    },
  );
});

describe('another verified address', () => {
  const night = async () => comparePage(at.context, (await at.context.own.collection('subjects').get()).docs);
  const moved = () => at.users.splice(0, 1, account(NEW));
  beforeEach(async () => {
    await learn(at.context, knownFromAuth(account(), at.chain));
  });

  it('is carried by the next night, once; the profile’s own claim of an address never is', async () => {
    await at.write({ firstName: 'Ada', lastName: 'Byron', email: 'victim@example.com' });
    await night();
    expect(await at.jobs()).toEqual([]);
    moved();
    await night();
    expect(await at.jobs()).toHaveLength(2);
    await later();
    expect(await at.there()).toEqual({ stripe: [NEW, 'Ada Byron'], brevo: [NEW, 'Ada', 'Byron'] });
    await later(DAY_MS);
    await night();
    expect(await at.jobs()).toHaveLength(2);
  });

  it('is carried although something else learnt it before the night, and again after a crash', async () => {
    moved();
    await learn(at.context, knownFromAuth(account(NEW), at.chain));
    expect((await readKnown(at.context, UID))?.addressMoved).toBe(true);
    // The process dies when the jobs are made, and before that is noted.
    expect(await runDying(0, [at.context.own], night)).toBe(true);
    expect(await at.jobs()).toHaveLength(2);
    expect((await readKnown(at.context, UID))?.addressMoved).toBe(true);
    await night();
    expect((await readKnown(at.context, UID))?.addressMoved).toBeUndefined();
    await later();
    expect((await at.there())['stripe']).toEqual([NEW, 'Ada Byron']);
  });

  it('that nobody has verified is carried nowhere', async () => {
    at.users.splice(0, 1, { ...account(NEW), emailVerified: false });
    await night();
    expect(await at.jobs()).toEqual([]);
  });

  it('of a contact that may not be written to subscribes nobody again', async () => {
    await at.brevo.contacts.updateContact({ identifier: UID, identifierType: 'ext_id', emailBlacklisted: true });
    moved();
    await night();
    await later();
    const contact = await at.brevo.contacts.getContactInfo({ identifier: UID, identifierType: 'ext_id' });
    expect(contact).toMatchObject({ email: NEW, emailBlacklisted: true });
  });

  it('whose owner objected to messages before an erasure is blocklisted with the change', async () => {
    await suppress(at.context.own, proven(NEW), at.context.keys, NOW);
    moved();
    await night();
    await later();
    const contact = await at.brevo.contacts.getContactInfo({ identifier: UID, identifierType: 'ext_id' });
    // One that is blocklisted in the list would have objected at Brevo by now.
    expect(contact).toMatchObject({ email: NEW, emailBlacklisted: true, listIds: [] });
  });

  it('of somebody who unsubscribes at that very moment: stays so, and an officer looks', async () => {
    const { contacts } = at.brevo;
    const update = contacts.updateContact.bind(contacts);
    contacts.updateContact = ((change: Parameters<typeof update>[0]) =>
      (async () => {
        const body = JSON.stringify({ email: EMAIL });
        if (change.attributes?.['EMAIL'] !== undefined)
          await fetch(`${at.urls.brevo}/_control/unsubscriptions`, { method: 'PUT', body });
        return update(change);
      })()) as unknown as typeof update;
    moved();
    await night();
    await later();
    const contact = await at.brevo.contacts.getContactInfo({ identifier: UID, identifierType: 'ext_id' });
    expect(contact).toMatchObject({ email: NEW, emailBlacklisted: true });
    const { tasks } = await listTasks(at.context);
    expect(tasks.map((task) => task.for)).toEqual([{ record: 'brevoContact' }]);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparePage } from '../../../functions/src/erasure/compareAccounts.ts';
import { listTasks } from '../../../functions/src/officerTasks/store.ts';
import { HOUR_MS } from '../../../functions/src/platform/time.ts';
import { knownFromAuth } from '../../../functions/src/subject/identity.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { account, NEXT, UID, world } from './world.ts';

/** A contact at Brevo gets another address, while its owner says yes or no. */

const NEW = 'ada@new.example';
const OWN = { identifier: UID, identifierType: 'ext_id' } as const;

let at: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  at = await world();
  await at.write({ firstName: 'Ada', lastName: 'Byron' });
  await learn(at.context, knownFromAuth(account(), at.chain));
  at.users.splice(0, 1, account(NEW));
  await comparePage(at.context, (await at.context.own.collection('subjects').get()).docs);
});
afterEach(() => at.stop());

const work = async (ms = NEXT) => {
  at.context.time.now += ms;
  return at.work();
};
const contact = () => at.brevo.contacts.getContactInfo(OWN);
const tasks = async () => (await listTasks(at.context)).tasks.map(({ what }) => what['en']);
const LOST = expect.stringContaining('lost its place') as string;
/** The answer to messages, as the head has it. */
const answers = (state: 'given' | 'withdrawn') =>
  changeHead(at.context, at.chain, { current: { messages: state }, since: { messages: at.context.time.now } });

type Update = typeof at.brevo.contacts.updateContact;
type Change = Parameters<Update>[0];
/** Puts something in the place of the calls that change a contact. */
function updates(by: (change: Change, update: (change: Change) => Promise<unknown>) => Promise<unknown>): () => void {
  const { contacts } = at.brevo;
  const update = contacts.updateContact.bind(contacts);
  contacts.updateContact = ((change: Change) => by(change, async (one) => update(one))) as unknown as Update;
  return () => void (contacts.updateContact = update);
}
const isMove = ({ attributes }: Change): boolean => attributes?.['EMAIL'] !== undefined;
const died = () => new Error('the process died');

/** Blocklists the contact, as a withdrawal does. */
const block = () =>
  at.brevo.contacts.updateContact({
    ...OWN,
    emailBlacklisted: true,
    unlinkListIds: [at.context.config.brevoMarketingList],
  });
/** The effect of a yes. */
const subscribe = () =>
  at.brevo.contacts.updateContact({
    ...OWN,
    emailBlacklisted: false,
    listIds: [at.context.config.brevoMarketingList],
    attributes: { EMAIL: NEW },
  });

describe('a contact that was blocked when its address changed', () => {
  beforeEach(block);

  it('stays subscribed by a yes that came before the next attempt', async () => {
    const restore = updates(async (change, update) => {
      await update(change);
      if (isMove(change)) throw died();
    });
    await work();
    restore();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true });
    at.context.time.now += 1000;
    await answers('given');
    await subscribe();
    await work(HOUR_MS);
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: false });
    expect(await tasks()).toEqual([]);
  });

  it('is subscribed by a yes whose effect comes after the change', async () => {
    const restore = updates(async (change, update) => {
      if (isMove(change)) throw died();
      return update(change);
    });
    await work();
    restore();
    at.context.time.now += 1000;
    await answers('given');
    await work(HOUR_MS);
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: false });
  });

  it('is an officer’s to look at if Brevo lost the block, also if the process dies when it is blocked again', async () => {
    const restore = updates(async (change, update) => {
      if (isMove(change))
        return update({ identifier: change.identifier, identifierType: 'contact_id', attributes: { EMAIL: NEW } });
      await update(change);
      if (change.emailBlacklisted === true) throw died();
      return undefined;
    });
    await work();
    restore();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true });
    expect(await tasks()).toEqual([]);
    await work(HOUR_MS);
    expect(await tasks()).toEqual([LOST]);
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true });
  });

  it('is an officer’s to look at also if the profile changes while it is blocked again', async () => {
    updates(async (change, update) => {
      if (isMove(change))
        return update({ identifier: change.identifier, identifierType: 'contact_id', attributes: { EMAIL: NEW } });
      if (change.emailBlacklisted === true) await at.write({ firstName: 'Augusta', lastName: 'Byron' }, false);
      return update(change);
    });
    await work();
    expect(await tasks()).toEqual([LOST]);
    expect((await at.there())['brevo']).toEqual([NEW, 'Augusta', 'Byron']);
  });
});

describe('a contact that may be written to when its address changes', () => {
  it('is blocked if its owner takes the yes back at that very moment', async () => {
    await answers('given');
    updates(async (change, update) => {
      if (!isMove(change)) return update(change);
      await answers('withdrawn');
      await update({ ...OWN, emailBlacklisted: true });
      return update(change);
    });
    await work();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true });
    expect(await tasks()).toEqual([LOST]);
  });

  it('stays subscribed, and nobody is asked to look', async () => {
    await answers('given');
    await work();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: false });
    expect(await tasks()).toEqual([]);
  });
});

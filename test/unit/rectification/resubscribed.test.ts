import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { effectJob } from '../../../functions/src/consent/effects.ts';
import { changeRunner } from '../../../functions/src/consent/steps.ts';
import { comparePage } from '../../../functions/src/erasure/compareAccounts.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { listTasks } from '../../../functions/src/officerTasks/store.ts';
import { DAY_MS, HOUR_MS } from '../../../functions/src/platform/time.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { record } from '../../../functions/src/ledger/store.ts';
import { knownFromAuth } from '../../../functions/src/subject/identity.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { suppress } from '../../../functions/src/subject/suppression.ts';
import { proven } from '../../kit/proven.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { state } from '../../kit/sealed/statements.ts';
import { account, EMAIL, NEXT, NOW, UID, world } from './world.ts';

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
const answers = (state: 'given' | 'withdrawn' | 'refused', since = at.context.time.now) =>
  changeHead(at.context, at.chain, { current: { messages: state }, since: { messages: since } });

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

const list = () => at.context.config.brevoMarketingList;
/** Blocklists the contact, as a withdrawal does. */
const block = () =>
  at.brevo.contacts.updateContact({
    ...OWN,
    emailBlacklisted: true,
    unlinkListIds: [list()],
  });
/** The effect of a yes. */
const subscribe = () =>
  at.brevo.contacts.updateContact({
    ...OWN,
    emailBlacklisted: false,
    listIds: [list()],
    attributes: { EMAIL: NEW },
  });
/** Brings the answers of now to Brevo, as a change of any of them does. */
const runEffect = async () => {
  const plan = effectJob(at.context, { id: 'event', uid: UID, purpose: 'messages', chain: at.chain });
  if (plan === undefined) throw new Error('an answer to marketing has no effect');
  await changeRunner(at.context).run('brevo', newJob(plan, at.context.time.now), { deadline: Infinity });
};
/** A yes arrives, and its effect is over at once. */
const sayYes = async () => {
  at.context.time.now += 1000;
  await answers('given');
  await subscribe();
};

describe('a contact that was blocked when its address changed', () => {
  beforeEach(block);

  it('is subscribed by a yes whose whole effect comes between the last look and the change', async () => {
    let isFirst = true;
    updates(async (change, update) => {
      if (isMove(change) && isFirst) {
        isFirst = false;
        await sayYes();
      }
      return update(change);
    });
    await work();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: false, listIds: [list()] });
    expect(await tasks()).toEqual([]);
  });

  it('is subscribed by a yes whose whole effect comes while it is blocked again, and an officer looks', async () => {
    let isFirst = true;
    updates(async (change, update) => {
      if (isMove(change) && change.emailBlacklisted === true)
        return update({ identifier: change.identifier, identifierType: 'contact_id', attributes: { EMAIL: NEW } });
      if (change.emailBlacklisted === true && isFirst) {
        isFirst = false;
        await sayYes();
      }
      return update(change);
    });
    await work();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: false, listIds: [list()] });
    expect(await tasks()).toEqual([LOST]);
  });

  it('stays subscribed by a yes that was given offline before the note, and arrives after it', async () => {
    const before = at.context.time.now;
    const restore = updates(async (change, update) => {
      await update(change);
      if (isMove(change)) throw died();
    });
    await work();
    restore();
    await answers('given', before);
    await subscribe();
    await work(HOUR_MS);
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: false });
    expect(await tasks()).toEqual([]);
  });

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
  it('stays blocked under the address of somebody who objected before an erasure, whatever effect comes', async () => {
    await suppress(at.context.own, proven(NEW), at.context.keys, at.context.time.now);
    await answers('given');
    await work();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true, listIds: [] });
    await runEffect();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true, listIds: [] });
  });

  it('keeps an objection at Brevo that the change has lost: no later effect subscribes it', async () => {
    await answers('given', at.context.time.now - 1000);
    await at.brevo.contacts.updateContact({ ...OWN, emailBlacklisted: true });
    updates((change, update) =>
      update(
        isMove(change)
          ? { identifier: change.identifier, identifierType: 'contact_id', attributes: { EMAIL: NEW } }
          : change,
      ),
    );
    await work();
    expect(await tasks()).toEqual([LOST]);
    await runEffect();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true });
  });

  it('is left as it is while a restriction runs that began behind the note, and moves after it (Art. 18)', async () => {
    await at.write({ firstName: 'Augusta', lastName: 'Byron' });
    const { contacts } = at.brevo;
    const get = contacts.getContactInfo.bind(contacts);
    let isFirst = true;
    contacts.getContactInfo = ((of: Parameters<typeof get>[0]) =>
      (async () => {
        if (of.identifierType === 'contact_id' && isFirst) {
          isFirst = false;
          await state(at.context, `restrictions/${UID}`, { uid: UID });
        }
        return get(of);
      })()) as unknown as typeof get;
    await work();
    expect(isFirst).toBe(false);
    expect((await at.there())['brevo']).toEqual([EMAIL, 'Ada', 'Byron']);
    await at.context.own.doc(`restrictions/${UID}`).delete();
    await work(DAY_MS);
    expect((await at.there())['brevo']).toEqual([NEW, 'Augusta', 'Byron']);
    expect(await tasks()).toEqual([]);
  });

  it('is left as it is if somebody put an older head back, from before a withdrawal', async () => {
    await block();
    const answer = (id: string, now: string) =>
      record(at.context, UID, id, () => ({
        record: { kind: 'consent', purpose: 'messages', state: now, occurredAt: NOW, recordedAt: NOW },
        patch: { current: { messages: now }, since: { messages: NOW } },
      }));
    const head = headRef(at.context.own, at.chain);
    await answer('e1', 'given');
    const given = (await head.get()).data() ?? {};
    await answer('e2', 'withdrawn');
    await head.set(given);
    await work();
    expect(await contact()).toMatchObject({ email: EMAIL, emailBlacklisted: true });
  });

  it.each([
    ['takes the yes back', 'withdrawn'],
    ['says no for the first time', 'refused'],
  ] as const)('is blocked if its owner %s at that very moment', async (_, no) => {
    if (no === 'withdrawn') await answers('given');
    updates(async (change, update) => {
      if (!isMove(change)) return update(change);
      await answers(no);
      await update({ ...OWN, emailBlacklisted: true });
      return update(change);
    });
    await work();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true });
    expect(await tasks()).toEqual([LOST]);
  });

  it('moves blocked if its owner takes the yes back before the call, and nobody is asked to look', async () => {
    await answers('given');
    const { contacts } = at.brevo;
    const get = contacts.getContactInfo.bind(contacts);
    let gets = 0;
    contacts.getContactInfo = ((of: Parameters<typeof get>[0]) =>
      (async () => {
        // Its note is being written; the effect of the withdrawal comes later.
        if (of.identifierType === 'contact_id') gets += 1;
        if (gets === 1) await answers('withdrawn');
        return get(of);
      })()) as unknown as typeof get;
    await work();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true });
    expect(await tasks()).toEqual([]);
  });

  it('stays subscribed, and nobody is asked to look', async () => {
    await answers('given');
    await work();
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: false });
    expect(await tasks()).toEqual([]);
  });
});

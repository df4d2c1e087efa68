import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../../functions/src/platform/time.ts';
import {
  eachMove,
  NEW,
  at,
  work,
  contact,
  tasks,
  LOST,
  answers,
  updates,
  isMove,
  died,
  list,
  block,
  subscribe,
  sayYes,
  dieAfterMove,
} from './moves.sample.ts';

/** A blocked contact at Brevo gets another address, while its owner says yes. */

eachMove();

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

  it('is subscribed by such a yes also if the process dies right after the change', async () => {
    await dieAfterMove();
    // As its owner leaves it if they unsubscribe at Brevo; but it was this backend.
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true, listIds: [list()] });
    await work(HOUR_MS);
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: false, listIds: [list()] });
    expect(await tasks()).toEqual([]);
  });

  it('stays blocked if its owner unsubscribes from that very moment on, as Brevo tells', async () => {
    await dieAfterMove();
    const { contacts } = at.brevo;
    const get = contacts.getContactInfo.bind(contacts);
    const eventTime = new Date(at.context.time.now + 1000).toISOString();
    const unsubscriptions = { userUnsubscription: [{ campaignId: 1, eventTime }], adminUnsubscription: [] };
    contacts.getContactInfo = ((of: Parameters<typeof get>[0]) =>
      (async () => ({ ...(await get(of)), statistics: { unsubscriptions } }))()) as unknown as typeof get;
    await work(HOUR_MS);
    expect(await contact()).toMatchObject({ email: NEW, emailBlacklisted: true, listIds: [list()] });
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

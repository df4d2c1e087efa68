import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { record } from '../../../functions/src/ledger/store.ts';
import { suppress } from '../../../functions/src/subject/suppression.ts';
import { proven } from '../../kit/proven.ts';
import { state } from '../../kit/sealed/statements.ts';
import { EMAIL, NOW, UID } from './world.ts';
import {
  eachMove,
  NEW,
  OWN,
  at,
  work,
  contact,
  tasks,
  LOST,
  answers,
  updates,
  isMove,
  block,
  runEffect,
} from './moves.sample.ts';

/** A subscribed contact at Brevo gets another address, while its owner says yes or no. */

eachMove();

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

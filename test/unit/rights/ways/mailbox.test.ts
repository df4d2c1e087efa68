import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { consentRef } from '../../../../functions/src/consent/documents.ts';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { changeRequest } from '../../../../functions/src/requests/store.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import { forgetAnswered } from '../../../../functions/src/rights/ways/withoutAccount.ts';
import { isSuppressed } from '../../../../functions/src/subject/suppression.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { context, requests, tokenFor, useLinks, visit, work, world } from './links.world.ts';

useLinks();
let number = 0;
const address = () => `mailbox${(number += 1)}@example.com`;
const own = () => context.clients.own();

describe('a proven mailbox', () => {
  it('without an account gets no marketing any more, at once', async () => {
    const email = address();
    await world.contact({ email });
    expect((await visit('POST', await tokenFor(email, 'marketing'))).page).toContain('stopping our advertising');
    await work();
    expect(await isSuppressed(context, email)).toBe(true);
    const contact = await (
      await context.clients.brevo()
    ).contacts.getContactInfo({
      identifier: email,
      identifierType: 'email_id',
    });
    expect(contact).toMatchObject({ emailBlacklisted: true });
    expect(await requests()).toMatchObject([
      {
        record: {
          type: 'objection',
          channel: 'link',
          status: 'completed',
          entered: { identity: { method: 'mailbox' } },
        },
      },
    ]);
  });

  it('of an account objects for it, in its chain and in the app’s documents, and to nothing else', async () => {
    const email = address();
    const uid = `objects${number}`;
    world.sign(uid, { email, emailVerified: true });
    await world.contact({ email, ext_id: uid });
    const at = Timestamp.fromMillis(context.now() - 1000);
    const yes = { granted: true, policyVersion: '2025-06-15', source: 'app', updatedAt: at };
    for (const purpose of ['messages', 'analytics']) await consentRef(context, uid, purpose).set(yes);
    await changeHead(context, pseudonymOf(uid, context.keys), {
      current: { messages: 'given', analytics: 'given' },
      since: { messages: at.toMillis(), analytics: at.toMillis() },
    });
    await visit('POST', await tokenFor(email, 'marketing'));
    await work();
    const first = await consentRef(context, uid, 'messages').get();
    await work();
    const again = await consentRef(context, uid, 'messages').get();
    expect(again.data()).toMatchObject({ granted: false, updatedAt: at, objectedAt: expect.any(Timestamp) });
    // One write: a second would be another event.
    expect(again.updateTime).toEqual(first.updateTime);
    expect((await consentRef(context, uid, 'analytics').get()).data()).toEqual(yes);
    const { head } = await latestHead(context, uid);
    expect(head.current).toMatchObject({ messages: 'objected', userDatabase: 'objected', analytics: 'given' });
    // Their next yes in the app counts: nothing but the chain keeps them from marketing.
    expect(await isSuppressed(context, email)).toBe(false);
  });

  it('whose contact is subscribed again at that moment is not said to be stopped', async () => {
    const email = address();
    await world.contact({ email });
    await visit('POST', await tokenFor(email, 'marketing'));
    const { contacts } = await context.clients.brevo();
    const [ask, change] = [contacts.getContactInfo.bind(contacts), contacts.updateContact.bind(contacts)];
    let looks = -1;
    contacts.updateContact = (...call) => {
      looks = 0;
      return change(...call);
    };
    // The first look after the change finds it blocked; then somebody imports a list.
    const look = async (...call: Parameters<typeof ask>) => {
      if (looks++ === 1) await change({ identifier: email, identifierType: 'email_id', emailBlacklisted: false });
      return ask(...call);
    };
    Object.assign(contacts, { getContactInfo: look });
    Object.assign(context, { clients: { ...context.clients, brevo: async () => ({ contacts }) } });
    await expect(work()).rejects.toMatchObject({ code: 'brevo.left' });
    expect((await requests()).map(({ record }) => record.status)).toEqual(['in_progress']);
    Object.assign(contacts, { getContactInfo: ask, updateContact: change });
    await work();
    expect((await requests()).map(({ record }) => record.status)).toEqual(['completed']);
  });

  it.each(['marketing', 'access'] as const)(
    'of somebody whose erasure runs adds nothing to it: %s; after it, they are somebody new',
    async (asks) => {
      const email = address();
      const uid = `goes${number}`;
      world.sign(uid, { email, emailVerified: true });
      const chain = pseudonymOf(uid, context.keys);
      const erasing = { at: 1, accountCreatedAt: 1 };
      await changeHead(context, chain, { current: { messages: 'given' }, since: { messages: 1 }, erasing });
      await visit('POST', await tokenFor(email, asks));
      await work();
      expect(await requests()).toEqual([]);
      // The erasure ends marketing; the objection outlives it.
      expect(await isSuppressed(context, email)).toBe(asks === 'marketing');
      await changeHead(context, chain, { erasing, closed: erasing });
      await visit('POST', await tokenFor(email, asks));
      await work();
      expect(await requests()).not.toEqual([]);
    },
  );

  it('of an account that has said no before objects all the same: a no is no objection', async () => {
    const email = address();
    const uid = `saidNo${number}`;
    world.sign(uid, { email, emailVerified: true });
    await changeHead(context, pseudonymOf(uid, context.keys), {
      current: { messages: 'withdrawn' },
      since: { messages: 1 },
    });
    await visit('POST', await tokenFor(email, 'marketing'));
    await work();
    expect((await consentRef(context, uid, 'messages').get()).exists).toBe(false);
    expect((await latestHead(context, uid)).head.current).toMatchObject({ messages: 'objected' });
    expect((await requests()).map(({ record }) => record.status)).toEqual(['completed']);
  });

  it('stops the messages to itself, also of a contact that names somebody else: it is blocked, and stays', async () => {
    const email = address();
    await world.contact({ email, ext_id: 'somebodyElse' });
    await visit('POST', await tokenFor(email, 'marketing'));
    await work();
    expect(await requests()).toMatchObject([{ record: { type: 'objection', status: 'completed' } }]);
    const { contacts } = await world.context.clients.brevo();
    const contact = await contacts.getContactInfo({ identifier: email, identifierType: 'email_id' });
    expect(contact).toMatchObject({ emailBlacklisted: true, attributes: { EXT_ID: 'somebodyElse' } });
    expect(await isSuppressed(context, email)).toBe(true);
  });

  it.each(['access', 'portability', 'erasure', 'rectification', 'restriction', 'objection'] as const)(
    '%s is noted and waits: nothing is erased, shown or changed by it',
    async (type) => {
      const email = address();
      const uid = `asks${number}`;
      world.sign(uid, { email, emailVerified: true });
      await visit('POST', await tokenFor(email, type));
      await work();
      const [noted] = await requests();
      expect(noted?.record).toMatchObject({ type, channel: 'link', status: 'waiting', waitingFor: 'officer' });
      expect(noted?.record.job).toBeUndefined();
      // Their account tells who they are, and where to write to.
      expect(noted?.record.subjectKey).toBeUndefined();
      expect(noted?.record.pseudonym).toBe(pseudonymOf(uid, context.keys));
      const others = (await own().collection('jobs').get()).docs.filter((one) => one.get('kind') !== 'request');
      expect(others).toEqual([]);
    },
  );

  it('asking the same again while it waits is one request', async () => {
    const email = address();
    for (let times = 0; times < 2; times++) {
      await visit('POST', await tokenFor(email, 'access'));
      await work();
    }
    expect(await requests()).toHaveLength(1);
  });

  it.each(['access', 'marketing'])(
    'delivered again under a new pseudonym key is the same request: %s',
    async (asks) => {
      const email = address();
      await visit('POST', await tokenFor(email, asks));
      await work();
      changeKey(context);
      await work();
      expect(await requests()).toHaveLength(1);
      if (asks === 'marketing') return;
      await visit('POST', await tokenFor(email, asks));
      await work();
      expect(await requests()).toHaveLength(1);
    },
  );

  it('asking again after the answer, or beside a letter, is another request', async () => {
    const email = address();
    const uid = `again${number}`;
    world.sign(uid, { email, emailVerified: true });
    const byLink = async (): Promise<number> => {
      await visit('POST', await tokenFor(email, 'access'));
      await work();
      return (await requests()).length;
    };
    await enterRequest(context, {
      ...({ channel: 'letter', receivedAt: context.now(), type: 'access', person: { uid } } as const),
      ...({ power: 'self', method: 'papers', proven: true } as const),
    });
    expect(await byLink()).toBe(2);
    const noted = (await requests()).find(({ record }) => record.channel === 'link');
    await changeRequest(context, noted?.key ?? '', () => ({ status: 'completed' }));
    expect(await byLink()).toBe(3);
  });

  it('is kept as long as its link or its request needs it', async () => {
    const email = address();
    const token = await tokenFor(email, 'access');
    expect(await forgetAnswered(context)).toBe(0);
    await visit('POST', token);
    await work();
    for (const one of (await own().collection('links').get()).docs) await one.ref.delete();
    for (const one of (await own().collection('jobs').get()).docs) await one.ref.delete();
    expect(await forgetAnswered(context)).toBe(0);
    for (const one of (await own().collection('requests').get()).docs) await one.ref.delete();
    expect(await forgetAnswered(context)).toBe(1);
  });

  it.each(['suppressions', 'brevo'])('a failure of %s is tried again, and ends the same', async (fault) => {
    const email = address();
    await world.contact({ email });
    await visit('POST', await tokenFor(email, 'marketing'));
    const { clients } = context;
    const broken =
      fault === 'brevo'
        ? { ...clients, brevo: () => Promise.reject(new Error('no answer')) }
        : {
            ...clients,
            own: () =>
              new Proxy(clients.own(), {
                get: (db, name) => {
                  const value: unknown = Reflect.get(db, name);
                  if (name !== 'collection') return typeof value === 'function' ? (value.bind(db) as unknown) : value;
                  return (path: string) => {
                    if (path === 'suppressions') throw new Error('no answer');
                    return db.collection(path);
                  };
                },
              }),
          };
    Object.assign(context, { clients: broken });
    await expect(work()).rejects.toThrow('no answer');
    Object.assign(context, { clients });
    await work();
    expect(await isSuppressed(context, email)).toBe(true);
    expect((await requests()).map(({ record }) => record.status)).toEqual(['completed']);
  });
});

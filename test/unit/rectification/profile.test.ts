import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { profileWritten } from '../../../functions/src/handlers/profile.ts';
import type { Written } from '../../../functions/src/handlers/events.ts';
import { onProfileWritten } from '../../../functions/src/rectification/start.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { memoryWorld, NEXT, NOW, SLOT, UID } from './world.ts';

const NAME = { firstName: 'Ada', lastName: 'Byron' };

describe('a written profile', () => {
  it('costs no read and no write if no value changed that another company has', async () => {
    const { context } = memoryWorld();
    const none = (): never => {
      throw new Error('something was read or written');
    };
    const blind = { ...context, clients: { ...context.clients, app: none, own: none, auth: none } };
    const changes: [object, object][] = [
      [NAME, { ...NAME, locale: 'fr' }],
      [NAME, { ...NAME, email: 'claimed@example.com' }],
      [NAME, { ...NAME, firstName: ' Ada ' }],
      [
        { ...NAME, phone: 7 },
        { ...NAME, firstName: 'Ada', phone: '1' },
      ],
      [{}, { firstName: 7 }],
    ];
    for (const [before, after] of changes)
      await onProfileWritten(blind, { uid: UID, before, after, writtenAt: NOW, isUnknown: false });
    // One that is new, or gone, corrects nothing.
    await onProfileWritten(blind, { uid: UID, before: undefined, after: NAME, writtenAt: NOW, isUnknown: false });
    await onProfileWritten(blind, { uid: UID, before: NAME, after: undefined, writtenAt: NOW, isUnknown: false });
  });

  it('makes one job for each company and slot of time, which names the person and no value', async () => {
    const { context, chain, write, jobs } = memoryWorld();
    await write(NAME);
    await write({ ...NAME, lastName: 'Lovelace' });
    context.time.now += SLOT / 4;
    await write({ ...NAME, lastName: 'King' });
    const made = await jobs();
    const end = (Math.floor(NOW / SLOT) + 1) * SLOT;
    expect(made.map(({ id, wakeAt, input }) => [id, wakeAt, input])).toEqual(
      ['brevoContact', 'stripeCustomer'].map((record) => [
        `rectify_${chain}_${record}_${Math.floor(NOW / SLOT)}`,
        end + 2_000,
        { uid: UID, record },
      ]),
    );
    expect(JSON.stringify(made)).not.toMatch(/Ada|Byron|Lovelace|King|@/);
    context.time.now += NEXT;
    await write({ ...NAME, lastName: 'Noel' });
    expect(await jobs()).toHaveLength(4);
  });

  it('twice delivered is once; of an erased person nothing is made', async () => {
    const { context, chain, write, jobs } = memoryWorld();
    await write(NAME);
    const event = { uid: UID, before: NAME, after: { firstName: 'Eve' }, writtenAt: NOW, isUnknown: false };
    for (let times = 0; times < 2; times++) await onProfileWritten(context, event);
    expect(await jobs()).toHaveLength(2);
    context.time.now += NEXT;
    await changeHead(context, chain, { erasing: { at: NOW, accountCreatedAt: 0 } });
    await onProfileWritten(context, { ...event, writtenAt: context.time.now });
    expect(await jobs()).toHaveLength(2);
  });

  it('reaches the companies that have the changed value, and no other', async () => {
    const onlyLastName = structuredClone(amikeo);
    const { stripeCustomer } = onlyLastName.records;
    if (stripeCustomer === undefined) throw new Error('no record');
    stripeCustomer.mirrors = { name: { profile: ['lastName'] } };
    const { write, jobs } = memoryWorld(onlyLastName);
    await write(NAME);
    await write({ ...NAME, firstName: 'Augusta' });
    expect((await jobs()).map(({ input }) => input['record'])).toEqual(['brevoContact']);
  });

  it('above the size of events is read, and carried whatever has changed in it', async () => {
    const { context, jobs } = memoryWorld();
    await context.app.doc(`users/${UID}`).set(NAME);
    const event = { data: undefined, document: `users/${UID}`, params: {}, time: new Date(NOW).toISOString() };
    await profileWritten(context, event as unknown as Written);
    expect(await jobs()).toHaveLength(2);
  });

  it.each(['users/..', 'users/__x__'])('%s is no person’s', async (document) => {
    const { context, jobs } = memoryWorld();
    const event = { data: undefined, document, params: {}, time: new Date(NOW).toISOString() };
    await profileWritten(context, event as unknown as Written);
    expect(await jobs()).toEqual([]);
  });
});

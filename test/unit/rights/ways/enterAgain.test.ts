import { describe, expect, it } from 'vitest';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import type { Entry } from '../../../../functions/src/rights/ways/form.ts';
import { changeRequest, loadRequest } from '../../../../functions/src/requests/store.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { NOW, type World } from '../../erasure/memory.ts';
import { accountOf, eachInWorld, letter } from './letters.ts';

/** More than one letter of a person: some stand in each other's way. */

let world: World;
eachInWorld((made) => {
  world = made;
});

let number = 0;
const account = () => accountOf(world, `again${(number += 1)}`);
const doubted = { method: 'none', proven: false } as const;
const enter = (person: NonNullable<Entry['person']>, more: Partial<Entry> = {}) =>
  enterRequest(world.context, letter({ person, ...more }));
const LATER = { receivedAt: NOW - DAY_MS };

describe('a second letter', () => {
  it('of an export that was answered is a new one', async () => {
    const { uid } = account();
    const { key } = await enter({ uid });
    await changeRequest(world.context, key, () => ({ status: 'completed' }));
    expect((await enter({ uid }, LATER)).record).toMatchObject({ status: 'in_progress' });
  });

  it('is not refused for an export that is only noted', async () => {
    const person = account();
    await enter(person, doubted);
    expect((await enter(person, LATER)).record).toMatchObject({ status: 'in_progress' });
  });

  it('of an erasure is never refused: two lead to one', async () => {
    const person = account();
    await enter(person, { type: 'erasure' });
    expect((await enter(person, { type: 'erasure', ...LATER })).record).toMatchObject({ status: 'in_progress' });
  });
});

describe('the same letter, entered again', () => {
  it.each(['an account', 'an address'])('of %s, doubted as before, is the same request', async (of) => {
    const person = of === 'an account' ? account() : { email: `again${(number += 1)}@example.com` };
    const first = await enter(person, doubted);
    expect(await enter(person, doubted)).toMatchObject({ key: first.key, before: true });
  });

  it('with a proof begins nothing if it was closed meanwhile', async () => {
    const person = account();
    const { key } = await enter(person, { ...doubted, type: 'erasure' });
    await changeRequest(world.context, key, () => ({ status: 'refused', reason: 'unidentified' }));
    const again = await enter(person, { type: 'erasure' });
    expect(again).toMatchObject({ before: true, record: { status: 'refused' } });
    expect((await world.context.clients.own().collection('jobs').get()).size).toBe(0);
  });
});

describe('the same letter after the pseudonym key changed', () => {
  const requests = async () => (await world.context.clients.own().collection('requests').get()).docs;

  it.each(['an account', 'an address'])('of %s is the same request, and begins with a proof', async (of) => {
    const person = of === 'an account' ? account() : { email: `again${(number += 1)}@example.com` };
    const before = (await requests()).length;
    const first = await enter(person, { ...doubted, type: 'erasure' });
    changeKey(world.context);
    expect(await enter(person, { ...doubted, type: 'erasure' })).toMatchObject({ key: first.key, before: true });
    const proven = await enter(person, { type: 'erasure' });
    expect(proven).toMatchObject({ key: first.key, record: { status: 'in_progress' } });
    expect(await enter(person, { type: 'erasure' })).toMatchObject({ key: first.key, before: true });
    expect(await requests()).toHaveLength(before + 1);
  });

  it('of nobody goes on as that of a person who is known by then', async () => {
    const one = {
      ...letter({ person: { uid: '' } }),
      ...doubted,
      type: 'rectification',
      reference: '2026-17',
    } as const;
    const { person: nobody, ...unnamed } = one;
    expect(nobody).toEqual({ uid: '' });
    const { key } = await enterRequest(world.context, unnamed);
    changeKey(world.context);
    expect(await enterRequest(world.context, unnamed)).toMatchObject({ key, before: true });
    await enterRequest(world.context, { ...one, person: account() });
    expect(await loadRequest(world.context, key)).toMatchObject({ status: 'cancelled', reason: 'identified' });
  });

  it('a second export is refused while one from before the change is open', async () => {
    const person = account();
    await enter(person);
    changeKey(world.context);
    expect((await enter(person, LATER)).record).toMatchObject({ status: 'refused', reason: 'already_open' });
  });
});

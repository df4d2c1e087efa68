import { beforeEach, expect, it } from 'vitest';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { momentsOfTheDay } from '../../kit/depth.ts';
import { runDying } from '../../kit/dying.ts';
import { context } from '../rights/helpers.ts';
import type { AccountDeletion } from '../../../functions/src/erasure/accountEvents.ts';
import { jobs } from './acting.ts';
import { settle } from './acts.ts';
import { expectAccount, expectErasures } from './checks.ts';
import { accountDeleted, begin, dropAccount, signUp, UID, work, world } from './world.ts';

beforeEach(begin);

/** The present account is deleted. */
async function leave(): Promise<void> {
  const deletion = dropAccount();
  if (deletion !== undefined) await accountDeleted(deletion);
}

/** The same deletion, by an event without the data of the account. */
const bare = (deletion: AccountDeletion): Promise<unknown> => accountDeleted({ ...deletion, user: undefined });

/** The account is deleted, and its uid gets another one some seconds later. */
async function succeeded(atOnce: (deletion: AccountDeletion) => Promise<unknown>): Promise<AccountDeletion> {
  const deletion = dropAccount();
  if (deletion === undefined) throw new Error('no account');
  await atOnce(deletion);
  context.time.now += 5000;
  await signUp();
  return deletion;
}

/** Both accounts of the uid are gone before an erasure of one of them has begun. */
async function deletedInTheSameMoment(): Promise<void> {
  await leave();
  context.time.now += 1000;
  await signUp();
  context.time.now += 1000;
  await leave();
}

/** The erasures of accounts, with the chain of each as a number among those of the uid. */
const erasures = async () =>
  (await jobs())
    .filter(({ kind, steps }) => kind === 'erasure' && steps['begin'] !== undefined)
    .map(({ pseudonym, status, input }) => [
      pseudonym?.split('~')[1] ?? '1',
      status,
      input['accountCreatedAt'] ?? null,
    ]);

it.each(momentsOfTheDay(4, 12))(
  'two accounts under one uid, deleted within seconds, have a chain and a certificate each; dying at %s',
  async (dies) => {
    await deletedInTheSameMoment();
    await runDying(dies, [context.app, context.own], () => work(2), 'writes');
    await settle();
    for (const days of [10, 100]) {
      context.time.now += days * DAY_MS;
      await work(8);
    }
    const all = await erasures();
    expect(
      all
        .filter(([, status]) => status === 'completed')
        .map(([chain]) => chain)
        .sort(),
    ).toEqual(['1', '2']);
    // The first attempt of the second account says that it was given up.
    expect(all.filter(([, status]) => status !== 'completed').map(([chain, status]) => [chain, status])).toEqual([
      ['1', 'cancelled'],
    ]);
    await expectErasures();
    await expectAccount();
  },
);

it.each(momentsOfTheDay(4, 12))(
  'the deletion of an account whose event has no data and comes late erases no successor; dying at %s',
  async (dies) => {
    const deletion = await succeeded(async () => undefined);
    await runDying(dies, [context.app, context.own], () => bare(deletion), 'writes');
    await bare(deletion);
    for (let n = 0; n < 3; n++) {
      context.time.now += 10 * DAY_MS;
      await work(8);
    }
    expect(await erasures()).toEqual([['1', 'blocked', null]]);
    const [job] = (await jobs()).filter(({ id }) => id.startsWith('erasure_'));
    expect(job?.steps['begin']?.error?.code).toBe('uid_in_use');
    expect(world.users).toMatchObject([{ uid: UID }]);
    expect((await context.app.doc(`users/${UID}`).get()).get('of')).toBe(2);
  },
);

it.each(momentsOfTheDay(4, 12))(
  'the deletion of an account whose event has no data and comes twice is one erasure; dying at %s',
  async (dies) => {
    const { created } = world;
    const deletion = await succeeded(async (event) => {
      await bare(event);
      await work(8);
    });
    const before = await erasures();
    expect(before).toEqual([['1', expect.any(String), created[0]]]);
    await runDying(dies, [context.app, context.own], () => bare(deletion), 'writes');
    await bare(deletion);
    expect((await erasures()).map(([chain, , createdAt]) => [chain, createdAt])).toEqual([['1', created[0]]]);
    context.time.now += 10 * DAY_MS;
    await work(8);
    expect(world.users).toMatchObject([{ uid: UID }]);
    expect((await context.app.doc(`users/${UID}`).get()).get('of')).toBe(2);
  },
);

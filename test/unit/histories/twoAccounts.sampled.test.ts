import { beforeEach, expect, it } from 'vitest';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { momentsOfTheDay } from '../../kit/depth.ts';
import { runDying } from '../../kit/dying.ts';
import { context } from '../rights/helpers.ts';
import { jobs } from './acting.ts';
import { settle } from './acts.ts';
import { expectAccount, expectErasures } from './checks.ts';
import { accountDeleted, begin, dropAccount, signUp, work } from './world.ts';

beforeEach(begin);

/** The present account is deleted. */
async function leave(): Promise<void> {
  const deletion = dropAccount();
  if (deletion !== undefined) await accountDeleted(deletion);
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

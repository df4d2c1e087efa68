import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeTask, listTasks } from '../../../functions/src/officerTasks/store.ts';
import { carriedOf } from '../../../functions/src/rectification/carried.ts';
import { carryForRequest } from '../../../functions/src/rectification/start.ts';
import { account, EMAIL, UID, world } from './world.ts';

/** A correction of a request: the profile lacks a value that a company has. */

const KEY = 'v1_key';

let at: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  at = await world();
  await at.write({ firstName: 'Ada', lastName: 'Byron' });
});
afterEach(() => at.stop());

const carry = async () => {
  await carryForRequest(at.context, { uid: UID, request: { key: KEY, round: 0 } });
  await at.work();
};
const told = async () => (await carriedOf(at.context, KEY)).told;
const asked = async () => (await carriedOf(at.context, KEY)).asked;
/** The open tasks about a record. */
const looks = async () =>
  (await listTasks(at.context)).tasks.filter(({ what }) => what['en']?.includes('profile does not have'));

describe('a value that the person has no more', () => {
  beforeEach(() => at.write({ firstName: 'Ada', lastName: ' ' }, false));

  it('is not said to be corrected before an officer has emptied it at the company (Art. 19)', async () => {
    await carry();
    expect(await at.there()).toEqual({ stripe: [EMAIL, 'Ada'], brevo: [EMAIL, 'Ada', 'Byron'] });
    expect((await looks()).map((task) => task.for)).toEqual([{ record: 'brevoContact' }]);
    expect(await told()).toEqual(['stripe']);
    expect(await asked()).toEqual(expect.arrayContaining(['brevoAutomation', 'brevoEmail']));
    for (const { id } of await looks())
      await closeTask(at.context, id, { as: 'done', by: 'officer' }, at.context.now());
    await at.work();
    expect([...(await told())].sort()).toEqual(['brevoAutomation', 'brevoEmail', 'stripe']);
  });

  it('needs nobody to look if the company has none either', async () => {
    await at.brevo.contacts.updateContact({
      identifier: UID,
      identifierType: 'ext_id',
      attributes: { LASTNAME: '' },
    });
    await carry();
    expect(await looks()).toEqual([]);
    expect([...(await told())].sort()).toEqual(['brevoAutomation', 'brevoEmail', 'stripe']);
  });
});

it('an address that nobody has verified is not said to be corrected where an older one is', async () => {
  at.users.splice(0, 1, { ...account('ada@new.example'), emailVerified: false });
  await carry();
  expect((await looks()).map((task) => task.for)).toEqual([{ record: 'brevoContact' }, { record: 'stripeCustomer' }]);
  expect(await told()).toEqual([]);
  expect(await at.there()).toEqual({ stripe: [EMAIL, 'Ada Byron'], brevo: [EMAIL, 'Ada', 'Byron'] });
});

it('a profile that loses a value by itself asks no officer', async () => {
  await at.write({ firstName: 'Augusta', lastName: '' });
  at.context.time.now += 62_000;
  await at.work();
  expect(await looks()).toEqual([]);
  expect((await at.there())['brevo']).toEqual([EMAIL, 'Augusta', 'Byron']);
});

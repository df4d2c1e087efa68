import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparePage } from '../../../functions/src/erasure/compareAccounts.ts';
import { knownFromAuth } from '../../../functions/src/subject/identity.ts';
import { learn, readKnown } from '../../../functions/src/subject/known.ts';
import { followingChain } from '../../../functions/src/subject/pseudonym.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { account, EMAIL, NEXT, NOW, UID, world } from './world.ts';

/** A new account under the uid of an erased person, without an entry in its ledger yet. */

const NEW = 'eve@new.example';
/** Whole seconds. */
const CREATED = NOW / 1000 - 3600;
const eve = (email = EMAIL) => ({
  ...account(email),
  metadata: { creationTime: new Date(CREATED * 1000).toUTCString() },
});

let at: Awaited<ReturnType<typeof world>>;
let chain: string;
beforeEach(async () => {
  at = await world();
  chain = followingChain(at.chain, at.chain);
  at.users.splice(0, 1, eve());
  await learn(at.context, knownFromAuth(eve(), chain));
  await at.write({ firstName: 'Eve', lastName: 'Byron' });
});
afterEach(() => at.stop());

const erasure = { at: NOW - 2 * 3_600_000, accountCreatedAt: 0 };
const isClosed = () => changeHead(at.context, at.chain, { closed: erasure });
const night = async () => comparePage(at.context, (await at.context.own.collection('subjects').get()).docs);
const later = async () => {
  at.context.time.now += NEXT;
  return at.work();
};

describe('the corrections of a new account under the uid of somebody erased', () => {
  it('are carried before its first entry, under a chain of its own', async () => {
    await isClosed();
    await at.write({ firstName: 'Eve', lastName: 'Lovelace' });
    expect((await later()).map(({ status, pseudonym }) => [status, pseudonym])).toEqual([
      ['completed', chain],
      ['completed', chain],
    ]);
    expect(await at.there()).toEqual({ stripe: [EMAIL, 'Eve Lovelace'], brevo: [EMAIL, 'Eve', 'Lovelace'] });
  });

  it('wait while the erasure goes on: an address that was not carried is carried after it', async () => {
    await changeHead(at.context, at.chain, { erasing: erasure });
    at.users.splice(0, 1, eve(NEW));
    await night();
    expect(await at.jobs()).toEqual([]);
    expect((await readKnown(at.context, UID))?.addressMoved).toBe(true);
    await isClosed();
    await night();
    await later();
    expect(await at.there()).toMatchObject({ stripe: [NEW, 'Eve Byron'], brevo: [NEW, 'Eve', 'Byron'] });
    expect((await readKnown(at.context, UID))?.addressMoved).toBeUndefined();
  });

  it('never carry for the person before: a job of theirs ends, and gives the values of nobody else', async () => {
    at.context.time.now = CREATED * 1000 - 1000;
    await at.write({ firstName: 'Eve', lastName: 'Lovelace' });
    at.context.time.now = NOW;
    await isClosed();
    const before = await at.there();
    expect((await later()).map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(await at.there()).toEqual(before);
  });
});

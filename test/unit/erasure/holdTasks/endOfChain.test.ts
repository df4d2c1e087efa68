import { beforeEach, describe, expect, it } from 'vitest';
import { startByOfficer } from '../../../../functions/src/erasure/officer.ts';
import { setHold } from '../../../../functions/src/erasure/holds.ts';
import { verifyAll } from '../../../../functions/src/checkpoints/verify.ts';
import { heldSubjects } from '../../../../functions/src/ledger/holds.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import { nameOfAddress } from '../../../../functions/src/subject/emails.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { expireRows } from '../../../../functions/src/systems/firestore/expire.ts';
import { NO_FIGURES } from '../../../../functions/src/systems/system.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { DAY, holdWorld, lift, NOW, work, type World } from './world.ts';

/** A chain that is there for a legal hold alone ends with it: it would name somebody for ever. */

const EMAIL = 'lou@example.com';
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
let world: World;
beforeEach(() => void (world = holdWorld()));

const set = async (who: object = { uid: '', email: EMAIL }): Promise<string> =>
  (await setHold(world.context, { uid: '', ...who, ground })).id;
const chainOf = (name: string): string => pseudonymOf(name, world.context.keys);
const closedOf = async (chain: string): Promise<unknown> =>
  (await world.context.own.doc(`ledger/${chain}`).get()).get('closed.at');
const problems = async () => {
  const { policy, own, keys } = world.context;
  return (await Array.fromAsync(verifyAll(own, { policy, now: world.context.now(), keys }))).at(-1)?.verified.problems;
};

/** The night years later: how many documents of chains it ends. */
async function sweepAt(now: number): Promise<number> {
  const { context } = world;
  const { policy } = context;
  const held = await heldSubjects(context, 'ledger', Infinity);
  const named = { id: 'ledger', record: recordOf(policy, 'ledger') };
  const sweep = { policy, held, now, field: 'closed.at', cutoff: now, figures: NO_FIGURES, deadline: Infinity };
  return (await expireRows(context, named, sweep)).figures.deleted;
}

describe('the chain of a hold on somebody without an account', () => {
  it('is closed when the hold is over, and goes by its period', async () => {
    const name = nameOfAddress(EMAIL);
    const id = await set();
    await work(world);
    expect(await closedOf(chainOf(name))).toBeUndefined();
    await lift(world, id);
    await work(world);
    expect(await closedOf(chainOf(name))).toBeDefined();
    expect(await problems()).toEqual([]);
    expect(await sweepAt(NOW + 4 * 365 * DAY)).toBe(0);
    // The head, and the entries: set, lifted, ended.
    expect(await sweepAt(NOW + 6 * 365 * DAY)).toBe(4);
  });

  it('stays open while another hold runs, and is closed with that', async () => {
    const [one, other] = [await set(), await set()];
    await lift(world, one);
    await work(world);
    expect(await closedOf(chainOf(nameOfAddress(EMAIL)))).toBeUndefined();
    await lift(world, other);
    await work(world);
    expect(await closedOf(chainOf(nameOfAddress(EMAIL)))).toBeDefined();
  });

  it('is closed under each pseudonym key', async () => {
    const former = chainOf(nameOfAddress(EMAIL));
    const one = await set();
    changeKey(world.context);
    const other = await set();
    await lift(world, one);
    await lift(world, other);
    await work(world);
    expect(await closedOf(former)).toBeDefined();
    expect(await closedOf(chainOf(nameOfAddress(EMAIL)))).toBeDefined();
    expect(await problems()).toEqual([]);
  });

  it('ends with an erasure that is under way, and not before', async () => {
    const id = await set();
    await startByOfficer(world.context, { email: EMAIL }, NOW);
    await lift(world, id);
    await work(world);
    expect(await closedOf(chainOf(nameOfAddress(EMAIL)))).toBeUndefined();
  });

  it.each(['kim', 'nobody'])('of a uid stays open, also if nobody knows it: %s', async (uid) => {
    const id = await set({ uid, unknownUid: true });
    await lift(world, id);
    await work(world);
    expect(await closedOf(chainOf(uid))).toBeUndefined();
  });
});

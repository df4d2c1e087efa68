import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { heldSubjects } from '../../../../functions/src/ledger/holds.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import { uidAlone } from '../../../../functions/src/subject/identity.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { expireRows } from '../../../../functions/src/systems/firestore/expire.ts';
import { visitPerson } from '../../../../functions/src/systems/person.ts';
import { NO_FIGURES } from '../../../../functions/src/systems/system.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { DAY, holdWorld, lift, NOW, set, type World } from './world.ts';

/** A legal hold keeps a row as well if the row takes something with it that the hold names. */

let world: World;
beforeEach(() => void (world = holdWorld()));
const named = (id: string) => ({ id, record: recordOf(world.context.policy, id) });

/** Ends the rows of a record long after their periods; their figures. */
async function sweep(id: string, field: string) {
  const { context } = world;
  const held = await heldSubjects(context, id, Infinity);
  const base = { policy: context.policy, held, figures: NO_FIGURES, deadline: Infinity, withFollowers: true };
  const { figures } = await expireRows(context, named(id), { ...base, now: NOW + 9000 * DAY, field, cutoff: NOW });
  return { deleted: figures.deleted, held: figures.held };
}

const old = Timestamp.fromMillis(NOW - 1000);
const writeActivity = () =>
  world.context.app.doc('users/kim/activity/1').set({ createdAt: old, files: ['users/kim/pictures/1.png'] });

describe('a legal hold on files alone', () => {
  it('keeps the rows that would take a file with them from the sweep', async () => {
    await writeActivity();
    await set(world, { records: ['userFiles'] });
    expect(await sweep('activity', 'createdAt')).toEqual({ deleted: 0, held: 1 });
    // Rows of a record without files end.
    await world.context.app.doc('users/kim/sessions/1').set({ createdAt: old });
    expect((await heldSubjects(world.context, 'sessions', Infinity)).has('kim')).toBe(false);
  });

  it('keeps them from an erasure', async () => {
    await writeActivity();
    const { context } = world;
    const subject = uidAlone({ uid: 'kim', pseudonym: pseudonymOf('kim', context.keys), accountCreatedAt: 1 });
    const holds = [{ record: 'userFiles', ground: { article: 'Art. 17(3)(e)', text: {} } }];
    const change = { kind: 'erase', accountDeletedAt: NOW } as const;
    const { apply } = visitPerson(context, { subject, handles: [], holds }, change, Infinity);
    expect(await apply(named('activity'), undefined)).toMatchObject({
      settled: [{ record: 'activity', count: 1, outcome: 'retained', held: true }],
    });
  });
});

describe('a legal hold on a part', () => {
  it('keeps the whole that it ends with: the entries of a chain, and its head', async () => {
    const { context } = world;
    const id = await set(world, { records: ['ledgerEntries'] });
    const chain = pseudonymOf('kim', context.keys);
    await changeHead(context, chain, { closed: { at: NOW - 1000, accountCreatedAt: 1 } });
    expect(await sweep('ledger', 'closed.at')).toEqual({ deleted: 0, held: 1 });
    expect((await heldSubjects(context, 'tombstones', Infinity)).isEmpty).toBe(true);
    await lift(world, id);
    expect(await sweep('ledger', 'closed.at')).toEqual({ deleted: 3, held: 0 });
  });
});

describe('the nightly sweep of guardianships', () => {
  it.each([['guardianshipsHeld'], [undefined]])('keeps those of a held holder: %s', async (record) => {
    const { own } = world.context;
    await own.doc('guardianships/g').set({ child: 'kid', holder: 'kim', until: old });
    await own.doc('guardianships/h').set({ child: 'kid', holder: 'ann', until: old });
    await set(world, record === undefined ? {} : { records: [record] });
    expect(await sweep('guardianships', 'until')).toEqual({ deleted: 1, held: 1 });
    expect((await own.doc('guardianships/g').get()).exists).toBe(true);
  });
});

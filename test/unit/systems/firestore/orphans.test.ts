import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { FateRule, PolicyRecord } from '../../../../functions/src/policy/schema.ts';
import { loadSystem } from '../../../../functions/src/systems/registry.ts';
import { NO_FIGURES, type Orphans, type Sweep, type SweepFigures } from '../../../../functions/src/systems/system.ts';
import { policyWith, record } from '../../export/helpers.ts';
import { testContext } from '../../requests/helpers.ts';
import { heldPeople } from '../../../kit/sealed/held.ts';

/** A sweep ends the documents below its rows, and those that earlier sweeps left there. */

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const old = { createdAt: Timestamp.fromMillis(NOW - 400 * DAY) };
const young = { createdAt: Timestamp.fromMillis(NOW - DAY) };
const source = { kind: 'ownChoice' as const, reference: 'a test' };
const yearly = (then: FateRule['then']): FateRule => ({ when: { field: 'createdAt' }, after: 'P1Y', then, source });
const rows = (path: string, then: FateRule['then'], more: Partial<PolicyRecord> = {}): PolicyRecord =>
  record('firestore', path, { timestamp: 'createdAt', fate: [yearly(then)], ...more });

const byField = { subject: { field: 'uid' } };
const records = {
  notes: rows('users/{uid}/notes/{id}', { do: 'delete' }),
  tickets: rows('tickets/{id}', { do: 'delete' }, byField),
  answers: rows('tickets/{id}/answers/{id2}', { do: 'delete' }, byField),
  deals: rows('deals/{id}', { do: 'archive', to: 'oldDeals' }, byField),
  oldDeals: rows('oldDeals/{id}', { do: 'delete' }, { ...byField, database: 'compliance' }),
  logs: rows('logs/{id}', { do: 'anonymise', fields: ['uid'] }, byField),
};
type Id = keyof typeof records;

type World = ReturnType<typeof testContext>;
const open = (): World => ({ ...testContext(NOW), policy: policyWith(records) });
async function write(db: Firestore, documents: Record<string, object>): Promise<void> {
  await Promise.all(Object.entries(documents).map(([path, data]) => db.doc(path).set(data)));
}
async function there(db: Firestore, paths: readonly string[]): Promise<string[]> {
  const found = await db.getAll(...paths.map((path) => db.doc(path)));
  return found.flatMap(({ exists, ref }) => (exists ? [ref.path] : []));
}

async function sweep(world: World, id: Id, more: Partial<Sweep> = {}): Promise<SweepFigures> {
  const system = await loadSystem('firestore', world);
  const question = { policy: world.policy, now: NOW, field: 'createdAt', cutoff: NOW - 366 * DAY };
  const begun = { ...question, held: heldPeople(), figures: NO_FIGURES, deadline: Infinity, ...more };
  const progress = await system.expire?.({ id, record: records[id] }, begun);
  if (progress === undefined) throw new Error('no sweep');
  return progress.figures;
}

async function orphans(world: World, id: Id, isDry = false, held: readonly string[] = []): Promise<Orphans> {
  const system = await loadSystem('firestore', world);
  const found = await system.orphans?.(
    { id, record: records[id] },
    { policy: world.policy, held: heldPeople(held), isDry },
  );
  if (found === undefined) throw new Error('no search');
  return found;
}

/**
 * Rows of which one is over, with documents below it at any depth; rows of another record among
 * them.
 */
const tickets = {
  'tickets/old': { ...old, uid: 'ada' },
  'tickets/old/files/1': {},
  'tickets/old/files/ghost/pages/1': {},
  'tickets/old/answers/1': { ...young, uid: 'bob' },
  'tickets/old/answers/1/files/1': {},
  'tickets/young': { ...young, uid: 'ada' },
  'tickets/young/files/1': {},
};
const following = ['tickets/old/files/1', 'tickets/old/files/ghost/pages/1'];
const staying = Object.keys(tickets).filter((path) => path !== 'tickets/old' && !following.includes(path));

describe('a sweep that looks below', () => {
  it('ends the followers of its rows, and leaves rows of other records with the documents below them', async () => {
    const world = open();
    await write(world.app, tickets);
    expect(await sweep(world, 'tickets', { withFollowers: true })).toEqual({ ...NO_FIGURES, deleted: 3 });
    expect(await there(world.app, Object.keys(tickets))).toEqual(staying);
  });

  it('leaves documents below rows of held persons', async () => {
    const world = open();
    await write(world.app, tickets);
    const figures = await sweep(world, 'tickets', { withFollowers: true, held: heldPeople(['ada']) });
    expect(figures).toEqual({ ...NO_FIGURES, held: 1 });
    expect(await there(world.app, Object.keys(tickets))).toEqual(Object.keys(tickets));
  });

  it('archives them below the copy of their row; the row stays with those that have no place there', async () => {
    const world = open();
    const deals = { 'deals/1': old, 'deals/1/lines/1': { n: 1 }, 'deals/2': old, 'deals/2/lines/1': { n: 2 } };
    await write(world.app, deals);
    await write(world.own, { 'oldDeals/2/lines/1': { other: true } });
    const figures = await sweep(world, 'deals', { withFollowers: true });
    expect(figures).toEqual({ ...NO_FIGURES, archived: 2, unarchived: 1 });
    expect(await there(world.app, Object.keys(deals))).toEqual(['deals/2', 'deals/2/lines/1']);
    expect((await world.own.doc('oldDeals/1/lines/1').get()).data()).toEqual({ n: 1 });
    expect(await there(world.own, ['oldDeals/1', 'oldDeals/2'])).toEqual(['oldDeals/1']);
  });

  it('hands over documents that name the person below a row that was anonymised', async () => {
    const world = open();
    await write(world.app, { 'logs/1': { ...old, uid: 'ada' }, 'logs/1/a/1': { by: 'ada' }, 'logs/1/a/2': {} });
    expect(await sweep(world, 'logs', { withFollowers: true })).toEqual({ ...NO_FIGURES, anonymised: 1, residue: 1 });
    expect(await there(world.app, ['logs/1', 'logs/1/a/1', 'logs/1/a/2'])).toHaveLength(3);
  });

  it('keeps the row if a document below it cannot be deleted', async () => {
    const world = open();
    await write(world.app, tickets);
    const make = world.app.bulkWriter.bind(world.app);
    world.app.bulkWriter = (...options) => {
      const writer = make(...options);
      const remove = writer.delete.bind(writer);
      writer.delete = (ref, ...more) =>
        ref.path.includes('/pages/') ? Promise.reject(new Error('lost')) : remove(ref, ...more);
      return writer;
    };
    await expect(sweep(world, 'tickets', { withFollowers: true })).rejects.toMatchObject({ code: 'firestore.write' });
    expect(await there(world.app, ['tickets/old', 'tickets/old/files/ghost/pages/1'])).toHaveLength(2);
    world.app.bulkWriter = make;
    await sweep(world, 'tickets', { withFollowers: true });
    expect(await there(world.app, Object.keys(tickets))).toEqual(staying);
  });
});

describe('documents that earlier sweeps left', () => {
  it('are found below rows that are gone, and end; those that another record declares, and those elsewhere, stay', async () => {
    const world = open();
    await write(world.app, { ...tickets, 'others/ghost/files/1': {} });
    // As it was: the sweep does not look below.
    expect(await sweep(world, 'tickets')).toMatchObject({ deleted: 1 });
    const places = ['tickets/{id}/files', 'tickets/{id}/files/{id}/pages'];
    const foretold = { found: 2, deleted: 0, archived: 0, held: 0, unarchived: 0, places };
    expect(await orphans(world, 'tickets', true)).toEqual(foretold);
    expect(await there(world.app, following)).toEqual(following);
    expect(await orphans(world, 'tickets')).toEqual({ ...foretold, deleted: 2 });
    expect(await there(world.app, [...Object.keys(tickets), 'others/ghost/files/1'])).toEqual([
      ...staying,
      'others/ghost/files/1',
    ]);
    expect(await orphans(world, 'tickets')).toMatchObject({ found: 0, places: [] });
  });

  it('in the places of people: those of one record, below documents that exist and others that do not', async () => {
    const world = open();
    const left = ['users/ada/notes/gone/lines/1', 'users/bob/notes/gone/a/g/b/1'];
    const others = {
      'users/ada': {},
      'users/ada/notes/there': young,
      'users/ada/notes/there/lines/1': {},
      'users/ada/diary/gone/lines/1': {},
      'teams/t/notes/gone/lines/1': {},
    };
    await write(world.app, { ...others, ...Object.fromEntries(left.map((path) => [path, {}])) });
    expect(await orphans(world, 'notes', false, ['bob'])).toMatchObject({ found: 2, deleted: 1, held: 1 });
    expect(await there(world.app, [...left, ...Object.keys(others)])).toEqual([
      'users/bob/notes/gone/a/g/b/1',
      ...Object.keys(others),
    ]);
  });

  it('goes below the copy of its row, if the row was archived', async () => {
    const world = open();
    await write(world.app, { 'deals/1/lines/1': { n: 1 }, 'deals/2/lines/1': { n: 2 } });
    await write(world.own, { 'oldDeals/1': old });
    expect(await orphans(world, 'deals')).toMatchObject({ found: 2, archived: 1, deleted: 1 });
    expect((await world.own.doc('oldDeals/1/lines/1').get()).data()).toEqual({ n: 1 });
    expect(await there(world.app, ['deals/1/lines/1', 'deals/2/lines/1'])).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { FateRule } from '../../../../functions/src/policy/schema.ts';
import { loadSystem } from '../../../../functions/src/systems/registry.ts';
import {
  erase,
  ground,
  LONG_AGO,
  open,
  PAID,
  readAll,
  rows,
  scopeOf,
  sum,
  there,
  visit,
  withAccount,
  withPerson,
  write,
  type Documents,
} from './followersWorld.ts';

describe('documents below rows', () => {
  it('stays with a row that stays, though the walk stops between them again and again', async () => {
    const world = open(withPerson);
    const below = (row: string, many: number): Documents =>
      Object.fromEntries(Array.from({ length: many }, (_, n) => [`${row}/lines/${String(n).padStart(3, '0')}`, { n }]));
    const kept = { 'people/ada/bills/kept': { paidAt: PAID }, ...below('people/ada/bills/kept', 60) };
    const gone = {
      'people/ada/bills/gone': { paidAt: LONG_AGO },
      ...below('people/ada/bills/gone', 60),
      ...below('people/ada/bills/missing', 60),
    };
    await write(world.app, { ...kept, ...gone });
    const outcomes = await visit(world, 'apply', { deadline: 0 });
    expect(await there(world.app, Object.keys({ ...kept, ...gone }))).toEqual(Object.keys(kept).sort());
    expect([sum(outcomes, 'done'), sum(outcomes, 'retained')]).toEqual([121, 61]);
    expect(sum(await visit(world, 'check', { deadline: 0 }), 'retained')).toBe(61);
  });

  it('stays under a legal hold on the record, with and without a row', async () => {
    const world = open(withPerson);
    const held = {
      'people/ada/notes/1': {},
      'people/ada/notes/1/lines/1': {},
      'people/ada/notes/ghost/lines/1': {},
    };
    await write(world.app, { ...held, 'people/ada/bills/ghost/lines/1': {}, 'tickets/1': { uid: 'ada' } });
    await write(world.app, { 'tickets/1/files/1': {} });
    const holds = [
      { record: 'notes', ground },
      { record: 'tickets', ground },
    ];
    const outcomes = await visit(world, 'apply', { holds });
    const all = [...Object.keys(held), 'people/ada/bills/ghost/lines/1', 'tickets/1', 'tickets/1/files/1'];
    expect(await there(world.app, all)).toEqual([...Object.keys(held), 'tickets/1', 'tickets/1/files/1'].sort());
    expect(sum(outcomes, 'retained')).toBe(4);
    await visit(world, 'check', { holds });
    await expect(visit(world, 'check')).rejects.toMatchObject({ code: 'firestore.left' });
    await visit(world, 'apply');
    expect(await there(world.app, all)).toEqual([]);
  });

  it.each(['people/ada/notes/1/lines/1', 'people/ada/notes/ghost/lines/1', 'people/ada/other/1', 'people/ada/a/g/b/1'])(
    'is not confirmed as gone while it is there: %s',
    async (path) => {
      const world = open(withPerson);
      await write(world.app, { [path]: {} });
      await expect(visit(world, 'check')).rejects.toMatchObject({ code: 'firestore.left' });
    },
  );

  it('keeps its row if its deletion fails, so that the next attempt finds both', async () => {
    const world = open(withPerson);
    const documents = {
      'tickets/1': { uid: 'ada' },
      'tickets/1/files/1': {},
      'tickets/1/files/2': {},
      'tickets/2': { uid: 'ada' },
    };
    await write(world.app, documents);
    const make = world.app.bulkWriter.bind(world.app);
    world.app.bulkWriter = (...options) => {
      const writer = make(...options);
      const remove = writer.delete.bind(writer);
      writer.delete = (ref, ...more) =>
        ref.path === 'tickets/1/files/2' ? Promise.reject(new Error('lost')) : remove(ref, ...more);
      return writer;
    };
    await expect(visit(world, 'apply')).rejects.toMatchObject({ code: 'firestore.write' });
    expect(await there(world.app, Object.keys(documents))).toEqual(
      expect.arrayContaining(['tickets/1', 'tickets/1/files/2']),
    );
    await expect(visit(world, 'check')).rejects.toMatchObject({ code: 'firestore.left' });
    world.app.bulkWriter = make;
    await visit(world, 'apply');
    expect(await there(world.app, Object.keys(documents))).toEqual([]);
  });

  describe('of a row that is archived', () => {
    const archived: FateRule = { ...withAccount, then: { do: 'archive', to: 'attic' } };
    const records = {
      trips: rows('people/{uid}/trips/{id}', { fate: [archived] }),
      attic: rows('attic/{uid}/trips/{id}', { database: 'compliance' }),
      deals: rows('deals/{id}', {
        subject: { field: 'uid' },
        fate: [{ ...archived, then: { do: 'archive', to: 'old' } }],
      }),
      old: rows('old/{id}', { subject: { field: 'uid' }, database: 'compliance' }),
    };
    const documents = {
      'people/ada/trips/1': { n: 1 },
      'people/ada/trips/1/legs/1': { n: 2 },
      'people/ada/trips/1/legs/g/stops/1': { n: 3 },
      'deals/1': { uid: 'ada' },
      'deals/1/lines/1': { n: 4 },
    };
    const copies = ['attic/ada/trips/1', 'attic/ada/trips/1/legs/1', 'attic/ada/trips/1/legs/g/stops/1'];
    const more = ['old/1', 'old/1/lines/1'];

    it.each([Infinity, 0])(
      'is archived below its copy, and is in an export of the archive (deadline %d)',
      async (deadline) => {
        const world = open(records);
        await write(world.app, documents);
        const system = await loadSystem('firestore', world);
        for (const id of ['trips', 'deals'] as const) {
          let scope = scopeOf(world, { deadline });
          for (;;) {
            const progress = await system.apply({ id, record: records[id] }, scope, erase);
            if ('settled' in progress) {
              expect(progress.settled).toMatchObject([{ how: 'archived', count: id === 'trips' ? 3 : 2 }]);
              break;
            }
            if (!('more' in progress)) throw new Error('it waits for nothing');
            scope = { ...scope, cursor: progress.more };
          }
          await system.check({ id, record: records[id] }, scopeOf(world), erase);
        }
        expect(await there(world.app, Object.keys(documents))).toEqual([]);
        expect(await there(world.own, [...copies, ...more])).toEqual([...copies, ...more].sort());
        expect((await world.own.doc('attic/ada/trips/1/legs/g/stops/1').get()).data()).toEqual({ n: 3 });
        expect((await readAll(world)).map(({ path }) => path).sort()).toEqual([...copies, ...more].sort());
      },
    );

    it('stays with the row, and is an officer’s, if another document has its place', async () => {
      const world = open(records);
      await write(world.app, documents);
      await write(world.own, { 'old/1/lines/1': { other: true } });
      const system = await loadSystem('firestore', world);
      const named = { id: 'deals', record: records.deals };
      expect(await system.apply(named, scopeOf(world), erase)).toMatchObject({
        settled: [{ outcome: 'manual', count: 1 }],
      });
      expect(await there(world.app, ['deals/1', 'deals/1/lines/1'])).toEqual(['deals/1', 'deals/1/lines/1']);
      expect((await world.own.doc('old/1/lines/1').get()).data()).toEqual({ other: true });
    });
  });

  it('is an officer’s if it names the person below a row that was anonymised', async () => {
    const logs = rows('logs/{id}', {
      subject: { field: 'uid' },
      fate: [{ ...withAccount, then: { do: 'anonymise', fields: ['uid'] } }],
    });
    const world = open({ logs });
    await write(world.app, {
      'logs/1': { uid: 'ada', line: 'x' },
      'logs/1/traces/1': { by: ['ada'] },
      'logs/1/traces/2': { by: 'nobody' },
    });
    const system = await loadSystem('firestore', world);
    const foretold = await system.preview({ id: 'logs', record: logs }, scopeOf(world), erase);
    const { logs: outcomes } = await visit(world, 'apply');
    expect(outcomes).toMatchObject([
      { outcome: 'done', how: 'anonymised', count: 1 },
      { outcome: 'manual', count: 1 },
    ]);
    expect(foretold).toEqual(outcomes);
  });
});

import fc from 'fast-check';
import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { matchPath, recordsOfSystem } from '../../../../functions/src/policy/lookup.ts';
import type { FateRule, PolicyRecord } from '../../../../functions/src/policy/schema.ts';
import { loadSystem } from '../../../../functions/src/systems/registry.ts';
import type { Change, Cursor, Outcome, Row, Scope } from '../../../../functions/src/systems/system.ts';
import { policyWith, record } from '../../export/helpers.ts';
import { testContext } from '../../requests/helpers.ts';

/** All that lies below rows, at any depth and under any name, follows them. */

const NOW = Date.UTC(2026, 5, 1);
const PAID = Timestamp.fromMillis(NOW - 1000);
const LONG_AGO = Timestamp.fromMillis(Date.UTC(2001, 0, 1));
const source = { kind: 'ownChoice' as const, reference: 'a test' };
const ground = { article: 'Art. 17(3)(b)', text: { en: 'a duty', fr: 'une obligation' } };
const withAccount: FateRule = {
  when: { event: 'accountDeleted' },
  after: 'P0D',
  then: { do: 'delete' },
  source,
};
const kept: FateRule = { when: { field: 'paidAt' }, after: 'P10Y', then: { do: 'retain', ground }, source };
/** Never comes; rows that could end so are read whole, ten a page at first. */
const never: FateRule = {
  when: { field: 'closedAt' },
  after: 'P1Y',
  then: { do: 'anonymise', fields: ['name'] },
  source,
};
const rows = (path: string, more: Partial<PolicyRecord> = {}): PolicyRecord =>
  record('firestore', path, { fate: [withAccount], ...more });

const inPlace = {
  notes: rows('people/{uid}/notes/{id}'),
  bills: rows('people/{uid}/bills/{id}', { fate: [withAccount, kept, never] }),
  rooms: rows('people/{uid}/rooms/{room}', { subcollections: true, fate: [withAccount, kept, never] }),
  messages: rows('people/{uid}/rooms/{room}/messages/{id}', { fate: [withAccount, kept, never] }),
  readings: rows('people/{uid}/days/{day}/readings/{id}', { fate: [withAccount, kept] }),
};
const elsewhere = { tickets: rows('tickets/{id}', { subject: { field: 'uid' } }) };
const withPerson = { person: rows('people/{uid}', { subcollections: true }), ...inPlace, ...elsewhere };
const withoutPerson = { ...inPlace, ...elsewhere };

type World = ReturnType<typeof testContext>;
type Documents = Record<string, Record<string, unknown>>;
const open = (records: Record<string, PolicyRecord>): World => ({ ...testContext(NOW), policy: policyWith(records) });

async function write(db: Firestore, documents: Documents): Promise<void> {
  await Promise.all(Object.entries(documents).map(([path, data]) => db.doc(path).set(data)));
}
async function there(db: Firestore, paths: readonly string[]): Promise<string[]> {
  const found = await db.getAll(...paths.map((path) => db.doc(path)));
  return found.flatMap(({ exists, ref }) => (exists ? [ref.path] : [])).sort();
}

const erase: Change = { kind: 'erase', accountDeletedAt: NOW };
const scopeOf = ({ policy }: World, more: Partial<Scope> = {}): Scope => ({
  policy,
  subject: { uid: 'ada', pseudonym: 'v1_x', accountCreatedAt: null, verifiedEmails: [], providerIds: {} },
  handles: [],
  now: NOW,
  deadline: Infinity,
  ...more,
});

/**
 * Visits all records one after the other, as an erasure does; with a deadline of 0 page by page.
 */
async function visit(
  world: World,
  how: 'apply' | 'check',
  more: Partial<Scope> = {},
): Promise<Record<string, readonly Outcome[]>> {
  const system = await loadSystem('firestore', world);
  const outcomes: Record<string, readonly Outcome[]> = {};
  for (const named of recordsOfSystem(world.policy, 'firestore')) {
    let scope = scopeOf(world, more);
    for (;;) {
      const progress = await system[how](named, scope, erase);
      if ('settled' in progress) {
        outcomes[named.id] = progress.settled;
        break;
      }
      if (!('more' in progress)) throw new Error('it waits for nothing');
      scope = { ...scope, cursor: JSON.parse(JSON.stringify(progress.more)) as Cursor };
    }
  }
  return outcomes;
}

const sum = (outcomes: Record<string, readonly Outcome[]>, kind: Outcome['outcome']): number =>
  Object.values(outcomes)
    .flat()
    .reduce((total, { outcome, count }) => total + (outcome === kind ? count : 0), 0);

async function readAll(world: World): Promise<(Row & { readonly record: string })[]> {
  const system = await loadSystem('firestore', world);
  const all: (Row & { readonly record: string })[] = [];
  for (const named of recordsOfSystem(world.policy, 'firestore'))
    for await (const row of system.read(named, scopeOf(world))) all.push({ ...row, record: named.id });
  return all;
}

const isInPlace = (path: string): boolean => `${path}/`.startsWith('people/ada/');

/** The documents that an erasure must leave: told document by document, from the paths alone. */
function leftOf(records: Record<string, PolicyRecord>, documents: Documents): string[] {
  const recordOfPath = (path: string): PolicyRecord | undefined =>
    Object.values(records).find((one) => matchPath(one.path, path) !== null);
  const stays = (path: string): boolean => {
    const one = recordOfPath(path);
    const data = documents[path] ?? {};
    if (one === undefined) return false;
    if ('field' in one.subject) return data['uid'] !== 'ada';
    return !isInPlace(path) || (one.fate.includes(kept) && data['paidAt'] === PAID);
  };
  return Object.keys(documents)
    .filter((path) => {
      const names = path.split('/');
      for (let length = names.length; length > 0; length -= 2) {
        const above = names.slice(0, length).join('/');
        if (documents[above] !== undefined && recordOfPath(above) !== undefined) return stays(above);
      }
      return !isInPlace(path);
    })
    .sort();
}

const documentsOf = fc.dictionary(
  fc
    .tuple(
      fc.constantFrom(
        'people/ada',
        'people/ada',
        'people/ada/notes/1',
        'people/ada/bills/1',
        'people/ada/rooms/1',
        'people/ada/rooms/1/messages/1',
        'people/ada/days/1/readings/1',
        'people/ada/days/1',
        'people/ada2/notes/1',
        'tickets/1',
        'tickets/2',
      ),
      fc.array(
        fc.tuple(fc.constantFrom('a', 'notes', 'messages', 'readings', 'rooms', 'z'), fc.constantFrom('1', '2')),
        { maxLength: 3 },
      ),
    )
    .map(([base, below]) => [base, ...below.flat()].join('/')),
  fc.record({
    uid: fc.constantFrom('ada', 'bob'),
    paidAt: fc.constantFrom(PAID, LONG_AGO),
  }),
  { minKeys: 1, maxKeys: 30 },
);

describe('documents below rows', () => {
  it.each([
    ['of a place whose document is declared', withPerson],
    ['of a place whose document is not', withoutPerson],
  ])('%s goes or stays with the next row above it that exists, wherever the walk stops', async (_, records) => {
    await fc.assert(
      fc.asyncProperty(documentsOf, fc.boolean(), async (documents, isInterrupted) => {
        const world = open(records);
        await write(world.app, documents);
        const left = leftOf(records, documents);
        const read = await readAll(world);
        const mine = Object.keys(documents).filter(
          (path) =>
            isInPlace(path) ||
            (path.startsWith('tickets/') && documents[path.split('/').slice(0, 2).join('/')]?.['uid'] === 'ada'),
        );
        expect(read.map(({ path }) => path).sort(), 'an export has all of it, once').toEqual(mine.sort());
        const undeclared = mine.filter((path) => !Object.values(records).some((one) => matchPath(one.path, path)));
        expect(read.flatMap(({ path, undeclared: is }) => (is ? [path] : [])).sort()).toEqual(undeclared.sort());

        const system = await loadSystem('firestore', world);
        const foretold: Record<string, readonly Outcome[]> = {};
        for (const named of recordsOfSystem(world.policy, 'firestore'))
          foretold[named.id] = await system.preview(named, scopeOf(world), erase);
        const outcomes = await visit(world, 'apply', isInterrupted ? { deadline: 0 } : {});
        expect(await there(world.app, Object.keys(documents))).toEqual(left);
        expect(sum(outcomes, 'done')).toBe(Object.keys(documents).length - left.length);
        expect(sum(foretold, 'done')).toBe(sum(outcomes, 'done'));
        await visit(world, 'check');
        const again = await visit(world, 'apply');
        expect(sum(again, 'done')).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

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

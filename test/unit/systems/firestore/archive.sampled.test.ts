import fc from 'fast-check';
import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../../functions/src/platform/context.ts';
import type { FateRule, PolicyRecord } from '../../../../functions/src/policy/schema.ts';
import { Writers } from '../../../../functions/src/systems/firestore/bulk/writer.ts';
import { Copies, isSame } from '../../../../functions/src/systems/firestore/copies.ts';
import { loadSystem } from '../../../../functions/src/systems/registry.ts';
import {
  NO_FIGURES,
  type Change,
  type Cursor,
  type Outcome,
  type Scope,
  type SweepFigures,
} from '../../../../functions/src/systems/system.ts';
import { policyWith, record } from '../../export/helpers.ts';
import { testContext } from '../../requests/helpers.ts';
import { heldPeople } from '../../../kit/sealed/held.ts';
import { times } from '../../../kit/depth.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const source = { kind: 'ownChoice' as const, reference: 'a test' };
const byTime: FateRule = { when: { field: 'endedAt' }, after: 'P6M', then: { do: 'archive', to: 'attic' }, source };
const withAccount: FateRule = { ...byTime, when: { event: 'accountDeleted' }, after: 'P0D' };
const trips = record('firestore', 'riders/{uid}/trips/{trip}', { timestamp: 'endedAt', fate: [byTime, withAccount] });
const attic = record('firestore', 'attic/{uid}/trips/{trip}', { timestamp: 'endedAt', database: 'compliance' });

type World = ReturnType<typeof testContext>;
const open = (records: Record<string, PolicyRecord> = { trips, attic }): World => ({
  ...testContext(NOW),
  policy: policyWith(records),
});

const old = Timestamp.fromMillis(NOW - 400 * DAY);
type Rows = Record<string, Record<string, unknown>>;
async function write(db: Firestore, rows: Rows): Promise<void> {
  await Promise.all(Object.entries(rows).map(([path, data]) => db.doc(path).set(data)));
}
/** Everything in a collection of all places, by path. */
async function all(db: Firestore, collection = 'trips'): Promise<Rows> {
  const { docs } = await db.collectionGroup(collection).get();
  return Object.fromEntries(docs.map((document) => [document.ref.path, document.data()]));
}

/** Sweeps as a job does, from cursor to cursor. */
async function sweep(world: Context, deadline = Infinity): Promise<SweepFigures> {
  const system = await loadSystem('firestore', world);
  let figures = NO_FIGURES;
  let cursor: Cursor | undefined;
  for (;;) {
    const question = {
      policy: world.policy,
      now: NOW,
      field: 'endedAt',
      cutoff: NOW - 180 * DAY,
      held: heldPeople(),
    };
    const named = { id: 'trips', record: world.policy.records['trips'] ?? trips };
    const begun = { ...question, figures, deadline, ...(cursor === undefined ? {} : { cursor }) };
    const progress = await system.expire?.(named, begun);
    if (progress === undefined) throw new Error('no sweep');
    ({ figures, more: cursor } = progress);
    if (cursor === undefined) return figures;
  }
}

const scopeOf = (world: World, uid: string): Scope => ({
  policy: world.policy,
  subject: { uid, pseudonym: 'v1_x', accountCreatedAt: null, verifiedEmails: [], providerIds: {} },
  handles: [],
  now: NOW,
  deadline: Infinity,
});
const gone: Change = { kind: 'erase', accountDeletedAt: NOW };
async function settle(world: World, uid: string, what: 'apply' | 'check'): Promise<readonly Outcome[]> {
  const system = await loadSystem('firestore', world);
  const progress = await system[what]({ id: 'trips', record: trips }, scopeOf(world, uid), gone);
  if (!('settled' in progress)) throw new Error('not settled');
  return progress.settled;
}

/**
 * As the database in memory takes them; Firestore's own takes control characters and a dot at the
 * beginning too.
 */
const isName = (text: string): boolean => text.trim() === text && !/[/\p{C}]|^\.|^__.*__/u.test(text);

describe('rows that are archived', () => {
  it('keep a copy of their own, beside any row of the same name', async () => {
    const world = open();
    await write(world.app, {
      'riders/anna/trips/X': { endedAt: old, to: 'Liège' },
      'riders/bert/trips/X': { endedAt: old, to: 'Namur' },
      'riders/carl/trips/X': { endedAt: old },
    });
    expect(await sweep(world)).toMatchObject({ archived: 3, unarchived: 0 });
    expect(await all(world.app)).toEqual({});
    expect(await all(world.own)).toEqual({
      'attic/anna/trips/X': { endedAt: old, to: 'Liège' },
      'attic/bert/trips/X': { endedAt: old, to: 'Namur' },
      'attic/carl/trips/X': { endedAt: old },
    });
    // The copy is found by the people whom the row named: by their place alone.
    const system = await loadSystem('firestore', world);
    const found: string[] = [];
    for await (const { path } of system.read({ id: 'attic', record: attic }, scopeOf(world, 'carl'))) found.push(path);
    expect(found).toEqual(['attic/carl/trips/X']);
  });

  it('go on after an attempt that died behind the copy and before the deletion', async () => {
    const world = open();
    const place = { at: old, list: [1, NaN, { deep: [Buffer.from('x')] }], of: world.app.doc('a/b'), vain: null };
    await write(world.app, { 'riders/anna/trips/1': { endedAt: old, place } });
    await write(world.own, { 'attic/anna/trips/1': { endedAt: old, place } });
    expect(await sweep(world)).toMatchObject({ archived: 1, unarchived: 0 });
    expect(await all(world.app)).toEqual({});
    expect(Object.keys(await all(world.own))).toEqual(['attic/anna/trips/1']);
  });

  it('stay if another copy has their place, are counted, and are told to an officer without a name', async () => {
    const world = open();
    const rows = {
      'riders/anna/trips/1': { endedAt: old, to: 'Liège' },
      'riders/anna/trips/2': { endedAt: old, to: 'Namur' },
    };
    const copies = { 'attic/anna/trips/1': { endedAt: old, to: 'Mons' } };
    await write(world.app, rows);
    await write(world.own, copies);
    expect(await sweep(world)).toMatchObject({ archived: 1, unarchived: 1 });
    expect(await all(world.app)).toEqual({ 'riders/anna/trips/1': rows['riders/anna/trips/1'] });
    expect(await all(world.own)).toEqual({ ...copies, 'attic/anna/trips/2': rows['riders/anna/trips/2'] });
    expect(world.logged).toEqual([expect.stringMatching(/no place.*"record":"trips","count":1/)]);
    expect(world.logged.join()).not.toContain('anna');
    // Each night the same, until somebody has looked.
    expect(await sweep(world)).toMatchObject({ archived: 0, unarchived: 1 });
  });

  it('are never replaced by an erasure either, which hands the row to an officer instead of failing for ever', async () => {
    const world = open();
    await write(world.app, { 'riders/anna/trips/1': { endedAt: old }, 'riders/anna/trips/2': { endedAt: old } });
    await write(world.own, { 'attic/anna/trips/1': { endedAt: old, to: 'Mons' } });
    const byHand = {
      record: 'trips',
      count: 1,
      outcome: 'manual',
      what: { en: expect.stringMatching(/could not be moved/) },
    };
    expect(await settle(world, 'anna', 'apply')).toMatchObject([{ count: 1, how: 'archived' }, byHand]);
    expect(await settle(world, 'anna', 'check')).toMatchObject([byHand]);
    expect(await all(world.own)).toMatchObject({ 'attic/anna/trips/1': { to: 'Mons' } });
    // A row that has a place and is still there has not ended.
    await write(world.app, { 'riders/anna/trips/3': { endedAt: old } });
    await expect(settle(world, 'anna', 'check')).rejects.toMatchObject({ code: 'firestore.left' });
  });

  /** Firestore refuses a copy of Anna's, and with it the whole request that it came in. */
  function refusing(world: World): void {
    const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error('too large'), { code: 3 }));
    const writer = world.own.bulkWriter.bind(world.own);
    world.own.bulkWriter = (...options) => Object.assign(writer(...options), { create: refuse });
    const doc = world.own.doc.bind(world.own);
    world.own.doc = (path) => (path.includes('anna') ? Object.assign(doc(path), { create: refuse }) : doc(path));
  }

  it('stay if Firestore does not take the copy, and hold up nobody in the same request', async () => {
    const world = open();
    await write(world.app, { 'riders/anna/trips/1': { endedAt: old }, 'riders/bert/trips/1': { endedAt: old } });
    refusing(world);
    expect(await sweep(world)).toMatchObject({ archived: 1, unarchived: 1 });
    expect(Object.keys(await all(world.app))).toEqual(['riders/anna/trips/1']);
    expect(Object.keys(await all(world.own))).toEqual(['attic/bert/trips/1']);
    // An erasure ends all the same, and hands the row to an officer.
    for (const what of ['apply', 'check'] as const)
      expect(await settle(world, 'anna', what)).toMatchObject([{ count: 1, outcome: 'manual' }]);
  });

  it('that the app writes meanwhile leave no copy behind, with any failure beside them', async () => {
    const world = open();
    await write(world.app, { 'riders/anna/trips/1': { endedAt: old }, 'riders/bert/trips/1': { endedAt: old } });
    const writer = world.app.bulkWriter.bind(world.app);
    const fail = (code: number): Promise<never> => Promise.reject(Object.assign(new Error(), { code }));
    world.app.bulkWriter = (...options) =>
      Object.assign(writer(...options), { delete: (ref: { path: string }) => fail(ref.path.includes('anna') ? 9 : 7) });
    await expect(sweep(world)).rejects.toMatchObject({ code: 'firestore.write' });
    expect(Object.keys(await all(world.own))).toEqual(['attic/bert/trips/1']);
    world.app.bulkWriter = writer;
    expect(await sweep(world)).toMatchObject({ archived: 2, unarchived: 0 });
  });

  it('are copied in requests of less than 10 MiB, however many there are at once', async () => {
    const world = open();
    const text = 'x'.repeat(1_000_000);
    await write(
      world.app,
      Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`riders/anna/trips/${n}`, { endedAt: old, text }])),
    );
    const sent: number[] = [];
    const wire = world.own as unknown as { request(method: string, request: object): Promise<unknown> };
    const request = wire.request.bind(wire);
    wire.request = (method, asked, ...rest) => {
      if (method === 'batchWrite') sent.push(JSON.stringify(asked).length);
      return (request as (...call: unknown[]) => Promise<unknown>)(method, asked, ...rest);
    };
    const { docs } = await world.app.collectionGroup('trips').get();
    const writers = new Writers(world);
    const copies = new Copies(world.policy, world.clients, writers);
    const made = await copies.make(docs.map((document) => copies.of(trips, document, 'attic')));
    await writers.close();
    expect(made.map(({ is }) => is)).toEqual(docs.map(() => 'made'));
    expect(Object.keys(await all(world.own))).toHaveLength(25);
    // Google's emulator takes 4 MiB.
    expect(Math.max(...sent)).toBeLessThan(4 * 2 ** 20);
  });

  it('are neither lost nor overwritten, for any names, existing copies and stops of the sweep', async () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'b', 'A', '__a', 'a.b', 'trips', '%2F', 'é', 'e\u0301', 'x y', '{trip}', '**'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => isName(text)),
    );
    const rows = fc.uniqueArray(
      fc.record({
        uid: name,
        trip: name,
        value: fc.integer({ min: 0, max: 2 }),
        before: fc.option(fc.integer({ min: 0, max: 2 })),
      }),
      { selector: ({ uid, trip }) => JSON.stringify([uid, trip]), minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), async (some, isCut) => {
        const world = open();
        for (const { uid, trip, value, before } of some) {
          await write(world.app, { [`riders/${uid}/trips/${trip}`]: { endedAt: old, value } });
          if (before !== null)
            await write(world.own, { [`attic/${uid}/trips/${trip}`]: { endedAt: old, value: before } });
        }
        const figures = await sweep(world, isCut ? 0 : Infinity);
        const [left, copies] = [await all(world.app), await all(world.own)];
        for (const { uid, trip, value, before } of some) {
          const isTaken = before !== null && before !== value;
          expect(copies[`attic/${uid}/trips/${trip}`]).toEqual({ endedAt: old, value: before ?? value });
          expect(left[`riders/${uid}/trips/${trip}`]).toEqual(isTaken ? { endedAt: old, value } : undefined);
        }
        expect(Object.keys(copies)).toHaveLength(some.length);
        expect(figures.archived + figures.unarchived).toBe(some.length);
      }),
      { numRuns: times(20, 60) },
    );
  });
});

describe('two copies', () => {
  it('are the same if every value is, of any type', () => {
    const { app, own } = testContext(NOW);
    const at = new Timestamp(1, 2);
    expect(
      isSame({ a: [1, { b: at }], r: app.doc('x/y') }, { r: own.doc('x/y'), a: [1, { b: new Timestamp(1, 2) }] }),
    ).toBe(true);
    const different: [unknown, unknown][] = [
      [{ a: 1 }, { a: 1, b: null }],
      [{ a: 1, b: null }, { a: 1 }],
      [{ a: undefined }, { b: undefined }],
      [2n ** 60n, 2n ** 60n + 1n],
      [2n ** 60n, 2 ** 60],
      [at, new Timestamp(1, 3)],
      [at, { seconds: 1, nanoseconds: 2 }],
      [Buffer.from('a'), Buffer.from('b')],
      [[1, 2], [1]],
      [[], {}],
      [{}, []],
      ['1', 1],
      [null, {}],
      [app.doc('x/y'), app.doc('x/z')],
    ];
    for (const [a, b] of different) {
      expect(isSame(a, b)).toBe(false);
      expect(isSame(b, a)).toBe(false);
    }
    expect(isSame(NaN, NaN)).toBe(true);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import type { Policy } from '../../functions/src/policy/schema.ts';
import type { Cursor, NamedRecord, Outcome, Scope, Subject, System } from '../../functions/src/systems/system.ts';
import { eachNth } from '../kit/depth.ts';
import { collect, drive, erase, recordsOf, scopeFor } from './harness.ts';

/** A person and strangers, planted in a real system. */
export interface Planted {
  readonly subject: Subject;
  /** A person without any trace. */
  readonly stranger: Subject;
  /**
   * Rows of the person that should be gone after an erasure and are there now, looked up past the
   * system.
   */
  readonly left: () => Promise<number>;
  /** The same of one record, if it can be told. */
  readonly leftOf?: (record: string) => Promise<number>;
  /**
   * Rows of the person that stay by the policy, by record: they must be there after the erasure,
   * and be reported as retained.
   */
  readonly retained: Readonly<Record<string, number>>;
  /**
   * Everything of everybody else: same e-mail, same name, a uid that begins with the person's,
   * collections of the same name elsewhere.
   */
  readonly others: () => Promise<unknown>;
  /** Rows that `read` must give, by record. */
  readonly rows: Readonly<Record<string, number>>;
  /** The counts of an erasure, by record, if they are not the rows that `read` gives. */
  readonly counts?: Readonly<Record<string, number>>;
}

export interface Seed {
  readonly policy: Policy;
  /** A fresh person each time. */
  readonly plant: () => Promise<Planted>;
}

/** The rows of a record that `npm test` begins with, from its first to its last. */
const BEGUN = 12;

/**
 * Reads on from each row that names its place, and compares. In `npm test` it begins with some
 * twelve of many rows. Returns how many rows there are, and how many of them name their place.
 */
export async function readsOn(
  system: System,
  record: NamedRecord,
  scope: Scope,
): Promise<{ readonly rows: number; readonly begun: number }> {
  const all = await collect(system.read(record, scope));
  const begun = [...all.entries()].filter(([, { at }]) => at !== undefined);
  const tried = new Set([...eachNth(Math.ceil(begun.length / BEGUN), begun), ...begun.slice(-1)]);
  for (const [index, { at }] of tried) {
    // As a job keeps it.
    const cursor = JSON.parse(JSON.stringify(at)) as Cursor;
    const rest = await collect(system.read(record, { ...scope, cursor }));
    const left = all.slice(index).map(({ path }) => path);
    expect([record.id, rest.map(({ path }) => path)]).toEqual([record.id, left]);
  }
  return { rows: all.length, begun: begun.length };
}

/** A state as text, without the moment at which it was read. */
const said = (state: unknown): string =>
  JSON.stringify(state, (name, value: unknown) => (name === 'readAt' ? undefined : value));

/**
 * The one suite that every system passes (functions/src/systems/system.ts). Needs the emulators and
 * local servers that the system calls.
 *
 * @param whose the kind of person, if it is not a person with an account
 */
export function conformance(system: System, seed: Seed, whose = ''): void {
  const { policy } = seed;
  const records = recordsOf(policy, system.id);

  describe(`${system.id} keeps the contract of a system${whose && ' for '}${whose}`, () => {
    let planted: Planted;
    let scope: Scope;
    beforeEach(async () => {
      planted = await seed.plant();
      scope = await scopeFor(system, policy, planted.subject);
    });

    const eraseAll = async (options: Parameters<typeof drive>[2] = {}): Promise<Record<string, readonly Outcome[]>> => {
      const outcomes: Record<string, readonly Outcome[]> = {};
      for (const record of records) {
        outcomes[record.id] = (await drive((s) => system.apply(record, s, erase), scope, options)).outcomes;
      }
      return outcomes;
    };
    const checkAll = async (): Promise<Record<string, readonly Outcome[]>> => {
      const outcomes: Record<string, readonly Outcome[]> = {};
      for (const record of records) {
        outcomes[record.id] = (await drive((s) => system.check(record, s, erase), scope)).outcomes;
      }
      return outcomes;
    };

    it('plants something to erase, or the rest proves nothing', async () => {
      expect(records.length).toBeGreaterThan(0);
      expect(await planted.left()).toBeGreaterThan(0);
    });

    it('reads the rows of the person and of nobody else, twice the same', async () => {
      for (const record of records) {
        const first = await collect(system.read(record, scope));
        const second = await collect(system.read(record, scope));
        expect(first.length, record.id).toBe(planted.rows[record.id] ?? 0);
        expect(second.map(({ path }) => path)).toEqual(first.map(({ path }) => path));
        expect(new Set(first.map(({ path }) => path)).size, 'each row once').toBe(first.length);
      }
    });

    it('reading begins with each row that names its place: nothing is left out, nothing comes twice', async () => {
      for (const record of records) await readsOn(system, record, scope);
    });

    it('reading changes nothing', async () => {
      const before = [await planted.left(), await planted.others()];
      for (const record of records) await collect(system.read(record, scope));
      await system.find(planted.subject);
      expect([await planted.left(), await planted.others()]).toEqual(before);
    });

    it('foretells the report of an erasure, and touches nothing', async () => {
      const world = async () => [
        await planted.left(),
        await planted.others(),
        await Promise.all(records.map((record) => collect(system.read(record, scope)))),
      ];
      for (const [index, record] of records.entries()) {
        const before = await world();
        // Neither a deadline that is over nor another walk's cursor takes anything from it.
        const over = { ...scope, deadline: 0, cursor: { after: 'x/y', page: 'x', index: 9, stage: 9, deleted: 7 } };
        const foretold = await system.preview(record, index % 2 === 0 ? scope : over, erase);
        expect(said(await world()), record.id).toEqual(said(before));
        const { outcomes } = await drive((s) => system.apply(record, s, erase), scope);
        expect(foretold, record.id).toEqual(outcomes);
        expect(sum(await system.preview(record, scope, erase), 'done'), `${record.id}: nothing is left to end`).toBe(0);
      }
    });

    it('refuses to confirm an erasure that has not been done', async () => {
      const failed = await Promise.allSettled(
        records.map((record) => drive((s) => system.check(record, s, erase), scope)),
      );
      expect(failed.some(({ status }) => status === 'rejected')).toBe(true);
    });

    it('erases rows that the policy ends, keeps those that it retains, touches nobody else, and reads it back', async () => {
      const others = await planted.others();
      const outcomes = await eraseAll();
      expect(await planted.left()).toBe(0);
      expect(await planted.others()).toEqual(others);
      await checkAll();
      for (const record of records) {
        const kept = planted.retained[record.id] ?? 0;
        expect(sum(outcomes[record.id], 'retained'), `${record.id}: retained`).toBe(kept);
        const ended = counted(planted, record.id) - kept;
        expect(sum(outcomes[record.id], 'done'), `${record.id}: done`).toBe(ended);
      }
    });

    it('run twice gives the same state, and absent is done with count 0', async () => {
      await eraseAll();
      const state = [await planted.left(), await planted.others()];
      const again = await eraseAll();
      expect([await planted.left(), await planted.others()]).toEqual(state);
      await checkAll();
      for (const record of records) {
        expect(sum(again[record.id], 'done'), record.id).toBe(0);
        expect(sum(again[record.id], 'retained'), record.id).toBe(planted.retained[record.id] ?? 0);
      }
    });

    it('finds nothing of a person who is not there, and says so', async () => {
      const before = [await planted.left(), await planted.others()];
      const nobody = await scopeFor(system, policy, planted.stranger);
      expect(nobody.handles).toEqual([]);
      for (const record of records) {
        const { outcomes } = await drive((s) => system.apply(record, s, erase), nobody);
        expect(outcomes, record.id).toEqual([{ record: record.id, count: 0, outcome: 'done' }]);
        expect((await drive((s) => system.check(record, s, erase), nobody)).outcomes).toEqual(outcomes);
        expect(await system.preview(record, nobody, erase)).toEqual(outcomes);
        expect(await collect(system.read(record, nobody))).toEqual([]);
      }
      expect([await planted.left(), await planted.others()]).toEqual(before);
    });

    it('interrupted after every page it still completes, with the right counts', async () => {
      const others = await planted.others();
      const outcomes = await eraseAll({ interrupted: true });
      expect(await planted.left()).toBe(0);
      expect(await planted.others()).toEqual(others);
      for (const record of records) {
        const kept = planted.retained[record.id] ?? 0;
        expect(sum(outcomes[record.id], 'done') + kept, record.id).toBe(counted(planted, record.id));
      }
    });

    it('two tasks at once end in the same state', async () => {
      const others = await planted.others();
      const both = await Promise.allSettled([eraseAll({ attempts: 5 }), eraseAll({ attempts: 5 })]);
      // One of them may meet the other's change and fail its attempt: it comes again.
      if (both.some(({ status }) => status === 'rejected')) await eraseAll();
      expect(await planted.left()).toBe(0);
      expect(await planted.others()).toEqual(others);
      await checkAll();
    });

    it('attributes every outcome to the record it was asked about', async () => {
      for (const [id, outcomes] of Object.entries(await eraseAll())) {
        for (const outcome of outcomes) expect(outcome).toMatchObject({ record: id });
        expect(outcomes.length).toBeGreaterThan(0);
      }
    });
  });
}

export function sum(outcomes: readonly Outcome[] | undefined, kind: Outcome['outcome']): number {
  return (outcomes ?? []).filter(({ outcome }) => outcome === kind).reduce((total, { count }) => total + count, 0);
}

const counted = (planted: Planted, record: string): number => planted.counts?.[record] ?? planted.rows[record] ?? 0;

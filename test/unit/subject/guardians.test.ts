import { FieldValue, Timestamp, type Firestore } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import {
  ageBandOf,
  guardedAs,
  guardianshipOf,
  releaseHolder,
  type Guardianship,
} from '../../../functions/src/subject/guardians.ts';

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;
const parent: Guardianship = { holder: 'parent', from: NOW - DAY, decides: 'person' };

describe('who decides with or for a person', () => {
  it('a child and its parents together, also while no parent is named', () => {
    expect(guardedAs({ band: 'child' }, [parent], NOW)).toEqual({
      mode: 'both',
      reason: 'age',
      holders: [{ uid: 'parent', from: NOW - DAY }],
    });
    expect(guardedAs({ band: 'child' }, [], NOW)).toEqual({ mode: 'both', reason: 'age', holders: [] });
  });

  it('nobody from the day on which the child has reached the age', () => {
    expect(guardedAs({ band: 'child', until: NOW + 1 }, [parent], NOW)).toMatchObject({ until: NOW + 1 });
    expect(guardedAs({ band: 'child', until: NOW }, [parent], NOW)).toBeNull();
  });

  it('an adult alone, unless a guardianship that runs says otherwise', () => {
    expect(guardedAs({ band: 'adult' }, [parent], NOW)).toBeNull();
    expect(guardedAs(null, [], NOW)).toBeNull();
    const guardian = (decides: Guardianship['decides'], more: Partial<Guardianship> = {}): Guardianship => ({
      ...parent,
      decides,
      ...more,
    });
    expect(guardedAs(null, [guardian('both')], NOW)).toMatchObject({ mode: 'both', reason: 'guardianship' });
    expect(guardedAs(null, [guardian('both'), guardian('holder')], NOW)).toMatchObject({ mode: 'holder' });
    expect(guardedAs(null, [guardian('holder', { until: NOW })], NOW)).toBeNull();
    expect(guardedAs(null, [guardian('holder', { from: NOW + 1 })], NOW)).toBeNull();
  });
});

describe('what servers wrote', () => {
  it('a band that is none is a child’s: a mistake does not take a protection away', () => {
    expect(ageBandOf(undefined)).toBeNull();
    expect(ageBandOf({ band: 'adult' })).toEqual({ band: 'adult' });
    expect(ageBandOf({ band: 'Adult' })).toEqual({ band: 'child' });
    expect(ageBandOf({})).toEqual({ band: 'child' });
  });

  it('a guardianship without a beginning is none; one that does not say who decides leaves the decision to an adult', () => {
    expect(guardianshipOf({ holder: 'x' })).toBeNull();
    expect(guardianshipOf({ holder: 'x', from: Timestamp.fromMillis(NOW) })).toEqual({
      holder: 'x',
      from: NOW,
      decides: 'person',
    });
  });
});

describe('a holder who was erased', () => {
  /** Guardianships as they are stored, and a query for them by one field. */
  const stored = (rows: Record<string, Record<string, unknown>>): Firestore => {
    const refOf = (id: string) => ({
      update: async (fields: Record<string, unknown>) => {
        const left = Object.entries({ ...rows[id], ...fields }).filter(([, value]) => !isDeletion(value));
        rows[id] = Object.fromEntries(left);
      },
    });
    const docs = (field: string, value: unknown) =>
      Object.entries(rows)
        .filter(([, row]) => row[field] === value)
        .map(([id, row]) => ({ data: () => row, ref: refOf(id) }));
    const where = (field: string, _: string, value: unknown) => ({ get: async () => ({ docs: docs(field, value) }) });
    return { collection: () => ({ where }) } as unknown as Firestore;
  };
  const isDeletion = (value: unknown): boolean => value instanceof FieldValue && value.isEqual(FieldValue.delete());

  it('leaves neither their uid nor their papers, and the guardianship ends; the child stays a child', async () => {
    const from = Timestamp.fromMillis(NOW - DAY);
    const other = { child: 'kim', holder: 'else', evidence: 'theirs', from };
    const rows: Record<string, Record<string, unknown>> = {
      open: { child: 'kim', holder: 'parent', evidence: 'form', from, decides: 'both' },
      over: { child: 'kim', holder: 'parent', evidence: 'form', from, until: Timestamp.fromMillis(NOW - 1) },
      other,
    };
    const own = stored(rows);
    for (let twice = 0; twice < 2; twice++) await releaseHolder(own, 'parent', { pseudonym: 'v1_p', at: NOW });
    expect(rows).toEqual({
      open: { child: 'kim', holderPseudonym: 'v1_p', from, decides: 'both', until: Timestamp.fromMillis(NOW) },
      over: { child: 'kim', holderPseudonym: 'v1_p', from, until: Timestamp.fromMillis(NOW - 1) },
      other,
    });
    const left = Object.values(rows).flatMap((row) => guardianshipOf(row) ?? []);
    expect(guardedAs({ band: 'child' }, left, NOW)).toMatchObject({ mode: 'both', holders: [{ uid: 'else' }] });
  });
});

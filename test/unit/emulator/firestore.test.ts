import { describe, expect, it } from 'vitest';
import { Ledger, readsOf, readsOfCount, writesOf } from '../../../emulator/firestore/billing.ts';
import { Clock } from '../../../emulator/firestore/clock.ts';
import { Locks } from '../../../emulator/firestore/locks.ts';
import { masked, segmentsOf } from '../../../emulator/firestore/masks.ts';
import { completeQuery, type StructuredQuery } from '../../../emulator/firestore/queries.ts';
import { kindOfChange } from '../../../emulator/firestore/triggers.ts';

describe('the bill', () => {
  it('is at least one read for a query, and one for each thousand entries of a count', () => {
    expect([readsOf(0), readsOf(7)].map((one) => one.reads)).toEqual([1, 7]);
    expect([0, 1, 1000, 1001, 2000].map((n) => readsOfCount(n).reads)).toEqual([1, 1, 1, 2, 2]);
  });

  it('counts writes and deletes that were made', () => {
    const writes = [{ update: {} }, { delete: 'x' }, { update: {} }, {}];
    expect(writesOf(writes)).toEqual({ reads: 0, writes: 2, deletes: 1 });
    expect(writesOf(writes, [{ code: 6 }, { code: 0 }, {}, {}])).toEqual({ reads: 0, writes: 1, deletes: 1 });
  });

  it('is kept per project and database', () => {
    const ledger = new Ledger();
    ledger.add({ project: 'p', id: 'a' }, readsOf(2));
    ledger.add({ project: 'p', id: 'b' }, writesOf([{ delete: 'x' }]));
    ledger.add({ project: 'q', id: 'a' }, readsOf(5));
    expect(ledger.total()).toEqual({ reads: 7, writes: 0, deletes: 1 });
    ledger.reset({ project: 'p', database: 'a' });
    expect(ledger.total({ database: 'a' })).toEqual({ reads: 5, writes: 0, deletes: 0 });
    expect(ledger.total({ project: 'p' })).toEqual({ reads: 0, writes: 0, deletes: 1 });
  });
});

describe('the databases’ time', () => {
  it('gives each commit a millisecond of its own, after all that was read', () => {
    const clock = new Clock(() => 1000);
    const now = (): number => clock.now().getTime();
    const read = now();
    const first = clock.commit(() => [now(), now()]);
    expect([read, ...first, now()]).toEqual([1000, 1001, 1001, 1001]);
    expect(clock.commit(now)).toBe(1002);
  });

  it('goes with the machine, and never back', () => {
    let machine = 1000;
    const clock = new Clock(() => machine);
    machine = 5000;
    expect(clock.now().getTime()).toBe(5000);
    machine = 4000;
    expect(clock.now().getTime()).toBe(5000);
  });
});

describe('locks of transactions', () => {
  it('keep others waiting until they are released', async () => {
    const locks = new Locks();
    const order: string[] = [];
    await locks.acquire('a', ['x', 'y']);
    const b = locks.acquire('b', ['y']).then(() => order.push('b'));
    await locks.acquire('a', ['y']);
    order.push('a');
    locks.rename('a', 'a2');
    locks.release('a');
    await Promise.resolve();
    expect(order).toEqual(['a']);
    locks.release('a2');
    await b;
    expect(order).toEqual(['a', 'b']);
  });

  it('tell one of two that wait for each other to start again', async () => {
    const locks = new Locks();
    await locks.acquire('a', ['x']);
    await locks.acquire('b', ['y']);
    const a = locks.acquire('a', ['y']);
    await expect(locks.acquire('b', ['x'])).rejects.toMatchObject({ code: 10 });
    locks.release('b');
    await a;
  });
});

describe('masks', () => {
  it('split paths as Firestore quotes them', () => {
    expect(segmentsOf('a.b')).toEqual(['a', 'b']);
    expect(segmentsOf('`odd.key`.b.`tick\\`ed`')).toEqual(['odd.key', 'b', 'tick`ed']);
  });

  it('keep the fields that they name', () => {
    const n = { integerValue: '1' };
    const document = { name: 'd', fields: { a: { mapValue: { fields: { b: n, c: n, d: n } } }, e: n } };
    expect(masked(document, ['a.b', 'a.c', 'none.x'])).toEqual({
      name: 'd',
      fields: { a: { mapValue: { fields: { b: n, c: n } } } },
    });
  });
});

describe('the unwritten parts of a query', () => {
  const unary = (fieldPath: string, op: string): object => ({ unaryFilter: { field: { fieldPath }, op } });

  it('leaves a query alone that needs nothing', () => {
    const query = { where: { fieldFilter: { field: { fieldPath: 'a' }, op: 'EQUAL', value: {} } } };
    expect(completeQuery(query)).toEqual(query);
    expect(completeQuery({ orderBy: [{ field: { fieldPath: '__name__' } }] })).toEqual({
      orderBy: [{ field: { fieldPath: '__name__' } }],
    });
  });

  it('wants the fields that sort it', () => {
    expect(completeQuery<StructuredQuery>({ orderBy: [{ field: { fieldPath: 'a' } }] }).where).toEqual({
      compositeFilter: { op: 'OR', filters: [unary('a', 'IS_NULL'), unary('a', 'IS_NOT_NULL')] },
    });
  });

  it('wants a field to be there that must differ', () => {
    const where = { fieldFilter: { field: { fieldPath: 'a' }, op: 'NOT_EQUAL', value: {} } };
    expect(completeQuery({ where }).where).toEqual({
      compositeFilter: { op: 'AND', filters: [where, unary('a', 'IS_NOT_NULL')] },
    });
  });

  it('takes more than ten values apart', () => {
    const values = Array.from({ length: 11 }, (_, n) => ({ integerValue: String(n) }));
    const field = { fieldPath: 'a' };
    const where = { fieldFilter: { field, op: 'IN', value: { arrayValue: { values } } } };
    expect(completeQuery<StructuredQuery>({ where }).where?.compositeFilter?.filters?.length).toBe(11);
  });
});

it('kindOfChange tells created, updated and deleted apart', () => {
  expect(kindOfChange({ exists: true })).toBe('created');
  expect(kindOfChange({ exists: true, previous: { exists: false } })).toBe('created');
  expect(kindOfChange({ exists: true, previous: { exists: true } })).toBe('updated');
  expect(kindOfChange({ exists: false, previous: { exists: true } })).toBe('deleted');
});

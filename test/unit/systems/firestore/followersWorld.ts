import { Timestamp, type Firestore } from 'firebase-admin/firestore';
import { recordsOfSystem } from '../../../../functions/src/policy/lookup.ts';
import type { FateRule, PolicyRecord } from '../../../../functions/src/policy/schema.ts';
import { loadSystem } from '../../../../functions/src/systems/registry.ts';
import type { Change, Cursor, Outcome, Row, Scope } from '../../../../functions/src/systems/system.ts';
import { policyWith, record } from '../../export/helpers.ts';
import { testContext } from '../../requests/helpers.ts';

/** All that lies below rows, at any depth and under any name, follows them. */

const NOW = Date.UTC(2026, 5, 1);
export const PAID = Timestamp.fromMillis(NOW - 1000);
export const LONG_AGO = Timestamp.fromMillis(Date.UTC(2001, 0, 1));
const source = { kind: 'ownChoice' as const, reference: 'a test' };
export const ground = { article: 'Art. 17(3)(b)', text: { en: 'a duty', fr: 'une obligation' } };
export const withAccount: FateRule = {
  when: { event: 'accountDeleted' },
  after: 'P0D',
  then: { do: 'delete' },
  source,
};
export const kept: FateRule = { when: { field: 'paidAt' }, after: 'P10Y', then: { do: 'retain', ground }, source };
/** Never comes; rows that could end so are read whole, ten a page at first. */
const never: FateRule = {
  when: { field: 'closedAt' },
  after: 'P1Y',
  then: { do: 'anonymise', fields: ['name'] },
  source,
};
export const rows = (path: string, more: Partial<PolicyRecord> = {}): PolicyRecord =>
  record('firestore', path, { fate: [withAccount], ...more });

const inPlace = {
  notes: rows('people/{uid}/notes/{id}'),
  bills: rows('people/{uid}/bills/{id}', { fate: [withAccount, kept, never] }),
  rooms: rows('people/{uid}/rooms/{room}', { subcollections: true, fate: [withAccount, kept, never] }),
  messages: rows('people/{uid}/rooms/{room}/messages/{id}', { fate: [withAccount, kept, never] }),
  readings: rows('people/{uid}/days/{day}/readings/{id}', { fate: [withAccount, kept] }),
};
const elsewhere = { tickets: rows('tickets/{id}', { subject: { field: 'uid' } }) };
export const withPerson = { person: rows('people/{uid}', { subcollections: true }), ...inPlace, ...elsewhere };
export const withoutPerson = { ...inPlace, ...elsewhere };

type World = ReturnType<typeof testContext>;
export type Documents = Record<string, Record<string, unknown>>;
export const open = (records: Record<string, PolicyRecord>): World => ({
  ...testContext(NOW),
  policy: policyWith(records),
});

export async function write(db: Firestore, documents: Documents): Promise<void> {
  await Promise.all(Object.entries(documents).map(([path, data]) => db.doc(path).set(data)));
}
export async function there(db: Firestore, paths: readonly string[]): Promise<string[]> {
  const found = await db.getAll(...paths.map((path) => db.doc(path)));
  return found.flatMap(({ exists, ref }) => (exists ? [ref.path] : [])).sort();
}

export const erase: Change = { kind: 'erase', accountDeletedAt: NOW };
export const scopeOf = ({ policy }: World, more: Partial<Scope> = {}): Scope => ({
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
export async function visit(
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

export const sum = (outcomes: Record<string, readonly Outcome[]>, kind: Outcome['outcome']): number =>
  Object.values(outcomes)
    .flat()
    .reduce((total, { outcome, count }) => total + (outcome === kind ? count : 0), 0);

export async function readAll(world: World): Promise<(Row & { readonly record: string })[]> {
  const system = await loadSystem('firestore', world);
  const all: (Row & { readonly record: string })[] = [];
  for (const named of recordsOfSystem(world.policy, 'firestore'))
    for await (const row of system.read(named, scopeOf(world))) all.push({ ...row, record: named.id });
  return all;
}

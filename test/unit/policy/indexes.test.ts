import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { example } from '../../../functions/policies/example/index.ts';
import {
  checkIndexes,
  indexesFor,
  isServed,
  mergeIndexes,
  type IndexFile,
} from '../../../functions/src/policy/indexes.ts';
import { queriesOf, type QueryShape } from '../../../functions/src/policy/queries.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';

const query = (shape: Partial<QueryShape>): QueryShape => ({
  why: 'a test',
  database: '(default)',
  collection: 'trips',
  scope: 'COLLECTION_GROUP',
  ...shape,
});
const byTime = query({ order: [{ field: 'endedAt', direction: 'ASCENDING' }] });
const ordinary: IndexFile['fieldOverrides'][number]['indexes'] = [
  { order: 'ASCENDING', queryScope: 'COLLECTION' },
  { order: 'DESCENDING', queryScope: 'COLLECTION' },
  { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' },
];
const group = { order: 'ASCENDING', queryScope: 'COLLECTION_GROUP' } as const;
const nothing: IndexFile = { indexes: [], fieldOverrides: [] };
const override = (...indexes: IndexFile['fieldOverrides'][number]['indexes']): IndexFile => ({
  indexes: [],
  fieldOverrides: [{ collectionGroup: 'trips', fieldPath: 'endedAt', indexes }],
});

describe('the indexes that a query needs', () => {
  it('a collection group needs an override, which keeps the indexes that the field had by itself', () => {
    expect(indexesFor([byTime])).toEqual(override(...ordinary, group));
  });

  it('a collection needs nothing', () => {
    expect(indexesFor([query({ ...byTime, scope: 'COLLECTION' })])).toEqual(nothing);
    expect(isServed(nothing, query({ ...byTime, scope: 'COLLECTION' }))).toBe(true);
  });

  it('an equality and an order need a composite index; equalities alone are merged', () => {
    const both = query({ equal: ['rider'], order: [{ field: 'endedAt', direction: 'DESCENDING' }] });
    expect(indexesFor([both]).indexes).toEqual([
      {
        collectionGroup: 'trips',
        queryScope: 'COLLECTION_GROUP',
        fields: [
          { fieldPath: 'rider', order: 'ASCENDING' },
          { fieldPath: 'endedAt', order: 'DESCENDING' },
        ],
      },
    ]);
    expect(indexesFor([query({ equal: ['rider', 'bike'], scope: 'COLLECTION' })])).toEqual(nothing);
    expect(indexesFor([query({ equal: ['rider', 'bike'] })]).fieldOverrides.map((o) => o.fieldPath)).toEqual([
      'bike',
      'rider',
    ]);
  });

  it('the same queries in another order make the same file', () => {
    const queries = queriesOf(amikeo, '(default)');
    expect(JSON.stringify(indexesFor([...queries].reverse()))).toBe(JSON.stringify(indexesFor(queries)));
  });
});

describe('a file against the queries', () => {
  it.each([
    ['AMIKEO', amikeo],
    ['the example', example],
  ])('the files made for %s fit', (_name, policy) => {
    for (const database of ['(default)', 'compliance'] as const) {
      const queries = queriesOf(policy, database);
      expect(checkIndexes(database, indexesFor(queries), queries)).toEqual([]);
    }
  });

  it.each<[string, IndexFile, QueryShape[], string[]]>([
    ['a query that no index serves', nothing, [byTime], ['query-without-index']],
    [
      'a query in the other direction',
      override(...ordinary, group),
      [query({ order: [{ field: 'endedAt', direction: 'DESCENDING' }] })],
      ['query-without-index', 'index-without-query'],
    ],
    ['an index that no query needs', override(...ordinary, group), [], ['index-without-query']],
    ['an override that changes nothing', override(...ordinary), [], ['index-without-query']],
    [
      'a composite index that no query needs',
      indexesFor([query({ equal: ['rider'], order: byTime.order ?? [] })]),
      [],
      ['index-without-query'],
    ],
    ['an override that breaks the app’s own queries', override(group), [byTime], ['ordinary-index-lost']],
    [
      'a query of the collection, whose ordinary index an override took',
      override(group),
      [byTime, query({ ...byTime, scope: 'COLLECTION' })],
      ['query-without-index', 'ordinary-index-lost'],
    ],
  ])('finds %s', (_why, file, queries, codes) => {
    expect(checkIndexes('firestore.indexes.json', file, queries).map(({ code }) => code)).toEqual(codes);
  });

  it('names the caller of a refused query, and the remedy', () => {
    expect(checkIndexes('firestore.indexes.json', nothing, [byTime])[0]).toEqual({
      code: 'query-without-index',
      path: 'firestore.indexes.json: trips',
      message: "no index serves the query 'a test', so that production would refuse it: run npm run generate",
    });
  });
});

describe('the queries of the AMIKEO policy', () => {
  const shapes = (database: QueryShape['database']) =>
    queriesOf(amikeo, database).map(
      (q) => `${q.scope} ${q.collection} ${[...(q.equal ?? []), ...(q.order ?? []).map((o) => o.field)].join('+')}`,
    );

  it('a sweep asks the collection group below a person, and the collection at the root', () => {
    expect(shapes('(default)')).toEqual(
      expect.arrayContaining([
        'COLLECTION_GROUP sessions createdAt',
        'COLLECTION contactRequests closedAt',
        'COLLECTION contactRequests createdAt',
        'COLLECTION systemLogs createdAt',
        'COLLECTION contactRequests uid',
        'COLLECTION contactRequests email',
        'COLLECTION systemLogs uid',
      ]),
    );
  });

  it('an erasure finds mentions by their collection, below another document by its collection group', () => {
    const { repairs } = example.records;
    if (!repairs) throw new Error('the example has no repairs');
    const mentions: NonNullable<typeof repairs.mentions> = [
      { field: 'owner', as: 'value' },
      { field: 'members', as: 'array' },
      { field: 'access.roles', as: 'key' },
    ];
    const policy: Policy = {
      ...example,
      records: { teams: { ...repairs, path: 'clubs/{club}/teams/{team}', fate: [], mentions } },
    };
    const { indexes, fieldOverrides } = indexesFor(queriesOf(policy, '(default)'));
    expect(indexes).toEqual(indexesFor(queriesOf({ ...policy, records: {} }, '(default)')).indexes);
    const contains = { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION_GROUP' };
    expect(
      fieldOverrides
        .filter(({ collectionGroup }) => collectionGroup === 'teams')
        .map((o) => [o.fieldPath, o.indexes.at(-1)]),
    ).toEqual([
      ['access.roles', group],
      ['members', contains],
      ['owner', group],
    ]);
  });

  it('rows of several people are asked for by each of their fields', () => {
    const { repairs } = example.records;
    if (!repairs) throw new Error('the example has no repairs');
    const plain = { ...repairs };
    delete plain.mentions;
    const subject = { parties: [{ as: 'value', field: 'sender' } as const, { as: 'array', field: 'to' } as const] };
    const policy: Policy = {
      ...example,
      records: { messages: { ...plain, path: 'chats/{chat}/messages/{id}', fate: [], subject } },
    };
    const ours = indexesFor(queriesOf(policy, '(default)')).fieldOverrides.filter(
      ({ collectionGroup }) => collectionGroup === 'messages',
    );
    expect(ours.map((o) => [o.fieldPath, o.indexes.at(-1)])).toEqual([
      ['sender', group],
      ['to', { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION_GROUP' }],
    ]);
  });

  it('the end of a row asks for other rows that name its files: by the field, and by the list in it', () => {
    const { riders, bills } = example.records;
    if (!riders || !bills) throw new Error('the example lacks a record');
    const files = [{ field: 'photo' }];
    const policy: Policy = {
      ...example,
      records: {
        riders: { ...riders, files },
        trips: { ...riders, path: 'riders/{rider}/trips/{trip}', files },
        stops: { ...riders, path: 'riders/{rider}/trips/{trip}/stops/{stop}', files },
        bills: { ...bills, files: [{ field: 'scan' }, { prefix: 'bills/{bill}/' }] },
        notes: { ...bills, path: 'clubs/{club}/notes/{note}', files },
      },
    };
    const asked = queriesOf(policy, '(default)')
      .filter(({ why }) => why.startsWith('files of a person'))
      .map(
        (q) =>
          `${q.scope} ${q.collection} ${[...(q.equal ?? []), ...(q.contains ?? []).map((f) => `${f}[]`)].join('+')}`,
      );
    expect(asked).toEqual([
      'COLLECTION trips photo',
      'COLLECTION trips photo[]',
      'COLLECTION_GROUP stops photo',
      'COLLECTION_GROUP stops photo[]',
      'COLLECTION bills rider+scan',
      'COLLECTION bills rider+scan[]',
      'COLLECTION bills rider',
      'COLLECTION_GROUP notes rider+photo',
      'COLLECTION_GROUP notes rider+photo[]',
    ]);
    // Ordinary indexes answer but for collection groups, and no composite one is needed.
    const made = indexesFor(queriesOf(policy, '(default)'));
    expect(made.indexes).toEqual(indexesFor(queriesOf({ ...policy, records: {} }, '(default)')).indexes);
    const contains = { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION_GROUP' };
    expect(made.fieldOverrides.map((o) => [o.collectionGroup, o.fieldPath, o.indexes.slice(3)])).toEqual(
      expect.arrayContaining([
        ['stops', 'photo', [group, contains]],
        ['notes', 'photo', [group, contains]],
        ['notes', 'rider', [group]],
      ]),
    );
    expect(made.fieldOverrides.filter(({ fieldPath }) => fieldPath === 'photo')).toHaveLength(2);
  });

  it('the backend asks for jobs by wakeAt and requests by status and date', () => {
    expect(shapes('compliance')).toEqual(
      expect.arrayContaining([
        'COLLECTION jobs wakeAt',
        'COLLECTION requests status+dueAt',
        'COLLECTION rejectedEvents receivedAt',
      ]),
    );
  });
});

describe('beside an app that has indexes of its own', () => {
  const app: IndexFile = {
    indexes: [
      { collectionGroup: 'posts', queryScope: 'COLLECTION', fields: [{ fieldPath: 'author', order: 'ASCENDING' }] },
    ],
    fieldOverrides: [
      {
        collectionGroup: 'trips',
        fieldPath: 'endedAt',
        indexes: [{ order: 'DESCENDING', queryScope: 'COLLECTION_GROUP' }],
      },
      { collectionGroup: 'posts', fieldPath: 'text', indexes: [] },
    ],
  };

  it('keeps all of the app and adds ours', () => {
    const merged = mergeIndexes(indexesFor([byTime]), app);
    expect(merged.indexes).toEqual(app.indexes);
    expect(merged.fieldOverrides).toEqual([
      {
        collectionGroup: 'trips',
        fieldPath: 'endedAt',
        indexes: [{ order: 'DESCENDING', queryScope: 'COLLECTION_GROUP' }, ...ordinary, group],
      },
      { collectionGroup: 'posts', fieldPath: 'text', indexes: [] },
    ]);
    expect(app.fieldOverrides[0]?.indexes).toHaveLength(1);
  });

  it('merging again changes nothing', () => {
    const ours = indexesFor([byTime]);
    const once = mergeIndexes(ours, app);
    expect(mergeIndexes(ours, once)).toEqual(once);
  });
});

import type { Problem } from './checks/problem.ts';
import type { QueryShape } from './queries.ts';

/**
 * Firestore indexes: the needs of queries, the offers of a file, and the difference of the two. A
 * field has its ordinary ascending, descending and array indexes in every collection by itself. A
 * collection group, or several fields at once, has to be declared.
 */

/** The order or the array of an index. */
interface IndexKind {
  order?: 'ASCENDING' | 'DESCENDING';
  arrayConfig?: 'CONTAINS';
}

interface IndexField extends IndexKind {
  fieldPath: string;
}

interface CompositeIndex {
  collectionGroup: string;
  queryScope: QueryShape['scope'];
  fields: IndexField[];
}

interface FieldEntry extends IndexKind {
  queryScope: QueryShape['scope'];
}

interface FieldOverride {
  collectionGroup: string;
  fieldPath: string;
  indexes: FieldEntry[];
}

/** A `firestore.indexes.json`, as the Firebase CLI deploys it. */
export interface IndexFile {
  indexes: CompositeIndex[];
  fieldOverrides: FieldOverride[];
}

/**
 * The indexes that a field has by itself. An override replaces all of it: one without these breaks
 * the app's own queries.
 */
const ORDINARY: readonly FieldEntry[] = [
  { order: 'ASCENDING', queryScope: 'COLLECTION' },
  { order: 'DESCENDING', queryScope: 'COLLECTION' },
  { arrayConfig: 'CONTAINS', queryScope: 'COLLECTION' },
];

type Need = { override: { fieldPath: string; entry: FieldEntry }[] } | { composite: CompositeIndex };

/**
 * Returns the index entries that a query reads. Equalities alone are merged from the fields' own
 * indexes; anything more is composite.
 */
function needOf(query: QueryShape): Need {
  const equal: IndexField[] = (query.equal ?? []).map((fieldPath) => ({ fieldPath, order: 'ASCENDING' }));
  const contains: IndexField[] = (query.contains ?? []).map((fieldPath) => ({ fieldPath, arrayConfig: 'CONTAINS' }));
  const order: IndexField[] = (query.order ?? []).map(({ field, direction }) => ({
    fieldPath: field,
    order: direction,
  }));
  const fields = [...equal, ...contains, ...order];
  if (fields.length > 1 && order.length > 0) {
    return { composite: { collectionGroup: query.collection, queryScope: query.scope, fields } };
  }
  return {
    override: fields.map(({ fieldPath, ...kind }) => ({ fieldPath, entry: { ...kind, queryScope: query.scope } })),
  };
}

const kindOf = ({ order, arrayConfig }: IndexKind): string => order ?? arrayConfig ?? 'other';

const printEntry = (entry: FieldEntry): string => `${entry.queryScope} ${kindOf(entry)}`;

const printIndex = ({ collectionGroup, fields }: CompositeIndex): string =>
  `${collectionGroup} (${fields.map((field) => `${field.fieldPath} ${kindOf(field)}`).join(', ')})`;

const sameEntry = (a: FieldEntry, b: FieldEntry): boolean => printEntry(a) === printEntry(b);

const sameComposite = (a: CompositeIndex, b: CompositeIndex): boolean =>
  a.queryScope === b.queryScope && printIndex(a) === printIndex(b);

const overrideOf = (file: IndexFile, collection: string, fieldPath: string): FieldOverride | undefined =>
  file.fieldOverrides.find((o) => o.collectionGroup === collection && o.fieldPath === fieldPath);

/** Does the file, with Firestore's own indexes, serve this query? */
export function isServed(file: IndexFile, query: QueryShape): boolean {
  const need = needOf(query);
  if ('composite' in need) return file.indexes.some((index) => sameComposite(index, need.composite));
  return need.override.every(({ fieldPath, entry }) =>
    (overrideOf(file, query.collection, fieldPath)?.indexes ?? ORDINARY).some((has) => sameEntry(has, entry)),
  );
}

/**
 * Makes the smallest file that serves the queries: complete per field, sorted, so that the same
 * queries always make the same file.
 */
export function indexesFor(queries: readonly QueryShape[]): IndexFile {
  const file: IndexFile = { indexes: [], fieldOverrides: [] };
  for (const query of queries) {
    const need = needOf(query);
    if ('composite' in need) {
      if (!file.indexes.some((index) => sameComposite(index, need.composite))) file.indexes.push(need.composite);
      continue;
    }
    for (const { fieldPath, entry } of need.override) {
      if (entry.queryScope === 'COLLECTION') continue;
      let override = overrideOf(file, query.collection, fieldPath);
      if (!override) {
        override = { collectionGroup: query.collection, fieldPath, indexes: [...ORDINARY] };
        file.fieldOverrides.push(override);
      }
      if (!override.indexes.some((has) => sameEntry(has, entry))) override.indexes.push(entry);
    }
  }
  const by = (a: { collectionGroup: string }, b: { collectionGroup: string }) =>
    JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
  return { indexes: file.indexes.sort(by), fieldOverrides: file.fieldOverrides.sort(by) };
}

/**
 * Lists the differences of a file and the queries: a query that no index serves, an index that no
 * query needs, an override that takes a field's ordinary indexes away.
 *
 * @param name the file, for messages
 */
export function checkIndexes(name: string, file: IndexFile, queries: readonly QueryShape[]): Problem[] {
  const problems: Problem[] = [];
  for (const query of queries.filter((q) => !isServed(file, q))) {
    problems.push({
      code: 'query-without-index',
      path: `${name}: ${query.collection}`,
      message: `no index serves the query '${query.why}', so that production would refuse it: run npm run generate`,
    });
  }
  const needs = queries.map((query) => ({ query, need: needOf(query) }));
  for (const index of file.indexes) {
    if (needs.some(({ need }) => 'composite' in need && sameComposite(need.composite, index))) continue;
    problems.push({
      code: 'index-without-query',
      path: `${name}: ${index.collectionGroup}`,
      message: `no deployed query needs the index ${printIndex(index)}: remove it, or list its query in policy/queries.ts`,
    });
  }
  for (const { collectionGroup, fieldPath, indexes } of file.fieldOverrides) {
    const path = `${name}: ${collectionGroup}.${fieldPath}`;
    const wanted = needs.flatMap(({ query, need }) =>
      'override' in need && query.collection === collectionGroup
        ? need.override.filter((o) => o.fieldPath === fieldPath).map(({ entry }) => entry)
        : [],
    );
    const idle = indexes.filter((has) => ![...ORDINARY, ...wanted].some((entry) => sameEntry(entry, has)));
    if (idle.length > 0 || !wanted.some(({ queryScope }) => queryScope === 'COLLECTION_GROUP')) {
      problems.push({
        code: 'index-without-query',
        path,
        message: `no deployed query needs this override (${(idle.length > 0 ? idle : indexes).map(printEntry).join(', ')}): remove it, or list its query in policy/queries.ts`,
      });
    }
    const lost = ORDINARY.filter((entry) => !indexes.some((has) => sameEntry(has, entry)));
    if (lost.length > 0) {
      problems.push({
        code: 'ordinary-index-lost',
        path,
        message: `an override replaces the field's whole configuration, and this one drops ${lost.map(printEntry).join(', ')}: add ${lost.length === 1 ? 'it' : 'them'}, or the app's own queries break`,
      });
    }
  }
  return problems;
}

/**
 * Merges our indexes and the app's into one file: deploying a file replaces those of the database.
 * An override that both have keeps every entry.
 *
 * @param app the output of `firebase firestore:indexes` for the app
 */
export function mergeIndexes(ours: IndexFile, app: IndexFile): IndexFile {
  const merged: IndexFile = structuredClone(app);
  for (const index of ours.indexes) {
    if (!merged.indexes.some((known) => sameComposite(known, index))) merged.indexes.push(index);
  }
  for (const override of ours.fieldOverrides) {
    const known = overrideOf(merged, override.collectionGroup, override.fieldPath);
    if (!known) merged.fieldOverrides.push(override);
    else known.indexes.push(...override.indexes.filter((entry) => !known.indexes.some((has) => sameEntry(has, entry))));
  }
  return merged;
}

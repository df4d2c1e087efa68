import type { Message } from './databases.ts';

/** The parts of a query's filter that matter here. */
interface Filter extends Message {
  compositeFilter?: { op?: string; filters?: Filter[] };
  fieldFilter?: { field?: Field; op?: string; value?: Value };
  unaryFilter?: { field?: Field; op?: string };
}

/** The parts of a query that matter here. */
export interface StructuredQuery extends Message {
  where?: Filter;
  orderBy?: { field?: Field; direction?: string }[];
}

interface Field {
  fieldPath?: string;
}

interface Value extends Message {
  arrayValue?: { values?: Value[] };
}

const MOST_IN = 10;

/**
 * Writes rules into a query that Firestore applies by itself and the package (0.0.10) does not:
 *
 * - a document without a field that sorts the query is not in its answer
 * - `!=` finds no document without the field, and none with null in it
 * - `in` takes up to 30 values
 */
export function completeQuery<Q extends StructuredQuery>(query: Q): Q {
  const sorted = (query.orderBy ?? []).map((order) => order.field?.fieldPath).filter((path) => path !== '__name__');
  const filters = [
    ...(query.where ? [complete(query.where)] : []),
    ...sorted.map((fieldPath) => isThere({ fieldPath })),
  ];
  const [first, ...others] = filters;
  if (!first) return query;
  return { ...query, where: others.length === 0 ? first : { compositeFilter: { op: 'AND', filters } } };
}

function complete(filter: Filter): Filter {
  const { compositeFilter: composite, fieldFilter } = filter;
  if (composite) return { compositeFilter: { ...composite, filters: (composite.filters ?? []).map(complete) } };
  const field = fieldFilter?.field ?? {};
  if (fieldFilter?.op === 'NOT_EQUAL' && field.fieldPath !== '__name__')
    return { compositeFilter: { op: 'AND', filters: [filter, unary(field, 'IS_NOT_NULL')] } };
  const values = fieldFilter?.value?.arrayValue?.values ?? [];
  if (fieldFilter?.op === 'IN' && values.length > MOST_IN)
    return {
      compositeFilter: { op: 'OR', filters: values.map((value) => ({ fieldFilter: { field, op: 'EQUAL', value } })) },
    };
  return filter;
}

const unary = (field: Field, op: string): Filter => ({ unaryFilter: { field, op } });

const isThere = (field: { fieldPath: string | undefined }): Filter => {
  const path: Field = field.fieldPath === undefined ? {} : { fieldPath: field.fieldPath };
  return { compositeFilter: { op: 'OR', filters: [unary(path, 'IS_NULL'), unary(path, 'IS_NOT_NULL')] } };
};

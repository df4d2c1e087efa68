import { FieldPath, type Firestore, type Query, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { unlessBroken } from '../ledger/broken.ts';
import type { Context } from '../platform/context.ts';
import { pagesOf, placeOf, valueOf, WHOLE, type PageSize } from '../platform/firestore.ts';
import type { Cursor } from '../systems/system.ts';

/**
 * A query that is worked through in pages, in the order of one field, and of the names if that is
 * the same. Without a field the order is that of the names.
 */
export interface Paged {
  readonly db: Firestore;
  /** Its conditions, without an order. */
  readonly query: Query;
  readonly field?: string;
  /** Rows a page; absent: by the weight of whole documents. */
  readonly size?: number | PageSize;
}

/**
 * Works through a query within one step. The place and the number of documents are in the cursor,
 * so that an interruption loses neither. At least one page a call.
 *
 * @param visit does the work on a page; its answers are added up. A page that fails comes again
 * @returns how many in all; or the place to go on at
 */
export async function throughPages(
  { db, query, field, size = WHOLE }: Paged,
  visit: (page: readonly QueryDocumentSnapshot[]) => Promise<number>,
  run: { readonly cursor?: Cursor; readonly deadline: number; readonly now: () => number },
): Promise<{ count: number; more?: Cursor }> {
  const { cursor } = run;
  const ordered = field === undefined ? query : query.orderBy(field);
  const value = field === undefined || cursor === undefined ? [] : [valueOf(cursor)];
  const after = cursor === undefined ? [] : [...value, db.doc(String(cursor['path']))];
  let count = Number(cursor?.['count'] ?? 0);
  for await (const { documents, last } of pagesOf(ordered.orderBy(FieldPath.documentId()), size, after)) {
    count += await visit(documents);
    if (last !== undefined && run.now() >= run.deadline)
      return { count, more: { ...(field === undefined ? {} : placeOf(last.get(field))), path: last.ref.path, count } };
  }
  return { count };
}

/** Works through several queries, one after the other. A document of two of them comes twice. */
export async function throughQueries(
  { queries, ...paged }: Omit<Paged, 'query'> & { readonly queries: readonly Query[] },
  visit: Parameters<typeof throughPages>[1],
  { cursor, ...run }: Parameters<typeof throughPages>[2],
): ReturnType<typeof throughPages> {
  const first = Number(cursor?.['query'] ?? 0);
  let total = 0;
  for (const [index, query] of queries.entries()) {
    if (index < first) continue;
    const from = index === first && cursor !== undefined ? { cursor } : {};
    const { count, more } = await throughPages({ ...paged, query }, visit, { ...run, ...from });
    total += count;
    if (more !== undefined) return { count: total, more: { ...more, count: total, query: index } };
  }
  return { count: total };
}

/** Does a few things at a time; the first failure ends it when those under way are over. */
export async function fewAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const hand = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  const hands = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, hand));
  for (const one of hands) if (one.status === 'rejected') throw one.reason;
}

/** How many people a step works on at a time. */
const PEOPLE_AT_ONCE = 8;

/**
 * Does a job's work on each of many people, a few at a time. Somebody about whom a document is
 * broken is left out (ledger/broken.ts).
 *
 * @param of.chainOf names the chain of a person: a pseudonym
 * @returns the sum of the answers of `work`
 */
export async function eachPerson<T>(
  context: Pick<Context, 'log'>,
  people: readonly T[],
  { job, chainOf }: { readonly job: { readonly id: string }; readonly chainOf: (person: T) => string },
  work: (person: T) => Promise<number>,
): Promise<number> {
  let sum = 0;
  await fewAtOnce(people, PEOPLE_AT_ONCE, async (person) => {
    const count = await unlessBroken(context, { job: job.id, chain: chainOf(person) }, () => work(person));
    // The sum must not be the one from before the wait.
    sum += count ?? 0;
  });
  return sum;
}

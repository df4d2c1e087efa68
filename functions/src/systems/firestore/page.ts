import { FieldPath, type Query, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { readPage, SLIM, WHOLE, type PageSize } from '../../platform/firestore.ts';
import { descendantsOf } from './descendants/query.ts';
import type { Place, Trunk } from './place.ts';

/** The end of a page; empty, to begin. Without `last` another process can go on from it. */
export interface Position {
  /** The full path of the last row. */
  readonly path?: string;
  /** That row as it was read. */
  readonly last?: QueryDocumentSnapshot;
  /** How many of the rows up to there are still found. */
  readonly skip?: number;
  /** The size of the next page; absent: nothing is known of the rows yet. */
  readonly size?: PageSize;
}

/** The query of a place, in its order. */
const found = ({ query, having }: Place): Query | null =>
  having === undefined || query === null ? query : query.orderBy(having);

/** Counts the documents that a place's query finds: the person's, if it is `exact`. */
export async function countOf(place: Place): Promise<number> {
  const queries = place.parts === undefined ? [found(place)] : (await place.parts()).map(descendantsOf);
  const counts = await Promise.all(queries.map(async (query) => query?.count().get()));
  return counts.reduce((sum, answer) => sum + (answer?.data().count ?? 0), 0);
}

/**
 * The next rows of a place.
 *
 * @param fields the fields that are read of each; null: all of them
 */
export async function nextPage(
  place: Place,
  from: Position,
  fields: readonly (string | FieldPath)[] | null,
): Promise<Page> {
  if (place.parts !== undefined) return nextOfParts(place, await place.parts(), from, fields);
  let query = found(place);
  if (query === null) return { documents: [], passed: 0, last: undefined, full: false, size: WHOLE };
  query = query.orderBy(FieldPath.documentId());
  if (fields !== null) query = query.select(...fields);
  if (place.having === undefined) {
    if (from.path !== undefined) query = query.startAfter(place.db.doc(from.path));
  } else if (from.last !== undefined) query = query.startAfter(from.last);
  // The value that the last row was sorted by is gone from it: rows that are still found before the
  // next page are counted off.
  else if (from.skip !== undefined) query = query.offset(from.skip);
  const page = await readPage(query, from.size ?? (fields === null ? WHOLE : SLIM));
  const documents = page.documents.filter((document) => place.mine(document.ref.path, (field) => document.get(field)));
  return {
    documents,
    passed: page.documents.length - documents.length,
    last: page.documents.at(-1),
    full: page.full,
    size: page.next,
  };
}

/**
 * The next documents of a place that is read whole: rows, and all that lies below and between them.
 */
async function nextOfParts(
  { db }: Place,
  parts: readonly Trunk[],
  { path, size: asked }: Position,
  fields: readonly (string | FieldPath)[] | null,
): Promise<Page> {
  const size = asked ?? (fields === null ? WHOLE : SLIM);
  const left = path === undefined ? parts : parts.filter((part) => !isBefore(part, path));
  for (const [index, part] of left.entries()) {
    let query = descendantsOf(part).orderBy(FieldPath.documentId());
    if (fields !== null) query = query.select(...fields);
    if (path?.startsWith(`${part.path}/`) === true) query = query.startAfter(db.doc(path));
    const { documents, full, next } = await readPage(query, size);
    const isLast = index === left.length - 1;
    // A part of which nothing is left is passed over: the next call goes on after a document.
    if (documents.length > 0 || isLast)
      return { documents, passed: 0, last: documents.at(-1), full: full || !isLast, size: next };
  }
  return { documents: [], passed: 0, last: undefined, full: false, size };
}

/** Does all of a part come before this document? */
const isBefore = (part: Trunk, path: string): boolean => {
  const names = part.path.split('/');
  const other = path.split('/').slice(0, names.length).join('/');
  return part.path !== other && Buffer.compare(Buffer.from(part.path), Buffer.from(other)) < 0;
};

export interface Page {
  /** Matched: only these may be touched. */
  readonly documents: readonly QueryDocumentSnapshot[];
  /** How many others the query found. */
  readonly passed: number;
  /** The last one that the query found. */
  readonly last: QueryDocumentSnapshot | undefined;
  readonly full: boolean;
  /** Of the page behind it. */
  readonly size: PageSize;
}

import {
  FieldPath,
  FieldValue,
  Timestamp,
  type DocumentData,
  type DocumentReference,
  type DocumentSnapshot,
  type Query,
  type QueryDocumentSnapshot,
} from 'firebase-admin/firestore';
import type { Instant } from './time.ts';
import { alreadyExists, isChangedSince } from './codes.ts';
import { defined } from './defined.ts';
import { weightOf } from './documents.ts';

/** Idioms of Firestore, each told once: times, guarded writes, pages. */

/** The time in a field in epoch milliseconds; anything but a Firestore timestamp is no time. */
export const millisOf = (value: unknown): Instant | undefined =>
  value instanceof Timestamp ? value.toMillis() : undefined;

/** The value that a page ended with, as plain JSON: a timestamp or a text. */
export const placeOf = (value: unknown): Readonly<Record<string, string | number>> =>
  value instanceof Timestamp ? { seconds: value.seconds, nanoseconds: value.nanoseconds } : { text: String(value) };

/** The value of a place, as a query takes it. */
export const valueOf = (place: Readonly<Record<string, unknown>>): Timestamp | string =>
  typeof place['text'] === 'string'
    ? place['text']
    : new Timestamp(Number(place['seconds']), Number(place['nanoseconds']));

/** The Admin SDK does not export the class of its vectors. */
const Vector = FieldValue.vector([]).constructor as new () => ReturnType<typeof FieldValue.vector>;
export const isVector = (value: unknown): value is ReturnType<typeof FieldValue.vector> => value instanceof Vector;

/** Creates a document. False if it is there already. */
export async function createIfAbsent(ref: DocumentReference, data: DocumentData): Promise<boolean> {
  try {
    await ref.create(data);
    return true;
  } catch (error) {
    if (alreadyExists(error)) return false;
    throw error;
  }
}

/** The most values that one query may ask for, of a field or of its list. */
export const MOST_VALUES = 30;

/** A document as it was read. */
type Seen = Pick<DocumentSnapshot, 'ref' | 'updateTime'>;

/** The precondition of a write that means this version of a document, or any that exists. */
export const versionOf = ({ updateTime }: Pick<Seen, 'updateTime'>) => defined({ lastUpdateTime: updateTime });

/** Updates a document as it was read. False if it is gone, or was written since. */
export const updateIfUnchanged = (seen: Seen, change: Readonly<Record<string, unknown>>): Promise<boolean> =>
  unlessChanged(seen.ref.update(change, versionOf(seen)));

/** Deletes a document as it was read. False if it is gone, or was written since. */
export const deleteIfUnchanged = (seen: Seen): Promise<boolean> => unlessChanged(seen.ref.delete(versionOf(seen)));

/** Waits for a guarded write. False if it met another version of the document, or none. */
export async function unlessChanged(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isChangedSince(error)) return false;
    throw error;
  }
}

/** How many documents a query finds: a read for each thousand. */
export const countOf = async (query: Query): Promise<number> => (await query.count().get()).data().count;

/** Parts of a list, as many as one `getAll` or one round of parallel calls should have. */
export function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}

/**
 * Long query streams break in production after about a minute. At the writer's first speed, 500 a
 * second, the rows of a page have ended in 4 s.
 */
export const MOST_ROWS = 2_000;
/**
 * A page weighs at most so much, in bytes of memory: two documents of almost 1 MiB. The next page
 * is read meanwhile, and the work on a page copies it more than once.
 */
export const MOST_BYTES = 2 * 2 ** 20;
/** Small rows make the next page so much larger: the worst surprise is documents of 1 MiB in it. */
const GROWTH = 4;

/** How many rows the next page asks for, and the weight of a large row that it reckons with. */
export interface PageSize {
  readonly rows: number;
  /** Bytes; 0 before the first page. */
  readonly largest: number;
}

/** Whole documents: ten of 1 MiB are as much as an answer of Firestore should have. */
export const WHOLE: PageSize = { rows: 10, largest: 0 };
/** A few fields of each document, which are small as a rule. */
export const SLIM: PageSize = { rows: 500, largest: 0 };

/**
 * The size of the next page. Pure. Firestore can limit rows only, so that it follows from the
 * largest row of the page before; a large row long ago counts less with each page.
 *
 * @param seen the weight of the largest row of the page, in bytes; 0 for a page without rows
 */
export function nextSize({ rows, largest }: PageSize, seen: number): PageSize {
  const reckoned = Math.max(seen, largest / 2);
  const fit = Math.floor(MOST_BYTES / Math.max(1, reckoned));
  return { rows: Math.max(1, Math.min(MOST_ROWS, rows * GROWTH, fit)), largest: reckoned };
}

export interface DocumentPage {
  readonly documents: readonly QueryDocumentSnapshot[];
  /** May there be more behind it? */
  readonly full: boolean;
  readonly next: PageSize;
}

export interface Page {
  readonly documents: readonly QueryDocumentSnapshot[];
  /** The document behind which the next page begins; undefined: there is none. */
  readonly last: QueryDocumentSnapshot | undefined;
}

/**
 * Reads a query that has an order and no limit in pages, at least one. A page that is not full is
 * the last one: no query more finds out that nothing is left.
 *
 * @param size rows a page; or by weight, for rows that can be large
 * @param after the place to begin at: the values that the query is ordered by
 * @throws as the query does
 */
export async function* pagesOf(
  query: Query,
  size: number | PageSize,
  after: readonly unknown[] = [],
): AsyncGenerator<Page> {
  let rest = after.length > 0 ? query.startAfter(...after) : query;
  for (let next = size; ;) {
    const page = await (typeof next === 'number' ? countedPage(rest, next) : readPage(rest, next));
    const last = page.full ? page.documents.at(-1) : undefined;
    yield { documents: page.documents, last };
    if (last === undefined) return;
    rest = query.startAfter(last);
    next = page.next;
  }
}

async function countedPage(query: Query, size: number) {
  const { docs: documents } = await query.limit(size).get();
  return { documents, full: documents.length === size, next: size };
}

/** Every document of a query that has an order and no limit, in pages of a size. */
export async function* documentsOf(query: Query, size: number | PageSize): AsyncGenerator<QueryDocumentSnapshot> {
  for await (const { documents } of pagesOf(query, size)) yield* documents;
}

/** The same of a query without an order, or with one: the rest of it is by name. */
export const documentsByName = (query: Query, size: number | PageSize): AsyncGenerator<QueryDocumentSnapshot> =>
  documentsOf(query.orderBy(FieldPath.documentId()), size);

/**
 * Reads a page of a query that has an order and no limit. The page ends before the document with
 * which it would weigh more than `MOST_BYTES`. The rest is dropped, and is read again with the next
 * page, which asks for fewer.
 *
 * @param most rows at most, whatever the size says
 * @throws as the query does
 */
export function readPage(query: Query, size: PageSize, most = Infinity): Promise<DocumentPage> {
  const limit = Math.min(size.rows, most);
  const documents: QueryDocumentSnapshot[] = [];
  let [bytes, largest, isCut] = [0, 0, false];
  return new Promise((resolve, reject) => {
    const end = (): void =>
      resolve({ documents, full: isCut || documents.length === limit, next: nextSize(size, largest) });
    const take = (document: QueryDocumentSnapshot): void => {
      const weight = weightOf(document);
      largest = Math.max(largest, weight);
      isCut = documents.length > 0 && bytes + weight > MOST_BYTES;
      if (isCut) {
        end();
        return;
      }
      documents.push(document);
      bytes += weight;
    };
    query
      .limit(limit)
      .stream()
      .on('data', (document: QueryDocumentSnapshot) => {
        // A stream of the SDK cannot be called back: the rest is let through, and nobody keeps it.
        if (isCut) return;
        try {
          take(document);
        } catch (error) {
          isCut = true;
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      })
      .on('end', end)
      .on('error', reject);
  });
}

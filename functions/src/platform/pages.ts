import type { Query, QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { weightOf } from './documents.ts';

/** Long query streams break in production after about a minute. */
export const MOST_ROWS = 1_000;
/**
 * A page weighs at most so much, in bytes of memory: two documents of almost 1 MiB. The next page
 * is read meanwhile, and what is done with a page copies it more than once.
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

/**
 * Reads a page of a query that has an order and no limit. The page ends before the document with
 * which it would weigh more than `MOST_BYTES`: what comes behind is dropped, and is read again with
 * the next page, which asks for fewer.
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

import fc from 'fast-check';
import { FieldPath, type Firestore, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { weightOf } from '../../../functions/src/platform/documents.ts';
import {
  createIfAbsent,
  deleteIfUnchanged,
  documentsOf,
  MOST_BYTES,
  MOST_ROWS,
  nextSize,
  pagesOf,
  readPage,
  SLIM,
  updateIfUnchanged,
  WHOLE,
  type PageSize,
} from '../../../functions/src/platform/firestore.ts';
import { memoryDatabases } from '../../kit/firestore.ts';

/** The largest document that Firestore keeps, in bytes. */
const LARGEST = 2 ** 20;

/** The sizes of pages after each other, given the largest row of each. */
const sizes = (first: PageSize, seen: readonly number[]): PageSize[] =>
  seen.reduce<PageSize[]>((all, largest) => [...all, nextSize(all.at(-1) ?? first, largest)], []);

describe('the size of the next page', () => {
  const weight = fc.integer({ min: 0, max: LARGEST });

  it('is at least one row, at most 1,000, and of rows like the largest one seen as many as a page may weigh', () => {
    fc.assert(
      fc.property(fc.constantFrom(WHOLE, SLIM), fc.array(weight, { minLength: 1, maxLength: 30 }), (first, seen) => {
        for (const [index, { rows }] of sizes(first, seen).entries()) {
          expect(Number.isInteger(rows)).toBe(true);
          expect(rows).toBeGreaterThanOrEqual(1);
          expect(rows).toBeLessThanOrEqual(MOST_ROWS);
          const last = seen[index] ?? 0;
          if (rows > 1) expect(rows * last).toBeLessThanOrEqual(MOST_BYTES);
        }
      }),
    );
  });

  it('begins with an answer of 10 MiB at most, and grows by no more than four times', () => {
    expect(WHOLE.rows * LARGEST).toBeLessThanOrEqual(10 * 2 ** 20);
    fc.assert(
      fc.property(fc.array(weight, { minLength: 2, maxLength: 30 }), (seen) => {
        let before = WHOLE.rows;
        for (const { rows } of sizes(WHOLE, seen)) {
          expect(rows).toBeLessThanOrEqual(before * 4);
          before = rows;
        }
      }),
    );
  });

  it('comes back to 1,000 small rows some pages after a large one', () => {
    const small = Array.from({ length: 16 }, () => 1000);
    expect(sizes(WHOLE, [...small, LARGEST]).at(-1)?.rows).toBeLessThanOrEqual(10);
    expect(sizes(WHOLE, [...small, LARGEST, ...small]).at(-1)?.rows).toBe(MOST_ROWS);
  });
});

const database = (): Firestore => memoryDatabases('demo-pages').app;

/** All pages of a collection in the order of its names. */
async function weighedPages(
  db: Firestore,
  first: PageSize,
  most?: number,
): Promise<(readonly QueryDocumentSnapshot[])[]> {
  const pages: (readonly QueryDocumentSnapshot[])[] = [];
  let query = db.collection('rows').orderBy(FieldPath.documentId());
  let size = first;
  for (;;) {
    const { documents, full, next } = await readPage(query, size, most);
    pages.push(documents);
    const last = documents.at(-1);
    if (last === undefined || !full) return pages;
    query = query.startAfter(last);
    size = next;
  }
}

describe('a page', () => {
  it('holds each row once and in order, and no more than it may weigh, wherever the large rows lie', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(10, 1_000, 400_000, 1_000_000, 1_000_000), {
          minLength: 1,
          maxLength: 40,
          size: 'max',
        }),
        fc.constantFrom(WHOLE, SLIM),
        async (weights, first) => {
          const db = database();
          const names = weights.map((_, index) => String(index).padStart(4, '0'));
          await Promise.all(
            weights.map((weight, index) => db.doc(`rows/${names[index] ?? ''}`).set({ text: 'x'.repeat(weight) })),
          );
          const pages = await weighedPages(db, first);
          expect(pages.flat().map(({ id }) => id)).toEqual(names);
          for (const page of pages) {
            const bytes = page.reduce((sum, document) => sum + weightOf(document), 0);
            expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('ends before a surprise: 39 large rows behind small ones come in pages of their own', async () => {
    const db = database();
    const rows = Array.from({ length: 50 }, (_, n) => ({ text: 'x'.repeat(n < 11 ? 1 : 1_000_000) }));
    await Promise.all(rows.map((data, n) => db.doc(`rows/${String(n).padStart(2, '0')}`).set(data)));
    const lengths = (await weighedPages(db, WHOLE)).map(({ length }) => length);
    // The second page asked for forty, and kept a small row and two large ones.
    expect(lengths.slice(0, 3)).toEqual([10, 3, 2]);
    expect(Math.max(...lengths.slice(1))).toBe(3);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(50);
  });

  it('asks for no more rows than there is a budget for', async () => {
    const db = database();
    await Promise.all([1, 2, 3, 4, 5].map((n) => db.doc(`rows/${n}`).set({ n })));
    expect((await weighedPages(db, SLIM, 2)).map(({ length }) => length)).toEqual([2, 2, 1]);
  });

  it('fails as its query does', async () => {
    const broken = database();
    const query = broken.collection('rows').orderBy(FieldPath.documentId());
    Object.assign(broken, { requestStream: () => Promise.reject(Object.assign(new Error('no index'), { code: 9 })) });
    await expect(readPage(query, WHOLE)).rejects.toMatchObject({ code: 9 });
  });

  it('of a document of many small values counts their size in memory', async () => {
    const db = database();
    await db
      .doc('rows/a')
      .set({ list: Array.from({ length: 1000 }, (_, n) => n), map: { deep: ['x', Buffer.alloc(5)] } });
    const [[document] = []] = await weighedPages(db, WHOLE);
    if (document === undefined) throw new Error('no row');
    expect(weightOf(document)).toBeGreaterThan(64_000);
  });
});

describe('pages of a fixed number of rows', () => {
  const rowsOf = async (count: number): Promise<Firestore> => {
    const db = database();
    for (let n = 0; n < count; n += 1) await db.doc(`rows/${n}`).set({ n });
    return db;
  };
  const byName = (db: Firestore) => db.collection('rows').orderBy(FieldPath.documentId());

  it.each([
    [0, [0]],
    [3, [3]],
    [4, [4, 0]],
    [6, [4, 2]],
  ])('of %i rows end with the first that is not full: one query each', async (count, lengths) => {
    const pages = await Array.fromAsync(pagesOf(byName(await rowsOf(count)), 4));
    expect(pages.map(({ documents }) => documents.length)).toEqual(lengths);
    expect(pages.map(({ last }) => last !== undefined)).toEqual(lengths.map((length) => length === 4));
  });

  it('begin behind a place, and hold each row once', async () => {
    const db = await rowsOf(7);
    const ids = async (after: readonly unknown[]) =>
      (await Array.fromAsync(pagesOf(byName(db), 2, after))).flatMap(({ documents }) => documents.map(({ id }) => id));
    expect(await ids([])).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    expect(await ids(['2'])).toEqual(['3', '4', '5', '6']);
    expect(await Array.fromAsync(documentsOf(byName(db), 3), ({ id }) => id)).toEqual(await ids([]));
  });
});

describe('a guarded write', () => {
  it('is made once, and never over another writer’s change', async () => {
    const db = database();
    const ref = db.doc('rows/a');
    expect(await createIfAbsent(ref, { n: 1 })).toBe(true);
    expect(await createIfAbsent(ref, { n: 2 })).toBe(false);
    const seen = await ref.get();
    expect(await updateIfUnchanged(seen, { n: 3 })).toBe(true);
    expect(await updateIfUnchanged(seen, { n: 4 })).toBe(false);
    expect(await deleteIfUnchanged(seen)).toBe(false);
    expect((await ref.get()).data()).toEqual({ n: 3 });
    expect(await deleteIfUnchanged(await ref.get())).toBe(true);
  });
});

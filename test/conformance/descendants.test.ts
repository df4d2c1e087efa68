import { FieldPath, type DocumentReference, type Firestore } from 'firebase-admin/firestore';
import { beforeAll, describe, expect, it } from 'vitest';
import { pagesOf, SLIM } from '../../functions/src/platform/firestore.ts';
import { descendantsOf } from '../../functions/src/systems/firestore/descendants/query.ts';
import { fresh, testContext } from './harness.ts';

/** The query for all that lies below a document: the Admin SDK does not declare its parts. */

const context = testContext();
const name = FieldPath.documentId();
const isEmbedded = process.env['FIRESTORE_BACKEND'] === 'embedded';
let db: Firestore;
beforeAll(() => {
  db = context.clients.app();
});

/** Reads that are billed in a project; null: this Firestore does not count them. */
async function reads(): Promise<number | null> {
  const url = process.env['FIRESTORE_BILLING_URL'] ?? '';
  if (url === '') return null;
  const part = new URLSearchParams({ project: process.env['GCLOUD_PROJECT'] ?? '', database: '(default)' });
  return ((await (await fetch(`${url}?${part.toString()}`)).json()) as { reads: number }).reads;
}

/**
 * Plants a document with all that can lie below one, in the order of the names, and documents
 * beside it.
 */
async function plant(): Promise<{ readonly root: DocumentReference; readonly below: readonly string[] }> {
  const uid = fresh('de');
  const root = `dePeople/${uid}`;
  const below = [
    `${root}/a/1`,
    `${root}/a/1/deep/x`,
    // Below documents that do not exist, three levels down.
    `${root}/a/ghost/b/ghost/c/leaf`,
    `${root}/a/z`,
    // A name that begins with another one comes after all that lies below that one.
    `${root}/a-b/1`,
    // The in-memory database takes no such name.
    ...(isEmbedded ? [] : [`${root}/notes/.1`]),
    `${root}/notes/1`,
    `${root}/notes/1/lines/1`,
    `${root}/notes/1/lines/1/words/1`,
    `${root}/notes/1-`,
    `${root}/é/1`,
  ];
  const beside = [root, `${root}x/a/1`, `${root.slice(0, -1)}/a/1`, `deOthers/${uid}/a/1`, `de/d/dePeople/${uid}/a/1`];
  const writer = db.bulkWriter();
  for (const path of [...below, ...beside]) void writer.set(db.doc(path), { n: path.length });
  await writer.close();
  return { root: db.doc(root), below };
}

const pathsOf = (documents: readonly { readonly ref: { readonly path: string } }[]): string[] =>
  documents.map(({ ref }) => ref.path);

describe('the query for all that lies below a document', () => {
  it('gives each document at any depth, those below missing ones too, before all that lies below it', async () => {
    const { root, below } = await plant();
    const { docs } = await descendantsOf(root).orderBy(name).get();
    expect(pathsOf(docs)).toEqual(below);
    expect(docs.map((document) => document.get('n') as unknown)).toEqual(below.map(({ length }) => length));
  });

  it('gives those of one collection, and not those of a collection with a longer name', async () => {
    const { root, below } = await plant();
    const { docs } = await descendantsOf(root.collection('a')).orderBy(name).get();
    expect(pathsOf(docs)).toEqual(below.filter((path) => path.startsWith(`${root.path}/a/`)));
  });

  it('goes on after any document, by itself and by its reference, in pages of any size', async () => {
    const { root, below } = await plant();
    for (const parent of [root, root.collection('notes')]) {
      const all = descendantsOf(parent).orderBy(name);
      const expected = below.filter((path) => path.startsWith(parent.path));
      for (const [index, path] of expected.entries()) {
        const rest = expected.slice(index + 1);
        expect(pathsOf((await all.startAfter(db.doc(path)).get()).docs), path).toEqual(rest);
        expect(
          pathsOf(
            (
              await all
                .startAfter(await db.doc(path).get())
                .limit(2)
                .get()
            ).docs,
          ),
        ).toEqual(rest.slice(0, 2));
      }
      for (const rows of [1, 3, SLIM]) {
        const found: string[] = [];
        for await (const { documents } of pagesOf(all, rows)) found.push(...pathsOf(documents));
        expect(found).toEqual(expected);
      }
    }
  });

  it('goes on after a document that is gone', async () => {
    const { root, below } = await plant();
    const [, , gone = '', ...rest] = below;
    await db.doc(gone).delete();
    expect(pathsOf((await descendantsOf(root).orderBy(name).startAfter(db.doc(gone)).get()).docs)).toEqual(rest);
  });

  it('counts, and reads the fields that are asked for', async () => {
    const { root, below } = await plant();
    expect((await descendantsOf(root).count().get()).data().count).toBe(below.length);
    const { docs } = await descendantsOf(root).orderBy(name).select().get();
    expect(docs.map((document) => document.data())).toEqual(below.map(() => ({})));
  });

  it('costs a read for each document, and one if there is none', async () => {
    const { root, below } = await plant();
    const [path = ''] = below;
    /** Functions can read at the same time, which only adds: the least of some counts is its own. */
    const costOf = async (query: FirebaseFirestore.Query): Promise<number> => {
      const costs: number[] = [];
      for (let times = 0; times < 5; times++) {
        const before = await reads();
        await query.get();
        costs.push(Number(await reads()) - Number(before));
      }
      return Math.min(...costs);
    };
    if ((await reads()) === null) return;
    expect(await costOf(descendantsOf(root).orderBy(name))).toBe(below.length);
    expect(await costOf(descendantsOf(db.doc(path).collection('nothing')).orderBy(name))).toBe(1);
  });
});

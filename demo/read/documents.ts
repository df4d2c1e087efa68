import { createHash } from 'node:crypto';
import { Timestamp, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import { allDocuments, type World } from '../../fixtures/index.ts';

/** The documents of a database: a fingerprint of the content by path. */
export type Documents = ReadonlyMap<string, string>;

/** Content in one text, whatever the order in which a server gives the fields. */
function plain(value: unknown): unknown {
  if (value instanceof Timestamp) return { at: value.toDate().toISOString(), nanoseconds: value.nanoseconds };
  if (value instanceof Date) return plain(Timestamp.fromDate(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([field, content]) => [field, plain(content)]);
}

function fingerprint(data: object): string {
  return createHash('sha256')
    .update(JSON.stringify(plain(data)))
    .digest('base64url')
    .slice(0, 16);
}

/** The collections in which the set has documents, with those that flows write to. */
function collectionIds(world: World): string[] {
  const ids = allDocuments(world).map((row) => row.path.split('/').at(-2) ?? '');
  return [...new Set([...ids, 'customers', 'privacyRequests'])];
}

/** The mark that the backend sets the same night, where a consent is asked again, is no change of what the person wrote. */
const unmarked = (data: DocumentData): DocumentData =>
  Object.fromEntries(Object.entries(data).filter(([field]) => field !== 'reconsentRequired'));

/** The consents that are marked as asked again. */
export async function readMarked(db: Firestore): Promise<string[]> {
  const { docs } = await db.collectionGroup('consents').get();
  return docs.filter((doc) => doc.get('reconsentRequired') === true).map((doc) => doc.ref.path);
}

/** Every document of the app's database in the set's collections, wherever they lie. */
export async function readDocuments(db: Firestore, world: World): Promise<Documents> {
  const found = new Map<string, string>();
  await Promise.all(
    collectionIds(world).map(async (id) => {
      const { docs } = await db.collectionGroup(id).get();
      for (const doc of docs) found.set(doc.ref.path, fingerprint(unmarked(doc.data())));
    }),
  );
  return found;
}

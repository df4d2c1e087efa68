import { createHash } from 'node:crypto';
import { Timestamp, type DocumentData, type Firestore } from 'firebase-admin/firestore';
import { allDocuments, type World } from '../../fixtures/index.ts';

/** The documents of a database: a fingerprint of the content by path. */
export type Documents = ReadonlyMap<string, string>;

/** Writes content as one text that does not depend on the order of a server's fields. */
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

/**
 * Leaves out the mark that the backend sets the same night on a consent that it asks again. The
 * mark is no change of the person's own fields.
 */
const unmarked = (data: DocumentData): DocumentData =>
  Object.fromEntries(Object.entries(data).filter(([field]) => field !== 'reconsentRequired'));

/** Returns the paths of the consents that are marked as asked again. */
export async function readMarked(db: Firestore): Promise<string[]> {
  const { docs } = await db.collectionGroup('consents').get();
  return docs.filter((doc) => doc.get('reconsentRequired') === true).map((doc) => doc.ref.path);
}

/** Reads every document of the app's database in the set's collections, at any depth. */
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

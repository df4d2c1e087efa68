import {
  FieldPath,
  type BulkWriter,
  type CollectionReference,
  type DocumentReference,
  type Firestore,
} from 'firebase-admin/firestore';
import { exactData } from '../../platform/documents.ts';
import { documentsOf, WHOLE } from '../../platform/firestore.ts';
import { allRecords, databaseOf, matchPath, type NamedRecord } from '../../policy/lookup.ts';
import type { Policy, PolicyRecord } from '../../policy/schema.ts';
import type { Row } from '../system.ts';
import { descendantsOf } from './descendants.ts';

/** Can there be more below its rows than the policy declares? In our own database nobody else writes, and all that we write is declared. */
export const hasUndeclared = (record: PolicyRecord): boolean =>
  record.subcollections === true && databaseOf(record) !== 'compliance';

/**
 * What lies under a document of a record with `subcollections`: collections that the policy does not declare. The declared ones end
 * by their own fate, so they are left to their own records.
 */
export async function undeclaredBelow(
  policy: Policy,
  record: PolicyRecord,
  ref: DocumentReference,
): Promise<CollectionReference[]> {
  const collections = await ref.listCollections();
  return collections.filter((collection) => !isDeclared(policy, record, collection.path));
}

/**
 * What goes together with a document of a record with `subcollections`: what the policy does not declare, and the records that end with this
 * one (`endsWith`). Deleted before the document itself: should the process die in between, the document is found again, and its rest with it.
 */
export async function endingBelow(
  policy: Policy,
  { id, record }: NamedRecord,
  ref: DocumentReference,
): Promise<CollectionReference[]> {
  const collections = await ref.listCollections();
  return collections.filter((collection) => !isDeclared(policy, record, collection.path, id));
}

/** Is a collection declared by a record of its own? One that ends with the record `whole` is part of that. */
function isDeclared(policy: Policy, record: PolicyRecord, collection: string, whole?: string): boolean {
  const length = collection.split('/').length;
  return allRecords(policy).some(
    ({ record: other }) =>
      (whole === undefined || other.endsWith !== whole) &&
      other.system === record.system &&
      databaseOf(other) === databaseOf(record) &&
      other.path.split('/').length > length &&
      matchPath(other.path.split('/').slice(0, length).join('/'), collection) !== null,
  );
}

/** Deletes collections with everything below, also under documents that do not exist themselves. Answers how many documents went. */
export async function deleteTrees(
  db: Firestore,
  writer: BulkWriter,
  trees: readonly CollectionReference[],
): Promise<number> {
  let deleted = 0;
  writer.onWriteResult(() => (deleted += 1));
  for (const tree of trees) await db.recursiveDelete(tree, writer);
  writer.onWriteResult(() => undefined);
  return deleted;
}

/** How many documents `deleteTrees` would delete. */
export async function countBelow(trees: readonly CollectionReference[]): Promise<number> {
  let count = 0;
  for (const tree of trees) {
    count += (await tree.count().get()).data().count;
    for (const ref of await tree.listDocuments()) count += await countBelow(await ref.listCollections());
  }
  return count;
}

/**
 * The rows of a collection and of everything below it, also under documents that do not exist, in
 * pages.
 */
export async function* rowsBelow(collection: CollectionReference): AsyncIterable<Row> {
  const all = descendantsOf(collection).orderBy(FieldPath.documentId());
  for await (const document of documentsOf(all, WHOLE)) yield { path: document.ref.path, data: exactData(document) };
}

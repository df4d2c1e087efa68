import type { CollectionReference, DocumentReference } from 'firebase-admin/firestore';
import { allRecords, databaseOf, matchPath } from '../../../policy/lookup.ts';
import type { Policy, PolicyRecord } from '../../../policy/schema.ts';

/** The collections under a document that no record of the policy declares, nor lies below. */
export async function undeclaredBelow(
  policy: Policy,
  record: PolicyRecord,
  ref: DocumentReference,
): Promise<CollectionReference[]> {
  const collections = await ref.listCollections();
  return collections.filter((collection) => !isDeclared(policy, record, collection.path));
}

/** Is a collection that of a record, or above that of one? */
function isDeclared(policy: Policy, record: PolicyRecord, collection: string): boolean {
  const length = collection.split('/').length;
  return allRecords(policy).some(
    ({ record: other }) =>
      other.system === record.system &&
      databaseOf(other) === databaseOf(record) &&
      other.path.split('/').length > length &&
      matchPath(other.path.split('/').slice(0, length).join('/'), collection) !== null,
  );
}

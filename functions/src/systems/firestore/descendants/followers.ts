import { FieldPath, type DocumentReference, type QueryDocumentSnapshot } from 'firebase-admin/firestore';
import { pagesOf, SLIM, WHOLE } from '../../../platform/firestore.ts';
import { allRecords, databaseOf, type NamedRecord } from '../../../policy/lookup.ts';
import type { Policy } from '../../../policy/schema.ts';
import { descendantsOf } from './query.ts';
import { Trail } from '../visit/trail.ts';

/**
 * Can undeclared documents lie below rows of this record? In our own database nobody else writes,
 * and all that we write is declared; but an archive has the documents from below its rows.
 */
export const hasUndeclared = (policy: Policy, { id, record }: NamedRecord): boolean =>
  databaseOf(record) !== 'compliance' ||
  allRecords(policy).some((other) => other.record.fate.some(({ then }) => then.do === 'archive' && then.to === id));

/** Can something lie below rows of this record that ends with them: records with `endsWith` too? */
export const hasFollowers = (policy: Policy, named: NamedRecord): boolean =>
  named.record.subcollections === true || hasUndeclared(policy, named);

/**
 * Finds the documents that follow a row, in pages: all below it but rows of other records, and
 * documents below those. Each document below is one read; one read if there is none.
 *
 * @param isWhole with their content; otherwise their names alone
 */
export async function* followersOf(
  policy: Policy,
  named: NamedRecord,
  row: DocumentReference,
  isWhole: boolean,
): AsyncGenerator<readonly QueryDocumentSnapshot[]> {
  const trail = new Trail(policy, named);
  trail.know(row.path);
  const all = descendantsOf(row).orderBy(FieldPath.documentId());
  for await (const { documents } of pagesOf(isWhole ? all : all.select(), isWhole ? WHOLE : SLIM)) {
    const followers = documents.filter(({ ref }) => trail.meet(ref.path).is === 'below');
    if (followers.length > 0) yield followers;
  }
}

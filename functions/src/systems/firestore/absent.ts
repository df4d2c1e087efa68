import type { Context } from '../../platform/context.ts';
import { collectionId } from '../../policy/lookup.ts';
import type { RecordId } from '../../policy/schema.ts';
import type { NamedRecord, Scope } from '../system.ts';
import { placesOf } from './place.ts';

/**
 * The records that certainly have no rows of the person, found by one look at what lies under the person's own document instead of one query for each
 * of them (Firestore bills a list of collections as one read, and an empty query as one as well). A record with further places, or with documents
 * below its own, is not among them.
 */
export async function absentRecords(
  context: Context,
  records: readonly NamedRecord[],
  scope: Pick<Scope, 'subject'>,
): Promise<ReadonlySet<RecordId>> {
  const byOwner = new Map<string, { readonly id: RecordId; readonly name: string }[]>();
  const db = new Map<string, ReturnType<typeof placesOf>[number]['db']>();
  for (const { id, record } of records) {
    if (record.subcollections === true || record.mentions !== undefined) continue;
    const [place, ...others] = placesOf(context.clients, record, scope.subject);
    const owner = place?.collection?.split('/').slice(0, -1).join('/');
    if (place === undefined || owner === undefined || owner === '' || others.length > 0) continue;
    const key = `${record.database ?? ''}:${owner}`;
    byOwner.set(key, [...(byOwner.get(key) ?? []), { id, name: collectionId(record.path) }]);
    db.set(key, place.db);
  }
  const absent = new Set<RecordId>();
  for (const [key, below] of byOwner) {
    // For one record its own query costs the same.
    if (below.length < 2) continue;
    const there = await db
      .get(key)
      ?.doc(key.slice(key.indexOf(':') + 1))
      .listCollections();
    const names = new Set(there?.map(({ id }) => id));
    for (const { id, name } of below) if (!names.has(name)) absent.add(id);
  }
  return absent;
}

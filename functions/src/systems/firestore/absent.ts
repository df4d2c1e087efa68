import type { Firestore } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { collectionId } from '../../policy/lookup.ts';
import type { RecordId } from '../../policy/schema.ts';
import type { NamedRecord, Scope } from '../system.ts';
import { placesOf } from './place.ts';

/** A document of the person under which collections of theirs lie. */
interface Owner {
  readonly db: Firestore;
  readonly path: string;
  readonly below: { readonly id: RecordId; readonly name: string }[];
}

/**
 * The records that certainly have no rows of the person, found by one look at what lies under the person's own document instead of one query for each
 * of them (Firestore bills a list of collections as one read, and an empty query as one as well). A record with further places, or with documents
 * below its own, is not among them.
 */
export async function absentRecords(
  context: Context,
  records: readonly NamedRecord[],
  { subject }: Pick<Scope, 'subject'>,
): Promise<ReadonlySet<RecordId>> {
  const owners = new Map<string, Owner>();
  const ownerAt = (db: Firestore, path: string): Owner => {
    const key = `${db.databaseId}:${path}`;
    const owner = owners.get(key) ?? { db, path, below: [] };
    owners.set(key, owner);
    return owner;
  };
  for (const { id, record } of records) {
    const [place, ...others] = placesOf(context.clients, record, subject);
    if (place === undefined || others.length > 0) continue;
    if (record.subcollections === true || record.mentions !== undefined) continue;
    const path = place.collection?.split('/').slice(0, -1).join('/');
    if (path === undefined || path === '') continue;
    ownerAt(place.db, path).below.push({ id, name: collectionId(record.path) });
  }
  const absent = new Set<RecordId>();
  for (const { db, path, below } of owners.values()) {
    // For one record its own query costs the same.
    if (below.length < 2) continue;
    const there = await db.doc(path).listCollections();
    const names = new Set(there.map(({ id }) => id));
    for (const { id, name } of below) if (!names.has(name)) absent.add(id);
  }
  return absent;
}

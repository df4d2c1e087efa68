import type { Firestore } from 'firebase-admin/firestore';
import type { Context } from '../../platform/context.ts';
import { fresh } from '../../platform/looks.ts';
import { collectionId } from '../../policy/lookup.ts';
import type { RecordId } from '../../policy/schema.ts';
import type { NamedRecord, Scope } from '../system.ts';
import { hasUndeclared } from './below.ts';
import { placesOf } from './place.ts';

/** A document of the person under which collections of theirs lie. */
interface Owner {
  readonly db: Firestore;
  readonly path: string;
  readonly below: { readonly id: RecordId; readonly name: string }[];
  /** Is its list of collections looked at in any case? */
  isListed: boolean;
}

/**
 * The records that certainly have no rows of the person, found by one look at what lies under the person's own document instead of one query for each
 * of them (Firestore bills a list of collections as one read, and an empty query as one as well). A record with further places, or with documents
 * below its own, is not among them.
 */
export async function absentRecords(
  context: Context,
  records: readonly NamedRecord[],
  { subject, looks }: Pick<Scope, 'subject' | 'looks'>,
): Promise<ReadonlySet<RecordId>> {
  const owners = new Map<string, Owner>();
  const ownerAt = (db: Firestore, path: string): Owner => {
    const key = `${db.databaseId}:${path}`;
    const owner = owners.get(key) ?? { db, path, below: [], isListed: false };
    owners.set(key, owner);
    return owner;
  };
  for (const { id, record } of records) {
    const [place, ...others] = placesOf(context.clients, record, subject);
    if (place === undefined || others.length > 0) continue;
    // Whoever remembers looks sees the list of such a document once for both.
    if (place.document !== undefined && hasUndeclared(record) && looks !== undefined)
      ownerAt(place.db, place.document.path).isListed = true;
    if (record.subcollections === true || record.mentions !== undefined) continue;
    const path = place.collection?.split('/').slice(0, -1).join('/');
    if (path === undefined || path === '') continue;
    ownerAt(place.db, path).below.push({ id, name: collectionId(record.path) });
  }
  const absent = new Set<RecordId>();
  for (const { db, path, below, isListed } of owners.values()) {
    // For one record its own query costs the same.
    if (below.length < (isListed ? 1 : 2)) continue;
    const there = await (looks ?? fresh).collections(db.doc(path));
    const names = new Set(there.map(({ id }) => id));
    for (const { id, name } of below) if (!names.has(name)) absent.add(id);
  }
  return absent;
}

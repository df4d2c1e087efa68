import type { Firestore } from 'firebase-admin/firestore';
import type { Context } from '../../../platform/context.ts';
import type { RecordId } from '../../../policy/schema.ts';
import type { NamedRecord, Scope } from '../../system.ts';
import { placesOf } from '../place.ts';
import { homeOf } from '../visit/trunks.ts';

/** A document of the person under which collections of theirs lie. */
interface Owner {
  readonly db: Firestore;
  readonly path: string;
  readonly children: { readonly id: RecordId; readonly name: string }[];
}

/**
 * Returns the records that certainly have no rows of the person, and nothing below them. One look
 * at the collections under the person's own document finds them, instead of one query for each.
 * Firestore bills a list of collections as one read, and an empty query as one as well. A record
 * with further places is not among them.
 */
export async function absentRecords(
  context: Context,
  records: readonly NamedRecord[],
  { subject }: Pick<Scope, 'subject'>,
): Promise<ReadonlySet<RecordId>> {
  const owners = new Map<string, Owner>();
  const ownerAt = (db: Firestore, path: string): Owner => {
    const key = `${db.databaseId}:${path}`;
    const owner = owners.get(key) ?? { db, path, children: [] };
    owners.set(key, owner);
    return owner;
  };
  for (const named of records) {
    const { id, record } = named;
    const [place, ...others] = placesOf(context.clients, record, subject);
    if (place?.trunk === undefined || others.length > 0 || record.mentions !== undefined) continue;
    const names = place.trunk.path.split('/');
    // It has to look at the place's own document, too.
    const home = homeOf(context.policy, named, subject);
    if (names.length % 2 === 0 || (home?.isDeclared === false && home.holder === id)) continue;
    ownerAt(place.db, names.slice(0, -1).join('/')).children.push({ id, name: names.at(-1) ?? '' });
  }
  const absent = new Set<RecordId>();
  for (const { db, path, children } of owners.values()) {
    // For one record its own query costs the same.
    if (children.length < 2) continue;
    const there = await db.doc(path).listCollections();
    const names = new Set(there.map(({ id }) => id));
    for (const { id, name } of children) if (!names.has(name)) absent.add(id);
  }
  return absent;
}

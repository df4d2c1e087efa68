import {
  CollectionReference,
  FieldPath,
  Query,
  type DocumentReference,
  type Firestore,
} from 'firebase-admin/firestore';

/** The smallest id that Firestore can give. */
const FIRST_ID = '__id-9223372036854775808__';

/**
 * The parts of the Admin SDK with which its `recursiveDelete` makes its query; not in its types.
 */
interface Insides {
  readonly _queryOptions: { with(options: object): object };
  readonly _resourcePath: { popLast(): object };
}
const insidesOf = (of: object): Insides => of as Insides;
const QueryOf = Query as unknown as new (db: Firestore, options: object) => Query;

/**
 * Finds all documents below a document, or in a collection and below it: at any depth, under any
 * name, also below documents that do not exist. It is the query of the SDK's `recursiveDelete`, to
 * which the SDK has no other way (`allDescendants`, `kindless`).
 *
 * It comes without an order; by `FieldPath.documentId()` a document comes before all that lies
 * below it, and these come together. Each document found is one read, however many levels lie
 * between; one read if there is none. `limit`, `select`, `startAfter` (a document or its reference)
 * and `count` work; in a transaction Google's emulator does not answer it.
 */
export function descendantsOf(parent: DocumentReference | CollectionReference): Query {
  const { firestore: db, id } = parent;
  const isCollection = parent instanceof CollectionReference;
  const path = insidesOf(parent)._resourcePath;
  const options = insidesOf(db.collectionGroup(id))._queryOptions.with({
    parentPath: isCollection ? path.popLast() : path,
    kindless: true,
    requireConsistency: false,
  });
  const all = new QueryOf(db, options);
  if (!isCollection) return all;
  return all
    .where(FieldPath.documentId(), '>=', `${id}/${FIRST_ID}`)
    .where(FieldPath.documentId(), '<', `${id}\u0000/${FIRST_ID}`);
}

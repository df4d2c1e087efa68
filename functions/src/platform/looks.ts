import type { CollectionReference, DocumentReference, DocumentSnapshot } from 'firebase-admin/firestore';

/** How single documents, and the collections that lie below them, are read. */
export interface Looks {
  readonly document: (ref: DocumentReference) => Promise<DocumentSnapshot>;
  /** The collections below a document, whether it is there itself or not. */
  readonly collections: (ref: DocumentReference) => Promise<readonly CollectionReference[]>;
}

/** Reads each time. */
export const fresh: Looks = {
  document: (ref) => ref.get(),
  collections: (ref) => ref.listCollections(),
};

/**
 * Reads once: what is asked for again is answered as it was. For one answer that several rooms put together, so that Firestore bills a document
 * once; what has to be true at its own moment (a guard before a write) is read past it. A look that failed is made again.
 */
export function rememberedLooks(looks: Looks = fresh): Looks {
  const documents = new Map<string, Promise<DocumentSnapshot>>();
  const collections = new Map<string, Promise<readonly CollectionReference[]>>();
  return {
    document: (ref) => remembered(documents, ref, looks.document),
    collections: (ref) => remembered(collections, ref, looks.collections),
  };
}

function remembered<T>(
  known: Map<string, Promise<T>>,
  ref: DocumentReference,
  look: (ref: DocumentReference) => Promise<T>,
): Promise<T> {
  const key = `${ref.firestore.databaseId}:${ref.path}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const answer = look(ref);
  known.set(key, answer);
  answer.catch(() => known.delete(key));
  return answer;
}

import type { Change, DocumentSnapshot, FirestoreEvent } from 'firebase-functions/v2/firestore';

/** A Firestore event about a written document. */
export type Written = FirestoreEvent<Change<DocumentSnapshot> | undefined>;

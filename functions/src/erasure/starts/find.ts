import type { Firestore, Query } from 'firebase-admin/firestore';
import { requestStart } from './standing.ts';

/** The query for the erasures that a start began or joined, also if another one leads them. */
export const erasuresBy = (own: Firestore, start: string): Query =>
  own.collection('jobs').where('input.starts', 'array-contains', start);

/** The query for the erasures that a request began or joined. */
export const erasuresOf = (own: Firestore, key: string): Query => erasuresBy(own, requestStart({ key }));

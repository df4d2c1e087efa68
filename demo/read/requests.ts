import type { Firestore } from 'firebase-admin/firestore';
import type { RequestType } from '../../functions/src/requests/request.ts';
import { until } from '../wait.ts';

/** A request as its person reads it in the app. */
export interface RequestView {
  readonly status?: string;
  readonly reason?: string;
  readonly reply?: { readonly kind: string; readonly subject: string; readonly text: string };
}

/** Returns a person's request of a type; undefined if their app shows none. */
async function readRequest(db: Firestore, uid: string, type: RequestType): Promise<RequestView | undefined> {
  const { docs } = await db.collection(`users/${uid}/privacyRequests`).where('type', '==', type).get();
  return docs[0]?.data();
}

/** Reads it until it is as it should be, or the time is over. */
export const awaitRequest = (
  db: Firestore,
  uid: string,
  type: RequestType,
  enough: (request: RequestView) => boolean,
): Promise<RequestView | undefined> =>
  until(
    () => readRequest(db, uid, type),
    (request) => request !== undefined && enough(request),
    { within: 60_000 },
  );

import { Timestamp, type Query } from 'firebase-admin/firestore';
import type { OwnStore } from '../../platform/context.ts';
import { documentsByName, WHOLE } from '../../platform/firestore.ts';
import { FOREVER, type Instant } from '../../platform/time.ts';
import { requestsIn } from '../../requests/store.ts';
import { OPEN_REQUESTS } from '../due.ts';

/** Requests, and apart from them the names of those that the backend did not write so. */
type Listed = ReturnType<typeof requestsIn>;

/** A request with its name in `requests`. */
export type ListedRequest = Listed['requests'][number];

/** Lists the requests that are open, the next due first. */
export const listOpen = (store: OwnStore): Promise<Listed> => {
  const open = store.clients.own().collection('requests').where('status', 'in', OPEN_REQUESTS);
  // A bound on the field by which the pages go.
  return list(store, open.where('dueAt', '<=', Timestamp.fromMillis(FOREVER)), 'dueAt');
};

/** The receipt of requests: from a moment, up to another. Absent: without this end. */
export interface Received {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}

/**
 * Lists all requests that are kept, the oldest first: the register of requests (Art. 5(2)).
 *
 * @param received absent: every one that has a moment of receipt, of whatever form
 */
export function listAll(store: OwnStore, { from, to }: Received = {}): Promise<Listed> {
  let all: Query = store.clients.own().collection('requests');
  if (from !== undefined) all = all.where('receivedAt', '>=', Timestamp.fromMillis(from));
  if (to !== undefined) all = all.where('receivedAt', '<=', Timestamp.fromMillis(to));
  return list(store, all, 'receivedAt');
}

const list = async ({ keys }: OwnStore, query: Query, field: string): Promise<Listed> =>
  requestsIn(await Array.fromAsync(documentsByName(query.orderBy(field), WHOLE)), keys);

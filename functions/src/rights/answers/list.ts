import { Timestamp, type Query } from 'firebase-admin/firestore';
import { throughPages } from '../../jobs/pages.ts';
import type { Context, OwnStore } from '../../platform/context.ts';
import { FOREVER, type Instant } from '../../platform/time.ts';
import { requestsIn, type RequestRecord } from '../../requests/store.ts';
import { OPEN_REQUESTS } from '../due.ts';

/** A request with its name in `requests`. */
export interface ListedRequest {
  readonly key: string;
  readonly record: RequestRecord;
}

/** Requests, and apart from them the names of those that the backend did not write so. */
export interface Listed {
  readonly requests: readonly ListedRequest[];
  readonly forged: readonly string[];
}

type Reader = OwnStore & Pick<Context, 'now'>;

/** Lists the requests that are open, the next due first. */
export const listOpen = (reader: Reader): Promise<Listed> => {
  const open = reader.clients.own().collection('requests').where('status', 'in', OPEN_REQUESTS);
  // A bound on the field by which the pages go.
  return list(reader, open.where('dueAt', '<=', Timestamp.fromMillis(FOREVER)), 'dueAt');
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
export function listAll(reader: Reader, { from, to }: Received = {}): Promise<Listed> {
  let all: Query = reader.clients.own().collection('requests');
  if (from !== undefined) all = all.where('receivedAt', '>=', Timestamp.fromMillis(from));
  if (to !== undefined) all = all.where('receivedAt', '<=', Timestamp.fromMillis(to));
  return list(reader, all, 'receivedAt');
}

async function list({ clients, keys, now }: Reader, query: Query, field: string): Promise<Listed> {
  const requests: ListedRequest[] = [];
  const forged: string[] = [];
  await throughPages(
    { db: clients.own(), query, field },
    async (page) => {
      const found = requestsIn(page, keys);
      requests.push(...found.requests);
      forged.push(...found.forged);
      return page.length;
    },
    { deadline: Infinity, now },
  );
  return { requests, forged };
}

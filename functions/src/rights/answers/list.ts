import { Timestamp, type Query } from 'firebase-admin/firestore';
import { throughPages } from '../../jobs/pages.ts';
import type { Context, OwnStore } from '../../platform/context.ts';
import { FOREVER } from '../../platform/time.ts';
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

/** Lists all requests that are kept, the oldest first: the register of requests (Art. 5(2)). */
export const listAll = (reader: Reader): Promise<Listed> =>
  list(reader, reader.clients.own().collection('requests'), 'receivedAt');

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

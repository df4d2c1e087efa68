import type { Transaction } from 'firebase-admin/firestore';
import type { JobPlan } from '../jobs/catalog.ts';
import { addJob } from '../jobs/store.ts';
import type { Head } from '../ledger/chain.ts';
import type { Draft } from '../ledger/entry.ts';
import { record, unlessErased, type Recorded } from '../ledger/store.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { requestIn, requestRef, sealedRequest, type RequestRecord, type RequestRef } from '../requests/store.ts';

/** Requests in a transaction: read, and written with their job and their entry in the ledger. */

/** A request as it is written; a field that is undefined goes. */
type Written = Parameters<typeof sealedRequest>[1];

/**
 * Reads a request; undefined: there is none.
 *
 * @throws PermanentError `seal.broken`
 */
export async function readRequestIn(
  tx: Transaction,
  { clients, keys }: OwnStore,
  key: string,
): Promise<RequestRecord | undefined> {
  const data = (await tx.get(requestRef(clients.own(), key))).data();
  return data && requestIn(key, data, keys);
}

/** Writes a request, and its job. */
export function writeRequest(tx: Transaction, context: Context, key: string, next: Written, job?: JobPlan): void {
  tx.set(requestRef(context.clients.own(), key), sealedRequest(key, next, context.keys));
  if (job) addJob(tx, context, job);
}

/**
 * Records an entry about a request in its person's chain, with the change of the request and its
 * job, in one transaction. Nothing is recorded of a person whose erasure has begun.
 *
 * @param event names the entry: it is made once
 * @param more.draft makes the entry from the request of that moment; null: nothing changes
 * @param more.next makes the request that is written with the entry, and its job
 */
export function recordAbout(
  context: Context,
  { uid, key }: RequestRef,
  event: string,
  more: {
    readonly at?: Instant;
    readonly draft: (current: RequestRecord, head: Head) => Draft | null;
    readonly next: (current: RequestRecord, chain: string) => { readonly record: Written; readonly job?: JobPlan };
  },
): Promise<Recorded> {
  let current: RequestRecord | undefined;
  return record(
    context,
    uid,
    event,
    (head) => {
      const draft = current && more.draft(current, head);
      return draft ? unlessErased(() => draft)(head) : { ignore: true };
    },
    {
      at: more.at,
      reads: async (tx) => {
        current = await readRequestIn(tx, context, key);
      },
      also: (tx, { chain }) => {
        if (current === undefined) return;
        const { record: next, job } = more.next(current, chain);
        writeRequest(tx, context, key, next, job);
      },
    },
  );
}

import { emptyHead, type Entry, type Head } from '../../../functions/src/ledger/chain.ts';
import {
  entryRef,
  headFromDocument,
  headRef,
  sealedEntry,
  sealedHead,
} from '../../../functions/src/ledger/documents.ts';
import type { OwnStore } from '../../../functions/src/platform/context.ts';

/** Writes documents of the ledger as the backend does: whole, and sealed. */

/** Writes a head; a field that is not given is as in the head of an empty chain. */
export const putHead = ({ clients, keys }: OwnStore, chain: string, head: Partial<Head>) =>
  headRef(clients.own(), chain).set(sealedHead(chain, { ...emptyHead(chain), ...head }, keys));

/** Changes a head that may be there; the other fields stay. */
export async function changeHead(ledger: OwnStore, chain: string, change: Partial<Head>): Promise<void> {
  const stored = await headRef(ledger.clients.own(), chain).get();
  await putHead(ledger, chain, { ...headFromDocument(chain, stored.data()), ...change });
}

export const putEntry = ({ clients, keys }: OwnStore, chain: string, entry: Entry) =>
  entryRef(clients.own(), chain, entry.id).set(sealedEntry(chain, entry, keys));

export async function putChain(
  ledger: OwnStore,
  { chain, head, entries }: { chain: string; head: Partial<Head>; entries: readonly Entry[] },
): Promise<void> {
  await putHead(ledger, chain, head);
  for (const entry of entries) await putEntry(ledger, chain, entry);
}

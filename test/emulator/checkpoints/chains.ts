import type { Firestore } from 'firebase-admin/firestore';
import type { Entry, Head } from '../../../functions/src/ledger/chain.ts';
import { entryFromDocument, headFromDocument, headRef } from '../../../functions/src/ledger/documents.ts';

/** A chain as it is stored. */
export async function chainOf(own: Firestore, chain: string): Promise<{ head: Head; entries: Entry[] }> {
  const ref = headRef(own, chain);
  const [head, entries] = await Promise.all([ref.get(), ref.collection('entries').orderBy('seq').get()]);
  return {
    head: headFromDocument(chain, head.data()),
    entries: entries.docs.map((d) => entryFromDocument(d.id, d.data())),
  };
}

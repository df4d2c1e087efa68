import { FieldPath, type Firestore } from 'firebase-admin/firestore';
import { verifyChain, type ChainProblem } from './chain.ts';
import { entryFromDocument, headFromDocument, headRef } from './store.ts';

/** Chains that are read at a time. */
const PAGE = 100;

/** What verifying came to so far. */
export interface Verified {
  readonly chains: number;
  readonly entries: number;
  readonly problems: readonly ChainProblem[];
}

/** Verifies one chain: its head against every entry that is stored. */
export async function verifyOne(own: Firestore, chain: string): Promise<Verified> {
  const ref = headRef(own, chain);
  const [head, stored] = await Promise.all([ref.get(), ref.collection('entries').orderBy('seq').get()]);
  const entries = stored.docs.map((document) => entryFromDocument(document.id, document.data()));
  return {
    chains: 1,
    entries: entries.length,
    problems: verifyChain(chain, headFromDocument(chain, head.data()), entries),
  };
}

/** Verifies the whole ledger, page by page: what it holds in memory does not grow with the ledger. Yields what it came to after each page. */
export async function* verifyAll(own: Firestore): AsyncGenerator<Verified> {
  let total: Verified = { chains: 0, entries: 0, problems: [] };
  let after: string | undefined;
  for (;;) {
    const query = own.collection('ledger').orderBy(FieldPath.documentId()).limit(PAGE).select();
    const page = await (after === undefined ? query : query.startAfter(after)).get();
    for (const { id } of page.docs) {
      const one = await verifyOne(own, id);
      total = {
        chains: total.chains + 1,
        entries: total.entries + one.entries,
        problems: [...total.problems, ...one.problems],
      };
    }
    yield total;
    after = page.docs.at(-1)?.id;
    if (page.size < PAGE || after === undefined) return;
  }
}

import { FieldPath, type DocumentReference, type Firestore } from 'firebase-admin/firestore';
import { ComplianceError } from '../platform/errors.ts';
import { pagesOf, batches } from '../platform/firestore.ts';
import { headRef } from '../ledger/documents.ts';
import { storedEntry, storedHead } from '../ledger/stored.ts';
import { bucketOf } from './tree.ts';
import { signedState, walkBuckets, type Bucket } from './store.ts';
import type { SealedEntry, StoredHead } from '../ledger/verifyChain.ts';
import type { ChainItem, LedgerItem } from './verifyLedger.ts';

/** The ledger as it is stored, in pages: memory does not grow with it, nor with one chain. */

const HEADS_PER_PAGE = 200;
const ENTRIES_PER_PAGE = 300;
/** Chains whose first page of entries is fetched at a time: most have no second one. */
const AHEAD = 20;

const entriesOf = (head: DocumentReference) => head.collection('entries').orderBy('seq').limit(ENTRIES_PER_PAGE);

/** The entries of a chain, in order, in pages. */
export async function* entryPages(
  head: DocumentReference,
  first = firstPage(head),
): AsyncGenerator<readonly SealedEntry[]> {
  let { docs } = await first;
  for (;;) {
    yield docs.map((document) => storedEntry(document.id, document.data()));
    const last = docs.at(-1);
    if (docs.length < ENTRIES_PER_PAGE || last === undefined) return;
    ({ docs } = await entriesOf(head).startAfter(last).get());
  }
}

const firstPage = (head: DocumentReference) => entriesOf(head).get();

/** All entries of a chain; at the end those that have no number, which no query by number finds. */
async function* everyEntry(
  head: DocumentReference,
  first: ReturnType<typeof firstPage>,
  count: Promise<number>,
): AsyncGenerator<readonly SealedEntry[]> {
  let read = 0;
  for await (const page of entryPages(head, first)) {
    read += page.length;
    yield page;
  }
  if ((await count) <= read) return;
  const byName = head.collection('entries').orderBy(FieldPath.documentId()).select('seq');
  for await (const { documents } of pagesOf(byName, ENTRIES_PER_PAGE))
    yield documents
      .filter((document) => document.get('seq') === undefined)
      .map(({ id }) => ({ entry: { unreadable: true, id, seq: NaN } }));
}

/** A chain as it is stored. */
export function storedChain(own: Firestore, chain: string, head: StoredHead | null): ChainItem {
  const ref = headRef(own, chain);
  const first = firstPage(ref);
  const entries = ref.collection('entries');
  const count = entries
    .count()
    .get()
    .then((counted) => counted.data().count);
  // They are awaited when the chain's turn comes; a failure until then is not an unhandled one.
  for (const early of [first, count]) early.catch(() => undefined);
  return {
    kind: 'chain',
    chain,
    head,
    entries: everyEntry(ref, first, count),
    again: async () => storedHead(chain, (await ref.get()).data()),
  };
}

/**
 * The whole ledger: every bucket as the checkpoint of `number` signed it, each before its chains.
 */
export async function* walkLedger(own: Firestore, number: number): AsyncGenerator<LedgerItem> {
  const buckets = walkBuckets(own);
  let next = await buckets.next();
  for await (const heads of headPages(own)) {
    for (const some of batches(heads, AHEAD)) {
      for (const item of some.map(({ chain, head }) => storedChain(own, chain, head))) {
        const place = bucketOf(item.chain);
        for (; !next.done && place !== null && next.value.id <= place; next = await buckets.next())
          yield* bucketItem(next.value, number);
        yield item;
      }
    }
  }
  for (; !next.done; next = await buckets.next()) yield* bucketItem(next.value, number);
}

function* bucketItem({ id, bucket }: { id: string; bucket: Bucket | null }, number: number): Generator<LedgerItem> {
  const state = bucket && bucketAsSigned(bucket, number);
  // A bucket that cannot be read is told; one that the checkpoint does not know is not.
  if (state !== null || bucket === null) yield { kind: 'bucket', bucket: id, state };
}

/** @throws ComplianceError `ledger.moved` if a newer checkpoint was signed meanwhile */
export function bucketAsSigned(bucket: Bucket, number: number): ReturnType<typeof signedState> {
  if (bucket.number > number + 1)
    throw new ComplianceError(
      'ledger.moved',
      'a new checkpoint was signed while this one was being read: run it again',
    );
  return signedState(bucket, number);
}

/** Every chain's name and head, by name. */
async function* headPages(own: Firestore): AsyncGenerator<{ chain: string; head: StoredHead | null }[]> {
  const heads = own.collection('ledger').orderBy(FieldPath.documentId());
  for await (const { documents } of pagesOf(heads, HEADS_PER_PAGE))
    yield documents.map((document) => ({ chain: document.id, head: storedHead(document.id, document.data()) }));
}

import { Timestamp } from 'firebase-admin/firestore';
import { isSealed, sealed } from '../crypto/seal.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { millisOf } from '../platform/firestore.ts';
import type { Instant } from '../platform/time.ts';

/** An officer's reading of a document, by its name in the backend. */
interface OfficersRead {
  readonly what: 'request' | 'sheet' | 'disclosure' | 'look';
  readonly of: string;
  /** The officer's pseudonym; `officer` if nobody was named. */
  readonly by: string;
}

/**
 * Notes that an officer reads data of a person: the officer, the time and the document, and no
 * content (Art. 5(2), 32).
 * Comes before the data are shown: if it fails, nothing is read. Costs 1 write.
 */
export async function noteRead(
  { clients, keys, now }: OwnStore & Pick<Context, 'now'>,
  { what, of, by }: OfficersRead,
): Promise<void> {
  const ref = reads({ clients }).doc();
  await ref.set(sealed(ref.path, { what, of, by, at: Timestamp.fromMillis(now()) }, keys));
}

const reads = ({ clients }: Pick<OwnStore, 'clients'>) => clients.own().collection('officerReads');

/** Asks if an officer read a document before a moment. Costs 1 read for each such reading. */
export async function wasRead(
  store: OwnStore,
  { what, of }: Pick<OfficersRead, 'what' | 'of'>,
  before: Instant,
): Promise<boolean> {
  const { docs } = await reads(store).where('of', '==', of).get();
  return docs.some((doc) => {
    const data = doc.data();
    const at = millisOf(data['at']);
    return data['what'] === what && at !== undefined && at < before && isSealed(doc.ref.path, data, store.keys);
  });
}

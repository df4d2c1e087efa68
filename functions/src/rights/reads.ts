import { Timestamp } from 'firebase-admin/firestore';
import { sealed } from '../crypto/seal.ts';
import type { Context, OwnStore } from '../platform/context.ts';

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
  const ref = clients.own().collection('officerReads').doc();
  await ref.set(sealed(ref.path, { what, of, by, at: Timestamp.fromMillis(now()) }, keys));
}

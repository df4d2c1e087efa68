import { FieldPath } from 'firebase-admin/firestore';
import type { Context, OwnStore } from '../../platform/context.ts';
import { pagesOf } from '../../platform/firestore.ts';
import { needsAddress } from '../../requests/needsAddress.ts';
import { forgetAddress } from '../../subject/addresses.ts';
import { isAddressKey } from '../../subject/emails.ts';

/** The addresses in one page; there are rarely more. */
const PAGE = 100;

/**
 * Forgets the addresses of people without an account, as soon as all their requests are answered,
 * their erasure has ended and no legal hold names them. Each night. Runs twice harmlessly. Costs up
 * to 4 reads and 5 queries an address.
 *
 * @returns how many were forgotten
 */
export async function forgetAnswered(store: OwnStore & Pick<Context, 'now'>): Promise<number> {
  const own = store.clients.own();
  const id = FieldPath.documentId();
  const kept = own.collection('subjects').where(id, '>=', 'email_v').where(id, '<', 'email_w').orderBy(id).select();
  let forgotten = 0;
  for await (const { documents } of pagesOf(kept, PAGE)) {
    for (const { id: key } of documents) {
      if (!isAddressKey(key) || (await needsAddress(store, key))) continue;
      await forgetAddress(own, key);
      forgotten += 1;
    }
  }
  return forgotten;
}

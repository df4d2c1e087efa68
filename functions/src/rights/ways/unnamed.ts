import { Timestamp } from 'firebase-admin/firestore';
import type { Context, OwnStore } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import type { PseudonymKeys } from '../../platform/keys.ts';
import { isFinal } from '../../requests/request.ts';
import { changeRequest, loadRequest, type RequestRecord } from '../../requests/store.ts';
import { pseudonymsOf } from '../../subject/pseudonym.ts';
import type { Entry } from './form.ts';

/**
 * Requests of somebody who names neither an account nor an address: nothing finds them, and an
 * officer answers on paper. The letter itself stays with the officer, whose own reference leads to
 * it. If the person names an account or an address later, the request goes on there.
 */

/**
 * Returns the pseudonyms of a request without a name, one for each key, that of today first. The
 * slashes keep it apart from every uid and from every address. The same letter has the same ones,
 * and no other letter has.
 */
export const unnamedPseudonyms = (
  { type, channel, receivedAt }: Entry,
  reference: string,
  keys: PseudonymKeys,
): string[] => pseudonymsOf(['entered', type, channel, String(receivedAt), reference].join('/'), keys);

/**
 * Returns a request without a name that is open; undefined if there is none. A letter that was
 * written about it stays with it: the job that ends its words knows it alone.
 */
export async function openUnnamed(store: OwnStore, key: string): Promise<RequestRecord | undefined> {
  const record = await loadRequest(store, key);
  return record === null || isFinal(record.status) ? undefined : defined({ ...record, reply: undefined });
}

/**
 * Ends a request without a name, since the same letter is entered with an account or an address.
 * Runs twice harmlessly.
 */
export async function endUnnamed(context: OwnStore & Pick<Context, 'now'>, key: string): Promise<void> {
  const completedAt = Timestamp.fromMillis(context.now());
  await changeRequest(context, key, () => ({ status: 'cancelled', reason: 'identified', completedAt }));
}

import type { DocumentReference } from 'firebase-admin/firestore';
import { sealed, withoutSeal } from '../crypto/seal.ts';
import type { OwnStore } from '../platform/context.ts';
import { isSheetOf } from './sheet.ts';
import { taskIn, type OfficerTask } from './task.ts';

/**
 * The rows that an officer was shown of a look, each by a keyed hash, in their order. They lie in
 * the sheet of the task, and end with it: nothing of a row is kept. A sheet that was lost and made
 * again has none, so that the officer looks again.
 */

/** The rows of a look. */
export interface Seen {
  readonly hashes: readonly string[];
  /** There were further rows, which the look did not show. */
  readonly more: boolean;
}

const sheetOf = ({ clients }: OwnStore, { id }: OfficerTask): DocumentReference =>
  clients.own().collection('officerSheets').doc(id);

/**
 * Notes the rows of a look in the place of those of an earlier one, in one transaction (2 reads, 1
 * write). Runs twice harmlessly.
 *
 * @returns false if the task has ended, or its sheet is not there
 */
export async function noteSeen(store: OwnStore, task: OfficerTask, { hashes, more }: Seen): Promise<boolean> {
  const { keys } = store;
  const own = store.clients.own();
  const ref = sheetOf(store, task);
  return own.runTransaction(async (tx) => {
    const now = taskIn(task.id, (await tx.get(own.collection('officerTasks').doc(task.id))).data(), keys);
    const sheet = (await tx.get(ref)).data();
    if (now?.status !== 'open' || sheet === undefined || !isSheetOf(now, sheet, keys)) return false;
    tx.set(ref, sealed(ref.path, { ...withoutSeal(sheet), seen: hashes, seenMore: more }, keys));
    return true;
  });
}

/** Reads the rows of the last look; null if there was none, or the sheet is gone. Costs 1 read. */
export async function seenOf(store: OwnStore, task: OfficerTask): Promise<Seen | null> {
  const data = (await sheetOf(store, task).get()).data();
  if (data === undefined || !isSheetOf(task, data, store.keys) || !Array.isArray(data['seen'])) return null;
  return { hashes: data['seen'] as readonly string[], more: data['seenMore'] === true };
}

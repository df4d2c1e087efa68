import { policy } from '../../functions/policies/deployed.ts';
import type { SheetKeys } from '../../functions/src/crypto/sheet.ts';
import { loadSheet } from '../../functions/src/officerTasks/store.ts';
import { openContent, type SheetContent } from '../../functions/src/officerTasks/sheet.ts';
import type { OfficerTask } from '../../functions/src/officerTasks/task.ts';
import type { OwnStore } from '../../functions/src/platform/context.ts';
import { readSecret } from '../../functions/src/platform/params.ts';
import { profileOf } from '../../functions/src/rectification/mirrors.ts';
import { isCorrection } from '../../functions/src/rectification/plan.ts';
import { noteRead } from '../../functions/src/rights/reads.ts';
import { uidOfChains } from '../../functions/src/subject/known.ts';
import { secretOf, versionsSet } from '../common.ts';

/** The sheets of officers' tasks: each reading is noted before anybody sees it. */

/** A task with its sheet. */
export interface Shown {
  readonly task: OfficerTask;
  readonly state: 'gone' | 'locked' | 'open';
  readonly sheet: SheetContent | null;
  readonly profile?: string;
}

/**
 * Opens the sheet of a task. Its reading is noted before the answer, so that nobody sees a sheet
 * that nobody noted; one that cannot be opened is noted as read by nobody.
 *
 * @param by the officer's pseudonym, asked if there is something to note
 * @throws RangeError if the private key is not the right one
 */
export async function openNoted(
  store: OwnStore,
  task: OfficerTask,
  { keys, by }: { readonly keys: SheetKeys | null; readonly by: () => Promise<string> },
): Promise<Shown> {
  const data = (await loadSheet(store, task))?.data();
  const sheet = data === undefined || keys === null ? null : openContent(task.id, data, keys);
  const profile = await profileFor(store, task);
  if (sheet !== null) await noteRead({ ...store, now: Date.now }, { what: 'sheet', of: task.id, by: await by() });
  const state = data === undefined ? 'gone' : sheet === null ? 'locked' : 'open';
  return { task, state, sheet, ...(profile === null ? {} : { profile }) };
}

/**
 * Opens tasks one after the other, and shows each that was noted, also if the next one fails: text
 * at once, JSON as one answer at the end.
 *
 * @throws each error of opening one, after that
 */
export async function showEach(
  tasks: readonly OfficerTask[],
  open: (task: OfficerTask) => Promise<Shown>,
  show: { readonly one: (shown: Shown) => void; readonly all: (shown: readonly Shown[]) => void },
): Promise<void> {
  const all: Shown[] = [];
  try {
    for (const task of tasks) {
      const shown = await open(task);
      all.push(shown);
      show.one(shown);
    }
  } finally {
    show.all(all);
  }
}

/** The profile in which an officer reads the values of a correction; null of any other task. */
async function profileFor(store: OwnStore, { job, pseudonym, status }: OfficerTask): Promise<string | null> {
  const uid = isCorrection(job) && status === 'open' ? await uidOfChains(store, [pseudonym]) : null;
  return uid === null ? null : profileOf(policy, uid);
}

/** Reads the private keys of the sheets; null if none is set. */
export function sheetKeysFromEnvironment(env: NodeJS.ProcessEnv = process.env): SheetKeys | null {
  const keys = versionsSet('OFFICER_SHEET_PRIVATE_KEY', env).map(
    (version) => [version, readSecret(secretOf(`OFFICER_SHEET_PRIVATE_KEY_V${version}`, env))] as const,
  );
  return keys.length === 0 ? null : Object.fromEntries(keys);
}

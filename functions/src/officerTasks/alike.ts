import { fewAtOnce } from '../jobs/pages.ts';
import type { OwnStore } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import type { Policy } from '../policy/schema.ts';
import type { Closing } from './plan.ts';
import { closeTask, listTasks, loadTask, type Closed } from './store.ts';
import type { OfficerTask } from './task.ts';

/** One recipient, asked for the same for many people: one message answers all of these tasks. */

/** The tasks that are closed at a time, each in a transaction of its own. */
const AT_ONCE = 8;

type NotClosed = Extract<Closed, { ok: false }>['because'];

/** The result of closing tasks together. */
export type ClosedAlike =
  | {
      readonly ok: true;
      /** Ids of the tasks that were closed; if it was dry, that would be. */
      readonly closed: readonly string[];
      /** Tasks that stay as they are, each with the reason. */
      readonly left: readonly { readonly id: string; readonly because: NotClosed }[];
      /** Open tasks of the same whose people the officer's message cannot have named. */
      readonly unnamed: readonly string[];
    }
  /** `noRecipient`: it asks no recipient, and each of its kind is looked at by itself. */
  | { readonly ok: false; readonly because: 'unknown' | 'noRecipient' };

/** Returns every open task that asks the recipient of one task for the same, in the same words. */
export const openAlike = async (store: OwnStore, like: OfficerTask): Promise<OfficerTask[]> =>
  (await listTasks(store)).tasks.filter((task) => isAlike(task, like));

/**
 * Closes every open task that asks the recipient of one task for the same, in the same words. Each
 * is closed in its own transaction, with the closing as its own evidence, and wakes its own job.
 * Runs twice harmlessly: after a crash the same call closes the rest. Reads every open task.
 *
 * @param id of a task; it may be closed already
 * @param how.isNamed asks if the officer's message can have named the person of a task
 * @param how.told is called after each task, with how many of all are over
 */
export async function closeAlike(
  store: OwnStore & { readonly policy: Policy },
  id: string,
  closing: Closing,
  how: {
    readonly isNamed: (task: OfficerTask) => Promise<boolean>;
    readonly now: Instant;
    readonly isDry?: boolean;
    readonly told?: (over: number, all: number) => void;
  },
): Promise<ClosedAlike> {
  const like = await loadTask(store, id);
  if (like === undefined) return { ok: false, because: 'unknown' };
  if (!('recipient' in like.for)) return { ok: false, because: 'noRecipient' };
  const { isNamed, now, isDry = false, told } = how;
  const alike = await openAlike(store, like);
  const names = new Map<string, boolean>();
  await fewAtOnce(alike, AT_ONCE, async (task) => void names.set(task.id, await isNamed(task)));
  const named = alike.filter(({ id: one }) => names.get(one));
  const unnamed = alike.flatMap(({ id: one }) => (names.get(one) === true ? [] : [one]));
  const closed: string[] = [];
  const left: { id: string; because: NotClosed }[] = [];
  await fewAtOnce(named, AT_ONCE, async (task) => {
    const answer = await closeTask(store, task.id, closing, now, { isDry });
    if (answer.ok) closed.push(task.id);
    else left.push({ id: task.id, because: answer.because });
    told?.(closed.length + left.length, named.length);
  });
  return { ok: true, closed: closed.sort(), left, unnamed: unnamed.sort() };
}

/** Do two tasks ask one recipient for the same, for one reason? Pure. */
const isAlike = (one: OfficerTask, other: OfficerTask): boolean => wordsOf(one) === wordsOf(other);

/** Everything of a task but the person: its recipient, its cause and its words. */
const wordsOf = ({ for: part, what, consent }: OfficerTask): string =>
  JSON.stringify([Object.entries(part), consent?.purpose, consent?.tell, Object.entries(what).sort()]);

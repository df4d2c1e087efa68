import type { DocumentReference, DocumentSnapshot, Firestore, Transaction } from 'firebase-admin/firestore';
import { isSheetKey } from '../crypto/sheet.ts';
import { cancel, woken } from '../jobs/advance.ts';
import { changeJob, ForgedJobError } from '../jobs/store.ts';
import type { Context, OwnStore } from '../platform/context.ts';
import { PermanentError } from '../platform/errors.ts';
import { batches, documentsByName, SLIM } from '../platform/firestore.ts';
import type { Instant } from '../platform/time.ts';
import type { Policy } from '../policy/schema.ts';
import { BACKEND, closed, dropped, isOver, newTask, type Closing, type Refusal } from './plan.ts';
import { isSheetOf, sheetContent, sheetDocument, type SheetSubject } from './sheet.ts';
import { OFFICERS_STEP, taskDocument, taskId, taskIn, type OfficerTask, type TaskOrder } from './task.ts';

const taskRef = (own: Firestore, id: string): DocumentReference => own.collection('officerTasks').doc(id);
const sheetRef = (own: Firestore, id: string): DocumentReference => own.collection('officerSheets').doc(id);

/** The most tasks in one transaction: each is two documents. */
const MOST_TASKS = 100;

/**
 * Makes the tasks of a job, each with its sheet, in one transaction: n reads and 2n writes for n
 * new ones. Made twice they are one. A task that is there stays as it is; the sheet of an open one
 * is made again if it is gone before its time. A forged one is logged, and replaced.
 *
 * @param subject the person, for the sheets
 * @param isLeft reads in the transaction, and says which of the orders make no new task
 * @returns the tasks as they are now, in the order of the orders
 * @throws PermanentError `officer.sheetKey` if a sheet is to be made and no public key is set
 */
export async function makeTasks(
  context: Pick<Context, 'clients' | 'keys' | 'policy' | 'config' | 'now' | 'log'>,
  orders: readonly TaskOrder[],
  subject: SheetSubject,
  isLeft?: (tx: Transaction) => Promise<(order: TaskOrder) => boolean>,
): Promise<OfficerTask[]> {
  const byId = new Map(orders.map((order) => [taskId(order, context.keys), order]));
  const made: OfficerTask[] = [];
  for (const some of batches([...byId], MOST_TASKS)) made.push(...(await makeSome(context, some, subject, isLeft)));
  return made;
}

async function makeSome(
  { clients, keys, policy, config, now, log }: Parameters<typeof makeTasks>[0],
  orders: readonly (readonly [id: string, order: TaskOrder])[],
  subject: SheetSubject,
  isLeft: Parameters<typeof makeTasks>[3],
): Promise<OfficerTask[]> {
  const own = clients.own();
  const at = now();
  const { tasks, forged } = await own.runTransaction(async (tx) => {
    const documents = await tx.getAll(...orders.map(([id]) => taskRef(own, id)));
    const found = new Map(documents.map((document) => [document.id, taskIn(document.id, document.data(), keys)]));
    const open = [...found.values()].filter(
      (task): task is OfficerTask => task?.status === 'open' && !isOver(task, at),
    );
    const sheets = open.length === 0 ? [] : await tx.getAll(...open.map(({ id }) => sheetRef(own, id)));
    const lost = open.filter((task, index) => !isSheetOf(task, sheets[index]?.data(), keys));
    const leaves = await isLeft?.(tx);
    const write = (task: OfficerTask): void => {
      const content = sheetContent(policy, task.for, subject);
      tx.set(sheetRef(own, task.id), sheetDocument(task, content, publicKey(config), keys));
    };
    const now = orders.flatMap(([id, order]) => {
      const known = found.get(id);
      if (known !== undefined) return [known];
      if (leaves?.(order) === true) return [];
      const task = newTask({ policy, keys, config }, order, at);
      tx.set(taskRef(own, id), taskDocument(task, keys));
      write(task);
      return [task];
    });
    for (const task of lost) write(task);
    return { tasks: now, forged: documents.filter((document) => document.exists && !found.get(document.id)).length };
  });
  if (forged > 0)
    log.error('tasks of officers were not as the backend wrote them, and are made anew', {
      code: 'seal.broken',
      count: forged,
    });
  return tasks;
}

/** @throws PermanentError `officer.sheetKey` */
function publicKey({ officerSheetKey }: Context['config']): string {
  if (officerSheetKey !== undefined && isSheetKey(officerSheetKey)) return officerSheetKey;
  throw new PermanentError(
    'officer.sheetKey',
    'OFFICER_SHEET_KEY is not set, so that nobody could be told by what a recipient knows the person: make a pair with compliance officer-task keys, deploy it, then retry',
  );
}

/** The answer to an order to close a task. */
export type Closed =
  { readonly ok: true; readonly task: OfficerTask } | { readonly ok: false; readonly because: Refusal | 'unknown' };

/**
 * Closes a task: once, and its sheet goes with it, in one transaction (1 read, 1 write, 1
 * deletion). Then the job that waits for it is woken, which may be lost: it looks once a day.
 *
 * @param isDry only answers
 */
export async function closeTask(
  store: OwnStore & { readonly policy: Policy },
  id: string,
  closing: Closing,
  now: Instant,
  { isDry = false }: { readonly isDry?: boolean } = {},
): Promise<Closed> {
  const answer = await end(store, id, (task) => closed(store.policy, task, closing, now), isDry);
  if (answer.ok && !isDry) await wake(store, answer.task.job, now);
  return answer;
}

const wake = (store: OwnStore, job: string, now: Instant): Promise<unknown> =>
  changeJob(store, job, (one) => woken(one, OFFICERS_STEP, now));

/** The end of a task: `write` is called after the last read of the transaction. */
type Ending = { readonly ok: true; readonly task: OfficerTask; readonly write: () => void };

/** Reads a task in a transaction, and prepares the write of its end and the loss of its sheet. */
export async function endIn(
  tx: Transaction,
  { clients, keys }: OwnStore,
  id: string,
  change: (task: OfficerTask) => OfficerTask | Refusal,
): Promise<Ending | Extract<Closed, { ok: false }>> {
  const own = clients.own();
  const task = taskIn(id, (await tx.get(taskRef(own, id))).data(), keys);
  if (task === undefined) return { ok: false, because: 'unknown' };
  const next = change(task);
  if (typeof next === 'string') return { ok: false, because: next };
  const write = (): void => {
    tx.set(taskRef(own, id), taskDocument(next, keys));
    tx.delete(sheetRef(own, id));
  };
  return { ok: true, task: next, write };
}

/** Writes the end of a task and deletes its sheet, in one transaction; if it is dry, neither. */
const end = (
  store: OwnStore,
  id: string,
  change: (task: OfficerTask) => OfficerTask | Refusal,
  isDry = false,
): Promise<Closed> =>
  store.clients.own().runTransaction(async (tx): Promise<Closed> => {
    const ended = await endIn(tx, store, id, change);
    if (!ended.ok) return ended;
    if (!isDry) ended.write();
    return { ok: true, task: ended.task };
  });

/**
 * Ends the wait of a job for officers: the job, its open tasks and their sheets. Runs twice
 * harmlessly.
 */
export async function endWait(store: OwnStore, job: string, now: Instant): Promise<void> {
  await changeJob(store, job, (one) => cancel(one, now)).catch((error: unknown) => {
    // A forged job runs nothing.
    if (!(error instanceof ForgedJobError)) throw error;
  });
  await dropTasks(store, job, now);
}

/**
 * Closes the open tasks of a job that was given up, as `unconfirmed`: nobody waits for them, and no
 * sheet is left, not even that of a forged one. Runs twice harmlessly.
 *
 * @param note why nobody has to be asked any more: they end as `notNeeded` then
 */
export async function dropTasks(store: OwnStore, job: string, now: Instant, note?: string): Promise<void> {
  const { tasks, forged } = await listTasks(store, { job });
  for (const { id, status } of tasks) if (status === 'open') await dropTask(store, id, now, note);
  for (const id of forged) await sheetRef(store.clients.own(), id).delete();
}

/** Closes one open task that nobody needs any more, with its sheet. Runs twice harmlessly. */
export const dropTask = (store: OwnStore, id: string, now: Instant, note?: string): Promise<Closed> =>
  end(store, id, (task) => dropped(task, now, note));

/**
 * Closes the tasks whose time is over as `unconfirmed`, by `backend`, and says so in one line of
 * the log: an officer learns of it. The job that waits for them is the one that asks, and is not
 * woken.
 *
 * @returns the tasks as they are now
 */
export async function closeOver(
  context: Pick<Context, 'clients' | 'keys' | 'policy' | 'now' | 'log'>,
  tasks: readonly OfficerTask[],
): Promise<OfficerTask[]> {
  const now = context.now();
  const closing = { as: 'unconfirmed', by: BACKEND } as const;
  const after: OfficerTask[] = [];
  let over = 0;
  for (const task of tasks) {
    if (!isOver(task, now)) {
      after.push(task);
      continue;
    }
    const answer = await end(context, task.id, (one) => closed(context.policy, one, closing, now));
    over += answer.ok ? 1 : 0;
    after.push(answer.ok ? answer.task : ((await loadTask(context, task.id)) ?? task));
  }
  const [first] = tasks;
  if (over > 0)
    context.log.error('the time of officers’ tasks is over, and nobody confirmed them', {
      job: first?.job,
      count: over,
    });
  return after;
}

/** Loads a task; undefined if there is none, or if the backend did not write it so. */
export async function loadTask({ clients, keys }: OwnStore, id: string): Promise<OfficerTask | undefined> {
  return taskIn(id, (await taskRef(clients.own(), id).get()).data(), keys);
}

/** Loads the sealed document of a task's sheet; undefined if it is gone, or forged. */
export async function loadSheet({ clients, keys }: OwnStore, task: OfficerTask): Promise<DocumentSnapshot | undefined> {
  const document = await sheetRef(clients.own(), task.id).get();
  return isSheetOf(task, document.data(), keys) ? document : undefined;
}

/** Reads every task of some chains in a transaction; a forged one is none. 1 query. */
export async function tasksOfChains(
  tx: Transaction,
  { clients, keys }: OwnStore,
  chains: readonly string[],
): Promise<OfficerTask[]> {
  const { docs } = await tx.get(clients.own().collection('officerTasks').where('pseudonym', 'in', chains));
  return docs.flatMap((document) => taskIn(document.id, document.data(), keys) ?? []);
}

/**
 * Lists tasks, the next due first: those that are open, of everybody or of some chains. Or every
 * one of a job, or of some chains.
 *
 * @returns apart from them, the ids of documents that the backend did not write so
 */
export async function listTasks(
  { clients, keys }: OwnStore,
  {
    job,
    openOf,
    chains,
  }: { readonly job?: string; readonly openOf?: readonly string[]; readonly chains?: readonly string[] } = {},
): Promise<{ readonly tasks: readonly OfficerTask[]; readonly forged: readonly string[] }> {
  const all = clients.own().collection('officerTasks');
  const open = all.where('status', '==', 'open');
  const ofPerson = openOf === undefined ? open : open.where('pseudonym', 'in', openOf);
  const ofJob = job === undefined ? ofPerson : all.where('job', '==', job);
  const query = chains === undefined ? ofJob : all.where('pseudonym', 'in', chains);
  const tasks: OfficerTask[] = [];
  const forged: string[] = [];
  for await (const document of documentsByName(query, SLIM)) {
    const task = taskIn(document.id, document.data(), keys);
    if (task === undefined) forged.push(document.id);
    else tasks.push(task);
  }
  return { tasks: tasks.sort((a, b) => a.by - b.by), forged };
}

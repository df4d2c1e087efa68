import { chainOf } from '../../jobs/define.ts';
import { createJob } from '../../jobs/store.ts';
import { isHeldAt } from '../../erasure/holdTasks/plan.ts';
import { isStillOf, latestHead } from '../../ledger/find.ts';
import { holdsOn } from '../../ledger/holds.ts';
import { isRestricted } from '../../ledger/restriction/scope.ts';
import { restrictionsOn } from '../../ledger/restriction/stated.ts';
import { dropTask, dropTasks, listTasks, makeTasks } from '../../officerTasks/store.ts';
import { sheetSubject } from '../../officerTasks/subject.ts';
import {
  OFFICERS_STEP,
  ofJob,
  outcomesOf,
  toDo,
  type OfficerTask,
  type TaskOrder,
  type ToldConsent,
} from '../../officerTasks/task.ts';
import { overtaken, untilClosed } from '../../officerTasks/wait.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { DAY_MS } from '../../platform/time.ts';
import { answerBy } from '../../policy/calendar.ts';
import { endsAccount, recordsOfSystem } from '../../policy/lookup.ts';
import { namesOfChain } from '../../subject/pseudonym.ts';
import type { Progress } from '../../systems/system.ts';
import { textsIn } from '../../texts/index.ts';
import { againLater, SERVICE_STEPS } from '../effects.ts';
import type { ChangeJob } from '../job.ts';
import { accountToDecide, isStillSo, othersOf, recipientsToTell, taskAt, tellBy } from './plan.ts';

/**
 * Tells the recipients without an interface of a changed consent, by officers' tasks (Art. 7(3),
 * 28(3)(a)). The first step makes the tasks, the second waits until the last has ended. Each looks
 * at the ledger and at the tasks of other changes anew, so that an answer meanwhile counts. Under a
 * restriction, which has told them to store the data alone, it waits. Each runs twice harmlessly.
 */
export async function tellRecipients(context: Context, job: ChangeJob, step: string): Promise<Progress> {
  if (job.input.tell !== 'stop' && isRestricted(await restrictionsOn(context, job.input.uid), job.input.purpose))
    return untilFree(context, job);
  const tasks = await tasksOf(context, job);
  if (tasks === null) {
    await dropTasks(context, job.id, context.now(), overtaken(context.policy));
    return { settled: [] };
  }
  if (step !== OFFICERS_STEP) return { settled: toDo(tasks) };
  return untilClosed(context, tasks, (ended) => ({ settled: outcomesOf(ended) }));
}

/**
 * Waits for the end of a restriction. Open tasks that say that the data may be used again would not
 * be right any more: they are closed, and a job of its own asks anew.
 */
async function untilFree(context: Context, job: ChangeJob): Promise<Progress> {
  const { tell } = job.input;
  const { tasks } = tell === 'again' ? await listTasks(context, { job: job.id }) : { tasks: [] };
  if (!tasks.some(({ status }) => status === 'open'))
    return { wait: context.now() + DAY_MS, why: 'a restriction (Art. 18) lets nobody use or delete the data' };
  await createJob(context, againLater(job));
  await dropTasks(context, job.id, context.now(), textsIn(context.policy.languages[0]).officer.consent.paused);
  return { settled: [] };
}

function toldBy({ input: { purpose, tell, seq } }: ChangeJob): ToldConsent {
  if (tell !== undefined && seq !== undefined) return { purpose, tell, seq };
  throw new PermanentError('input', 'the stored input of this job names nothing to tell: cancel it');
}

/**
 * Makes the tasks, each with its sheet, and closes the open ones of earlier changes. Null if there
 * is nothing to tell: the person answered anew, or an erasure tells the recipients itself.
 *
 * @throws PermanentError `officer.sheetKey` if no public key for the sheets is set
 */
async function tasksOf(context: Context, job: ChangeJob): Promise<readonly OfficerTask[] | null> {
  const { keys, policy, now } = context;
  const { uid } = job.input;
  const told = toldBy(job);
  const { chain, head } = await latestHead(context, uid);
  if (!isStillOf({ chain, head }, chainOf(job))) return null;
  if (!isStillSo(told.tell, head.current[told.purpose])) return null;
  const chains = namesOfChain(uid, chain, keys);
  const { earlier, isReplaced } = othersOf((await listTasks(context, { chains })).tasks, told, chainOf(job));
  if (isReplaced) return null;
  for (const { id, status } of earlier)
    if (status === 'open') await dropTask(context, id, now(), overtaken(context.policy));
  const of = ofJob(job);
  const holds = told.tell === 'delete' ? await holdsOn(context, uid) : [];
  const orders: TaskOrder[] = recipientsToTell(policy, told, earlier).map((recipient) => {
    // A legal hold keeps the data there: nobody uses them, and nobody deletes them.
    const consent = isHeldAt(policy, recipient.id, holds) ? { ...told, tell: 'stop' as const } : told;
    const what = taskAt(policy, recipient, consent);
    return { ...of, for: { recipient: recipient.id }, what, consent, by: tellBy(policy, recipient, job.createdAt) };
  });
  const account = accountToDecide(policy, head, told);
  if (account !== undefined) orders.push({ ...of, ...account, consent: told, by: answerBy(policy, job.createdAt) });
  else if (endsAccount(policy, told.purpose)) await dropAccount(context, job);
  for (const left of renewalsLeft(job)) orders.push({ ...of, ...left, consent: told });
  if (orders.length === 0) return [];
  const subject = await sheetSubject(context, { uid, pseudonym: chainOf(job) });
  if (subject === null) return null;
  return makeTasks(context, orders, subject);
}

/** Returns the renewals that nobody could stop, as the step before reports them. */
const renewalsLeft = ({ steps }: ChangeJob): Pick<TaskOrder, 'for' | 'what' | 'by'>[] =>
  (steps[SERVICE_STEPS.renewal]?.outcomes ?? []).flatMap((one) =>
    one.outcome === 'manual' && 'record' in one ? [{ for: { record: one.record }, what: one.what, by: one.by }] : [],
  );

/** Closes the open task about the account: the person said no as well, and it ends by itself. */
async function dropAccount(context: Context, job: ChangeJob): Promise<void> {
  const { tasks } = await listTasks(context, { job: job.id });
  const accounts = recordsOfSystem(context.policy, 'auth').map((account) => account.id);
  for (const { id, status, for: part } of tasks)
    if (status === 'open' && 'record' in part && accounts.includes(part.record))
      await dropTask(context, id, context.now(), overtaken(context.policy));
}

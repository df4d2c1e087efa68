import { recordObjection } from '../../consent/objection/record.ts';
import { chainOf } from '../../jobs/define.ts';
import type { Run } from '../../jobs/types.ts';
import { erasureOf, type Head } from '../../ledger/chain.ts';
import { latestHead } from '../../ledger/find.ts';
import { holdsOn } from '../../ledger/holds.ts';
import { dropTask, dropTasks, makeTasks } from '../../officerTasks/store.ts';
import type { OfficerTask } from '../../officerTasks/task.ts';
import { overtaken, untilClosed } from '../../officerTasks/wait.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { isFinal } from '../../requests/request.ts';
import {
  changeRequest,
  finishRequest,
  loadRequest,
  type RequestRecord,
  type RequestRef,
} from '../../requests/store.ts';
import { addressBehind } from '../../subject/addresses.ts';
import type { Subject } from '../../subject/identity.ts';
import { serverWrittenIds } from '../../subject/known.ts';
import { claimedReceiver, provenByAccount, provenByOfficer } from '../../subject/proven.ts';
import { generationOf } from '../../subject/pseudonym.ts';
import { suppress } from '../../subject/suppression.ts';
import type { Progress } from '../../systems/system.ts';
import { objectionJobs, type ObjectionJob } from './job.ts';
import {
  isAgreedAgain,
  isCarriedOut,
  isMarketing,
  isToldAlready,
  objectedBy,
  ordersOf,
  recipientsToAsk,
} from './plan.ts';
import { silence } from './silence.ts';
import { tell } from './tell.ts';

/**
 * The steps of an objection that is carried out. Each runs twice harmlessly. A request that was
 * taken back before its first step objects to nothing.
 */

const DONE: Progress = { settled: [] };

const refOf = ({ input: { uid, requestId, request: key } }: ObjectionJob): RequestRef => ({ uid, requestId, key });

/** The person of a job as they are now, if it still is about them. */
interface Objector {
  readonly record: RequestRecord;
  readonly subject: Subject;
  /** Absent: they have no account. */
  readonly head?: Head;
}

/** Returns the person; null if the request was taken back, or an erasure of theirs has begun. */
async function objectorOf(context: Context, job: ObjectionJob): Promise<Objector | null> {
  const { uid, request } = job.input;
  const record = await loadRequest(context, request);
  if (record === null || !isCarriedOut(record)) return null;
  if (uid === '') return { record, subject: await subjectOf(context, job) };
  const { chain, head } = await latestHead(context, uid);
  if (erasureOf(head) !== undefined || generationOf(chain) !== generationOf(chainOf(job))) return null;
  return { record, head, subject: await subjectOf(context, job) };
}

/**
 * Proves the person: an account by Auth. An address needs no proof here: naming it only stops
 * marketing to it.
 */
async function subjectOf(context: Context, job: ObjectionJob): Promise<Subject> {
  const { uid } = job.input;
  const pseudonym = chainOf(job);
  if (uid === '') return provenByOfficer(context, [await addressOf(context, job)], pseudonym);
  return (await provenByAccount(context, { uid, pseudonym })).subject;
}

/** @throws PermanentError `address_gone` if the address is kept no longer */
async function addressOf(context: Context, { input: { subjectKey = '' } }: ObjectionJob): Promise<string> {
  const email = await addressBehind(context, subjectKey);
  if (email !== undefined) return email;
  throw new PermanentError('address_gone', 'the address of this objection is kept no longer: cancel this job');
}

/**
 * Records the objection. Of an account in its chain, so that a later yes ends it. One to direct
 * marketing of an address, or of a person under erasure, by the hash of the address.
 */
async function object(context: Context, job: ObjectionJob): Promise<Progress> {
  const { uid, request: key, purposes, at } = job.input;
  const taken = await changeRequest(context, key, (record) =>
    isCarriedOut(record) ? null : { answer: { ...record.answer, objectedAt: at } },
  );
  if (taken === null || !isCarriedOut(taken.record)) return DONE;
  const own = context.clients.own();
  if (uid === '') {
    await suppress(own, [claimedReceiver(await addressOf(context, job))], context.keys, at);
    return DONE;
  }
  const chain = chainOf(job);
  const { record } = taken;
  const id = `objected_${key.slice(chain.length + 1)}`;
  const by = objectedBy(record);
  await recordObjection(context, { uid, chain, purposes, at, source: record.channel, by, id });
  const { chain: now, head } = await latestHead(context, uid);
  if (erasureOf(head) === undefined || generationOf(now) !== generationOf(chain)) return DONE;
  if (!isMarketing(context.policy, purposes)) return DONE;
  await suppress(own, (await subjectOf(context, job)).verifiedEmails, context.keys, at);
  return DONE;
}

/** Stops the systems that write to the person. An erasure that runs ends their contacts itself. */
async function stop(context: Context, job: ObjectionJob, { deadline }: Run): Promise<Progress> {
  const objector = await objectorOf(context, job);
  if (objector === null) return DONE;
  const { subject, head } = objector;
  const { purposes, at } = job.input;
  return silence(context, { subject, head, purposes, at }, deadline);
}

/** Names the recipients without an interface that an officer has to tell. */
async function ask(context: Context, job: ObjectionJob): Promise<Progress> {
  const objector = await objectorOf(context, job);
  if (objector === null) return DONE;
  const { uid, purposes, at } = job.input;
  const holds = uid === '' ? [] : await holdsOn(context, uid);
  return { settled: recipientsToAsk(context.policy, purposes, { at, head: objector.head, holds }) };
}

/** Makes the officers' tasks, and tells the person the result and the recipients yet to be told. */
async function answer(context: Context, job: ObjectionJob): Promise<Progress> {
  const objector = await objectorOf(context, job);
  if (objector === null) return DONE;
  const tasks = await tasksOf(context, job, objector.subject);
  const open = tasks.filter(({ status }) => status === 'open');
  const ref = refOf(job);
  if (isToldAlready(objector.record)) {
    const status = open.length === 0 ? 'completed' : 'waiting';
    await finishRequest(context, ref, { status, ...(status === 'completed' ? { reason: 'done' } : {}) });
  } else await tell(context, { ref, record: objector.record }, { purposes: job.input.purposes, open });
  return DONE;
}

/** Makes the tasks, each with its sheet. Made again, they are the same. */
async function tasksOf(context: Context, job: ObjectionJob, subject: Subject) {
  const orders = ordersOf(job);
  if (orders.length === 0) return [];
  const { uid } = job.input;
  const written = uid === '' ? {} : await serverWrittenIds(context.clients.app(), context.policy, uid);
  return makeTasks(context, orders, { ...subject, providerIds: { ...subject.providerIds, ...written } });
}

/** Waits for the officers' tasks, then completes the request. A yes meanwhile closes its tasks. */
async function wait(context: Context, job: ObjectionJob): Promise<Progress> {
  if (ordersOf(job).length === 0) return DONE;
  const objector = await objectorOf(context, job);
  if (objector === null) {
    await dropTasks(context, job.id, context.now());
    return DONE;
  }
  const { record, subject, head } = objector;
  const { policy } = context;
  const asked: OfficerTask[] = [];
  for (const task of await tasksOf(context, job, subject)) {
    if (!isAgreedAgain(policy, job.input.purposes, head, task)) asked.push(task);
    else if (task.status === 'open') await dropTask(context, task.id, context.now(), overtaken(policy));
  }
  return untilClosed(context, asked, async (tasks) => {
    // Nobody could be told: an officer answers with a letter.
    if (isFinal(record.status) || (!isToldAlready(record) && record.reply?.kind !== 'answered')) return DONE;
    const reason = tasks.every(({ status }) => status === 'done') ? 'done' : 'partly';
    await finishRequest(context, refOf(job), { status: 'completed', reason });
    return DONE;
  });
}

export const objectionRunner = (context: Context) =>
  objectionJobs.runner({
    objected: (job) => object(context, job),
    silenced: (job, run) => stop(context, job, run),
    asked: (job) => ask(context, job),
    answered: (job) => answer(context, job),
    officers: (job) => wait(context, job),
  });

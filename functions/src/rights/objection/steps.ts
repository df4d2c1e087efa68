import { recordObjection } from '../../consent/objection/record.ts';
import { chainOf } from '../../jobs/define.ts';
import type { Run } from '../../jobs/types.ts';
import { erasureOf } from '../../ledger/chain.ts';
import { isStillOf, latestHead } from '../../ledger/find.ts';
import { dropTasks } from '../../officerTasks/store.ts';
import { untilClosed } from '../../officerTasks/wait.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { isFinal } from '../../requests/request.ts';
import { changeRequest, finishRequest, loadRequest, refIn } from '../../requests/store.ts';
import { addressBehind } from '../../subject/addresses.ts';
import type { Subject } from '../../subject/identity.ts';
import { claimedReceiver, provenByAccount, provenByOfficer } from '../../subject/proven.ts';
import { generationOf } from '../../subject/pseudonym.ts';
import { outlivesAccount, suppress } from '../../subject/suppression.ts';
import type { Progress } from '../../systems/system.ts';
import { wakeOlder } from '../restriction/wake.ts';
import { objectionJobs, type ObjectionJob } from './job.ts';
import { holdsOf, tasksOf, type Objector } from './officers.ts';
import {
  endsOf,
  hasOrders,
  isCarriedOut,
  isToldAlready,
  objectedBy,
  recipientsToAsk,
  stillObjected,
  stoppedBy,
} from './plan.ts';
import { silence } from './silence.ts';
import { tell, tellLast } from './tell.ts';

/**
 * The steps of an objection that is carried out. Each runs twice harmlessly. A request that was
 * taken back before its first step objects to nothing.
 */

const DONE: Progress = { settled: [] };

/** Returns the person; null if the request was taken back, or an erasure of theirs has begun. */
async function objectorOf(context: Context, job: ObjectionJob): Promise<Objector | null> {
  const { uid, request } = job.input;
  const record = await loadRequest(context, request);
  if (record === null || !isCarriedOut(record)) return null;
  if (uid === '') return { record, subject: await subjectOf(context, job) };
  const latest = await latestHead(context, uid);
  if (!isStillOf(latest, chainOf(job))) return null;
  return { record, head: latest.head, subject: await subjectOf(context, job) };
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
 * messages of an address, or of a person under erasure, by the hash of the address.
 */
async function object(context: Context, job: ObjectionJob): Promise<Progress> {
  const { uid, request: key, purposes, at } = job.input;
  const taken = await changeRequest(context, key, (record) =>
    isCarriedOut(record) ? null : { answer: { ...record.answer, objectedAt: at } },
  );
  if (taken === null || !isCarriedOut(taken.record)) return DONE;
  const own = context.clients.own();
  const isKept = outlivesAccount(context.policy, purposes);
  if (uid === '') {
    if (isKept) await suppress(own, [claimedReceiver(await addressOf(context, job))], context.keys, at);
    return DONE;
  }
  const chain = chainOf(job);
  const { record } = taken;
  const id = `objected_${key.slice(chain.length + 1)}`;
  await recordObjection(context, { uid, chain, purposes, at, source: record.channel, by: objectedBy(record), id });
  const { chain: now, head } = await latestHead(context, uid);
  if (generationOf(now) !== generationOf(chain)) return DONE;
  if (erasureOf(head) === undefined) {
    // No open task lets a company use the data again for these purposes any more.
    await wakeOlder(context, { uid, chain, job: job.id, stops: true });
    return DONE;
  }
  if (!isKept) return DONE;
  await suppress(own, (await subjectOf(context, job)).verifiedEmails, context.keys, at);
  return DONE;
}

/** Stops the systems that write to the person. An erasure that runs ends their contacts itself. */
async function stop(context: Context, job: ObjectionJob, { deadline }: Run): Promise<Progress> {
  const objector = await objectorOf(context, job);
  if (objector === null) return DONE;
  const { uid, purposes, at } = job.input;
  const head = objector.head && (async () => (await objectorOf(context, job))?.head);
  return silence(context, { uid, chain: chainOf(job), subject: objector.subject, head, purposes, at }, deadline);
}

/**
 * Names the recipients without an interface that an officer has to tell. Of purposes that the
 * person said yes to since, nobody is told.
 */
async function ask(context: Context, job: ObjectionJob): Promise<Progress> {
  const objector = await objectorOf(context, job);
  if (objector === null) return DONE;
  const { purposes, at } = job.input;
  const { head } = objector;
  const holds = await holdsOf(context, job);
  return { settled: recipientsToAsk(context.policy, stillObjected(purposes, head), { at, head, holds }) };
}

/**
 * Makes the officers' tasks, and tells the person the result. Named are the purposes that have
 * stopped, that an officer still has to stop, or that go on by a later yes, and the recipients yet
 * to be told.
 */
async function answer(context: Context, job: ObjectionJob): Promise<Progress> {
  const objector = await objectorOf(context, job);
  if (objector === null) {
    await dropTasks(context, job.id, context.now());
    return DONE;
  }
  const { record, head } = objector;
  const { purposes } = job.input;
  const tasks = await tasksOf(context, job, objector);
  const open = tasks.filter(({ status }) => status === 'open');
  const ref = refIn(job.input);
  const objected = stillObjected(purposes, head);
  const saidYes = purposes.filter((id) => !objected.includes(id));
  const reason = objected.length === 0 ? 'saidYes' : 'done';
  if (!isToldAlready(record))
    await tell(
      context,
      { ref, record },
      { purposes, ...stoppedBy(context.policy, objected, tasks), saidYes, open, reason },
    );
  else if (open.length > 0) await finishRequest(context, ref, { status: 'waiting' });
  else await finishRequest(context, ref, { status: 'completed', reason });
  return DONE;
}

/**
 * Waits for the officers' tasks, then completes the request. A yes meanwhile closes its tasks. If
 * the person was told of companies that then have not stopped, a last answer names them.
 */
async function wait(context: Context, job: ObjectionJob): Promise<Progress> {
  if (!hasOrders(job)) return DONE;
  const objector = await objectorOf(context, job);
  if (objector === null) {
    await dropTasks(context, job.id, context.now());
    return DONE;
  }
  const { record, head } = objector;
  return untilClosed(context, await tasksOf(context, job, objector), async (tasks) => {
    // Nobody could be told: an officer answers with a letter.
    if (isFinal(record.status) || (!isToldAlready(record) && record.reply?.kind !== 'answered')) return DONE;
    const { purposes } = job.input;
    const objected = stillObjected(purposes, head);
    const ends = endsOf(context.policy, objected, tasks);
    if (ends !== undefined && !isToldAlready(record)) {
      const saidYes = purposes.filter((id) => !objected.includes(id));
      const stopped = objected.filter((id) => !ends.left.includes(id));
      await tellLast(context, { ref: refIn(job.input), record }, { purposes, stopped, saidYes, ends });
      return DONE;
    }
    const reason = ends !== undefined ? 'partly' : objected.length === 0 ? 'saidYes' : 'done';
    await finishRequest(context, refIn(job.input), { status: 'completed', reason });
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

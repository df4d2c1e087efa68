import { chainOf, type JobOf } from '../../jobs/define.ts';
import { sendNotice } from '../../messages/send.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { isSame, type Reply, type ReplyEnd } from '../../requests/reply.ts';
import { isExport } from '../../requests/request.ts';
import { endReply, loadRequest, mirror, personRef, refIn, type RequestRecord } from '../../requests/store.ts';
import type { Progress } from '../../systems/system.ts';
import { discardExport } from '../jobsOf.ts';
import { isCarriedOut } from '../objection/plan.ts';
import { endPause, endUpheld } from '../restriction/lift.ts';
import { nameOfRequest } from '../restriction/plan.ts';
import { addressOfPerson, isTheirs } from './find.ts';
import { replyJobs } from './job.ts';

/** The steps that tell a person an officer's decision. Each runs twice harmlessly. */

type ReplyJob = JobOf<typeof replyJobs>;

const DONE: Progress = { settled: [] };

/** The record, as far as it still has the reply of this job with its words. */
async function replyOf(
  context: Context,
  { input: { request, kind, at } }: ReplyJob,
): Promise<{ readonly record: RequestRecord; readonly reply: Reply } | null> {
  const record = await loadRequest(context, request);
  const reply = record?.reply;
  // A later reply has a job of its own.
  return record === null || reply?.words === undefined || !isSame(reply, { kind, at }) ? null : { record, reply };
}

/** Stops the work on an export that is refused, and removes everything that it has written. */
async function stop(context: Context, job: ReplyJob): Promise<Progress> {
  const record = await loadRequest(context, job.input.request);
  if (record?.status !== 'refused' || !isExport(record.type)) return DONE;
  await discardExport(context, refIn(job.input), chainOf(job), job.dueAt);
  return DONE;
}

/** Writes the decision and its words onto the person's own document. */
async function show(context: Context, job: ReplyJob): Promise<Progress> {
  const found = await replyOf(context, job);
  const person = { uid: job.input.uid, pseudonym: chainOf(job) };
  if (found !== null && (await isTheirs(context, person))) await mirror(context, refIn(job.input), found.record);
  return DONE;
}

/** Sends the words to the address that Auth verified, if any, and removes them from the record. */
async function send(context: Context, job: ReplyJob): Promise<Progress> {
  const found = await replyOf(context, job);
  if (found === null) return DONE;
  await endReply(context, job.input.request, job.input, await mailed(context, job, found.reply));
  return DONE;
}

async function mailed(context: Context, job: ReplyJob, reply: Reply): Promise<ReplyEnd> {
  const { id, input, createdAt } = job;
  const { words, language } = reply;
  const { uid, subjectKey } = input;
  const to = await addressOfPerson(context, { uid, pseudonym: chainOf(job), ...defined({ subjectKey }) });
  if (to === undefined || words === undefined) return 'noAddress';
  const addressed = { id, to, locale: language, since: createdAt };
  return sendNotice(context, addressed, 'a reply to a request', () => words);
}

/**
 * Ends the restriction that an objection brought, once the person was told (Art. 18(3)). Upheld, it
 * ends at once: its purposes have stopped for good. Refused, its end is announced by the letter
 * itself; a person whom the letter did not reach is told by a message of its own. So is one whose
 * objection an officer answered by hand.
 */
async function freed(context: Context, job: ReplyJob): Promise<Progress> {
  const { uid, request, kind, usedAgain: from } = job.input;
  const person = { uid, pseudonym: chainOf(job) };
  const record = await loadRequest(context, request);
  if (record === null || !(await isTheirs(context, person))) return DONE;
  const of = { uid, name: nameOfRequest(request, context.keys) };
  if (kind === 'refused') {
    const isTold = from !== undefined && (await hasReached(context, job, record));
    await endPause(context, of, { from, toldAt: isTold ? context.now() : undefined });
  } else if (isCarriedOut(record)) await endUpheld(context, of, context.now());
  else await endPause(context, of);
  return DONE;
}

/** True if the letter is in the app, has left by e-mail, or goes by post for want of both. */
async function hasReached(context: Context, job: ReplyJob, { reply }: RequestRecord): Promise<boolean> {
  if (reply?.end === 'sent' || reply?.end === 'noAddress') return true;
  return (await personRef(context.clients.app(), refIn(job.input)).get()).exists;
}

export const replyRunner = (context: Context) =>
  replyJobs.runner({
    stop: (job) => stop(context, job),
    document: (job) => show(context, job),
    mail: (job) => send(context, job),
    restriction: (job) => freed(context, job),
  });

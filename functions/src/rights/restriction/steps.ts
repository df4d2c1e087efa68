import { Timestamp } from 'firebase-admin/firestore';
import { sha256Hex } from '../../crypto/hash.ts';
import type { Runner } from '../../jobs/catalog.ts';
import { chainOf, runnerOf, type JobOf } from '../../jobs/define.ts';
import { createJob } from '../../jobs/store.ts';
import { isStillOf, latestHead } from '../../ledger/find.ts';
import { isRestricted } from '../../ledger/restriction/scope.ts';
import { restrictionsOf, restrictionsOn, type StatedRestriction } from '../../ledger/restriction/stated.ts';
import { liftText } from '../../messages/restriction.ts';
import { sendNotice, type NoticeText } from '../../messages/send.ts';
import { tellBy } from '../../officerTasks/recipients.ts';
import { dropTasks, makeTasks } from '../../officerTasks/store.ts';
import { sheetSubject } from '../../officerTasks/subject.ts';
import { ofJob, outcomesOf, toDo, type OfficerTask, type TaskOrder } from '../../officerTasks/task.ts';
import { untilClosed } from '../../officerTasks/wait.ts';
import type { Context } from '../../platform/context.ts';
import { PermanentError } from '../../platform/errors.ts';
import { noticeLanguage } from '../../policy/notices.ts';
import { isSame, type Reply } from '../../requests/reply.ts';
import { endReply, mirror, type RequestRef } from '../../requests/store.ts';
import { countryOfProfile, localeOf } from '../../subject/locale.ts';
import type { Progress } from '../../systems/system.ts';
import { addressOfPerson, isTheirs } from '../answers/find.ts';
import { readRequestIn, writeRequest } from '../written.ts';
import { liftJobs, recipientJobs } from './job.ts';
import { documentOf, stillStopped } from './lift.ts';
import { othersOf, overJob, pausedBy, restJob } from './plan.ts';
import { recipientsToTell, taskAt } from './recipients.ts';
import { carryOut, stoppedPurposes } from './set.ts';
import { wakeOlder } from './wake.ts';

/** The steps of restrictions: recipients are told, people are told, and what was announced ends. */

type RecipientJob = JobOf<typeof recipientJobs>;
type LiftJob = JobOf<typeof liftJobs>;

const NOTHING: Progress = { settled: [] };

/**
 * The restriction of a job, if the job's person is still the one with the uid; `gone` if they are
 * erased, or the uid is somebody else's.
 */
async function restrictionOf(
  context: Context,
  job: RecipientJob | LiftJob,
): Promise<StatedRestriction | undefined | 'gone'> {
  const { uid, name } = job.input;
  if (!isStillOf(await latestHead(context, uid), chainOf(job))) return 'gone';
  return (await restrictionsOf(context, uid)).all.get(name);
}

/**
 * Is the change still so of which the recipients are to be told? An end can be told while the
 * restriction itself goes on with a narrower scope.
 */
async function isNews(context: Context, job: RecipientJob): Promise<boolean> {
  const { change, at } = job.input;
  const found = await restrictionOf(context, job);
  if (found === 'gone') return false;
  return (found?.at === at) === (change === 'begun');
}

function ordersOf({ policy }: Context, job: RecipientJob): TaskOrder[] {
  const { change, purposes } = job.input;
  return recipientsToTell(policy, purposes).map((told) => ({
    for: { recipient: told.id },
    what: taskAt(policy, told, change),
    ...ofJob(job),
    by: tellBy(policy, told.recipient, job.createdAt),
  }));
}

/**
 * Is an end overtaken, since something else stops a part of the use by now? Nobody is told to begin
 * that again. A job of its own tells of the rest.
 */
async function isOvertaken(context: Context, job: RecipientJob): Promise<boolean> {
  const { uid, change, purposes = Object.keys(context.policy.purposes) } = job.input;
  if (change !== 'over') return false;
  const [running, objected] = [await restrictionsOn(context, uid), await stoppedPurposes(context, uid)];
  const stopped = purposes.filter((id) => isRestricted(running, id) || objected.includes(id));
  if (stopped.length === 0) return false;
  const rest = restJob(
    context.policy,
    job,
    purposes.filter((id) => !stopped.includes(id)),
  );
  if (rest !== undefined) await createJob(context, rest);
  return true;
}

async function tasksOf(context: Context, job: RecipientJob): Promise<readonly OfficerTask[] | null> {
  if (!(await isNews(context, job)) || (await isOvertaken(context, job))) return null;
  const subject = await sheetSubject(context, { uid: job.input.uid, pseudonym: chainOf(job) });
  return subject === null ? null : makeTasks(context, ordersOf(context, job), subject);
}

/** Makes a task for each recipient that hears of it from an officer alone (Art. 19). */
async function askRecipients(context: Context, job: RecipientJob): Promise<Progress> {
  const tasks = await tasksOf(context, job);
  const { uid, change } = job.input;
  if (tasks !== null) await wakeOlder(context, { uid, chain: chainOf(job), job: job.id, stops: change === 'begun' });
  return { settled: toDo(tasks ?? []) };
}

/**
 * Waits until the last of the tasks has ended, or its time is over. What is no longer so is told to
 * nobody: its open tasks are closed.
 *
 * @throws PermanentError `officer.sheetKey` if no public key for the sheets is set
 */
async function waitForOfficers(context: Context, job: RecipientJob): Promise<Progress> {
  const made = await tasksOf(context, job);
  if (made === null) {
    await dropTasks(context, job.id, context.now());
    return NOTHING;
  }
  return untilClosed(context, made, (tasks) => ({ settled: outcomesOf(tasks) }));
}

/** How long passes between the message and the end, at least. */
const gapOf = ({ input: { tellAt, liftsAt } }: LiftJob): number => liftsAt - tellAt;

/**
 * Tells the person that the restriction ends (Art. 18(3)): on their own document of the request,
 * and by e-mail. A message that leaves late names a later day.
 *
 * @throws PermanentError `restriction.untold` if nothing reaches them: nothing ends then
 */
async function tell(context: Context, job: LiftJob): Promise<Progress> {
  const { policy } = context;
  const { uid, at, tellAt, liftsAt } = job.input;
  const current = await restrictionOf(context, job);
  if (current === 'gone' || current?.lifting?.at !== at || current.lifting.toldAt !== undefined) return NOTHING;
  if (context.now() < tellAt) return { wait: tellAt, why: 'the person is told then that the restriction ends' };
  const from = Math.max(liftsAt, context.now() + gapOf(job));
  const { since, lifting } = current;
  const purposes = pausedBy(policy, current);
  const locale = lifting.language ?? (await localeOf(context, uid));
  const { language } = noticeLanguage(policy, locale);
  const country = await countryOfProfile(context, uid);
  const still = await stillStopped(context, job.input, current, from);
  const text = liftText(policy, { since, from, purposes, still, words: lifting.words, country }, language);

  const shown = await documentOf(context, uid, current);
  const reply: Reply = { kind: 'lifting', at: Timestamp.fromMillis(tellAt), language, sha256: sha256Hex(text.text) };
  if (shown !== null) await show(context, job, shown.ref, { ...reply, words: text });
  const sent = await mailed(context, job, language, text);
  if (shown !== null) await endReply(context, shown.ref.key, { kind: reply.kind, at: tellAt }, sent);
  if (sent !== 'sent' && shown === null && lifting.byPost !== true)
    throw new PermanentError(
      'restriction.untold',
      'nothing reaches this person, so that the restriction goes on: lift it with --page, and send the page by post',
    );
  return NOTHING;
}

/** Keeps the words with the request until the person's document has them, and puts them there. */
async function show(context: Context, job: LiftJob, ref: RequestRef, reply: Reply): Promise<void> {
  const record = await context.clients.own().runTransaction(async (tx) => {
    const known = await readRequestIn(tx, context, ref.key);
    if (known === undefined) return null;
    const isTold = known.reply?.end !== undefined && isSame(known.reply, { kind: reply.kind, at: reply.at.toMillis() });
    if (isTold) return null;
    const changed = { ...known, reply };
    writeRequest(tx, context, ref.key, changed);
    return changed;
  });
  const isThem = await isTheirs(context, { uid: ref.uid, pseudonym: chainOf(job) });
  if (record !== null && isThem) await mirror(context, ref, record);
}

async function mailed(context: Context, job: LiftJob, locale: string, text: NoticeText) {
  const { id, createdAt: since, input } = job;
  const to = await addressOfPerson(context, { uid: input.uid, pseudonym: chainOf(job) });
  if (to === undefined) return 'noAddress' as const;
  return sendNotice(context, { id, to, locale, since }, 'a message about a restriction', () => text);
}

/**
 * Ends the restriction when its day has come, and never sooner after the message than it said. An
 * order that came since counts, and this one no longer.
 */
async function lift(context: Context, job: LiftJob): Promise<Progress> {
  const { uid, name, at, liftsAt } = job.input;
  const toldAt = job.steps['tell']?.finishedAt ?? context.now();
  const from = Math.max(liftsAt, toldAt + gapOf(job));
  if ((await restrictionOf(context, job)) === 'gone') return NOTHING;
  if (context.now() < from) return { wait: from, why: 'the restriction ends then' };
  const { policy } = context;
  const stopped = await stoppedPurposes(context, uid);
  const { changed } = await carryOut(context, { uid, name }, ({ current, all, now }) => {
    if (current?.lifting?.at !== at) return null;
    const others = othersOf(all, name);
    const jobs = (chain: string) => [overJob(policy, { uid, name, chain }, current, { others, stopped }, now)];
    return { change: { next: null, actor: 'backend', toldAt: current.lifting.toldAt ?? toldAt }, jobs };
  });
  if (changed) context.log.info('restriction lifted', { job: job.id });
  return NOTHING;
}

export const restrictionRunner = (context: Context): Runner =>
  runnerOf(
    recipientJobs.runner({
      recipients: (job) => askRecipients(context, job),
      officers: (job) => waitForOfficers(context, job),
    }),
    liftJobs.runner({ tell: (job) => tell(context, job), lift: (job) => lift(context, job) }),
  );

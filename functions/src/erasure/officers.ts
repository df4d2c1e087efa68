import type { Job } from '../jobs/types.ts';
import { readingBack, walk } from '../jobs/eachRecord.ts';
import { holdsOn } from '../ledger/holds.ts';
import { tellErasure } from '../messages/erasure.ts';
import { closeOver, makeTasks } from '../officerTasks/store.ts';
import { closedOutcome, OFFICERS_STEP, orderOf, taskId, type Manual, type OfficerTask } from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { DAY_MS, type Instant } from '../platform/time.ts';
import { MAIL_SYSTEM } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import { finishRequestsOf } from '../requests/erased.ts';
import { holdableOf } from '../subject/hold.ts';
import type { Subject } from '../subject/identity.ts';
import { proveAgain } from '../subject/prove.ts';
import { stillProven } from '../subject/proven.ts';
import { isHeld } from '../systems/outcomes.ts';
import { visitPerson } from '../systems/person.ts';
import type { Change, Cursor, Outcome, Progress } from '../systems/system.ts';
import { hasAnswerTo } from './answerTo.ts';
import { issueCertificate } from './certificate/issue.ts';
import { untilOver } from './holdTasks/whileHeld.ts';
import { forgetRows } from './forget.ts';
import { accountOf, collectIdentity, type Identity } from './identity.ts';
import type { ErasureJob } from './job.ts';
import { recordsToErase } from './plan.ts';
import { resultOf } from './result.ts';

/** The officers' part of an erasure: tasks, the wait for them, the answer in part (Art. 12, 19). */

/** Returns the things that an officer still has to do, as the steps so far report them. Pure. */
export const manualParts = (policy: Policy, job: Job): Manual[] =>
  resultOf(policy, job, job.createdAt).flatMap(({ outcomes }) =>
    outcomes.flatMap((outcome) => (outcome.outcome === 'manual' ? [outcome] : [])),
  );

/**
 * Puts these questions to the recipients without an interface: makes the tasks, each with its
 * sheet.
 */
export async function askRecipients(
  context: Context,
  job: Job,
  who: () => Promise<Identity>,
  questions: readonly Outcome[],
): Promise<readonly Outcome[]> {
  const orders = questions.flatMap((outcome) => (outcome.outcome === 'manual' ? [orderOf(job, outcome)] : []));
  if (orders.length > 0) await makeTasks(context, orders, (await who()).subject);
  return questions;
}

/** The progress of the wait. */
interface Waiting {
  /** Everything was said that can be said before the wait. */
  readonly said?: boolean;
  /** When the person was told by e-mail, if they were. */
  readonly toldAt?: Instant;
  /** The mail system was looked at after that. */
  readonly looked?: boolean;
  /** The place of a walk over records. */
  readonly inner?: Cursor;
}

interface RunOfWait {
  readonly identity: Identity;
  readonly deadline: Instant;
}

/**
 * Waits for the officers' tasks of an erasure: until the last is closed, or its time is over. Looks
 * each day; an officer who closes one wakes it.
 *
 * Before the wait everything is said that can be said, each once: an interim certificate, the
 * answer to the requests in part, a message to the person. The rows of the backend's own go, so
 * that whoever gets the uid meanwhile is another person. From then on nothing is touched by the
 * uid. The message leaves a trace in the mail system, which is ended when its log has it.
 */
export async function waitForOfficers(
  context: Context,
  job: ErasureJob,
  { cursor, deadline }: { readonly cursor?: Cursor; readonly deadline: Instant },
): Promise<Progress> {
  const outcomes = manualParts(context.policy, job);
  if (outcomes.length === 0) return { settled: [] };
  const identity = await collectIdentity(context, job);
  const orders = outcomes.map((outcome) => orderOf(job, outcome));
  const tasks = await closeOver(context, await makeTasks(context, orders, identity.subject));
  const open = tasks.filter(({ status }) => status === 'open');
  const run = { identity, deadline };
  let state: Waiting = cursor ?? {};
  if (open.length > 0 && state.said !== true) {
    const said = await sayBefore(context, job, open, state, run);
    if ('progress' in said) return said.progress;
    state = said;
  }
  const lookAt = state.looked === true || state.toldAt === undefined ? undefined : state.toldAt + lagOf(context);
  if (lookAt !== undefined && context.now() >= lookAt) {
    const looked = await lookAtMail(context, job, state, run);
    if (!('settled' in looked)) return looked;
    state = { ...defined({ said: state.said, toldAt: state.toldAt }), looked: true };
  }
  const wakes = [...open.map(({ until }) => until), ...(state.looked === true ? [] : [lookAt ?? Infinity])];
  if (open.length > 0 || Math.min(...wakes) < Infinity) {
    const why = open.length > 0 ? `officers have to do ${open.length} more` : 'the message to the person is in a log';
    return { wait: Math.min(...wakes, context.now() + DAY_MS), why, cursor: { ...state } };
  }
  await finishRequestsOf(context, accountOf(job), { job: job.id });
  const byId = new Map(tasks.map((task) => [task.id, task]));
  return {
    settled: outcomes.flatMap((outcome) => {
      const task = byId.get(taskId(orderOf(job, outcome), context.keys));
      return task === undefined ? [] : closedOutcome(outcome, task);
    }),
  };
}

/** How long the mail system's log can lag: as long as late events can. */
const lagOf = ({ config }: Context): number => config.secondLookMs;

/** Says everything that can be said before the wait, and ends the backend's own rows by uid. */
async function sayBefore(
  context: Context,
  job: ErasureJob,
  open: readonly OfficerTask[],
  state: Waiting,
  run: RunOfWait,
): Promise<Waiting | { readonly progress: Progress }> {
  const forgotten = await forgetRows(context, job, { ...defined({ cursor: state.inner }), deadline: run.deadline });
  if (!('settled' in forgotten)) return { progress: within(forgotten, state) };
  await issueCertificate(context, job, { step: OFFICERS_STEP, subject: run.identity.subject });
  await finishRequestsOf(context, accountOf(job), { job: job.id, deleted: 'here', open: open.length }, 'inPart');
  const isTold = await tell(context, job, run.identity, open);
  return { said: true, ...(isTold ? { toldAt: context.now() } : { looked: true }) };
}

/** Keeps the place of a walk inside the place of the wait. */
function within(progress: Exclude<Progress, { settled: readonly Outcome[] }>, state: Waiting): Progress {
  return 'more' in progress
    ? { more: { ...state, inner: progress.more } }
    : { ...progress, cursor: { ...state, ...defined({ inner: progress.cursor }) } };
}

/** Tells the person at an address that still is theirs. False: there is none, or no mail. */
async function tell(context: Context, job: Job, identity: Identity, open: readonly OfficerTask[]): Promise<boolean> {
  const [to] = (await stillProven(context, identity.subject)).verifiedEmails;
  if (to === undefined) return false;
  const message = { id: `waiting_${job.id}`, to, locale: undefined, what: 'waiting' } as const;
  const since = job.steps['close']?.finishedAt ?? job.createdAt;
  const until = Math.max(...open.map((task) => task.until));
  const lastAnswer = await hasAnswerTo(context, job);
  return tellErasure(context, { ...message, until, open: open.length, since, lastAnswer });
}

/**
 * Ends what the message left in the mail system, by handles and addresses, never by the uid. If a
 * legal hold keeps it, waits for its end.
 */
async function lookAtMail(context: Context, job: Job, state: Waiting, run: RunOfWait): Promise<Progress> {
  const subject: Subject = await stillProven(context, run.identity.subject);
  const { handles } = proveAgain(subject, run.identity);
  const change: Change = { kind: 'erase', accountDeletedAt: accountOf(job).deletedAt };
  const holds = await holdsOn(context, holdableOf(subject));
  const actions = visitPerson(context, { subject, handles, holds }, change, run.deadline);
  const place = { ...defined({ cursor: state.inner }), deadline: run.deadline, now: context.now };
  const progress = await walk(recordsToErase(context.policy, MAIL_SYSTEM), readingBack(actions), place);
  if (!('settled' in progress)) return within(progress, state);
  if (!progress.settled.some(isHeld)) return progress;
  // From the beginning, when the holds may have ended.
  const { said, toldAt } = state;
  return { ...untilOver(context, holds), cursor: defined({ said, toldAt }), soFar: progress.settled };
}

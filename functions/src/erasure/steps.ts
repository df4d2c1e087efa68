import type { Runner } from '../jobs/catalog.ts';
import { cancel } from '../jobs/advance.ts';
import { changeJob, jobsIn } from '../jobs/store.ts';
import { runnerOf } from '../jobs/define.ts';
import { dropTasks } from '../officerTasks/store.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import type { Held, Job, Run } from '../jobs/types.ts';
import { readingBack, walk } from '../jobs/eachRecord.ts';
import { beginErasure, closeChain, hasBegun, openHead } from '../ledger/erasure.ts';
import type { Instant } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import type { JobKind } from '../platform/queues.ts';
import { addPeriod } from '../policy/calendar.ts';
import { tellErasure } from '../messages/erasure.ts';
import { endOfErasureEverywhere } from '../rectification/restricted.ts';
import { finishRequestsOf } from '../requests/erased.ts';
import { emailHash } from '../subject/emails.ts';
import { holdsOn } from '../ledger/holds.ts';
import { everyNameOfPerson } from '../subject/addresses.ts';
import { holdableOf, type Hold } from '../subject/hold.ts';
import { isUid } from '../subject/identity.ts';
import { localeOf } from '../subject/locale.ts';
import { addressOf } from '../subject/proven.ts';
import { keepObjection } from '../subject/suppression.ts';
import { bury, buryWithAddresses } from '../subject/tombstones.ts';
import { isHeld } from '../systems/outcomes.ts';
import { visitPerson, type RecordAction, type PersonActions } from '../systems/person.ts';
import { loadSystem } from '../systems/registry.ts';
import type { Change, NamedRecord, Outcome, Progress } from '../systems/system.ts';
import { breaker } from './circuitBreaker.ts';
import { issueCertificate } from './certificate/issue.ts';
import { askedLater, askedNow } from './holdTasks/plan.ts';
import { whileHeld } from './holdTasks/whileHeld.ts';
import { giveUp, type GivingUp } from './giveUp.ts';
import { grace, startFromRequest, takeBack } from './grace.ts';
import { accountOf, assertUidFree, collectAgain, collectIdentity, identityNow, type Identity } from './identity.ts';
import { answerJobs, erasureJobs, replayJobs, retainedJobs, startJobs, takeBackJobs, type ErasureJob } from './job.ts';
import { lostOutcomes, recordsToErase, retainedOutcomes, systemsOf } from './plan.ts';
import { askRecipients, manualParts, waitForOfficers } from './officers.ts';
import { hasAnswerTo, noteAnswerTo } from './answerTo.ts';
import { planLastAnswer, sendLastAnswer } from './lastAnswer.ts';
import { forget } from './forget.ts';
import { replayStep } from './restore/replay.ts';
import { endRetained, planFollowUps } from './followUps.ts';
import { startUnderNextChain } from './start.ts';
import { askedWords } from './starts/words.ts';
import { isOfRequests } from './starts/standing.ts';
import { wantedFrom, type RecordLate } from './starts/wanted.ts';

interface RunOfErasure extends Run {
  /** The person, as they were collected before anything was deleted: read once in a task. */
  readonly who: () => Promise<Identity>;
  /** Searches every system anew; ids proven since then count from here on. */
  readonly searchAnew: () => Promise<Identity>;
  /** The legal holds that run, as of some seconds ago at most. */
  readonly holds: () => Promise<readonly Hold[]>;
}

/**
 * The work on one record, for this step. Legal holds are asked each time; a record that a system
 * knows to be empty costs nothing more.
 */
async function actionsOn(
  context: Context,
  job: Job,
  { deadline, who, holds }: RunOfErasure,
): Promise<Pick<PersonActions, 'apply' | 'check'>> {
  const { subject, handles, refused } = await who();
  const change: Change = { kind: 'erase', accountDeletedAt: accountOf(job).deletedAt };
  const actions = visitPerson(context, { subject, handles, refused, holds: await holds() }, change, deadline);
  const absent = new Map<string, ReadonlySet<string>>();
  const isAbsent = async ({ id, record: { system } }: NamedRecord): Promise<boolean> => {
    const known =
      absent.get(system) ??
      (await (await loadSystem(system, context)).absent?.(recordsToErase(context.policy, system), { subject })) ??
      new Set();
    absent.set(system, known);
    return known.has(id);
  };
  const unlessAbsent =
    (action: RecordAction): RecordAction =>
    async (named, cursor) =>
      cursor === undefined && (await isAbsent(named))
        ? { settled: [{ record: named.id, count: 0, outcome: 'done' }] }
        : action(named, cursor);
  return { apply: unlessAbsent(actions.apply), check: unlessAbsent(actions.check) };
}

/**
 * Jobs that would still make copies of the person's data, or bring their answers anywhere, while
 * they are being erased.
 */
const STOPPED: ReadonlySet<JobKind> = new Set(['export', 'change', 'notice', 'rectify']);

/**
 * Marks the person as erased before the first byte goes: nothing that comes late brings anything
 * back. Stops all other work for them, under every pseudonym key.
 */
async function begin(context: Context, job: ErasureJob, recordLate: RecordLate): Promise<Progress> {
  const account = accountOf(job);
  const { uid, accountCreatedAt, deletedAt, pseudonym } = account;
  const own = context.clients.own();
  const by = { by: 'backend', now: context.now() } as const;
  const isStopped = async (why: string, of: GivingUp = by): Promise<Progress> => {
    await giveUp(context, job.id, of);
    if (isUid(uid)) await endOfErasureEverywhere(context, uid, job.id);
    context.log.error(`erasure is given up: ${why}, and its job did not know`, { job: job.id });
    return { settled: [] };
  };
  const from = (await hasBegun(context, pseudonym, accountCreatedAt)) ? 0 : await wantedFrom(context, job, recordLate);
  if (from !== null && from > context.now())
    return { wait: from, why: 'what began it first was taken back, and the rest can be until then' };
  if (from === null) {
    if (isOfRequests(job)) return isStopped('its request was taken back');
    await giveUp(context, job.id, by);
    context.log.info('erasure is given up: what began it was taken back, or the account is used again', {
      job: job.id,
    });
    return { settled: [] };
  }
  await assertUidFree(context, account);
  const { id, createdAt } = job;
  const beginning = await beginErasure(context, pseudonym, { job: id, createdAt }, { at: deletedAt, accountCreatedAt });
  // Whoever it was: an officer's decision must outlast an older version of the job.
  if (beginning === 'givenUp') return isStopped('it was given up before', { ...by, by: 'officer' });
  if (beginning === 'chainOfAnother') {
    await startUnderNextChain(context, job);
    return isStopped('its chain ends with another account, and it goes on under the next one');
  }
  await bury(context, pseudonym, { accountCreatedAt, deletedAt, job: job.id });
  const names = await everyNameOfPerson(context, account, pseudonym);
  const others = await own.collection('jobs').where('pseudonym', 'in', names).get();
  // A forged job among them runs nothing, so that it need not be stopped.
  for (const { id, kind, steps } of jobsIn(others.docs, context.keys).jobs) {
    if (STOPPED.has(kind)) await changeJob(context, id, (current) => cancel(current, context.now()));
    // Nobody waits for its task any more: the erasure has one of its own.
    if (kind === 'rectify' || (kind === 'change' && steps[OFFICERS_STEP] !== undefined))
      await dropTasks(context, id, context.now());
  }
  return { settled: [] };
}

/**
 * A hold that is set while a task runs counts from its next steps on. The steps of a person without
 * much data take less than this together.
 */
const HOLDS_FRESH_MS = 10_000;

async function identify(context: Context, job: ErasureJob, { who }: RunOfErasure): Promise<Progress> {
  const { subject } = await who();
  await noteAnswerTo(context, job);
  const { accountCreatedAt, deletedAt, pseudonym } = accountOf(job);
  const hashed = (all: readonly string[]) => all.map((email) => emailHash(email, context.keys));
  const verified: readonly string[] = subject.verifiedEmails;
  const former = holdableOf(subject).emails.filter((email) => !verified.includes(email));
  const mark = { accountCreatedAt, deletedAt, job: job.id, emails: hashed(verified) };
  await buryWithAddresses(context, pseudonym, {
    ...mark,
    ...(former.length === 0 ? {} : { formerEmails: hashed(former) }),
  });
  return { settled: [] };
}

async function endAccess(context: Context, { who }: RunOfErasure): Promise<Progress> {
  if (systemsOf(context.policy).includes('auth')) {
    const { subject } = await who();
    await (await import('../systems/auth/access.ts')).endAccess(context, subject);
  }
  return { settled: [] };
}

/**
 * Tells the person at an address that is proven to be theirs; a person without one sees it in the
 * app.
 */
async function tell(
  context: Context,
  job: ErasureJob,
  what: 'asked' | 'begun',
  { who }: RunOfErasure,
): Promise<Progress> {
  const { uid } = accountOf(job);
  // A message that came too late would say that it can still be taken back.
  if (what === 'asked' && context.now() >= job.input.graceUntil) return { settled: [] };
  const to =
    what === 'asked' && isUid(uid) ? await addressOf(context, accountOf(job)) : (await who()).subject.verifiedEmails[0];
  if (to === undefined) return { settled: [] };
  const until = what === 'asked' ? job.input.graceUntil : job.dueAt;
  const locale = isUid(uid) ? await localeOf(context, uid) : undefined;
  const lastAnswer = what === 'begun' && (await hasAnswerTo(context, job));
  // One that begins anew under the same id tells again.
  const id = `${what}_${job.id}_${job.createdAt}`;
  const since = job.steps['access']?.finishedAt ?? job.createdAt;
  const words = what === 'asked' ? await askedWords(context, job) : what;
  await tellErasure(context, { id, to, locale, what: words, until, lastAnswer, since });
  return { settled: [] };
}

/**
 * Keeps an objection to marketing, which outlives the erasure, by the hash of the address: before
 * the marketing systems forget the person (Art. 21(3)).
 */
async function keepWill(context: Context, job: Job, { who }: RunOfErasure): Promise<void> {
  const { subject, handles } = await who();
  const { deletedAt, pseudonym } = accountOf(job);
  const { current } = await openHead(context, pseudonym);
  const { contactObjected } = await import('../systems/brevo/objections.ts');
  const objected = await contactObjected(context, { subject, handles });
  await keepObjection(context, { subject, current, contactObjected: objected, at: deletedAt });
}

async function erase(context: Context, job: Job, system: string, run: RunOfErasure): Promise<Progress> {
  if (system === 'brevo' && run.cursor === undefined) await keepWill(context, job, run);
  return walk(recordsToErase(context.policy, system), (await actionsOn(context, job, run)).apply, {
    ...run,
    now: context.now,
  });
}

/** Reads every record back from every system, and ends rows again that are there again. */
async function check(context: Context, job: Job, run: RunOfErasure): Promise<Progress> {
  const records = systemsOf(context.policy).flatMap((system) => recordsToErase(context.policy, system));
  return walk(records, readingBack(await actionsOn(context, job, run)), { ...run, now: context.now });
}

/**
 * Returns the moment from which nothing of the account itself can be written any more, but for
 * writes on their way.
 */
const endOfAccount = (job: Job): Instant =>
  Math.max(accountOf(job).deletedAt, ...['access', 'auth'].map((step) => job.steps[step]?.finishedAt ?? 0));

/**
 * Searches every system anew and reads everything back. Search lags and servers write late: a
 * customer that was made a minute before, a row that a webhook wrote again.
 */
async function lookAgain(context: Context, job: Job, run: RunOfErasure): Promise<Progress> {
  if (run.cursor === undefined) await run.searchAnew();
  return check(context, job, run);
}

/**
 * When a further look comes, and the reason for the wait; undefined for any other step.
 *
 * - `secondLook`: when late documents and tokens of the account can no longer arrive. A device that
 * was offline can write until its token has ended.
 * - `thirdLook`: when other companies' servers have given up. They tell of rows that the look
 * before has ended, and try that again for days (`rights.thirdLook`).
 */
function lookOf({ config, policy }: Context, step: string, job: Job): { at: Instant; why: string } | undefined {
  const ended = endOfAccount(job);
  if (step === 'secondLook')
    return {
      at: ended + config.secondLookMs,
      why: 'late documents and tokens of the account can still arrive until then',
    };
  if (step !== 'thirdLook') return undefined;
  const from = Math.max(ended, job.steps['secondLook']?.finishedAt ?? 0);
  const { thirdLookMs } = config;
  const at =
    thirdLookMs === undefined
      ? addPeriod(from, policy.rights.thirdLook.period, policy.controller.timeZone)
      : from + thirdLookMs;
  return { at, why: 'servers of other companies can still write again until then' };
}

/** Returns the outcomes of a job's steps so far. */
const outcomesOf = (job: Job): Outcome[] => Object.values(job.steps).flatMap(({ outcomes }) => [...outcomes]);

/** Did a legal hold keep anything of this person? */
const wasHeld = (job: Job): boolean => outcomesOf(job).some(isHeld);

/**
 * Ends the rows that legal holds kept, when none runs any more, and asks the recipients that they
 * kept.
 */
async function holds(context: Context, job: ErasureJob, run: RunOfErasure): Promise<Progress> {
  const wait = await whileHeld(context, job, run.who);
  if (wait !== undefined) return wait;
  // None runs now: a list from some seconds ago may still have one that was lifted since.
  const progress = await check(context, job, { ...run, holds: async () => [] });
  if (!('settled' in progress)) return progress;
  const questions = askedLater(context.policy, job, context.now());
  return { settled: [...progress.settled, ...(await askRecipients(context, job, run.who, questions))] };
}

/**
 * The end of the person's chain: the entry that says so, and nothing after it. Their requests are
 * answered, unless officers have something to do: then they are with that.
 */
async function close(context: Context, job: Job): Promise<Progress> {
  const account = accountOf(job);
  const { accountCreatedAt, deletedAt, pseudonym } = account;
  await closeChain(context, pseudonym, job.id, { at: deletedAt, accountCreatedAt });
  await bury(context, pseudonym, { accountCreatedAt, deletedAt, job: job.id }, context.now());
  const identity = await collectIdentity(context, job);
  await planFollowUps(context, job, outcomesOf(job), identity);
  const lost = identity.subject.historyLost === true ? lostOutcomes(context.policy, job.createdAt) : [];
  if (lost.length === 0 && manualParts(context.policy, job).length === 0)
    await finishRequestsOf(context, account, { job: job.id });
  return { settled: [...retainedOutcomes(context.policy, deletedAt), ...lost] };
}

/**
 * The steps that need no look at anything: a further look that has to wait, a grace that is over,
 * no brake, nothing held, nothing for an officer.
 */
function instant(context: Context, step: string, job: ErasureJob, now: Instant): Progress | undefined {
  const look = lookOf(context, step, job);
  if (look !== undefined && now < look.at) return { wait: look.at, why: look.why };
  const isNothing =
    (step === 'breaker' && job.input.breaker === undefined) ||
    (step === 'grace' && now >= job.input.graceUntil) ||
    (step === 'holds' && !wasHeld(job)) ||
    (step === OFFICERS_STEP && manualParts(context.policy, job).length === 0);
  return isNothing ? { settled: [] } : undefined;
}

/**
 * Returns the runner of erasures.
 *
 * @param recordLate records a late answer before an erasure begins by the ledger
 */
export function erasureRunner(context: Context, recordLate: RecordLate): Runner {
  let running: { readonly at: number; readonly holds: readonly Hold[] } | undefined;
  const holdsFor = (who: RunOfErasure['who']) => async (): Promise<readonly Hold[]> => {
    if (running === undefined || context.now() - running.at > HOLDS_FRESH_MS)
      running = { at: context.now(), holds: await holdsOn(context, holdableOf((await who()).subject)) };
    return running.holds;
  };
  let known: Promise<Identity> | undefined;
  const remembered = (identity: Promise<Identity>): Promise<Identity> =>
    (known = identity.catch((error: unknown) => {
      known = undefined;
      throw error;
    }));
  const identityOf = (job: Job) => (): Promise<Identity> => known ?? remembered(identityNow(context, job));
  const steps: Readonly<Record<string, (job: ErasureJob, run: RunOfErasure) => Promise<Progress | Held>>> = {
    breaker: (job) => breaker(context, job),
    asked: (job, run) => tell(context, job, 'asked', run),
    grace: (job) => grace(context, job),
    begin: (job) => begin(context, job, recordLate),
    identity: (job, run) => identify(context, job, run),
    access: (_job, run) => endAccess(context, run),
    told: (job, run) => tell(context, job, 'begun', run),
    recipients: async (job, { who, holds }) => {
      const questions = askedNow(context.policy, job.createdAt, await holds());
      return { settled: await askRecipients(context, job, who, questions) };
    },
    check: (job, run) => check(context, job, run),
    secondLook: (job, run) => lookAgain(context, job, run),
    thirdLook: (job, run) => lookAgain(context, job, run),
    holds: (job, run) => holds(context, job, run),
    close: (job) => close(context, job),
    [OFFICERS_STEP]: (job, run) => waitForOfficers(context, job, run),
    certificate: async (job) => {
      const { subject } = await collectIdentity(context, job);
      return { settled: await issueCertificate(context, job, { step: 'certificate', subject }) };
    },
    forget: async (job, run) => {
      const progress = await forget(context, job, run);
      if ('settled' in progress) await planLastAnswer(context, job);
      return progress;
    },
  };
  return runnerOf(
    startJobs.runner({ start: (job) => startFromRequest(context, job) }),
    takeBackJobs.runner({ takeBack: (job) => takeBack(context, job) }),
    retainedJobs.runner({ ended: (job, run) => endRetained(context, job, run) }),
    answerJobs.runner({ lastAnswer: (job) => sendLastAnswer(context, job) }),
    replayJobs.runner({
      replay: (job, run) => replayStep(context, job, 'replay', run),
      replayCheck: (job, run) => replayStep(context, job, 'replayCheck', run),
    }),
    erasureJobs.runner(
      {},
      {
        instant: (step, job, now) => instant(context, step, job, now),
        run: async (step, job, task) => {
          const quick = instant(context, step, job, context.now());
          if (quick !== undefined) return quick;
          const who = identityOf(job);
          const searchAnew = () => remembered(who().then((before) => collectAgain(context, job, before)));
          const run: RunOfErasure = { ...task, who, searchAnew, holds: holdsFor(who) };
          const work = steps[step];
          return work === undefined ? erase(context, job, step, run) : work(job, run);
        },
      },
    ),
  );
}

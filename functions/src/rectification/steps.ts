import type { Runner } from '../jobs/catalog.ts';
import type { Run } from '../jobs/types.ts';
import type { Head } from '../ledger/chain.ts';
import { allowedNow } from '../ledger/restriction/allowed.ts';
import { restrictionsOn } from '../ledger/restriction/stated.ts';
import { allowedIn, isTakenBack } from '../ledger/standing.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { messageChannels } from '../policy/purposes/marketing.ts';
import type { Instant } from '../platform/time.ts';
import { profileOf, valuesFor, type MirrorValues } from './mirrors.ts';
import type { Subject } from '../subject/identity.ts';
import { provenByAccount } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { visitPerson } from '../systems/person.ts';
import type { Change, NamedRecord, Progress } from '../systems/system.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import { rectifyJobs, type RectifyJob } from './job.ts';
import { leftOver, officersPart } from './officers.ts';
import { chainNow, isLaterAccount, untilReleased } from './standing.ts';

const NOTHING: Progress = { settled: [] };

/**
 * Carries a person's values to a record of another system. They are read when the step runs, and
 * once more behind the call: if they have changed meanwhile, they are carried again. So whichever
 * of two jobs calls last, it leaves the newest values there.
 *
 * Nothing is carried of somebody who is being erased; of somebody whose processing is restricted
 * (Art. 18(2)) only when that has ended. A page that has written notes may have changed something
 * there. So the answers are compared behind the last page as well, and during a restriction the
 * system is asked without values: no block is lost.
 */
async function carry(context: Context, job: RectifyJob, run: Run): Promise<Progress> {
  const { uid, record: id = '', request } = job.input;
  const record = Object.hasOwn(context.policy.records, id) ? context.policy.records[id] : undefined;
  // The policy has changed since.
  if (record?.mirrors === undefined) return NOTHING;
  const now = await chainNow(context, uid);
  if (now === undefined) return NOTHING;
  const isRestricted = (await restrictionsOn(context, uid)).length > 0;
  if (isRestricted && run.cursor === undefined) return untilReleased(context);
  const named = { id, record };
  const before = await valuesNow(context, job, named);
  if (before === null) return NOTHING;
  const { system } = record;
  const answers = await answersNow(context, { uid, system, head: now.head });
  const change: Change = {
    kind: 'rectify',
    values: isRestricted ? {} : before.values,
    ...defined({
      // Only the answer to a request names recipients that were told.
      lacking: request === undefined || isRestricted ? undefined : before.lacking,
      ...answers,
    }),
  };
  const progress = await visitPerson(context, { subject: before.subject }, change, run.deadline).apply(
    named,
    run.cursor,
  );
  if (!('settled' in progress)) return progress;
  if (isRestricted) return untilReleased(context);
  const after = await valuesNow(context, job, named);
  const head = run.cursor === undefined ? undefined : (await chainNow(context, uid))?.head;
  if (after === null) return progress;
  const isNewest =
    isSame(after, before) &&
    (head === undefined ||
      JSON.stringify(answers) === JSON.stringify(await answersNow(context, { uid, system, head })));
  // The cursor keeps the notes of the pages before.
  return isNewest ? progress : { more: run.cursor ?? {} };
}

/** The answers to messages through a system. */
interface Answers {
  readonly messagesSince?: Instant;
  readonly refusesMessages?: boolean;
}

/**
 * Since when the person may be written to, or that they said no. If their latest head has no yes,
 * nothing more is asked.
 */
async function answersNow(
  context: Context,
  { uid, system, head }: { readonly uid: string; readonly system: string; readonly head: Head },
): Promise<Answers> {
  const { policy } = context;
  if (!allowedIn(policy, system, head).messages)
    return messageChannels(policy).some((purpose) => isTakenBack(head.current[purpose]))
      ? { refusesMessages: true }
      : {};
  return defined({ messagesSince: (await allowedNow(context, uid, system)).messagesSince });
}

const isSame = (one: MirrorValues, other: MirrorValues): boolean =>
  JSON.stringify([one.values, one.lacking]) === JSON.stringify([other.values, other.lacking]);

/**
 * The person, proven, with the values that a record should have; null: the account is gone, or is
 * another one than that of the job.
 */
async function valuesNow(
  context: Context,
  job: RectifyJob,
  named: NamedRecord,
): Promise<(MirrorValues & { readonly subject: Subject }) | null> {
  const { clients, policy, keys } = context;
  const { uid } = job.input;
  const { subject, account } = await provenByAccount(context, { uid, pseudonym: pseudonymOf(uid, keys) });
  if (account === null || isLaterAccount(subject, job)) return null;
  const path = profileOf(policy, uid);
  const profile = path === null ? undefined : (await clients.app().doc(path).get()).data();
  return { subject, ...valuesFor(named, profile, subject.verifiedEmails[0]) };
}

export const rectifyRunner = (context: Context): Runner =>
  rectifyJobs.runner(
    {
      carry: (job, run) => carry(context, job, run),
      [OFFICERS_STEP]: (job) => officersPart(context, job),
    },
    {
      // Nothing was left over for an officer: the step costs nothing.
      instant: (step, job) =>
        step === OFFICERS_STEP && job.input.record !== undefined && leftOver(job).length === 0
          ? { settled: [] }
          : undefined,
    },
  );

import type { Runner } from '../jobs/catalog.ts';
import { runnerOf } from '../jobs/define.ts';
import { answeredJobs, askJobs, changeJobs, type ChangeJob } from './job.ts';
import type { Run } from '../jobs/types.ts';
import { erasureOf, type Head } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { record } from '../ledger/store.ts';
import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import { PermanentError } from '../platform/errors.ts';
import { recordOfEffect } from '../policy/lookup.ts';
import { allowedNow } from '../ledger/restriction/allowed.ts';
import { allowedIn } from '../ledger/standing.ts';
import { uidAlone, type Subject } from '../subject/identity.ts';
import { forgetKnown } from '../subject/known.ts';
import { prove } from '../subject/prove.ts';
import { proveAndLearn } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { visitPerson } from '../systems/person.ts';
import { loadSystem } from '../systems/registry.ts';
import type { Change, Progress } from '../systems/system.ts';
import { mark, notify } from './askAgain.ts';
import { effectEntry, END_STEPS, RECIPIENT_STEPS, SERVICE_STEPS } from './effects.ts';
import { endRecords, LOOKS } from './endRecords.ts';
import { tellRecipients } from './recipients/steps.ts';
import { followService } from './service.ts';
import { tellAnswer } from './told.ts';

/**
 * Carries the allowed use to another system. The ledger counts as it is when the step runs, with
 * every consent that steers this system, never the event that started it. So changes that overtake
 * each other end in the same state. An answer about a restricted purpose is used for nothing
 * (Art. 18(2)). The system's answer goes into the ledger, with its time.
 */
async function carry(context: Context, job: ChangeJob, systemId: string, run: Run): Promise<Progress> {
  const { uid, purpose } = job.input;
  const system = await loadSystem(systemId, context);
  const named = recordOfEffect(context.policy, systemId, purpose);
  if (named === undefined)
    throw new PermanentError('no_record', `the policy has no record of ${systemId} for the purpose ${purpose}`);
  const apply = async (subject: Subject, change: Change): Promise<Progress> => {
    const person = { subject, ...prove(subject, await system.find(subject)) };
    return visitPerson(context, person, change, run.deadline).apply(named, run.cursor);
  };

  const { head } = await latestHead(context, uid);
  if (erasureOf(head)) return takeBack(context, uid, head, apply);
  const { subject, account } = await proveAndLearn(context, { uid, pseudonym: pseudonymOf(uid, context.keys) });
  // The account is gone and its erasure has not begun yet: it will speak with every system itself.
  if (account === null) return { settled: [] };

  const allowed = await answersOf(context, uid, systemId, head);
  const decidedAt = allowed.since[purpose];
  const change: Change = {
    kind: 'consent',
    purpose,
    granted: allowed.contact,
    silent: !allowed.messages,
    email: subject.verifiedEmails[0],
    ...defined({ decidedAt, messagesSince: allowed.messagesSince }),
  };
  const progress = await apply(subject, change);
  // The erasure may have begun, and have asked this system, while the call was under way.
  const { head: after } = await latestHead(context, uid);
  if (erasureOf(after)) return takeBack(context, uid, after, apply);
  if ('settled' in progress) {
    const of = { purpose, system: systemId, reason: job.id };
    const entry = effectEntry(of, allowed, progress.settled, context.now());
    await record(context, uid, `${job.id}_${systemId}`, () => ({ record: entry }));
  }
  return progress;
}

/** Reads the uses that the answers allow now. After a no nothing is left to restrict. */
async function answersOf(context: Context, uid: string, system: string, head: Head) {
  const answers = { ...allowedIn(context.policy, system, head), since: head.since };
  return answers.contact || answers.messages ? allowedNow(context, uid, system) : answers;
}

/**
 * The person was erased, or is being erased, while an answer of theirs was on its way. Ends again
 * everything that this job may have made under their uid, now or in an attempt that died. Nothing
 * brings an erased person back.
 *
 * @param apply brings a change to the one record that the step is about
 */
async function takeBack(
  context: Context,
  uid: string,
  head: Head,
  apply: (subject: Subject, change: Change) => Promise<Progress>,
): Promise<Progress> {
  const erased = erasureOf(head);
  if (erased === undefined) return { settled: [] };
  const { at, accountCreatedAt: createdAt } = erased;
  const subject = uidAlone({ uid, pseudonym: pseudonymOf(uid, context.keys), accountCreatedAt: createdAt });
  const progress = await apply(subject, { kind: 'erase', accountDeletedAt: at });
  // While the erasure is at work it needs the person's identity, and forgets it itself.
  if (head.closed) await forgetKnown(context, subject);
  return progress;
}

/**
 * True if a step ends records; the other steps of a change are named after the system that they
 * speak with.
 */
const isEnding = (step: string): boolean => step.startsWith(END_STEPS.records) || LOOKS.has(step);

const isOfService = (step: string): boolean => Object.values<string>(SERVICE_STEPS).includes(step);

export const changeRunner = (context: Context): Runner =>
  runnerOf(
    askJobs.runner({ mark: (job) => mark(context, job), notify: (job) => notify(context, job) }),
    answeredJobs.runner({ answered: (job) => tellAnswer(context, job) }),
    changeJobs.runner(
      {},
      {
        run: (step, job, run) => {
          if (RECIPIENT_STEPS.includes(step)) return tellRecipients(context, job, step);
          if (isEnding(step)) return endRecords(context, job, step, run);
          return isOfService(step) ? followService(context, job, step) : carry(context, job, step, run);
        },
      },
    ),
  );

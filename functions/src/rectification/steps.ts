import type { Runner } from '../jobs/catalog.ts';
import type { Run } from '../jobs/types.ts';
import type { Context } from '../platform/context.ts';
import { profileOf, valuesFor } from './mirrors.ts';
import type { Subject } from '../subject/identity.ts';
import { provenByAccount } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { visitPerson } from '../systems/person.ts';
import type { NamedRecord, Progress } from '../systems/system.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import { rectifyJobs, type RectifyJob } from './job.ts';
import { leftOver, officersPart } from './officers.ts';
import { isGone, whileRestricted } from './standing.ts';

const NOTHING: Progress = { settled: [] };

/**
 * Carries a person's values to a record of another system. They are read when the step runs, and
 * once more behind the call: if they have changed meanwhile, they are carried again. So whichever
 * of two jobs calls last, it leaves the newest values there.
 *
 * Nothing is carried of somebody who is being erased; of somebody whose processing is restricted
 * (Art. 18(2)) only when that has ended.
 */
async function carry(context: Context, job: RectifyJob, run: Run): Promise<Progress> {
  const { uid, record: id = '' } = job.input;
  const record = Object.hasOwn(context.policy.records, id) ? context.policy.records[id] : undefined;
  // The policy has changed since.
  if (record?.mirrors === undefined || (await isGone(context, uid))) return NOTHING;
  const restricted = await whileRestricted(context, uid);
  if (restricted !== undefined) return restricted;
  const named = { id, record };
  const before = await valuesNow(context, uid, named);
  if (before === null) return NOTHING;
  const change = { kind: 'rectify', values: before.values } as const;
  const progress = await visitPerson(context, { subject: before.subject }, change, run.deadline).apply(
    named,
    run.cursor,
  );
  if (!('settled' in progress)) return progress;
  const after = await valuesNow(context, uid, named);
  const isNewest = after === null || JSON.stringify(after.values) === JSON.stringify(before.values);
  return isNewest ? progress : { more: run.cursor ?? {} };
}

/** The person, proven, with the values that a record should have; null: the account is gone. */
async function valuesNow(
  context: Context,
  uid: string,
  named: NamedRecord,
): Promise<{ readonly subject: Subject; readonly values: Readonly<Record<string, string>> } | null> {
  const { clients, policy, keys } = context;
  const { subject, account } = await provenByAccount(context, { uid, pseudonym: pseudonymOf(uid, keys) });
  if (account === null) return null;
  const path = profileOf(policy, uid);
  const profile = path === null ? undefined : (await clients.app().doc(path).get()).data();
  return { subject, values: valuesFor(named, profile, subject.verifiedEmails[0]) };
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

import type { JobPlan } from '../../jobs/catalog.ts';
import { chainOf } from '../../jobs/define.ts';
import type { Job } from '../../jobs/types.ts';
import { BACKEND } from '../../officerTasks/plan.ts';
import { isStore, tellBy } from '../../officerTasks/recipients.ts';
import { OFFICERS_STEP, ofJob, type OfficerTask, type TaskOrder } from '../../officerTasks/task.ts';
import { eventKey } from '../../platform/intake.ts';
import type { Instant } from '../../platform/time.ts';
import { answerBy } from '../../policy/calendar.ts';
import type { Policy, Recipient, RecipientId, RecordId } from '../../policy/schema.ts';
import type { Hold } from '../../subject/hold.ts';
import type { Outcome } from '../../systems/system.ts';
import { inLanguages } from '../../texts/index.ts';
import { manualOutcomes } from '../plan.ts';
import { keepJobs, overJobs, type KeepJob, type OverJob } from './job.ts';

/** Decides about the recipients of a person's data under a legal hold: pure. */

/**
 * Lists the recipients that can have data of the held records: those of their systems, and those of
 * their purposes. The project's own stores ask the hold themselves, before each deletion.
 *
 * @param records absent: all of them
 */
export function recipientsOf(policy: Policy, records?: readonly RecordId[]): RecipientId[] {
  const held = records?.flatMap((id) => (Object.hasOwn(policy.records, id) ? (policy.records[id] ?? []) : []));
  const purposes = held?.flatMap((record) => record.purposes);
  const systems = held?.map(({ system }) => system);
  const isMeant = ({ reach, purposes: theirs }: Recipient): boolean => {
    const reached = 'systems' in reach ? reach.systems : [];
    if (reached.length > 0 && reached.every(isStore)) return false;
    if (purposes === undefined) return true;
    const isReached = reached.some((system) => !isStore(system) && systems?.includes(system));
    return isReached || theirs.some((purpose) => purposes.includes(purpose));
  };
  return Object.entries(policy.recipients).flatMap(([id, recipient]) => (isMeant(recipient) ? [id] : []));
}

/** The hold that keeps a recipient from being asked to delete: the one that runs longest. */
function holdAt(policy: Policy, recipient: RecipientId, holds: readonly Hold[]): Hold | undefined {
  const isMeant = ({ record }: Hold): boolean =>
    record === undefined || recipientsOf(policy, [record]).includes(recipient);
  return holds.filter(isMeant).sort((a, b) => (b.until ?? Infinity) - (a.until ?? Infinity))[0];
}

/** True if a hold among these keeps data at a recipient. */
export const isHeldAt = (policy: Policy, recipient: RecipientId, holds: readonly Hold[]): boolean =>
  holdAt(policy, recipient, holds) !== undefined;

/**
 * Returns the questions to the recipients without an interface as an erasure puts them now. Those
 * that a legal hold keeps are asked when it is over.
 */
export const askedNow = (policy: Policy, now: Instant, holds: readonly Hold[]): Outcome[] =>
  manualOutcomes(policy, now).map((outcome): Outcome => {
    const hold = 'recipient' in outcome ? holdAt(policy, outcome.recipient, holds) : undefined;
    if (hold === undefined || !('recipient' in outcome)) return outcome;
    const { recipient, count } = outcome;
    const { ground, until = null } = hold;
    return { recipient, count, outcome: 'retained', ground, until, held: true };
  });

/** Returns the questions to those that a hold kept, when none runs any more. */
export function askedLater(policy: Policy, job: Job, now: Instant): Outcome[] {
  const outcomes = job.steps['recipients']?.outcomes ?? [];
  const isKept = (id: RecipientId): boolean =>
    outcomes.some((one) => one.outcome === 'retained' && 'recipient' in one && one.recipient === id);
  return manualOutcomes(policy, now).filter((one) => 'recipient' in one && isKept(one.recipient));
}

/** The id of the job that tells recipients of a hold: one for each hold. */
export const keepJobId = (hold: string): string => `hold_${eventKey(hold)}`;

/** True of a task that a job of a legal hold made; and of one about its end. */
export const isOfHold = ({ job }: Pick<OfficerTask, 'job'>): boolean => job.startsWith('hold_');
export const isOver = ({ job }: Pick<OfficerTask, 'job'>): boolean => job.endsWith(OVER);

/** The end of the id of the job that tells recipients that a hold is over. */
const OVER = '_over';

/** The job that tells the recipients of a hold that is set. */
export const keepJob = (policy: Policy, input: KeepJob['input'], chain: string, now: Instant): JobPlan =>
  keepJobs.plan({
    id: keepJobId(input.hold),
    pseudonym: chain,
    input,
    dueAt: answerBy(policy, now),
    steps: [{ id: 'recipients' }, { id: 'hold', after: ['recipients'] }],
  });

/**
 * The job that tells these recipients that the hold of another job is over.
 *
 * @param name begins its id: that of the other job, or of a later telling
 */
export function overJob(
  policy: Policy,
  job: KeepJob | OverJob,
  recipients: readonly RecipientId[],
  now: Instant,
  name = job.id,
): JobPlan {
  const { uid, subjectKey, accountCreatedAt, hold } = job.input;
  return overJobs.plan({
    id: `${name}${OVER}`,
    pseudonym: chainOf(job),
    input: { uid, subjectKey, accountCreatedAt, hold, recipients: [...recipients] },
    dueAt: answerBy(policy, now),
    steps: [{ id: 'over' }, { id: OFFICERS_STEP, after: ['over'] }],
  });
}

/** Does an open task say that a hold is over, although one of these holds keeps data there? */
export const isEarly = (policy: Policy, task: OfficerTask, holds: readonly Hold[]): boolean =>
  isOver(task) && task.status === 'open' && 'recipient' in task.for && isHeldAt(policy, task.for.recipient, holds);

/** The job that tells these recipients of an end later: another hold has begun since. */
export const laterJob = (policy: Policy, job: OverJob, early: readonly OfficerTask[], now: Instant): JobPlan => {
  const recipients = early.flatMap(({ for: part }) => ('recipient' in part ? [part.recipient] : []));
  const name = `hold_${eventKey(`${job.id} ${[...recipients].sort().join(' ')}`)}`;
  return overJob(policy, job, recipients, now, name);
};

/**
 * True if a recipient may keep data because it was told of a hold. `unconfirmed`: it was asked, or
 * the time was over and nobody noted whether it was.
 */
const mayKeep = ({ status }: OfficerTask): boolean => status === 'done' || status === 'unconfirmed';

/** The recipients to tell that a hold is over: nobody who was never told of it. */
export const toldOf = (tasks: readonly OfficerTask[]): RecipientId[] =>
  tasks.flatMap((task) => ('recipient' in task.for && mayKeep(task) ? [task.for.recipient] : []));

/**
 * Lists the recipients that hear by these tasks that the holds are over: the newest task there says
 * so, and an officer has it, or had it. If the backend closed it, nobody may have told them.
 */
export function hearingOf(tasks: readonly OfficerTask[]): ReadonlySet<RecipientId> {
  const isHeard = (task: OfficerTask): boolean =>
    task.status === 'open' || (isOver(task) ? task.closedBy !== BACKEND : mayKeep(task));
  // Of two from one moment, the order to keep is the newer one.
  const byAge = (a: OfficerTask, b: OfficerTask): number =>
    a.createdAt - b.createdAt || Number(isOver(b)) - Number(isOver(a));
  const newest = new Map<RecipientId, OfficerTask>();
  for (const task of tasks.filter(isHeard).sort(byAge))
    if ('recipient' in task.for) newest.set(task.for.recipient, task);
  return new Set([...newest].flatMap(([id, task]) => (isOver(task) ? [id] : [])));
}

/**
 * The officer's task at each of these recipients, also at one that the policy has no more.
 *
 * @param from when its time begins; absent: with the job
 */
export const ordersAt = (
  policy: Policy,
  job: KeepJob | OverJob,
  recipients: readonly RecipientId[],
  change: 'begun' | 'over',
  from: Instant = job.createdAt,
): TaskOrder[] =>
  recipients.map((id) => {
    const recipient = Object.hasOwn(policy.recipients, id) ? policy.recipients[id] : undefined;
    return {
      for: { recipient: id },
      what: inLanguages(policy, ({ officer }) => officer.hold[change](recipient?.name ?? id)),
      ...ofJob(job),
      isUnhurried: true,
      by: recipient === undefined ? answerBy(policy, from) : tellBy(policy, recipient, from),
    };
  });

import type { Context } from '../platform/context.ts';
import { defined } from '../platform/defined.ts';
import type { Instant } from '../platform/time.ts';
import { addPeriod } from '../policy/calendar.ts';
import type { Policy } from '../policy/schema.ts';
import { isOfExport, needsReason, taskId, type ClosedAs, type OfficerTask, type TaskOrder } from './task.ts';

/** The life of an officer's task as pure functions: the store applies them in transactions. */

/**
 * Returns a new task. Its time is over after `rights.officerSheetsKept`.
 *
 * @param config shortens the time of an erasure's task in tests
 */
export function newTask(
  { policy, keys, config: { officerTasksMs } }: Pick<Context, 'policy' | 'keys' | 'config'>,
  order: TaskOrder,
  now: Instant,
): OfficerTask {
  const { for: part, what, job, pseudonym, by, consent, isUnhurried = false } = order;
  const until =
    officerTasksMs === undefined || isOfExport(part) || isUnhurried
      ? addPeriod(now, policy.rights.officerSheetsKept.period, policy.controller.timeZone)
      : now + officerTasksMs;
  const about = { for: part, what, job, pseudonym, ...defined({ consent }) };
  return { id: taskId(order, keys), ...about, createdAt: now, by, until, status: 'open' };
}

/** Closes a task whose time is over, or that nobody needs any more. */
export const BACKEND = 'backend';

/** The end of a task: by an officer's pseudonym, or by `backend`. */
export interface Closing {
  readonly as: ClosedAs;
  readonly by: string;
  readonly note?: string;
  readonly proof?: string;
}

/** The reasons for which a task is not closed in a way. */
export type Refusal =
  /** It is closed, perhaps in another way: the first one counts. */
  | 'closed'
  /** Only a recipient that is a controller of its own is excused (Art. 19). */
  | 'notAController'
  /** Art. 19 asks for the reason, and so does a person whom somebody said no to. */
  | 'noReason'
  /** A part of an export is done when it is added, or when there is nothing to add. */
  | 'toAdd'
  /** A look at rows ends by an answer that gives them, and by no word. */
  | 'toLook'
  /** Art. 15 and 20 do not weigh the effort. */
  | 'ofExport';

/** Returns a task after its end; or the reason for which it does not end so. A task ends once. */
export function closed(policy: Policy, task: OfficerTask, closing: Closing, now: Instant): OfficerTask | Refusal {
  const { as, note, by } = closing;
  const isPart = isOfExport(task.for);
  if (task.status !== 'open') return 'closed';
  if ('look' in task.for && by !== BACKEND) return 'toLook';
  if (isPart && as === 'done') return 'toAdd';
  if (isPart && as === 'disproportionate') return 'ofExport';
  const isExcuse = as === 'impossible' || as === 'disproportionate';
  if (isExcuse && !isPart && !isOwnController(policy, task)) return 'notAController';
  if (needsReason(as) && (note === undefined || note.trim() === '')) return 'noReason';
  return ended(task, closing, now);
}

/** An end as it is written. No officer ends a task as `notNeeded`. */
type Ending = Omit<Closing, 'as'> & { readonly as: ClosedAs | 'notNeeded' };

function ended(task: OfficerTask, { as, by, note, proof }: Ending, now: Instant): OfficerTask | 'closed' {
  if (task.status !== 'open') return 'closed';
  return { ...task, status: as, closedAt: now, closedBy: by, ...defined({ note, proof }) };
}

/**
 * Returns the task of an export's part that an officer has added, or that has nothing to add; or
 * that it had ended before.
 */
export const added = (task: OfficerTask, by: Pick<Closing, 'by' | 'proof'>, now: Instant): OfficerTask | 'closed' =>
  ended(task, { ...by, as: 'done' }, now);

/**
 * Returns a task after its job was given up: `unconfirmed`. With a note its reason is over, so that
 * nobody has to be asked any more: `notNeeded`. Or that it had ended before.
 */
export const dropped = (task: OfficerTask, now: Instant, note?: string): OfficerTask | 'closed' =>
  ended(task, { as: note === undefined ? 'unconfirmed' : 'notNeeded', by: BACKEND, ...defined({ note }) }, now);

/** Does the task go to a controller of its own? A processor acts as it is told (Art. 28(3)(e)). */
function isOwnController(policy: Policy, { for: part }: OfficerTask): boolean {
  if (!('recipient' in part) || !Object.hasOwn(policy.recipients, part.recipient)) return false;
  return policy.recipients[part.recipient]?.role === 'controller';
}

/** Is a task open although its time is over? */
export const isOver = ({ status, until }: OfficerTask, now: Instant): boolean => status === 'open' && until <= now;

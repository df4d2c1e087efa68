import type { Context } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { done } from './outcomes.ts';
import { endsRows } from './rowFate.ts';
import { manualForChange } from './officerTasks.ts';
import type { Change, NamedRecord, Outcome, Progress, Scope, System } from './system.ts';

/**
 * The reason of a visit to rows: to end or change them, to read back that it was done, or to
 * foretell it and touch nothing.
 */
export type Mode = 'end' | 'check' | 'preview';

/** Visits a record's rows for a change that can end them. */
export type VisitRows<C extends Change = Change> = (
  context: Context,
  record: NamedRecord,
  scope: Scope,
  change: C,
  mode: Mode,
) => Promise<Progress>;

/** The correction of a person's own values, by the system's names of them. */
export type Correction = Extract<Change, { kind: 'rectify' }>;

/** Visits a record's rows to correct the values that they have of the person (`mirrors`). */
export type CorrectRows = VisitRows<Correction>;

/** True if a correction is about nothing: no value is to be set, and none to be looked at. */
export const isEmpty = ({ values, lacking = [] }: Correction): boolean =>
  Object.keys(values).length === 0 && lacking.length === 0;

/**
 * The rows that have each corrected value now, and the officer's part. A row that has a value still
 * which the person has not is in both: nobody was told of that before the officer has looked. The
 * same outcomes when it is asked again.
 */
export const corrected = ({ id }: NamedRecord, count: number, forOfficer: readonly Outcome[]): Outcome[] => [
  ...(count > 0 || forOfficer.length === 0 ? [done(id, count, 'changed')] : []),
  ...forOfficer,
];

/**
 * Answers the three questions about a change by one walk over the rows. A change that ends nothing
 * here is an officer's or concerns no row.
 *
 * @param correct absent: the system has no correction of its own
 */
export function answersOf(
  context: Context,
  visit: VisitRows,
  correct?: CorrectRows,
): Pick<System, 'apply' | 'check' | 'preview'> {
  const answer = async (record: NamedRecord, scope: Scope, change: Change, mode: Mode): Promise<Progress> => {
    if (change.kind === 'rectify' && correct !== undefined && record.record.mirrors !== undefined)
      return correct(context, record, scope, change, mode);
    return endsRows(record, change)
      ? visit(context, record, scope, change, mode)
      : { settled: manualForChange(record, scope, change) };
  };
  return {
    apply: (record, scope, change) => answer(record, scope, change, 'end'),
    check: (record, scope, change) => answer(record, scope, change, 'check'),
    preview: (record, scope, change) => foreseen(scope, (fresh) => answer(record, fresh, change, 'preview')),
  };
}

/** Returns the result of a visit that touches nothing, from the beginning to the end. */
export async function foreseen(scope: Scope, visit: (scope: Scope) => Promise<Progress>): Promise<readonly Outcome[]> {
  const { policy, subject, handles, refused = [], holds = [], now } = scope;
  const progress = await visit({ policy, subject, handles, refused, holds, now, deadline: Infinity });
  if ('settled' in progress) return progress.settled;
  throw new ComplianceError('preview', 'a preview waits for nothing');
}

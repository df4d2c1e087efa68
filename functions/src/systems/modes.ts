import type { Context } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { endsRows } from './rowFate.ts';
import { manualForChange } from './officerTasks.ts';
import type { Change, NamedRecord, Outcome, Progress, Scope, System } from './system.ts';

/**
 * The reason of a visit to rows: to end them, to read back that they ended, or to foretell their
 * end and touch nothing.
 */
export type Mode = 'end' | 'check' | 'preview';

/** Visits a record's rows for a change that can end them. */
export type VisitRows = (
  context: Context,
  record: NamedRecord,
  scope: Scope,
  change: Change,
  mode: Mode,
) => Promise<Progress>;

/**
 * Answers the three questions about a change by one walk over the rows. A change that ends nothing
 * here is an officer's or concerns no row.
 */
export function answersOf(context: Context, visit: VisitRows): Pick<System, 'apply' | 'check' | 'preview'> {
  const answer = async (record: NamedRecord, scope: Scope, change: Change, mode: Mode): Promise<Progress> =>
    endsRows(record, change)
      ? visit(context, record, scope, change, mode)
      : { settled: manualForChange(record, scope, change) };
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

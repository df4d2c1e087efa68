import type { Instant } from '../platform/time.ts';
import { answerBy } from '../policy/calendar.ts';
import type { RecordId, Text } from '../policy/schema.ts';
import type { RefusalReason } from '../subject/identity.ts';
import { inLanguages, type Texts } from '../texts/index.ts';
import type { Change, NamedRecord, Outcome, Scope, SystemId } from './system.ts';

/**
 * A task for an officer if a system cannot do it; no text of it names a person, at most an id of
 * the other system.
 */
export type Task = keyof Texts['officer']['tasks'];

/** A part for an officer, by the policy's period for requests unless told otherwise. */
export const manual = (
  record: RecordId,
  scope: Scope,
  count: number,
  what: Task | Text,
  by: Instant = answerBy(scope.policy, scope.now),
): Outcome => ({
  record,
  count,
  outcome: 'manual',
  what: typeof what === 'string' ? inLanguages(scope.policy, ({ officer }) => officer.tasks[what]) : what,
  by,
});

/** Candidates that a system found and that could not be proven to be the person's. */
export const manualForRefused = (named: NamedRecord, scope: Scope, system: SystemId): Outcome[] =>
  (scope.refused ?? [])
    .filter(({ candidate }) => candidate.system === system)
    .map(({ candidate, reason }) => manualForDoubted(named, scope, system, candidate.id, reason));

/** Things that were proven to be the person's, and name somebody else when they would end. */
export const manualForAnothers = (
  named: NamedRecord,
  scope: Scope,
  system: SystemId,
  ids: readonly string[],
): Outcome[] => ids.map((id) => manualForDoubted(named, scope, system, id, 'namesSomebodyElse'));

function manualForDoubted({ id }: NamedRecord, scope: Scope, system: SystemId, thing: string, reason: RefusalReason) {
  const what = inLanguages(scope.policy, ({ officer }) => officer.refused(system, thing, officer.why[reason]));
  return manual(id, scope, 1, what);
}

/** Rows that name an address of the person that proves nothing, and no account. */
export function manualForUnproven(id: RecordId, scope: Scope, count: number, reason: RefusalReason): Outcome {
  const what = inLanguages(scope.policy, ({ officer }) => officer.unproven(officer.why[reason]));
  return manual(id, scope, count, what);
}

/** Returns a system's answer to a change that it has no way to make; none if it concerns no row. */
export const manualForChange = ({ id }: NamedRecord, scope: Scope, { kind }: Change): Outcome[] =>
  kind === 'rectify' || kind === 'restrict' ? [manual(id, scope, 0, kind)] : [];

import type { Instant } from '../platform/time.ts';
import { answerBy } from '../policy/calendar.ts';
import type { RecordId, Text } from '../policy/schema.ts';
import type { RefusalReason } from '../subject/identity.ts';
import { inLanguages, type Texts } from '../texts/index.ts';
import type { Change, NamedRecord, Outcome, Refusal, Scope, SystemId } from './system.ts';

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
export function manualForRefused({ id }: NamedRecord, scope: Scope, system: SystemId): Outcome[] {
  const refused = (scope.refused ?? []).filter(({ candidate }) => candidate.system === system);
  return refused.map(({ candidate, reason }: Refusal) =>
    manual(
      id,
      scope,
      1,
      inLanguages(scope.policy, ({ officer }) => officer.refused(system, candidate.id, officer.why[reason])),
    ),
  );
}

/** Things that were proven to be the person's, and name somebody else when they would end. */
export const manualForAnothers = (
  named: NamedRecord,
  scope: Scope,
  system: SystemId,
  ids: readonly string[],
): Outcome[] =>
  manualForRefused(
    named,
    {
      ...scope,
      refused: ids.map((id) => ({
        candidate: { system, id, by: 'uid' as const },
        reason: 'namesSomebodyElse' as const,
      })),
    },
    system,
  );

/** Rows that name an address of the person that proves nothing, and no account. */
export const manualForUnproven = (id: RecordId, scope: Scope, count: number, reason: RefusalReason): Outcome =>
  manual(
    id,
    scope,
    count,
    inLanguages(scope.policy, ({ officer }) => officer.unproven(officer.why[reason])),
  );

/**
 * Returns a system's answer to a change that it has no way to make; null: the change does not
 * concern its rows.
 */
export function manualForChange({ id }: NamedRecord, scope: Scope, change: Change): Outcome[] {
  switch (change.kind) {
    case 'rectify':
      return [manual(id, scope, 0, 'rectify')];
    case 'restrict':
      return [manual(id, scope, 0, 'restrict')];
    case 'erase':
    case 'consent':
    case 'lapse':
      return [];
  }
}

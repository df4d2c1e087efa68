import type { JobPlan } from '../jobs/catalog.ts';
import type { Instant } from '../platform/clock.ts';
import { addPeriod, calendarOf, periodEnd } from '../policy/calendar.ts';
import {
  allRecords,
  databaseOf,
  manualRecipients,
  recordsOfSystem,
  systemIds,
  type NamedRecord,
} from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import type { Outcome, SystemId } from '../systems/system.ts';

/** An account that is gone. */
export interface DeletedAccount {
  readonly uid: string;
  /** The name of its ledger chain. */
  readonly pseudonym: string;
  /** Whole seconds since the epoch; null where nobody knows it any more. */
  readonly accountCreatedAt: number | null;
  readonly deletedAt: Instant;
}

/** Other companies first, then files, then documents: what leads to the next place is deleted last. Auth ends the list. */
const ORDER: readonly SystemId[] = ['stripe', 'brevo', 'storage', 'firestore', 'auth'];

/** Does this record hold rows of one person by name? The backend's records under a pseudonym do not: they have a fate of their own. */
const isPersonal = ({ record: { subject } }: NamedRecord): boolean =>
  'pathVariable' in subject || 'field' in subject || 'handle' in subject;

/** The records of a system that an erasure reaches while it still needs to know who the person is. */
export function recordsToErase(policy: Policy, system: SystemId): NamedRecord[] {
  return recordsOfSystem(policy, system).filter(
    (named) => isPersonal(named) && databaseOf(named.record) === '(default)',
  );
}

/** What the backend itself knows of a person by uid: it leads to everything else, and goes last. */
export function recordsToForget(policy: Policy): NamedRecord[] {
  return allRecords(policy).filter((named) => isPersonal(named) && databaseOf(named.record) === 'compliance');
}

/** The systems that hold records of a person, in the order in which they are erased. */
export function systemsOf(policy: Policy): SystemId[] {
  const used = systemIds(policy).filter((system) => recordsToErase(policy, system).length > 0);
  const rank = (system: SystemId): number => (ORDER.includes(system) ? ORDER.indexOf(system) : 0);
  return used.sort((a, b) => rank(a) - rank(b));
}

/** The id of an erasure: of a uid and the creation time of its account, so that two starts are one and a uid that is used again is another. */
export function erasureId({
  pseudonym,
  accountCreatedAt,
}: Pick<DeletedAccount, 'pseudonym' | 'accountCreatedAt'>): string {
  return `erasure_${pseudonym}_${accountCreatedAt ?? 'unknown'}`;
}

/**
 * The erasure of an account (Art. 17) as a job. Every system is asked by itself: one that fails holds up the end, not the others.
 * Order that makes failure safe: what identifies the person elsewhere is collected before anything is deleted, and goes last.
 */
export function planErasure(policy: Policy, account: DeletedAccount, now: Instant): JobPlan {
  const { uid, accountCreatedAt, deletedAt, pseudonym } = account;
  const systems = systemsOf(policy).map((system) => ({ id: system, after: ['identity'] }));
  const all = systems.map(({ id }) => id);
  return {
    id: erasureId(account),
    kind: 'erasure',
    pseudonym,
    input: { uid, accountCreatedAt, deletedAt },
    dueAt: addPeriod(now, policy.rights.answerWithin.period, policy.controller.timeZone),
    steps: [
      { id: 'begin' },
      { id: 'identity', after: ['begin'] },
      { id: 'recipients', after: ['identity'] },
      ...systems,
      { id: 'check', after: all },
      { id: 'secondLook', after: ['check'] },
      { id: 'close', after: ['secondLook', 'recipients'] },
      { id: 'forget', after: ['close'] },
    ],
  };
}

/** What an officer has to ask of the recipients that this backend cannot reach (Art. 17(2), Art. 19). */
export function manualOutcomes(policy: Policy, now: Instant): Outcome[] {
  return manualRecipients(policy).map(({ id, manual, within }) => ({
    recipient: id,
    count: 0,
    outcome: 'manual',
    what: manual,
    by: addPeriod(now, within, policy.controller.timeZone),
  }));
}

/** What stays of the person in the backend's own database, under the pseudonym, on which ground and until when. */
export function retainedOutcomes(policy: Policy, deletedAt: Instant): Outcome[] {
  const calendar = calendarOf(policy);
  return allRecords(policy).flatMap(({ id, record }): Outcome[] => {
    if (!('pseudonymVariable' in record.subject)) return [];
    return record.fate.flatMap(({ when, after, then }): Outcome[] => {
      if (then.do !== 'retain' || !('event' in when) || when.event !== 'accountDeleted') return [];
      return [
        {
          record: id,
          count: 1,
          outcome: 'retained',
          ground: then.ground,
          until: periodEnd(deletedAt, after, calendar),
        },
      ];
    });
  });
}

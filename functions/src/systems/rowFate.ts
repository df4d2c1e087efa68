import type { Instant } from '../platform/time.ts';
import { defined } from '../platform/defined.ts';
import { fate, noFacts, type Facts, type Fate } from '../policy/fate.ts';
import { endingTogether } from '../policy/lookup.ts';
import { isShared } from '../policy/parties.ts';
import type { Policy, PolicyRecord } from '../policy/schema.ts';
import type { Change, Hold, NamedRecord, Scope } from './system.ts';

/** Times of one row by the fields that the record's fate counts from, in epoch milliseconds. */
export type RowTimes = Record<string, Instant | undefined>;

/**
 * Can this change end rows of this record? An erasure can; a withdrawal, inactivity or the end of a
 * contract can if the record's fate counts from it.
 */
export const endsRows = ({ record }: NamedRecord, change: Change): boolean =>
  change.kind === 'erase' ||
  (change.kind === 'lapse' && record.fate.some(({ when }) => 'event' in when && when.event === change.event)) ||
  (change.kind === 'consent' &&
    !change.granted &&
    record.fate.some(({ when }) => 'withdrawn' in when && when.withdrawn === change.purpose));

/** The fields of a row that decide when it ends. */
export const fateFields = (record: PolicyRecord): string[] => [
  ...new Set(record.fate.flatMap(({ when }) => ('field' in when ? [when.field] : []))),
];

/** The times of a row that its fate counts from, as its system tells them. */
export const timesBy = (record: PolicyRecord, timeIn: (field: string) => Instant | undefined): RowTimes =>
  Object.fromEntries(fateFields(record).map((field) => [field, timeIn(field)]));

/** A time that a system tells as a text, in epoch milliseconds; anything else is no time. */
export function parsedTime(value: unknown): Instant | undefined {
  const millis = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(millis) ? undefined : millis;
}

/** Can a row of this record end in this way? */
export const canEndBy = (record: PolicyRecord, what: 'anonymise' | 'archive'): boolean =>
  record.fate.some(({ then }) => then.do === what);

/** The legal holds on a record, or on something that ends with its rows. */
function holdsOf(named: NamedRecord, { policy, holds = [] }: Scope): readonly Hold[] {
  if (holds.length === 0) return holds;
  const together = endingTogether(policy, named);
  return holds.filter(({ record }) => record === undefined || together.has(record));
}

/**
 * Returns the legal hold on everything in a record whose time has come: the one that runs longest;
 * null if none runs.
 */
export function holdOn(named: NamedRecord, scope: Scope): Extract<Fate, { kind: 'retain' }> | null {
  const last = holdsOf(named, scope).reduce<Hold | undefined>(
    (a, b) => (a && (a.until ?? Infinity) >= (b.until ?? Infinity) ? a : b),
    undefined,
  );
  if (last === undefined || (last.until ?? Infinity) <= scope.now) return null;
  return { kind: 'retain', ground: last.ground, ...defined({ until: last.until }) };
}

function eventsOf(change: Change): Facts['events'] {
  if (change.kind === 'erase') return { accountDeleted: change.accountDeletedAt };
  return change.kind === 'lapse' ? { [change.event]: change.at } : {};
}

/**
 * Asks `fate()` for the end of a row of the person under this change.
 *
 * @param others true if the row has other subjects, too
 */
export function fateOf(named: NamedRecord, scope: Scope, change: Change, times: RowTimes, others = false): Fate {
  const facts: Facts = {
    ...noFacts,
    values: times,
    events: eventsOf(change),
    withdrawn: change.kind === 'consent' && !change.granted ? { [change.purpose]: change.decidedAt ?? scope.now } : {},
    holds: [...holdsOf(named, scope)],
    others,
  };
  return fate(named.record, facts, scope.now, scope.policy.controller);
}

/**
 * Returns the end of every row of the person under this change, if no field of a row has a say in
 * it; null if one has. No other rule puts off a deletion that has come, unless it retains or
 * archives.
 */
export function fateOfAll(named: NamedRecord, scope: Scope, change: Change): Fate | null {
  // Each row says itself if others are in it.
  if (isShared(named.record)) return null;
  const bySight = named.record.fate.filter(({ when }) => 'field' in when);
  const fate = fateOf(named, scope, change, {});
  if (bySight.length === 0) return fate;
  const isSettled = fate.kind === 'retain' || (fate.kind === 'end' && fate.then.do === 'delete');
  return isSettled && bySight.every(({ then }) => then.do === 'delete' || then.do === 'anonymise') ? fate : null;
}

/** Returns the end of anybody's row by time alone. */
export const fateByTime = (record: PolicyRecord, policy: Policy, now: Instant, times: RowTimes): Fate =>
  fate(record, { ...noFacts, values: times }, now, policy.controller);

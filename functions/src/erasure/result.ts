import { worstState, type CertificateState } from './certificate/state.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import type { Job, StepId } from '../jobs/types.ts';
import type { Instant } from '../platform/time.ts';
import { allRecords } from '../policy/lookup.ts';
import type { Policy, RecipientId, RecordId } from '../policy/schema.ts';
import type { Outcome, OutcomeOf } from '../systems/system.ts';
import { recordsToErase, recordsToForget, systemsOf } from './plan.ts';

/** Outcomes that no step reported: the last step settles `pending`; nothing settles `unknown`. */
interface Silent {
  readonly outcome: 'pending' | 'unknown';
  readonly count: 0;
}

/**
 * A final outcome, and when the last step had finished that said something about it (null: none has
 * yet).
 */
export type Settled = (Outcome & { readonly at: Instant | null }) | (OutcomeOf & Silent);

interface Ended {
  readonly state: CertificateState;
  readonly outcomes: readonly Settled[];
  /** An officer, another company or the end of a ground is over its date. */
  readonly overdue: boolean;
}

export interface RecordResult extends Ended {
  readonly record: RecordId;
}

export interface RecipientResult extends Ended {
  readonly recipient: RecipientId;
  readonly by: 'interface' | 'officer';
  /** By an interface: the records with its own outcomes. */
  readonly records: readonly RecordId[];
}

/** The final result for a record, or for the question to a recipient. */
export type Result = RecordResult | RecipientResult;

/**
 * Steps without results: those that prepare an erasure, and those that follow from
 * its results. The others are systems.
 */
const NO_RESULT: ReadonlySet<StepId> = new Set([
  ...['start', 'takeBack', 'ended', 'breaker', 'asked', 'grace', 'begin', 'identity', 'access', 'told', 'certificate'],
]);
/** Steps that read back the present rows. */
const READING_BACK: readonly StepId[] = ['check', 'secondLook', 'thirdLook', 'holds'];
/** It asks recipients; those that a legal hold keeps are asked by `holds`. */
const ASKING: StepId = 'recipients';
const AFTERWARDS: readonly StepId[] = ['close', OFFICERS_STEP, 'forget'];

/** One step's report on one thing. */
interface StepReport {
  readonly step: StepId;
  readonly at: Instant | null;
  readonly outcomes: readonly Outcome[];
}

/**
 * Returns the final result for each record of a person and for the question to each recipient, over
 * the steps of an erasure. Pure.
 *
 * - Rows that a system ended count as `done` only if its step is finished and `check` has read the
 * record back; rows that later steps ended are added.
 * - For `retained` and `submitted` the last step that looked counts. So `holds` decides about held
 * rows.
 * - An officer's task (`manual`) stays one until the step `officers` says how it ended. By the
 * earliest date that was given.
 * - Every record that names the person has an entry, and every recipient of the policy: `unknown`
 * if no step said anything. The backend's own knowledge by uid goes with the last step, and is
 * `pending` until then.
 *
 * @param now tells which are overdue
 * @returns records in the order of the policy, then recipients
 */
export function resultOf(policy: Policy, job: Job, now: Instant): Result[] {
  const systems = Object.keys(job.steps).filter(
    (id) => !NO_RESULT.has(id) && ![ASKING, ...READING_BACK, ...AFTERWARDS].includes(id),
  );
  const reports = new Map<string, StepReport[]>();
  for (const step of [...systems, ASKING, ...READING_BACK, ...AFTERWARDS]) {
    for (const [key, part] of reportsOf(job, step)) reports.set(key, [...(reports.get(key) ?? []), part]);
  }
  const erased = new Set(systemsOf(policy).flatMap((id) => recordsToErase(policy, id).map((named) => named.id)));
  const forgotten = new Set(recordsToForget(policy).map(({ id }) => id));
  const known = allRecords(policy).map(({ id }) => id);
  const others = [...reports.keys()].flatMap((key) => (key.startsWith('record ') ? [key.slice(7)] : []));
  const records = [...new Set([...known, ...others])].flatMap((record): RecordResult[] => {
    const parts = reports.get(`record ${record}`) ?? [];
    const isForgotten = forgotten.has(record);
    if (parts.length === 0 && !erased.has(record) && !isForgotten) return [];
    const readBack = erased.has(record) || parts.some(({ step }) => systems.includes(step));
    return [{ record, ...ended({ record }, parts, { systems, readBack, pending: isForgotten }, now) }];
  });
  return [...records, ...recipientsOf(policy, reports, records, now)];
}

/**
 * Returns a finished step's reports, by their subjects. Of a step that is not finished nothing is
 * `done` yet.
 */
function reportsOf(job: Job, id: StepId): Map<string, StepReport> {
  const step = job.steps[id];
  const found = new Map<string, Outcome[]>();
  for (const outcome of step?.outcomes ?? []) {
    if (step?.state !== 'done' && outcome.outcome === 'done') continue;
    const key = 'record' in outcome ? `record ${outcome.record}` : `recipient ${outcome.recipient}`;
    found.set(key, [...(found.get(key) ?? []), outcome]);
  }
  const at = step?.state === 'done' ? (step.finishedAt ?? null) : null;
  return new Map([...found].map(([key, outcomes]) => [key, { step: id, at, outcomes }]));
}

interface Rules {
  readonly systems: readonly StepId[];
  /** Nothing of it is done before it was read back. */
  readonly readBack: boolean;
  /** It goes with the last step. */
  readonly pending: boolean;
}

function ended(of: OutcomeOf, parts: readonly StepReport[], rules: Rules, now: Instant): Ended {
  const by = (steps: readonly StepId[]): boolean => parts.some(({ step, at }) => steps.includes(step) && at !== null);
  const isDone = rules.readBack ? by(rules.systems) && by(['check']) : by([ASKING, ...AFTERWARDS, ...rules.systems]);
  const outcomes: Settled[] = [
    ...(isDone ? doneIn(of, parts) : []),
    ...retainedAndSubmitted(parts),
    ...closedIn(parts),
    ...manualIn(parts),
  ];
  if (!isDone && (rules.readBack || outcomes.length === 0))
    outcomes.push({ ...of, outcome: rules.pending ? 'pending' : 'unknown', count: 0 });
  else if (outcomes.length === 0) outcomes.push({ ...of, outcome: 'done', count: 0, at: lastOf(parts) });
  return {
    outcomes,
    state: worstState(outcomes.map(({ outcome }) => outcome)),
    overdue: outcomes.some((outcome) => isOverdue(outcome, now)),
  };
}

const lastOf = (parts: readonly StepReport[]): Instant | null =>
  parts.reduce<Instant | null>((last, { at }) => (at === null ? last : Math.max(at, last ?? at)), null);

/** Returns the ended rows, by how they ended, all steps together. */
function doneIn(of: OutcomeOf, parts: readonly StepReport[]): Settled[] {
  const counts = new Map<string | undefined, number>();
  for (const { outcomes } of parts)
    for (const outcome of outcomes)
      if (outcome.outcome === 'done' && outcome.how !== 'confirmed')
        counts.set(outcome.how, (counts.get(outcome.how) ?? 0) + outcome.count);
  const at = lastOf(parts);
  return [...counts].flatMap(([how, count]): Settled[] =>
    count === 0 ? [] : [{ ...of, outcome: 'done', count, at, ...(how === undefined ? {} : { how: how as 'deleted' }) }],
  );
}

/** Outcomes of things that are there still. */
const LASTING: ReadonlySet<Outcome['outcome']> = new Set(['retained', 'submitted', 'expiring']);

/**
 * Returns the kept rows, and those that another company works on: as the last step that looked
 * says, with the additions of the steps after that. One that did not look takes nothing back.
 */
function retainedAndSubmitted(parts: readonly StepReport[]): Settled[] {
  const later = parts.filter(({ step }) => AFTERWARDS.includes(step));
  const last = parts.filter((part) => !later.includes(part)).slice(-1);
  return [...last, ...later].flatMap(({ outcomes, at }) =>
    outcomes.flatMap((outcome): Settled[] => (LASTING.has(outcome.outcome) ? [{ ...outcome, at }] : [])),
  );
}

/** The report of the step that waited for the officers, when it has ended. */
const officersIn = (parts: readonly StepReport[]): number =>
  parts.findIndex(({ step, at }) => step === OFFICERS_STEP && at !== null);

/** Returns the ends of the officer's tasks. */
function closedIn(parts: readonly StepReport[]): Settled[] {
  const report = parts[officersIn(parts)];
  return (report?.outcomes ?? []).map((outcome) => ({ ...outcome, at: report?.at ?? null }));
}

/**
 * Returns the officer's tasks that are open: each once, as it was last put, by the earliest date.
 * Those from before the step `officers` have ended with it.
 */
function manualIn(parts: readonly StepReport[]): Settled[] {
  const tasks = new Map<string, Extract<Settled, { outcome: 'manual' }>>();
  for (const { outcomes, at } of parts.slice(officersIn(parts) + 1)) {
    for (const outcome of outcomes) {
      if (outcome.outcome !== 'manual') continue;
      const key = JSON.stringify(Object.entries(outcome.what).sort());
      const by = Math.min(outcome.by, tasks.get(key)?.by ?? Infinity);
      tasks.set(key, { ...outcome, by, at });
    }
  }
  return [...tasks.values()];
}

function isOverdue(outcome: Settled, now: Instant): boolean {
  switch (outcome.outcome) {
    case 'submitted':
      return outcome.finishBy < now;
    case 'manual':
      return outcome.by < now;
    case 'retained':
      return outcome.until !== null && outcome.until < now;
    case 'done':
    case 'expiring':
    case 'unconfirmed':
    case 'refused':
    case 'impossible':
    case 'disproportionate':
    case 'pending':
    case 'unknown':
      return false;
  }
}

/** Returns every recipient of the policy (Art. 19), and every other one that a step spoke of. */
function recipientsOf(
  policy: Policy,
  reports: ReadonlyMap<string, StepReport[]>,
  records: readonly RecordResult[],
  now: Instant,
): RecipientResult[] {
  const others = [...reports.keys()].flatMap((key) => (key.startsWith('recipient ') ? [key.slice(10)] : []));
  return [...new Set([...Object.keys(policy.recipients), ...others])].map((recipient) => {
    const reach = Object.hasOwn(policy.recipients, recipient) ? policy.recipients[recipient]?.reach : undefined;
    const systems = reach !== undefined && 'systems' in reach ? reach.systems : [];
    const reached = records.filter(({ record }) => systems.includes(policy.records[record]?.system ?? ''));
    const parts = reports.get(`recipient ${recipient}`) ?? [];
    const rules = { systems: [], readBack: false, pending: false };
    // Reached by an interface and asked by an officer as well: both count.
    const own =
      parts.length > 0 || reached.length === 0
        ? ended({ recipient }, parts, rules, now)
        : { outcomes: [], overdue: false };
    return {
      recipient,
      by: systems.length > 0 ? ('interface' as const) : ('officer' as const),
      records: reached.map(({ record }) => record),
      outcomes: own.outcomes,
      state: worstState([...reached.map(({ state }) => state), ...own.outcomes.map(({ outcome }) => outcome)]),
      overdue: own.overdue || reached.some((result) => result.overdue),
    };
  });
}

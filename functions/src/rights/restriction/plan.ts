import type { JobPlan } from '../../jobs/catalog.ts';
import { chainOf, type JobOf } from '../../jobs/define.ts';
import type { OrderedBy } from '../../ledger/entry.ts';
import type { Stated, StatedRestriction } from '../../ledger/restriction/stated.ts';
import type { Exception } from '../../ledger/shape.ts';
import { isRestricted, type RestrictionGround } from '../../ledger/restriction/scope.ts';
import { OFFICERS_STEP } from '../../officerTasks/task.ts';
import { defined } from '../../platform/defined.ts';
import { eventKey } from '../../platform/intake.ts';
import type { PseudonymKeys } from '../../platform/keys.ts';
import type { Instant } from '../../platform/time.ts';
import { addPeriod, answerBy } from '../../policy/calendar.ts';
import type { Policy, PurposeId } from '../../policy/schema.ts';
import { keyVersionOf } from '../../subject/pseudonym.ts';
import { statementId } from '../../subject/statements.ts';
import { liftJobs, recipientJobs } from './job.ts';
import { recipientsToTell } from './recipients.ts';

/** Restrictions (Art. 18) as they are ordered, and the jobs that follow from them: pure. */

/** An order to restrict the processing of a person's data. */
export interface RestrictionOrder {
  readonly uid: string;
  /** Its name among the restrictions of the person: the same name again changes it. */
  readonly name: string;
  /** The names under which older keys have it: one that runs under such a name is changed. */
  readonly olderNames?: readonly string[];
  /** Absent: the whole person. */
  readonly purposes?: readonly PurposeId[];
  /** Of the whole person: purposes that go on (Art. 18(2)). */
  readonly except?: Readonly<Record<PurposeId, Exception>>;
  readonly ground?: RestrictionGround;
  readonly reason?: string;
  /** The name in `requests` of the request that it answers. */
  readonly request?: string;
  /** When it is to end; the person is told before. Absent: not before it is lifted. */
  readonly until?: Instant;
}

/**
 * The name of the restriction that a request brings: no text of a client. It is made with the key
 * of the request's own name, so that it is the same after the key has changed.
 */
export const nameOfRequest = (request: string, keys: PseudonymKeys): string =>
  statementId('restrictions', request, {}, keys, keyVersionOf(request));

/** The name of one that an officer sets without a request: one for each ground. */
export const nameOfGround = (ground: RestrictionGround): string => `officer-${ground}`;

/** Something wrong with an order: the field, and a sentence. */
interface OrderProblem {
  readonly field: 'purposes' | 'except' | 'until';
  readonly text: string;
}

/** Lists what is wrong with an order. */
export function problemsOf(policy: Policy, order: RestrictionOrder, now: Instant): OrderProblem[] {
  const { purposes, except, until } = order;
  const isUnknown = (id: PurposeId): boolean => !Object.hasOwn(policy.purposes, id);
  const there = Object.keys(policy.purposes).join(', ');
  const checks: [OrderProblem['field'], boolean, string][] = [
    ['purposes', purposes?.length !== 0, 'no purpose is named: name one, or restrict the whole person'],
    ['purposes', !(purposes ?? []).some(isUnknown), `the policy has no such purpose; it has ${there}`],
    ['except', !Object.keys(except ?? {}).some(isUnknown), `the policy has no such purpose; it has ${there}`],
    [
      'except',
      except === undefined || purposes === undefined,
      'a purpose goes on only if the whole person is restricted',
    ],
    [
      'until',
      until === undefined || until >= earliestEnd(policy, now),
      'its end leaves no time to tell the person before',
    ],
  ];
  return checks.flatMap(([field, isRight, text]) => (isRight ? [] : [{ field, text }]));
}

/** The earliest end of a restriction that is lifted now: the person is told before (Art. 18(3)). */
export const earliestEnd = ({ rights, controller }: Pick<Policy, 'rights' | 'controller'>, now: Instant): Instant =>
  addPeriod(now, rights.restrictionLift.notice, controller.timeZone);

/**
 * The restriction that an order makes. One of the same scope goes on: its recipients know it. The
 * person was told of an announced end: an order of a server leaves it as it is, and only an officer
 * takes it back.
 */
export function statedBy(
  order: RestrictionOrder,
  current: StatedRestriction | undefined,
  { actor, now }: Pick<OrderedBy, 'actor'> & { readonly now: Instant },
): StatedRestriction {
  const { except, ground, reason, request, until } = order;
  const purposes = order.purposes && [...new Set(order.purposes)].sort();
  return {
    since: current?.since ?? now,
    at:
      current === undefined
        ? now
        : isSameScope(current, { purposes, except })
          ? current.at
          : Math.max(now, current.at + 1),
    ...defined({ purposes, except, ground, reason, request, until }),
    ...(actor === 'server' && isAnnounced(current)
      ? defined({ liftsAt: current?.liftsAt, lifting: current?.lifting })
      : defined({ liftsAt: until, lifting: until === undefined ? undefined : { at: now } })),
  };
}

/** True of a restriction with another end than its order named. */
const isAnnounced = (current: StatedRestriction | undefined): boolean =>
  current?.liftsAt !== undefined && current.liftsAt !== current.until;

type Scope = {
  readonly purposes?: readonly PurposeId[] | undefined;
  readonly except?: Readonly<Record<PurposeId, Exception>> | undefined;
};

/** True if both stop the same purposes. The reason of an exception changes none of them. */
function isSameScope(a: Scope, b: Scope): boolean {
  const of = ({ purposes, except = {} }: Scope): string => JSON.stringify([purposes, Object.keys(except).sort()]);
  return of(a) === of(b);
}

/** Lists the purposes that a restriction pauses; undefined: all of them. */
export function pausedBy(policy: Policy, { purposes, except = {} }: Scope): readonly PurposeId[] | undefined {
  if (purposes !== undefined || Object.keys(except).length === 0) return purposes;
  return Object.keys(policy.purposes).filter((id) => !Object.hasOwn(except, id));
}

/** True if an order says the same as the restriction that runs. */
export function isSameOrder(current: StatedRestriction, next: StatedRestriction, actor: OrderedBy['actor']): boolean {
  const of = ({ purposes, except, ground, reason, request, until, liftsAt }: StatedRestriction): string => {
    const end = actor === 'server' ? until : liftsAt;
    return JSON.stringify([purposes, Object.entries(except ?? {}).sort(), ground, reason, request, end]);
  };
  return of(current) === of(next);
}

interface Ordered {
  readonly uid: string;
  readonly name: string;
  readonly chain: string;
}

/** True for the id of a job that tells recipients of a restriction. */
export const isOfRestriction = (job: string): boolean => job.startsWith('restriction_');

const jobId = (what: string, { chain, name }: Ordered, at: Instant): string =>
  `restriction_${what}_${eventKey(`${chain} ${name} ${at}`)}`;

/** The job that tells the recipients; undefined if the policy has none to tell. */
export function recipientJob(
  policy: Policy,
  of: Ordered,
  restriction: StatedRestriction,
  change: 'begun' | 'over',
  now: Instant,
): JobPlan | undefined {
  const { at } = restriction;
  const purposes = pausedBy(policy, restriction);
  if (recipientsToTell(policy, purposes).length === 0) return undefined;
  return recipientJobs.plan({
    id: jobId(change, of, at),
    pseudonym: of.chain,
    input: { uid: of.uid, name: of.name, at, change, ...(purposes === undefined ? {} : { purposes: [...purposes] }) },
    dueAt: answerBy(policy, now),
    steps: [{ id: 'recipients' }, { id: OFFICERS_STEP, after: ['recipients'] }],
  });
}

/** The restrictions of a person beside the one of a name. */
export const othersOf = (all: Stated, name: string): StatedRestriction[] =>
  [...all].flatMap(([id, one]) => (id === name ? [] : [one]));

/**
 * The job that tells the recipients that a restriction is over; undefined if nothing begins again.
 * A purpose that another restriction pauses, or that an objection has ended, does not.
 */
export function overJob(
  policy: Policy,
  of: Ordered,
  restriction: StatedRestriction,
  { others, stopped }: { readonly others: readonly StatedRestriction[]; readonly stopped: readonly PurposeId[] },
  now: Instant,
): JobPlan | undefined {
  const paused = pausedBy(policy, restriction) ?? Object.keys(policy.purposes);
  const again = paused.filter((id) => !isRestricted(others, id) && !stopped.includes(id));
  if (again.length === paused.length) return recipientJob(policy, of, restriction, 'over', now);
  return again.length === 0 ? undefined : recipientJob(policy, of, { ...restriction, purposes: again }, 'over', now);
}

/** The job that tells of the rest of an end; undefined if nobody has to hear of it. */
export function restJob(
  policy: Policy,
  job: JobOf<typeof recipientJobs>,
  rest: readonly PurposeId[],
): JobPlan | undefined {
  if (recipientsToTell(policy, rest).length === 0) return undefined;
  return recipientJobs.plan({
    id: `restriction_over_${eventKey(`${job.id} ${rest.join(' ')}`)}`,
    pseudonym: chainOf(job),
    input: { ...job.input, purposes: [...rest] },
    dueAt: job.dueAt,
    steps: [{ id: 'recipients' }, { id: OFFICERS_STEP, after: ['recipients'] }],
  });
}

/** The job that carries out an announced end; undefined if none is announced. */
export function liftJob(policy: Policy, of: Ordered, { liftsAt, lifting }: StatedRestriction, now: Instant) {
  if (liftsAt === undefined || lifting === undefined) return undefined;
  // The person is told by the policy's notice before the end, and never in the past.
  const tellAt = Math.max(now, liftsAt - (earliestEnd(policy, now) - now));
  return liftJobs.plan({
    id: jobId('lift', of, lifting.at),
    pseudonym: of.chain,
    input: { uid: of.uid, name: of.name, at: lifting.at, tellAt, liftsAt },
    dueAt: liftsAt,
    wakeAt: tellAt,
    steps: [{ id: 'tell' }, { id: 'lift', after: ['tell'] }],
  });
}

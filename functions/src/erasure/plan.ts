import { release, woken } from '../jobs/advance.ts';
import { newJob, type JobPlan } from '../jobs/catalog.ts';
import type { Job } from '../jobs/types.ts';
import type { Instant } from '../platform/time.ts';
import { addPeriod, answerBy, periodEnd } from '../policy/calendar.ts';
import {
  allRecords,
  databaseOf,
  hasMentions,
  MAIL_SYSTEM,
  manualRecipients,
  recordsOfSystem,
  systemIds,
  type NamedRecord,
} from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import type { RequestRef } from '../requests/store.ts';
import type { Outcome, SystemId } from '../systems/system.ts';
import { inLanguages } from '../texts/index.ts';
import { erasureJobs, startJobs, takeBackJobs } from './job.ts';
import {
  hasGrace,
  inputOf,
  isOfRequests,
  ledBy,
  standing,
  standingOf,
  startJobId,
  startsOf,
  waitsIn,
  type Start,
} from './starts/standing.ts';

/** The person of an erasure. */
export interface Erasee {
  /** Empty: a person without an account, by a proven e-mail address. */
  readonly uid: string;
  /** The name of its ledger chain. */
  readonly pseudonym: string;
  /** Whole seconds since the epoch; null if nobody knows it any more, or there was no account. */
  readonly accountCreatedAt: number | null;
  /**
   * The Identity Platform tenant of the account; null: the project's own pool; absent: nobody
   * knows.
   */
  readonly tenantId?: string | null;
  /** The person's name among `subjects`, if they have no uid. */
  readonly subjectKey?: string;
}

/**
 * Other companies first, then files, then documents: a row that leads to the next place is deleted
 * last. Auth ends the list.
 */
const ORDER: readonly SystemId[] = ['stripe', 'brevo', 'storage', 'firestore', 'auth'];

/**
 * Does this record hold rows of one person by name? The backend's records under a pseudonym do not:
 * they have a fate of their own.
 */
const isPersonal = ({ record: { subject } }: NamedRecord): boolean =>
  'pathVariable' in subject || 'field' in subject || 'parties' in subject || 'handle' in subject;

/**
 * Returns the records of a system that an erasure reaches while it still needs to know the person:
 * their own, and those in which rows of others name them.
 */
export function recordsToErase(policy: Policy, system: SystemId): NamedRecord[] {
  return recordsOfSystem(policy, system).filter(
    (named) => (isPersonal(named) || hasMentions(named)) && databaseOf(named.record) === '(default)',
  );
}

/**
 * Returns the backend's own records of a person by uid: they lead to everything else, and go last.
 */
export function recordsToForget(policy: Policy): NamedRecord[] {
  return allRecords(policy).filter((named) => isPersonal(named) && databaseOf(named.record) === 'compliance');
}

/** The systems that hold records of a person, in the order in which they are erased. */
export function systemsOf(policy: Policy): SystemId[] {
  const used = systemIds(policy).filter((system) => recordsToErase(policy, system).length > 0);
  const rank = (system: SystemId): number => (ORDER.includes(system) ? ORDER.indexOf(system) : 0);
  return used.sort((a, b) => rank(a) - rank(b));
}

/**
 * The id of an erasure: of a uid and the creation time of its account, so that two starts are one
 * and a uid that is used again is another.
 */
export function erasureId({ pseudonym, accountCreatedAt }: Pick<Erasee, 'pseudonym' | 'accountCreatedAt'>): string {
  return `erasure_${pseudonym}_${accountCreatedAt ?? 'unknown'}`;
}

/** How the circuit breaker counts an account: throwaway accounts by themselves. */
export type AccountAge = 'young' | 'established';
const ageOf = (policy: Policy, createdAt: number | null, at: Instant): AccountAge =>
  createdAt !== null && addPeriod(createdAt * 1000, policy.rights.erasureBreaker.young, policy.controller.timeZone) > at
    ? 'young'
    : 'established';

/**
 * Returns an erasure that exists, after one more start of it; null if that changes nothing. A later
 * start never slows it down, and one that was asked for is never held.
 *
 * - Completed: nothing. Discarded or taken back: begins anew, unless this very start had begun it.
 * Nor does it if an officer discarded more than a request's erasure, after the account was missing.
 * - Open: the earlier due date and the earlier end of a grace count; a request is answered by it.
 */
export function joined(policy: Policy, job: Job, erasee: Erasee, start: Start, now: Instant): Job | null {
  const known = startsOf(job);
  if (job.status === 'completed' || known.includes(start.id)) return null;
  if (job.status === 'cancelled') {
    const { missingSince = Infinity } = start;
    // An officer who ended a request's erasure decided about the request alone.
    const isDiscarded = job.givenUpBy === 'officer' && missingSince <= (job.finishedAt ?? 0) && !isOfRequests(job);
    if (isDiscarded) return null;
    const again = newJob(planErasure(policy, erasee, start), now);
    // The earlier starts count no more, and begin nothing a second time.
    return { ...again, input: { ...again.input, starts: [...known, start.id] } };
  }
  const { graceUntil, deletedAt } = job.input;
  const grown = ledBy(policy, job, [...standingOf(job), standing(start)]);
  const input = { ...grown.input, starts: [...known, start.id] };
  const step = waitsIn(job);
  const sooner = step === 'grace' && start.from < Number(graceUntil);
  const next: Job = {
    ...grown,
    input: sooner ? input : { ...input, graceUntil, deletedAt },
    dueAt: Math.min(job.dueAt, grown.dueAt),
  };
  if (start.requested && job.status === 'held') return release(next, now, { released: true });
  // One that waits to begin asks each start anew.
  const isWoken = step === 'begin' || sooner;
  return isWoken && job.status !== 'held' ? woken(next, step, now) : next;
}

/**
 * Plans the erasure of a person (Art. 17) as a job. The steps are tried in this order, which makes
 * failure safe. The person's ids elsewhere are collected before anything is deleted, and go last.
 * The sign-in ends before the data do, and its record after them. A system that fails holds up the
 * end of the erasure, and not the other systems.
 *
 * | step | work |
 * |---|---|
 * | `breaker` | more erasures than the policy allows that nobody asked for: the job is `held` |
 * | `asked` | of a request or a withdrawal: a message, until when it can be taken back |
 * | `grace` | restricts processing, so that marketing is off (Art. 18), and waits until it is too
 * late |
 * | `begin` | the ledger takes nothing more of this person; tombstone |
 * | `identity` | every id that is proven to be the person's, in every system |
 * | `access` | the account is disabled, its tokens are revoked |
 * | `told` | a message to the person about the erasure (Art. 12(3)) |
 * | `recipients` | an officer's questions to recipients without an interface (Art. 17(2), 19) |
 * | `stripe` … `auth` | one step a system |
 * | `check` | every record is read back |
 * | `secondLook` | every system searched anew, when events and tokens can no longer arrive |
 * | `thirdLook` | once more, when other companies no longer write again (`rights.thirdLook`) |
 * | `holds` | if a legal hold keeps something: an interim certificate, the wait, the end of held
 * rows |
 * | `close` | the last entry of the chain; jobs that end retained rows later; if no officer has to
 * do anything, requests are answered |
 * | `officers` | if an officer has: an interim certificate and an answer in part, the wait, the
 * answer |
 * | `certificate` | the signed certificate |
 * | `forget` | the identity map goes; the tombstone stays |
 */
export function planErasure(policy: Policy, erasee: Erasee, start: Start): JobPlan {
  const { uid, accountCreatedAt, pseudonym } = erasee;
  const systems = systemsOf(policy);
  const afterOf = (system: SystemId): string[] => {
    if (system === 'auth') return ['access', ...systems.filter((id) => id === 'firestore' || id === 'storage')];
    // A message to the person leaves a trace there.
    return system === MAIL_SYSTEM ? ['access', 'told'] : ['access'];
  };
  return erasureJobs.plan({
    id: erasureId(erasee),
    pseudonym,
    input: {
      uid,
      subjectKey: erasee.subjectKey,
      tenantId: erasee.tenantId,
      accountCreatedAt,
      starts: [start.id],
      ...inputOf([standing(start)]),
      breaker: start.requested ? undefined : ageOf(policy, accountCreatedAt, start.at),
    },
    dueAt: answerBy(policy, start.at),
    steps: [
      { id: 'breaker' },
      ...(hasGrace(start.by) ? [{ id: 'asked', after: ['breaker'] }] : []),
      { id: 'grace', after: ['breaker'] },
      { id: 'begin', after: ['grace'] },
      { id: 'identity', after: ['begin'] },
      { id: 'access', after: ['identity'] },
      { id: 'told', after: ['access'] },
      { id: 'recipients', after: ['identity'] },
      ...systems.map((id) => ({ id, after: afterOf(id) })),
      { id: 'check', after: systems },
      { id: 'secondLook', after: ['check'] },
      { id: 'thirdLook', after: ['secondLook'] },
      { id: 'holds', after: ['thirdLook', 'recipients', 'told', ...(hasGrace(start.by) ? ['asked'] : [])] },
      { id: 'close', after: ['holds'] },
      { id: 'officers', after: ['close'] },
      { id: 'certificate', after: ['officers'] },
      { id: 'forget', after: ['certificate'] },
    ],
  });
}

/**
 * Plans the job that begins the erasure that a person asks for, once for each request.
 *
 * @param graceFrom since when it can be taken back, if the request lay with an officer until then
 */
export const startJob = (ref: RequestRef, chain: string, at: Instant, dueAt: Instant, graceFrom?: Instant): JobPlan =>
  startJobs.plan({
    id: startJobId(ref),
    pseudonym: chain,
    input: { uid: ref.uid, requestId: ref.requestId, request: ref.key, at, graceFrom },
    dueAt,
    steps: [{ id: 'start' }],
  });

/**
 * Plans the job that takes an erasure back, as far as possible (`at`: when the person took it
 * back).
 */
export const takeBackJob = (ref: RequestRef, chain: string, at: Instant, dueAt: Instant): JobPlan =>
  takeBackJobs.plan({
    id: `keep_${ref.key}`,
    pseudonym: chain,
    input: { uid: ref.uid, requestId: ref.requestId, request: ref.key, at, of: startJobId(ref) },
    dueAt,
    steps: [{ id: 'takeBack' }],
  });

/**
 * Returns an officer's questions to the recipients that this backend cannot reach (Art. 17(2), Art.
 * 19). One that deletes by itself on a known date is not asked.
 */
export function manualOutcomes(policy: Policy, now: Instant): Outcome[] {
  const { timeZone } = policy.controller;
  return manualRecipients(policy).map(({ id, manual: what, within, expires }): Outcome => {
    const of = { recipient: id, count: 0, what };
    return expires === undefined
      ? { ...of, outcome: 'manual', by: addPeriod(now, within, timeZone) }
      : { ...of, outcome: 'expiring', until: addPeriod(now, expires, timeZone) };
  });
}

/**
 * Returns the part for an officer if nobody knows the person's former ids elsewhere any more: a
 * forged document stood in the place of the servers' knowledge.
 */
export const lostOutcomes = (policy: Policy, now: Instant): Outcome[] =>
  allRecords(policy)
    .filter(({ record }) => record.path === 'subjects/{uid}' && databaseOf(record) === 'compliance')
    .map(({ id }) => ({
      record: id,
      count: 1,
      outcome: 'manual',
      what: inLanguages(policy, ({ officer }) => officer.tasks.historyLost),
      by: answerBy(policy, now),
    }));

/**
 * Returns the person's rows that stay in the backend's own database, under the pseudonym, with
 * ground and end.
 */
export function retainedOutcomes(policy: Policy, deletedAt: Instant): Outcome[] {
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
          until: periodEnd(deletedAt, after, policy.controller),
        },
      ];
    });
  });
}

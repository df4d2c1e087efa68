import { cancel } from '../../jobs/advance.ts';
import type { Job } from '../../jobs/types.ts';
import { defined } from '../../platform/defined.ts';
import { PermanentError } from '../../platform/errors.ts';
import type { Instant } from '../../platform/time.ts';
import { answerBy } from '../../policy/calendar.ts';
import type { Policy } from '../../policy/schema.ts';
import type { ErasureJob } from '../job.ts';

/**
 * The starts of an erasure. Its job names every start that it has seen (`starts`), so that none
 * counts twice. Apart from them it keeps the starts that stand (`standing`): taking one back
 * removes it, and an erasure that begins anew has only its own. An erasure ends with the last one.
 */

/** The beginner of an erasure. */
type StartedBy = ErasureJob['input']['startedBy'];

/** A start that nobody has taken back, as the job keeps it. */
export type Standing = ErasureJob['input']['standing'][number];

/** The beginnings that the person can take back until a grace is over. */
const WITH_GRACE: ReadonlySet<StartedBy> = new Set(['request', 'withdrawal']);

/** True if the person is told at once, and their data are only stored until the grace is over. */
export const hasGrace = (by: StartedBy): boolean => WITH_GRACE.has(by);

/**
 * One start. The same start twice is one; an erasure that an officer discarded begins again by
 * another start only.
 */
export interface Start extends Readonly<Standing> {
  /** Of an account that is found missing: since when. */
  readonly missingSince?: Instant;
}

/** The id of the job that begins the erasure of a request. */
export const startJobId = ({ key }: { readonly key: string }): string => `erase_${key}`;

/** Names the start by a request, the same for each delivery of it. */
export const requestStart = (request: { readonly key: string }): string => `request:${startJobId(request)}`;

/** Names the start by a withdrawal. */
export const withdrawalStart = (purpose: string, at: Instant): string => `withdrawal:${purpose}:${at}`;

/** A start as the job of an erasure keeps it while it stands. */
export const standing = ({ by, id, at, from, requested, request, officer }: Start): Standing => ({
  ...{ by, id, at, from, requested },
  ...defined({ request, officer }),
});

/**
 * Returns the starts of an erasure that stand, the first one first.
 *
 * @throws PermanentError `input` if its job does not name them
 */
export function standingOf({ input }: Job): readonly Standing[] {
  if (Array.isArray(input['standing'])) return input['standing'] as Standing[];
  throw new PermanentError('input', 'this erasure does not say what began it: cancel it and start it again');
}

/** Returns the names of every start that this erasure has seen. */
export const startsOf = ({ input }: Job): readonly unknown[] =>
  Array.isArray(input['starts']) ? (input['starts'] as unknown[]) : [];

/** True if requests of the person stand, and nothing else does. */
export function isOfRequests(job: Job): boolean {
  const all = standingOf(job);
  return all.length > 0 && all.every(({ by }) => by === 'request');
}

/**
 * Returns from when the periods count that begin with the account's end: an account that is gone,
 * or the moment from which nothing is taken back.
 */
const endsAt = ({ by, at, from }: Standing): Instant =>
  by === 'accountDeleted' || by === 'missingAccount' ? at : from;

/**
 * Returns the part of a job's input that follows from the starts that stand. The first start and
 * the first request lead; the earliest end of a grace counts.
 */
export function inputOf(list: readonly [Standing, ...Standing[]]) {
  const [{ by, at, officer }] = list;
  const soonest = list.reduce((a, b) => (b.from < a.from ? b : a));
  const request = list.find((start) => start.request !== undefined)?.request;
  return {
    startedBy: by,
    startedAt: at,
    graceUntil: soonest.from,
    deletedAt: endsAt(soonest),
    officer,
    request,
    standing: [...list],
  };
}

/** Returns an erasure as these starts lead it. */
export function ledBy(policy: Policy, job: Job, list: readonly Standing[]): Job {
  const [first, ...others] = list;
  if (first === undefined) return job;
  const dueAt = Math.min(...list.map(({ at }) => answerBy(policy, at)));
  return { ...job, input: defined({ ...job.input, ...inputOf([first, ...others]) }), dueAt };
}

/**
 * The step in which an erasure waits for the end of a grace; undefined: it has begun, or ended. It
 * waits in `begin` if the start with the first end was taken back, and others stand.
 */
export function waitsIn({ status, steps: { grace, begin } }: Job): 'grace' | 'begin' | undefined {
  if (status === 'completed' || status === 'cancelled') return undefined;
  if (grace?.state !== 'done') return 'grace';
  return begin?.state === 'waiting' && begin.attempts === 0 ? 'begin' : undefined;
}

/**
 * Can a start of this erasure be taken back by a word of this moment? Until its grace is over. Its
 * event may come later than that.
 */
export function canBeTakenBack(job: Job, at: Instant): boolean {
  const step = waitsIn(job);
  return step === 'begin' || (step === 'grace' && at < Number(job.input['graceUntil']));
}

/**
 * Returns the job after some of its starts were taken back: cancelled if none is left, and
 * otherwise as the others lead it. Null: it is too late, or none of them stands.
 *
 * @param at when they were taken back
 */
export function withoutStarts(
  policy: Policy,
  job: Job,
  isOver: (start: Standing) => boolean,
  { at, now }: { readonly at: Instant; readonly now: Instant },
): Job | null {
  const all = standingOf(job);
  const left = all.filter((start) => !isOver(start));
  if (left.length === all.length || !canBeTakenBack(job, at)) return null;
  return left.length === 0 ? cancel(job, now) : ledBy(policy, job, left);
}

import { Timestamp } from 'firebase-admin/firestore';
import type { Instant } from '../platform/time.ts';
import { addPeriod } from '../policy/calendar.ts';
import type { Period, Policy } from '../policy/schema.ts';

/**
 * The clock of a request (Art. 12(3)). It runs from receipt, and nothing else moves its end:
 *
 * - A pause, from the day on which the person was asked to identify themselves, or to show their
 *   power to act, on reasoned doubt (Art. 12(6)), until the answer comes. The end moves by its
 *   length.
 * - One extension, for complexity or number, which the policy has to allow. It is decided before
 *   the first end is over, since the person is told within that time.
 */

/** The question of a pause: the person's identity, or the power to act for somebody else. */
export const pauseReasons = ['identity', 'power'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** The reasons of Art. 12(3) for an extension: a complex request, or many. */
export const extensionReasons = ['complexity', 'number'] as const;
export type ExtensionReason = (typeof extensionReasons)[number];

/** A time in which the clock stood; without `until` it stands now. */
export interface Pause {
  readonly from: Timestamp;
  readonly until?: Timestamp;
  readonly reason: PauseReason;
}

/** The one extension of a request. */
interface Extension {
  /** When it was decided. */
  readonly at: Timestamp;
  /** The end that it gave, without pauses that came later. */
  readonly until: Timestamp;
  readonly reason: ExtensionReason;
}

/** The fields of a request's record that its clock is made of. */
export interface Timed {
  readonly receivedAt: Timestamp;
  /** The end, with every pause that is over; one that runs is not in it. */
  readonly dueAt: Timestamp;
  readonly pauses?: readonly Pause[];
  readonly extension?: Extension;
}

/** Why a clock stays as it is. */
export type ClockRefusal =
  | 'paused'
  | 'notPaused'
  /** A time before the receipt, before the end of the last pause, or in the future. */
  | 'time'
  /** The time to answer is over: nothing that is late becomes timely. */
  | 'overdue'
  | 'extended'
  /** The policy has no extension, or only a shorter one. */
  | 'policy';

/** The changed fields of a record, or the reason why there are none. */
export type ClockChange = Partial<Pick<Timed, 'dueAt' | 'pauses' | 'extension'>> | { readonly refused: ClockRefusal };

/** The pause that runs; undefined if the clock runs. */
export const pauseOf = ({ pauses }: Pick<Timed, 'pauses'>): Pause | undefined =>
  pauses?.find(({ until }) => until === undefined);

/** Returns when the request is to be answered: while its clock stands, a moment that moves on. */
export const dueOf = (timed: Pick<Timed, 'dueAt' | 'pauses'>, now: Instant): Instant => {
  const pause = pauseOf(timed);
  return timed.dueAt.toMillis() + (pause === undefined ? 0 : Math.max(0, now - pause.from.toMillis()));
};

/** How long the clock has stood, in milliseconds, without the pause that runs. */
export const pausedMs = ({ pauses = [] }: Pick<Timed, 'pauses'>): number =>
  pauses.reduce((sum, { from, until }) => sum + (until === undefined ? 0 : until.toMillis() - from.toMillis()), 0);

/** Stops the clock from a moment on. Pure. */
export function paused(timed: Timed, from: Instant, reason: PauseReason, now: Instant): ClockChange {
  if (pauseOf(timed) !== undefined) return { refused: 'paused' };
  if (from > now || from < earliest(timed)) return { refused: 'time' };
  if (from > timed.dueAt.toMillis()) return { refused: 'overdue' };
  return { pauses: [...(timed.pauses ?? []), { from: Timestamp.fromMillis(from), reason }] };
}

/** Lets the clock go on from a moment on: the end moves by the length of the pause. Pure. */
export function resumed(timed: Timed, until: Instant, now: Instant): ClockChange {
  const pause = pauseOf(timed);
  if (pause === undefined) return { refused: 'notPaused' };
  const from = pause.from.toMillis();
  if (until > now || until < from) return { refused: 'time' };
  const { pauses = [], dueAt } = timed;
  return {
    dueAt: Timestamp.fromMillis(dueAt.toMillis() + until - from),
    pauses: pauses.map((one) => (one === pause ? { ...pause, until: Timestamp.fromMillis(until) } : one)),
  };
}

/**
 * Extends the time to answer, once, before its first end. The further months count from that end
 * without its pauses (Regulation (EEC, Euratom) No 1182/71, art. 3), which move the new end as they
 * moved the old one. Pure.
 *
 * @param by at most the policy's extension
 */
export function extended(
  timed: Timed,
  { by, reason, now }: { readonly by: Period; readonly reason: ExtensionReason; readonly now: Instant },
  { rights, controller: { timeZone } }: Pick<Policy, 'rights' | 'controller'>,
): ClockChange {
  if (timed.extension !== undefined) return { refused: 'extended' };
  const allowed = rights.answerWithin.extension?.period;
  const first = timed.dueAt.toMillis() - pausedMs(timed);
  const longer = (period: Period): Instant => addPeriod(first, period, timeZone);
  if (allowed === undefined || longer(by) > longer(allowed)) return { refused: 'policy' };
  if (now > dueOf(timed, now)) return { refused: 'overdue' };
  const until = Timestamp.fromMillis(longer(by) + pausedMs(timed));
  return { dueAt: until, extension: { at: Timestamp.fromMillis(now), until, reason } };
}

/** The earliest moment at which the clock can be stopped: it runs since then. */
const earliest = ({ receivedAt, pauses = [] }: Timed): Instant =>
  Math.max(receivedAt.toMillis(), ...pauses.map(({ until }) => until?.toMillis() ?? 0));

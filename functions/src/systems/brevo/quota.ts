import { randomUUID } from 'node:crypto';
import type { DocumentData } from 'firebase-admin/firestore';
import { HOUR_MS, type Instant, MINUTE_MS } from '../../platform/time.ts';
import { isAborted } from '../../platform/codes.ts';
import type { Context } from '../../platform/context.ts';
import { BudgetError, RetryAfterError } from '../../platform/errors.ts';
import { changeShared } from '../../platform/shared.ts';

/**
 * The budget of calls to `/smtp/…`, which Brevo counts by the hour for everybody with the account's
 * key (https://developers.brevo.com/docs/api-limits). All instances share it in
 * `rateLimits/brevo_smtp`.
 *
 * - Exports have two thirds of an hour at most. Everything else has all that is left, so always a
 *   third.
 * - Brevo does not say when its hour begins. So the limit holds for every hour, whenever it begins.
 * - Exports that wait stand in a line: the one that waited longest is served first.
 * - A reading is one person's log at one address. One attempt at a time makes it.
 *
 * The document has counts and keyed hashes of readings that wait or run; it names nobody.
 */

/** Calls are counted by slots of this length, in milliseconds. */
const SLOT_MS = 5 * MINUTE_MS;
/** A block of calls is used within this time; later, the calls that are left are lost. */
export const BLOCK_MS = SLOT_MS;
/**
 * The slots that are counted, the present one included. A call may be made a slot later than it was
 * taken: an hour of calls touches those of 14 slots.
 */
const COUNTED = 14;
/**
 * A place in the line lapses if nobody comes for it this long after its time: the export was taken
 * back.
 */
const LAPSE_MS = HOUR_MS;
/** Places that are remembered at most: the document stays far below its 1 MiB. */
const MOST_PLACES = 1_000;

interface Slot {
  readonly exports: number;
  readonly others: number;
}

/** An export in the line. */
interface Place {
  readonly reading: string;
  /** How many calls it waits for. */
  readonly calls: number;
  /** When it was told to come back. */
  readonly back: Instant;
}

export interface Quota {
  /** Calls that were taken, by the number of the slot. */
  readonly slots: Readonly<Record<string, Slot>>;
  readonly line: readonly Place[];
  /** The attempt that makes a reading, and until when it is believed to. */
  readonly busy: Readonly<Record<string, { readonly token: string; readonly until: Instant }>>;
}

export const NO_QUOTA: Quota = { slots: {}, line: [], busy: {} };

/** The calls that an export may take of an hour of so many. */
export const shareOfExports = (limit: number): number => Math.floor((limit * 2) / 3);
/** How many calls an export takes at once at most: a process that dies loses as many. */
export const blockOf = (limit: number): number => Math.max(1, Math.floor(limit / 4));

const slotAt = (now: Instant): number => Math.floor(now / SLOT_MS);

/**
 * Returns the budget without slots that are over: pure. A slot far ahead is of a clock that was
 * wrong.
 */
function current({ slots, line, busy }: Quota, now: Instant): Quota {
  const slot = slotAt(now);
  const counts = (key: string): boolean => Number(key) > slot - COUNTED && Number(key) < slot + COUNTED;
  return {
    slots: Object.fromEntries(Object.entries(slots).filter(([key]) => counts(key))),
    line: line.filter(({ back }) => now < back + LAPSE_MS),
    busy: Object.fromEntries(Object.entries(busy).filter(([, { until }]) => now < until)),
  };
}

/** Calls that are left in a slot if nobody takes any until then. */
function leftIn({ slots }: Quota, limit: number, slot: number): { readonly exports: number; readonly others: number } {
  let [exports, others] = [0, 0];
  for (const [key, taken] of Object.entries(slots)) {
    if (Number(key) <= slot - COUNTED) continue;
    exports += taken.exports;
    others += taken.others;
  }
  const left = limit - exports - others;
  return { exports: Math.min(left, shareOfExports(limit) - exports), others: left };
}

function withTaken(quota: Quota, slot: number, kind: keyof Slot, calls: number): Quota {
  const known = quota.slots[slot] ?? { exports: 0, others: 0 };
  const taken = { ...known, [kind]: Math.max(0, known[kind] + calls) };
  return { ...quota, slots: { ...quota.slots, [slot]: taken } };
}

/** The first slot from the next one on in which this holds, as its beginning. */
function firstSlot(now: Instant, holds: (slot: number) => boolean): Instant {
  let slot = slotAt(now) + 1;
  while (slot < slotAt(now) + COUNTED && !holds(slot)) slot += 1;
  return slot * SLOT_MS;
}

/**
 * The budget afterwards, and either the calls, with the time they count for, or when to come back.
 */
export type Ruling = { readonly quota: Quota } & (
  { readonly granted: number; readonly at: Instant } | { readonly later: Instant }
);

/** One call that serves no export. Pure. */
export function takeOne(before: Quota, limit: number, now: Instant): Ruling {
  const quota = current(before, now);
  if (leftIn(quota, limit, slotAt(now)).others >= 1)
    return { quota: withTaken(quota, slotAt(now), 'others', 1), granted: 1, at: now };
  return { quota, later: firstSlot(now, (slot) => leftIn(quota, limit, slot).others >= 1) };
}

/** An export's demand: calls for a reading, all of them or none. */
export interface Ask {
  readonly reading: string;
  readonly token: string;
  /** Calls that the reading still takes, as far as is known. */
  readonly calls: number;
}

/**
 * A block of calls for a reading. Pure.
 *
 * Granted if it leaves enough for everybody who stands before it in the line. A reading that takes
 * more than a block keeps its place. Refused, it is told when its turn comes if those before it
 * take what they asked for.
 */
export function takeBlock(before: Quota, limit: number, { reading, token, calls }: Ask, now: Instant): Ruling {
  const quota = current(before, now);
  const runs = quota.busy[reading];
  if (runs !== undefined && runs.token !== token) return { quota, later: runs.until };
  const wanted = Math.min(calls, blockOf(limit));
  const rest = Math.min(calls - wanted, blockOf(limit));
  const at = quota.line.findIndex((place) => place.reading === reading);
  const ahead = at < 0 ? quota.line : quota.line.slice(0, at);
  const behind = at < 0 ? [] : quota.line.slice(at + 1);
  const needed = ahead.reduce<number>((sum, place) => sum + place.calls, wanted);
  const placed = (more: number, back: Instant): readonly Place[] => {
    const own = more > 0 && (at >= 0 || ahead.length < MOST_PLACES) ? [{ reading, calls: more, back }] : [];
    return [...ahead, ...own, ...behind];
  };
  if (needed <= leftIn(quota, limit, slotAt(now)).exports) {
    const taken = withTaken(quota, slotAt(now), 'exports', wanted);
    const busy = { ...quota.busy, [reading]: { token, until: now + BLOCK_MS } };
    return { quota: { ...taken, line: placed(rest, now + BLOCK_MS), busy }, granted: wanted, at: now };
  }
  // Whole hours of exports stand before it, and then a part of one.
  const hours = Math.floor((needed - 1) / shareOfExports(limit));
  const part = needed - hours * shareOfExports(limit);
  const first = firstSlot(now, (slot) => leftIn(quota, limit, slot).exports >= part);
  const later = first + hours * COUNTED * SLOT_MS;
  return { quota: { ...quota, line: placed(wanted, later), busy: without(quota.busy, reading) }, later };
}

const without = (busy: Quota['busy'], reading: string): Quota['busy'] =>
  Object.fromEntries(Object.entries(busy).filter(([other]) => other !== reading));

/** How an attempt at a reading ended. */
export interface End {
  readonly reading: string;
  readonly token: string;
  /** Calls of the last block that were not made, and when they were taken. */
  readonly unused: number;
  readonly takenAt: Instant;
  /** Whole: it is not begun again, and another caller looks again a little later. */
  readonly isWhole: boolean;
}

/** The budget after an attempt. Pure. */
export function giveBack(before: Quota, { reading, token, unused, takenAt, isWhole }: End, now: Instant): Quota {
  const quota = current(before, now);
  const kept =
    quota.slots[slotAt(takenAt)] === undefined ? quota : withTaken(quota, slotAt(takenAt), 'exports', -unused);
  if (isWhole) return { ...kept, line: kept.line.filter((place) => place.reading !== reading) };
  return kept.busy[reading]?.token === token ? { ...kept, busy: without(kept.busy, reading) } : kept;
}

/** The calls that one purpose may make, taken from the budget before they are made. */
export interface Calls {
  /**
   * @throws RetryAfterError if there are none; BudgetError if an export has to wait for its turn
   */
  take(): Promise<void>;
}

type Own = Pick<Context, 'clients' | 'config' | 'now'>;

/**
 * Calls that serve no export: one transaction for each, 1 read and 1 write. There is one an
 * erasure.
 */
export const callsFor = (context: Own, purpose: 'erasure' | 'message'): Calls => ({
  async take() {
    const { brevoSmtpPerHour: limit } = context.config;
    const ruling = await change(context, (quota, now) => takeOne(quota, limit, now));
    if ('later' in ruling)
      throw new RetryAfterError(
        'brevo.budget',
        `no call to Brevo is left in this hour for this ${purpose}`,
        ruling.later,
      );
  },
});

/** Calls of one attempt at a reading, taken in blocks: 1 read and 1 write for each. */
export class ExportCalls implements Calls {
  readonly #context: Own;
  readonly #reading: string;
  readonly #token = randomUUID();
  #left = 0;
  #takenAt = -Infinity;
  #expected = 1;
  #isHeld = false;

  /** @param reading a keyed hash of the person and the address */
  constructor(context: Own, reading: string) {
    this.#context = context;
    this.#reading = reading;
  }

  /** Sets the number of calls that are still to be made, as far as is known. */
  expect(calls: number): void {
    this.#expected = Math.max(1, calls);
  }

  async take(): Promise<void> {
    if (this.#left === 0 || this.#context.now() >= this.#takenAt + BLOCK_MS) await this.#takeBlock();
    this.#left -= 1;
  }

  async #takeBlock(): Promise<void> {
    const ask = { reading: this.#reading, token: this.#token, calls: this.#expected };
    const { brevoSmtpPerHour: limit } = this.#context.config;
    const ruling = await change(this.#context, (quota, now) => takeBlock(quota, limit, ask, now));
    this.#isHeld = 'granted' in ruling;
    if ('later' in ruling)
      throw new BudgetError('brevo.budget', "this export waits for its turn among Brevo's calls", ruling.later);
    this.#left = ruling.granted;
    this.#takenAt = ruling.at;
  }

  /**
   * Ends the attempt: gives calls back, and its place in the line. Never throws. Calls that could
   * not be given back are free again after an hour, a marked reading after five minutes.
   */
  async end(isWhole: boolean): Promise<void> {
    if (!this.#isHeld) return;
    const end = { reading: this.#reading, token: this.#token, unused: this.#left, takenAt: this.#takenAt, isWhole };
    this.#isHeld = false;
    await change(this.#context, (quota, now) => ({ quota: giveBack(quota, end, now) })).catch(() => undefined);
  }
}

/**
 * Changes the budget in a transaction. @throws BudgetError if too many change it at once: nothing
 * was taken
 */
async function change<T extends { readonly quota: Quota }>(
  context: Own,
  next: (quota: Quota, now: Instant) => T,
): Promise<T> {
  try {
    return await changeShared(context, 'brevo_smtp', (data, now) => {
      const answer = next(quotaOf(data), now);
      return { data: answer.quota, expiresAt: expiryOf(answer.quota, now), answer };
    });
  } catch (cause) {
    if (!isAborted(cause)) throw cause;
    const again = context.now() + context.config.retryBaseMs;
    throw new BudgetError('brevo.budget', 'too many ask for calls to Brevo at once', again, { cause });
  }
}

const quotaOf = (data: DocumentData | undefined): Quota => {
  const { slots, line, busy } = { ...NO_QUOTA, ...(data as Partial<Quota> | undefined) };
  return { slots, line, busy };
};

/** When nothing in it counts any more. */
const expiryOf = ({ line }: Quota, now: Instant): Instant =>
  Math.max(now + COUNTED * SLOT_MS, ...line.map(({ back }) => back + LAPSE_MS));

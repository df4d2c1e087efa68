import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Firestore } from 'firebase-admin/firestore';
import { isAborted, isExhausted } from '../../../platform/codes.ts';
import type { Context } from '../../../platform/context.ts';
import {
  msUntil,
  nextPace,
  NO_ANSWERS,
  refilled,
  REQUEST,
  SLOWEST,
  type Answers,
  type Bucket,
  type Flow,
  type Pace,
} from './pace.ts';
import { LEASE_MS, leaseShare, RENEW_MS } from './shares.ts';

type Own = Pick<Context, 'clients' | 'config' | 'now'>;

/**
 * A process writes so many documents without a share, as many as BulkWriter does in its first
 * second, and then so many a second: most erasures ask for no share.
 */
export const WITHOUT_SHARE: Flow = { rate: SLOWEST, burst: 1_000 };
/** The pace is looked at again after this time, in milliseconds. */
const INTERVAL_MS = 250;

/** A write that waits; or somebody who waits for the writes before, which costs nothing. */
interface Waiting {
  readonly cost: 0 | 1;
  readonly start: () => void;
}

/**
 * Holds back the writes of this process to its pace (pace.ts) and to its share of what all
 * instances may write (shares.ts).
 *
 * A process that wrote more than `WITHOUT_SHARE` leases a share, 1 read and 1 write, and again
 * every three seconds while it writes. That is 4 operations for 10,000 documents, 10 for 50,000. If
 * the shares cannot be read it goes on without one. Nothing here is lost by a crash: a write that
 * waits is one that was never sent, and its row is found again.
 */
export class Pacer {
  readonly #context: Own;
  readonly #id = randomUUID();
  readonly #most: number;
  #pace: Pace;
  #bucket: Bucket;
  #answers: Answers = NO_ANSWERS;
  #pacedAt = performance.now();
  #share = { rate: 0, until: 0 };
  #askAt = 0;
  #asked: Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #isSending = false;

  constructor(context: Own) {
    const { writesPerSecond, writesPerSecondTogether } = context.config;
    this.#context = context;
    this.#most = Math.min(writesPerSecond, writesPerSecondTogether);
    this.#pace = { limit: this.#most, usualMs: undefined };
    this.#bucket = { tokens: WITHOUT_SHARE.burst, at: this.#pacedAt };
  }

  /** Makes a write: at once if it may, else when it may. */
  write<T>(send: () => Promise<T>): Promise<T> {
    this.#refill();
    if (this.#waiting.length === 0 && this.#bucket.tokens >= 1) {
      this.#spend(1);
      return this.#timed(send);
    }
    return new Promise((resolve, reject) => {
      this.#wait(1, () => void this.#timed(send).then(resolve, reject));
    });
  }

  /** Waits until every write that waits now has been sent. */
  async sent(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => this.#wait(0, resolve));
  }

  /** Tells of a write that failed, and that may be tried again. */
  failed(error: unknown): void {
    const { exhausted, aborted } = this.#answers;
    if (isExhausted(error)) this.#answers = { ...this.#answers, exhausted: exhausted + 1 };
    else if (isAborted(error)) this.#answers = { ...this.#answers, aborted: aborted + 1 };
  }

  async #timed<T>(send: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const answer = await send();
    const { written, waitedMs } = this.#answers;
    const waited = waitedMs + performance.now() - startedAt;
    this.#answers = { ...this.#answers, written: written + 1, waitedMs: waited };
    return answer;
  }

  #wait(cost: Waiting['cost'], start: () => void): void {
    this.#waiting.push({ cost, start });
    if (!this.#isSending) void this.#send();
  }

  /** Sends what waits, in the order in which it came. Never throws. */
  async #send(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting.length > 0) {
      this.#ask();
      const flow = this.#refill();
      let [sent, spent] = [0, 0];
      for (const { cost, start } of this.#waiting) {
        if (spent + cost > this.#bucket.tokens) break;
        start();
        sent += 1;
        spent += cost;
      }
      this.#waiting.splice(0, sent);
      this.#spend(spent);
      if (this.#waiting.length === 0) break;
      const pause = sleep(msUntil(this.#bucket, flow, Math.min(REQUEST, this.#waiting.length)));
      await (this.#asked === undefined ? pause : Promise.race([pause, this.#asked]));
    }
    this.#isSending = false;
  }

  #spend(writes: number): void {
    this.#bucket = { ...this.#bucket, tokens: this.#bucket.tokens - writes };
  }

  /**
   * Counts the writes that may be made now. A clock that never goes back counts them: these are
   * durations, and no times of day.
   */
  #refill(): Flow {
    const now = performance.now();
    if (now >= this.#pacedAt + INTERVAL_MS) {
      if (this.#answers !== NO_ANSWERS) this.#pace = nextPace(this.#pace, this.#answers, this.#most);
      [this.#answers, this.#pacedAt] = [NO_ANSWERS, now];
    }
    const { limit } = this.#pace;
    const shared = now < this.#share.until ? this.#share.rate : 0;
    const rate = Math.min(limit, Math.max(shared, WITHOUT_SHARE.rate));
    const burst = shared > 0 ? Math.max(REQUEST, rate / 4) : Math.min(limit, WITHOUT_SHARE.burst);
    this.#bucket = refilled(this.#bucket, { rate, burst }, now);
    return { rate, burst };
  }

  /** Asks for a share if it is time. What waits goes on meanwhile as it may. */
  #ask(): void {
    const now = performance.now();
    if (now < this.#askAt) return;
    this.#askAt = now + RENEW_MS;
    const wanted = Math.min(this.#most, Math.ceil(this.#pace.limit * 1.5));
    this.#asked ??= leaseShare(this.#context, { id: this.#id, wanted })
      .then(
        // Counted from before the question: it lapses here before it lapses there.
        (rate) => void (this.#share = { rate, until: now + LEASE_MS }),
        () => undefined,
      )
      .finally(() => void (this.#asked = undefined));
  }
}

const pacers = new WeakMap<Firestore, Pacer>();

/** The pacer of this process: all of its writes in bulk share one. */
export function pacerOf(context: Own): Pacer {
  const own = context.clients.own();
  const known = pacers.get(own) ?? new Pacer(context);
  pacers.set(own, known);
  return known;
}

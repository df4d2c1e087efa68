import type { StepState } from '../jobs/types.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../platform/time.ts';
import { BudgetError, PermanentError, RetryAfterError } from '../platform/errors.ts';
import type { Cursor, Progress } from '../systems/system.ts';

/**
 * How long an export waits for a source before it goes without it. A source that just fails is
 * waited for until the last attempts. One that asks to come back later (a rate limit) or refuses (a
 * key that was withdrawn, which somebody mends) is waited for a day. A person who asked within a
 * month's time is not kept waiting for ever.
 */
export const SOURCE_WAIT_MS = DAY_MS;

/**
 * Before an answer is due, so much time belongs to an officer (milliseconds). Until then an export
 * waits for our own budget of calls, however long the line is: it never comes shorter for having
 * waited. Then it goes without, and the officer adds the missing part in time (Art. 12(3)).
 */
export const OFFICER_MS = 7 * SOURCE_WAIT_MS;

/**
 * Is this a wait for our own budget, and is there time for it? Then nothing is left out, in
 * whichever attempt.
 */
export const isForBudget = (error: unknown, now: Instant, dueAt: Instant): boolean =>
  error instanceof BudgetError && now < dueAt - OFFICER_MS;

/** An export itself cannot go on, whichever parts are left out. */
export class ExportError extends PermanentError {}

/** When a source that refused is asked again. */
const ASK_AGAIN_MS = HOUR_MS;

/** In the cursor of the step: the time until which it waits. */
const WAITS_UNTIL = 'waitsUntil';

/**
 * Are unreadable sources left out and named in this attempt, with one more attempt to come should
 * the upload fail?
 */
export function isTolerant(
  step: Pick<StepState, 'attempts' | 'cursor'> | undefined,
  maxAttempts: number,
  now: Instant,
): boolean {
  const until = step?.cursor?.[WAITS_UNTIL];
  return (step?.attempts ?? 0) >= maxAttempts - 1 || (typeof until === 'number' && now >= until);
}

/**
 * Returns the wait that an attempt's error asks for.
 *
 * @param dueAt when the answer to the person is due
 * @returns undefined if the error is a failed attempt, or stops the export in any case
 */
export function waitFor(
  error: unknown,
  cursor: Cursor | undefined,
  now: Instant,
  dueAt: Instant,
): Progress | undefined {
  if (error instanceof BudgetError) return waitForBudget(error, cursor, now, dueAt);
  const isLater = error instanceof RetryAfterError;
  const isRefused = error instanceof PermanentError && !(error instanceof ExportError);
  if (!isLater && !isRefused) return undefined;
  const known = cursor?.[WAITS_UNTIL];
  const until = typeof known === 'number' ? known : now + SOURCE_WAIT_MS;
  // In a tolerant attempt nothing is left to wait for but our own bucket.
  if (isRefused && now >= until) return undefined;
  const askedUntil = isLater ? error.until : now + ASK_AGAIN_MS;
  // A source may ask for more than there is.
  const wait = now < until ? Math.min(askedUntil, until) : askedUntil;
  return { wait, why: error.code, cursor: { ...cursor, [WAITS_UNTIL]: until } };
}

/**
 * A wait for our own budget takes nothing from the time of sources that refuse or ask for later.
 */
function waitForBudget(error: BudgetError, cursor: Cursor | undefined, now: Instant, dueAt: Instant): Progress {
  const last = dueAt - OFFICER_MS;
  if (now >= last) return { wait: now, why: error.code, cursor: { ...cursor, [WAITS_UNTIL]: now } };
  const wait = Math.max(now, Math.min(error.until, last));
  const known = cursor?.[WAITS_UNTIL];
  const sourceWait = typeof known === 'number' ? { [WAITS_UNTIL]: known + wait - now } : {};
  return { wait, why: error.code, cursor: { ...cursor, ...sourceWait } };
}

import type { StepState } from '../jobs/types.ts';
import type { Instant } from '../platform/clock.ts';
import { PermanentError, RetryAfterError, type ComplianceError } from '../platform/errors.ts';
import type { Cursor, Progress } from '../systems/system.ts';

/**
 * How long an export waits for a source before it goes without it: what just fails, until the last attempts; what asks to come back later (a rate limit)
 * or refuses (a key that was withdrawn, which somebody mends), for a day. A person who asked within a month's time is not kept waiting for ever.
 */
export const PATIENCE_MS = 24 * 3_600_000;

/** When a source that refused is asked again. */
const ASK_AGAIN_MS = 3_600_000;

/** In the cursor of the step: until when what waits has time. */
const PATIENT_UNTIL = 'patientUntil';

/** Is what cannot be read in this attempt left out and named, with one more attempt to come should the upload fail? */
export function isTolerant(
  step: Pick<StepState, 'attempts' | 'cursor'> | undefined,
  maxAttempts: number,
  now: Instant,
): boolean {
  const until = step?.cursor?.[PATIENT_UNTIL];
  return (step?.attempts ?? 0) >= maxAttempts - 1 || (typeof until === 'number' && now >= until);
}

/**
 * The wait that an attempt's error asks for.
 *
 * @returns undefined where the error is an attempt that failed, or stops the export whatever is left out
 */
export function waitFor(error: unknown, cursor: Cursor | undefined, now: Instant): Progress | undefined {
  const isLater = error instanceof RetryAfterError;
  const isRefused = error instanceof PermanentError && !isOurs(error);
  if (!isLater && !isRefused) return undefined;
  const known = cursor?.[PATIENT_UNTIL];
  const until = typeof known === 'number' ? known : now + PATIENCE_MS;
  // In a tolerant attempt nothing is left to wait for but our own bucket.
  if (isRefused && now >= until) return undefined;
  const asked = isLater ? error.until : now + ASK_AGAIN_MS;
  // A source may ask for more than there is.
  const wait = now < until ? Math.min(asked, until) : asked;
  return { wait, why: error.code, cursor: { ...cursor, [PATIENT_UNTIL]: until } };
}

/** What an export itself cannot go on after. */
const isOurs = ({ code }: ComplianceError): boolean => code.startsWith('export.');

import type { BrevoClient } from '@getbrevo/brevo';
import type { Context } from '../../platform/context.ts';
import { ComplianceError, PermanentError, RetryAfterError } from '../../platform/errors.ts';
import { callsFor, type Calls } from './quota.ts';

interface BrevoFailure {
  readonly statusCode?: unknown;
  readonly rawResponse?: { readonly headers?: { get(name: string): string | null } };
}

/** Brevo's client, without the calls that it counts by the hour for everybody together. */
export interface FreeBrevo extends Pick<BrevoClient, 'contacts' | 'process'> {
  readonly transactionalEmails: Pick<BrevoClient['transactionalEmails'], 'getTransacEmailsList' | 'sendTransacEmail'>;
}

/** The calls that it counts by the hour: everything else below `/smtp/…`. */
export interface HourlyBrevo extends Pick<BrevoClient, 'fetch'> {
  readonly transactionalEmails: Pick<BrevoClient['transactionalEmails'], 'getEmailEventReport'>;
}

/**
 * A call to `/smtp/…`, of which Brevo answers 300 an hour: it is taken from the budget first
 * (quota.ts), so it cannot be made without a purpose. Null: Brevo knows no such thing (404).
 *
 * @throws as `callBrevo`, and RetryAfterError or BudgetError if the budget has none left
 */
export async function callHourly<T>(
  context: Context,
  calls: Calls,
  call: (brevo: HourlyBrevo) => Promise<T>,
): Promise<T | null> {
  await calls.take();
  return answerOf(context, call);
}

/**
 * Calls Brevo. Null: Brevo knows no such thing (404).
 *
 * @throws RetryAfterError for a rate limit, until Brevo's own `x-sib-ratelimit-reset`.
 *   PermanentError if trying again cannot heal it (4xx). ComplianceError otherwise, also for an
 *   answer that is not JSON, which the SDK gives back like a success
 */
export const callBrevo = <T>(context: Context, call: (brevo: FreeBrevo) => Promise<T>): Promise<T | null> =>
  answerOf(context, call);

async function answerOf<T>(context: Context, call: (brevo: BrevoClient) => Promise<T>): Promise<T | null> {
  const brevo = await context.clients.brevo();
  let answer: T;
  try {
    answer = await call(brevo);
  } catch (cause) {
    if (cause instanceof ComplianceError) throw cause;
    const { statusCode, rawResponse } = cause as BrevoFailure;
    const status = typeof statusCode === 'number' ? statusCode : 0;
    if (status === 404) return null;
    throw failure(context, status, (name) => rawResponse?.headers?.get(name) ?? null, cause);
  }
  const garbage = answer as { ok?: unknown; error?: { reason?: unknown } } | null | undefined;
  if (garbage?.ok === false && garbage.error?.reason !== undefined) throw unreadable();
  return answer;
}

/** The error of a status, as the job understands it. */
function failure(
  context: Context,
  status: number,
  header: (name: string) => string | null,
  cause?: unknown,
): ComplianceError {
  const named = `brevo.${status > 0 ? status : 'network'}` as const;
  if (status === 429) {
    const seconds = Number(header('x-sib-ratelimit-reset') ?? header('retry-after'));
    const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : context.config.retryBaseMs;
    return new RetryAfterError(named, 'Brevo asks to come back later', context.now() + wait, { cause });
  }
  if (status === 401 || status === 403) {
    return new PermanentError(named, 'Brevo refuses the key: check BREVO_API_KEY and the allowed addresses', { cause });
  }
  // 408 and 425 ask for another try; other refusals are of the request as it is.
  if (status >= 400 && status < 500 && status !== 408 && status !== 425) {
    return new PermanentError(named, `Brevo refuses the request (${status}): look at the contact in Brevo`, { cause });
  }
  return new ComplianceError(named, `Brevo did not do what it was asked (${named})`, { cause });
}

const unreadable = () => new ComplianceError('brevo.answer', "Brevo's answer is not what its documentation says");

/** Returns the answer, if it has the expected parts. @throws ComplianceError `brevo.answer` */
export function expectAnswer<T>(answer: T, holds: (answer: T) => boolean): T {
  if (typeof answer === 'object' && answer !== null && holds(answer)) return answer;
  throw unreadable();
}

/**
 * Was a period refused because it is too old? Brevo documents no words for that; but then it
 * answers the same question about days of now. If it refuses these too, it is wrong in another way,
 * and nothing may end there.
 *
 * @param newest asks the same, about the newest days
 */
export async function isTooOld(error: unknown, newest: () => Promise<unknown>): Promise<boolean> {
  if (!isRefused(error)) return false;
  try {
    await newest();
    return true;
  } catch (again) {
    if (isRefused(again)) return false;
    throw again;
  }
}

/** True if Brevo refuses the request as it is. */
export const isRefused = (error: unknown): error is PermanentError =>
  error instanceof PermanentError && error.code === 'brevo.400';

/**
 * Asks for the deletion of the log of e-mails to an address. The SDK's own method drops the answer,
 * which has the id of the process that works on it (guide "Delete transactional logs"), while the
 * reference says 204: both are understood.
 *
 * @returns the process; `unnamed` if Brevo names none; null if there is no log
 */
export async function deleteLog(context: Context, email: string): Promise<number | 'unnamed' | null> {
  return callHourly(context, callsFor(context, 'erasure'), async (brevo) => {
    const answer = await brevo.fetch(`smtp/log/${encodeURIComponent(email)}`, { method: 'DELETE' });
    if (answer.status === 404) return null;
    if (!answer.ok) throw failure(context, answer.status, (name) => answer.headers.get(name));
    const text = await answer.text();
    if (text === '') return 'unnamed';
    const { process_id: process } = parse(text);
    if (typeof process === 'number') return process;
    throw unreadable();
  });
}

function parse(text: string): { process_id?: unknown } {
  try {
    return JSON.parse(text) as { process_id?: unknown };
  } catch (cause) {
    throw new ComplianceError('brevo.answer', "Brevo's answer is not JSON", { cause });
  }
}

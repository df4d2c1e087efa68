import { Timestamp } from 'firebase-admin/firestore';
import type { Held, Job } from '../jobs/types.ts';
import { DAY_MS, HOUR_MS, utcDay } from '../platform/time.ts';
import type { Context } from '../platform/context.ts';
import { countOf, createIfAbsent } from '../platform/firestore.ts';
import { addPeriod } from '../policy/calendar.ts';
import type { Progress } from '../systems/system.ts';
import type { ErasureJob } from './job.ts';
import type { AccountAge } from './plan.ts';

type Window = 'hour' | 'day';
const LENGTH: Readonly<Record<Window, number>> = { hour: HOUR_MS, day: DAY_MS };

/**
 * Returns how many erasures the policy lets begin in a window: the number, or the share of the
 * accounts, the larger of the two. Pure.
 */
function allowed({ policy, config }: Context, window: Window, accounts: number): number {
  const { number, share } = policy.rights.erasureBreaker[window];
  return Math.max(config.erasureHoldAbove ?? number, Math.floor(share * accounts));
}

/**
 * The circuit breaker: holds erasures that neither the person nor an officer asked for, beyond
 * those that the policy allows in an hour or a day. A job counts those of its kind that were
 * created before it, itself among them. So each has a place in the window that no order of arrival
 * changes, and none has to write a counter that all would fight for. Young accounts have a window
 * of their own: deleting many throwaway accounts holds nobody else, and makes no room for others
 * either.
 *
 * Costs a count of the window per job, and one of the accounts if the number alone is not enough.
 */
export async function breaker(context: Context, job: ErasureJob): Promise<Progress | Held> {
  const { breaker: age, released } = job.input;
  if (age === undefined || released === true) return { settled: [] };
  for (const window of ['hour', 'day'] as const) {
    const place = await placeIn(context, job, age, window);
    if (place <= allowed(context, window, 0)) continue;
    if (place <= allowed(context, window, await establishedAccounts(context))) continue;
    await alert(context, age, window);
    return { held: `more erasures in ${window === 'hour' ? 'an hour' : 'a day'} than the policy allows` };
  }
  return { settled: [] };
}

function placeIn(context: Context, job: Job, age: AccountAge, window: Window): Promise<number> {
  const before = context.clients
    .own()
    .collection('jobs')
    .where('input.breaker', '==', age)
    .where('createdAt', '>', Timestamp.fromMillis(job.createdAt - LENGTH[window]))
    .where('createdAt', '<=', Timestamp.fromMillis(job.createdAt));
  return countOf(before);
}

/** Accounts that are known and not young: throwaway sign-ups do not widen the share. */
function establishedAccounts({ policy, clients, now }: Context): Promise<number> {
  const youngFor = addPeriod(0, policy.rights.erasureBreaker.young, policy.controller.timeZone);
  const until = Math.floor((now() - youngFor) / 1000);
  return countOf(clients.own().collection('subjects').where('accountCreatedAt', '<=', until));
}

/** The line that an alert is set on: once a day and age of the accounts, however many are held. */
async function alert(context: Context, age: AccountAge, window: Window): Promise<void> {
  const now = context.now();
  const ref = context.clients.own().doc(`breakers/${utcDay(now)}_${age}`);
  if (await createIfAbsent(ref, { createdAt: Timestamp.fromMillis(now), age, window }))
    context.log.error('circuit breaker: erasures are held until an officer releases or discards them', { age, window });
}

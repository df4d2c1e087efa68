import fc from 'fast-check';
import { expect } from 'vitest';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import type { Runners } from '../../../../functions/src/jobs/catalog.ts';
import { jobsIn } from '../../../../functions/src/jobs/store.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { answerBy } from '../../../../functions/src/policy/calendar.ts';
import { pausedMs, type Timed } from '../../../../functions/src/requests/clock.ts';
import { refusalReasons } from '../../../../functions/src/requests/reply.ts';
import type { FoundRequest } from '../../../../functions/src/rights/answers/find.ts';
import { planReply, sendReply, type Order } from '../../../../functions/src/rights/answers/reply.ts';
import { queueRunner } from '../../../../functions/src/rights/queue.ts';
import type { Decided } from '../../../../functions/src/rights/answers/decide.ts';
import { requestNamed } from '../../requests/helpers.ts';
import { context, keyOf } from '../helpers.ts';

/** A well-formed pseudonym of an officer. */
export const OFFICER = `v1_${'o'.repeat(43)}`;

/** The context of the requests, under a policy that allows an extension. */
export function officer(): Context {
  const { policy } = context;
  const source = { kind: 'statute', reference: 'GDPR Art. 12(3)' } as const;
  const answerWithin = { ...policy.rights.answerWithin, extension: { period: 'P2M', source } };
  return { ...context, policy: { ...policy, rights: { ...policy.rights, answerWithin } } };
}

export const found = (id = 'r1'): Promise<FoundRequest> => requestNamed(officer(), keyOf(id), 'u1');

/** Plans a letter and sends it, as the command does. */
export async function send(order: Order, id = 'r1', words = 'Because of this.'): Promise<Decided> {
  const one = await found(id);
  const planned = await planReply(officer(), one, { order, words });
  return planned.ok ? sendReply(officer(), one, planned.reply, OFFICER) : planned;
}

export const runners = { request: async (c) => queueRunner(c) } as Runners;

/** Runs every job that tells a person an officer's decision. */
export async function tell(): Promise<void> {
  const { jobs } = jobsIn((await context.own.collection('jobs').get()).docs, context.keys);
  for (const { id, status } of jobs)
    if (id.startsWith('reply_') && status !== 'completed') await runJob(officer(), runners, id);
}

/** Any order of an officer about a request. */
export const orders: fc.Arbitrary<Order> = fc.oneof(
  fc.record({ kind: fc.constant('answered' as const), result: fc.constantFrom('done' as const, 'partly' as const) }),
  fc.record({ kind: fc.constant('refused' as const), reason: fc.constantFrom(...refusalReasons) }),
  fc.record({
    kind: fc.constant('extended' as const),
    by: fc.constantFrom('P1M', 'P2M', 'P3M'),
    reason: fc.constantFrom('complexity' as const, 'number' as const),
  }),
);

/** The end is a month from receipt, its extension, and the time for which the clock stood. */
export function expectClock(record: Timed): void {
  const first = answerBy(officer().policy, record.receivedAt.toMillis());
  const months = record.dueAt.toMillis() - pausedMs(record);
  if (record.extension === undefined) expect(months).toBe(first);
  else {
    expect(months).toBeGreaterThan(first + 27 * DAY_MS);
    expect(months).toBeLessThan(first + 63 * DAY_MS);
    // The person was told within the first month.
    expect(record.extension.at.toMillis()).toBeLessThanOrEqual(first + pausedMs(record) + (openMs(record) ?? 0));
  }
}

const openMs = ({ pauses = [] }: Timed): number | undefined =>
  pauses.some(({ until }) => until === undefined) ? Infinity : undefined;

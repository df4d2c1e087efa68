import fc from 'fast-check';
import { jobsIn } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { CLOSINGS } from '../../../functions/src/officerTasks/task.ts';
import { requestTypes } from '../../../functions/src/requests/request.ts';
import { requestsIn, type RequestRecord } from '../../../functions/src/requests/store.ts';
import { findRequest, type FoundRequest } from '../../../functions/src/rights/answers/find.ts';
import { ASKS } from '../../../functions/src/rights/ways/link.ts';
import { runDying } from '../../kit/dying.ts';
import { orders } from '../rights/answers/answers.sample.ts';
import { context } from '../rights/helpers.ts';
import { UID } from './world.ts';

/** Everything that an act may need, and the ways to find its subject. */

export const choices = {
  /** The number among those that there are, the newest first. */
  which: fc.nat(5),
  type: fc.oneof(
    { weight: 3, arbitrary: fc.constant('erasure' as const) },
    { weight: 5, arbitrary: fc.constantFrom(...requestTypes) },
  ),
  who: fc.constantFrom('uid', 'address', 'stranger', 'nobody' as const),
  asks: fc.constantFrom(...ASKS),
  proven: fc.boolean(),
  order: orders,
  as: fc.constantFrom(...CLOSINGS),
  hours: fc.oneof(fc.integer({ min: -1, max: 30 }), fc.integer({ min: 30, max: 2400 })),
  /** The process dies at its nth write, before or after it. */
  dies: fc.option(fc.nat(9), { nil: null, freq: 3 }),
};
export type Choices = {
  readonly [Name in keyof typeof choices]: (typeof choices)[Name] extends fc.Arbitrary<infer T> ? T : never;
};

/** Does something in a process that may die. */
export const dying = (dies: number | null, work: () => Promise<unknown>): Promise<boolean> =>
  runDying(dies, [context.app, context.own], work, 'writes');

/** The nth of them from the end; undefined if there are none. */
export const nth = <T>(all: readonly T[], which: number): T | undefined =>
  all[all.length - 1 - (which % (all.length || 1))];

export const jobs = async (): Promise<Job[]> =>
  jobsIn((await context.own.collection('jobs').get()).docs, context.keys).jobs;

export const requests = async () => {
  const found = requestsIn((await context.own.collection('requests').get()).docs, context.keys);
  return [...found.requests].sort((a, b) => a.record.receivedAt.toMillis() - b.record.receivedAt.toMillis());
};

/** Finds a request as an officer does: mostly one for which the act is meant. */
export async function foundBy(
  which: number,
  isMeant: (record: RequestRecord) => boolean,
): Promise<FoundRequest | undefined> {
  const all = await requests();
  const meant = all.filter(({ record }) => isMeant(record));
  const one = nth(which < 5 && meant.length > 0 ? meant : all, which);
  if (one === undefined) return undefined;
  const found = await findRequest(context, one.key, one.record.subjectKey === undefined ? UID : undefined);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

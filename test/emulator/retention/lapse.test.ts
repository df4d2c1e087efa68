import { Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { tick } from '../../../functions/src/jobs/tick.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import type { FateRule, Policy } from '../../../functions/src/policy/schema.ts';
import {
  contractEnd,
  lapsedSince,
  recordsLapsing,
  startContracts,
} from '../../../functions/src/retention/contracts/plan.ts';
import { runners } from '../../../functions/src/runners.ts';
import { DAY, openNight, type Night } from './nightly.ts';
import { state } from '../../kit/sealed/statements.ts';

/** Periods that count from the end of a contract, as servers write it. */

const source = { kind: 'ownChoice', reference: 'a test' } as const;
const afterContract = (after: string): FateRule[] => [
  { when: { event: 'contractEnded' }, after, then: { do: 'delete' }, source },
];
const activity = recordOf(amikeo, 'activity');
const policy: Policy = {
  ...amikeo,
  contract: { record: 'contracts', ended: 'endedAt', source },
  records: {
    contracts: { ...activity, path: 'users/{uid}/contracts/{id}', fate: afterContract('P5Y') },
    activity: { ...activity, fate: afterContract('P30D') },
    sessions: { ...recordOf(amikeo, 'sessions'), fate: afterContract('P60D') },
    account: { ...recordOf(amikeo, 'account'), fate: afterContract('P1D') },
  },
};

let night: Night;
let context: Context;
const tasks: string[] = [];
beforeAll(() => {
  night = openNight('lapse', policy);
  context = { ...night.context, queue: { enqueue: async (_, job) => void tasks.push(job) } };
});
afterAll(() => night.end());

const inDays = (days: number): Timestamp => Timestamp.fromMillis(night.now() + days * DAY);
/** A person whose contracts end then, and their rows. */
async function withContracts(uid: string, ...ends: (Timestamp | null)[]): Promise<void> {
  for (const [n, endedAt] of ends.entries()) await night.app.doc(`users/${uid}/contracts/${n}`).set({ endedAt });
  for (const record of ['activity', 'sessions'])
    await night.app.doc(`users/${uid}/${record}/1`).set({ createdAt: inDays(-9) });
}
async function goOn(): Promise<void> {
  night.pass(60_000);
  await startContracts(context, night.now());
  await tick(context);
  while (tasks.length > 0) for (const job of tasks.splice(0)) await runJob(context, runners, job);
}
const left = async (uid: string): Promise<string> => {
  const all = await night.app.getAll(
    ...['activity', 'sessions'].map((name) => night.app.doc(`users/${uid}/${name}/1`)),
  );
  return all.flatMap(({ exists, ref }) => (exists ? [ref.parent.id] : [])).join();
};

describe('the end of a contract', () => {
  it('ends each record when its own period is over, for people without a running contract, and nobody else', async () => {
    await withContracts('ended', inDays(-40), inDays(-20));
    await withContracts('runs', inDays(-400), null);
    await withContracts('will-end', inDays(-400), inDays(5));
    await withContracts('again', inDays(-20));
    await withContracts('held', inDays(-400));
    await state({ own: night.own, keys: night.context.keys }, 'restrictions/held', { createdAt: inDays(-1) });
    await night.app.doc('teams/ended/contracts/0').set({ endedAt: inDays(-400) });
    await goOn();
    for (const uid of ['ended', 'runs', 'will-end', 'again', 'held'])
      expect([uid, await left(uid)]).toEqual([uid, 'activity,sessions']);

    night.pass(10.5 * DAY);
    await goOn();
    expect(await left('ended')).toBe('sessions');
    expect(await left('again')).toBe('sessions');
    // A new contract keeps the rows that are left.
    await night.app.doc('users/again/contracts/new').set({ startedAt: inDays(0) });
    night.pass(10 * DAY);
    await night.own.doc('restrictions/held').delete();
    await goOn();
    expect([await left('ended'), await left('held')]).toEqual(['sessions', '']);
    night.pass(21 * DAY);
    await goOn();
    expect([await left('ended'), await left('again'), await left('runs')]).toEqual([
      '',
      'sessions',
      'activity,sessions',
    ]);
    // Ended on the sixth day, 36 days ago.
    expect(await left('will-end')).toBe('sessions');
    // Later nights find the same ends, and set nothing going that is over.
    tasks.length = 0;
    night.pass(60_000);
    await startContracts(context, night.now());
    const begun: string[] = [];
    while (tasks.length > 0)
      for (const job of tasks.splice(0)) {
        begun.push(job);
        await runJob(context, runners, job);
      }
    expect(begun.filter((job) => job.includes('contractEnded'))).toEqual([]);
    expect(begun).toHaveLength(1);
    const jobs = await night.own.collection('jobs').where('kind', '==', 'lapse').get();
    expect(jobs.docs.filter((job) => job.get('status') === 'blocked')).toEqual([]);
  });

  it('is not known while one contract has no end, or one in the future; nothing counts from it in most policies', () => {
    expect(contractEnd([1, 5, 3], 10)).toBe(5);
    expect(contractEnd([1, undefined], 10)).toBeNull();
    expect(contractEnd([1, 11], 10)).toBeNull();
    expect(contractEnd([], 10)).toBeNull();
    expect(lapsedSince(amikeo, night.now())).toBeNull();
    // The account itself ends by an erasure only.
    expect(recordsLapsing(policy).map(({ id }) => id)).toEqual(['contracts', 'activity', 'sessions']);
  });
});

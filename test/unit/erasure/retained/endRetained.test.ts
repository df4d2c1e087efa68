import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import { liftHold, setHold } from '../../../../functions/src/erasure/holds.ts';
import { retainedJobs } from '../../../../functions/src/erasure/job.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { changeJob, createJob, loadJob } from '../../../../functions/src/jobs/store.ts';
import { tick } from '../../../../functions/src/jobs/tick.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import type { Policy } from '../../../../functions/src/policy/schema.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { DAY, holdWorld, NOW } from '../holdTasks/world.ts';

/** The job of an erasure that ends retained rows, when their time has come. */

const source = { kind: 'ownChoice', reference: 'a test' } as const;
const ground = { article: 'Art. 17(3)(b)', text: { en: 'The law.', fr: 'La loi.' } };
const keptFor = (after: string): Policy => ({
  ...amikeo,
  records: {
    ...amikeo.records,
    activity: {
      ...recordOf(amikeo, 'activity'),
      fate: [
        { when: { event: 'accountDeleted' }, after: 'P0D', then: { do: 'delete' }, source },
        { when: { field: 'createdAt' }, after, then: { do: 'retain', ground }, source },
      ],
    },
  },
});

const ROW = 'users/lou/activity/1';
const ID = 'erasure_lou_until_2026-06-01';

let world: ReturnType<typeof holdWorld>;
beforeEach(() => void (world = holdWorld()));

const isThere = async (path = ROW): Promise<boolean> => (await world.context.app.doc(path).get()).exists;
const row = (path: string, createdAt: number) =>
  world.context.app.doc(path).set({ createdAt: Timestamp.fromMillis(createdAt) });

/** Makes the job that wakes now, under a policy. */
async function sleeping(policy: Policy, input: object = {}): Promise<void> {
  Object.assign(world.context, { policy });
  const all = {
    ...{ uid: 'lou', accountCreatedAt: 1, deletedAt: NOW - 400 * DAY, until: NOW, of: 'erasure_lou' },
    ...{ records: ['activity'], handles: [], ...input },
  };
  const pseudonym = pseudonymOf('lou', world.context.keys);
  const plan = { id: ID, pseudonym, dueAt: NOW + 30 * DAY, wakeAt: NOW, steps: [{ id: 'ended' }] } as const;
  await createJob(world.context, retainedJobs.plan({ ...plan, input: all }));
}

/** Lets time pass, and everything run that is due. */
async function after(days: number): Promise<void> {
  const { context } = world;
  context.time.now += days * DAY;
  for (let round = 0; round < 3; round++) {
    context.enqueued.length = 0;
    await tick(context);
    for (const line of [...context.enqueued])
      await runJob(
        context,
        { erasure: async (c) => erasureRunner(c, async () => undefined) },
        line.split(' ')[1] ?? '',
      );
  }
}
const job = async () => loadJob(world.context, ID);

describe('a row that a ground keeps longer than was known when its person was erased', () => {
  it('is waited for: its end comes with the new date, and so does the date on which it is due', async () => {
    await row(ROW, NOW - 3 * 365 * DAY);
    await sleeping(keptFor('P4Y'));
    await after(1);
    expect(await isThere()).toBe(true);
    expect((await job())?.dueAt).toBeGreaterThan(NOW + 380 * DAY);
    await after(360);
    expect(await isThere()).toBe(true);
    await after(6);
    expect(await isThere()).toBe(false);
    expect((await job())?.status).toBe('completed');
  });

  it('keeps no other row: one whose time has come goes at once', async () => {
    await row(ROW, NOW - 3 * 365 * DAY);
    await row('users/lou/activity/2', NOW - 5 * 365 * DAY);
    await sleeping(keptFor('P4Y'));
    await after(1);
    expect([await isThere(), await isThere('users/lou/activity/2')]).toEqual([true, false]);
  });
});

describe('a row that a legal hold keeps when its time has come', () => {
  const set = (records?: readonly string[]) =>
    setHold(world.context, { uid: 'lou', unknownUid: true, ground, ...(records && { records }) });

  it('ends when the hold is lifted, also if a walk was handed over while it ran', async () => {
    await row(ROW, NOW - 3 * 365 * DAY);
    await sleeping(keptFor('P1Y'), { records: ['activity', 'sessions'] });
    const { id } = await set();
    const held = { record: 'activity', count: 1, outcome: 'retained', ground, until: null, held: true } as const;
    await changeJob(world.context, ID, (one) => {
      const cursor = { place: { record: 1, outcomes: [held] } };
      return { ...one, steps: { ended: { state: 'pending', after: [], attempts: 0, outcomes: [], cursor } } };
    });
    await after(1);
    await after(1);
    expect([await isThere(), (await job())?.status]).toEqual([true, 'waiting']);
    await liftHold(world.context, id);
    await after(1);
    expect([await isThere(), (await job())?.status]).toEqual([false, 'completed']);
  });

  it('lets officers hear once of the rest that no interface can end, while it is looked at each day', async () => {
    await row(ROW, NOW - 3 * 365 * DAY);
    await sleeping(keptFor('P1Y'), { records: ['activity', 'contactRequests'] });
    await set(['activity']);
    for (let day = 0; day < 3; day++) await after(1);
    expect((await job())?.status).toBe('waiting');
    const told = world.context.logged.filter((line) => line.includes('an officer has to end the rest'));
    expect(told).toHaveLength(1);
  });
});

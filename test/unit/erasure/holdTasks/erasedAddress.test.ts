import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { endRetained } from '../../../../functions/src/erasure/followUps.ts';
import { liftHold, setHold } from '../../../../functions/src/erasure/holds.ts';
import { areUntold } from '../../../../functions/src/erasure/holdTasks/wake.ts';
import { replayJobs, retainedJobs } from '../../../../functions/src/erasure/job.ts';
import { planReplay, replayStep } from '../../../../functions/src/erasure/restore/replay.ts';
import { replayErasures } from '../../../../functions/src/erasure/restore/run.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { jobRef, toDocument } from '../../../../functions/src/jobs/store.ts';
import { heldSubjects } from '../../../../functions/src/ledger/holds.ts';
import { recordOf } from '../../../../functions/src/policy/lookup.ts';
import { learnAddress } from '../../../../functions/src/subject/addresses.ts';
import { addressPseudonym, emailHash } from '../../../../functions/src/subject/emails.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { bury } from '../../../../functions/src/subject/tombstones.ts';
import { expireRows } from '../../../../functions/src/systems/firestore/expire.ts';
import { NO_FIGURES } from '../../../../functions/src/systems/system.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { close, DAY, holdWorld, NOW, work, type World } from './world.ts';

/** A legal hold by an address keeps the rows of somebody erased, whose tombstone has its hash. */

const EMAIL = 'lou@example.com';
const ROW = 'users/lou/activity/1';
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };

let world: World;
beforeEach(() => void (world = holdWorld()));

const set = async (): Promise<string> => (await setHold(world.context, { uid: '', email: EMAIL, ground })).id;
const chain = (): string => pseudonymOf('lou', world.context.keys);
const isThere = async (): Promise<boolean> => (await world.context.app.doc(ROW).get()).exists;

/** Lou was erased, and a row of theirs is there. */
async function erased(emails: 'emails' | 'formerEmails' = 'emails'): Promise<void> {
  const { context } = world;
  const mark = {
    accountCreatedAt: 1,
    deletedAt: NOW - DAY,
    job: 'erasure_lou',
    [emails]: [emailHash(EMAIL, context.keys)],
  };
  await bury(context, chain(), mark, NOW - DAY);
  await context.app.doc(ROW).set({ createdAt: Timestamp.fromMillis(NOW - 2 * DAY) });
}

/** Ends what a ground kept until now. */
function end() {
  const plan = retainedJobs.plan({
    ...{ id: 'retained', pseudonym: chain(), dueAt: NOW, steps: [{ id: 'ended' }] },
    input: {
      ...{ uid: 'lou', accountCreatedAt: 1, deletedAt: NOW - DAY, until: NOW - 1 },
      ...{ records: ['activity'], handles: [], of: 'erasure_lou' },
    },
  });
  return endRetained(world.context, retainedJobs.read(newJob(plan, NOW)), { deadline: Infinity });
}

/** Erases lou again, after a restore that brought the row back. */
function replay() {
  const person = {
    ...{ uid: 'lou', chains: [chain()] as const, accountCreatedAt: 1, deletedAt: NOW - DAY },
    ...{ erasedAt: NOW - DAY, of: 'erasure_lou', addresses: [] },
  };
  const job = newJob(planReplay(world.context.policy, person, '20260601T0900', NOW), NOW);
  return replayStep(world.context, replayJobs.read(job), 'replay', { deadline: Infinity });
}

/** The nightly retention, when the period of the row is over. */
async function sweep() {
  const { context } = world;
  const named = { id: 'activity', record: recordOf(context.policy, 'activity') };
  const held = await heldSubjects(context, named.id, Infinity);
  const [now, base] = [NOW + 1000 * DAY, { policy: context.policy, held, figures: NO_FIGURES, deadline: Infinity }];
  return expireRows(context, named, { ...base, now, field: 'createdAt', cutoff: NOW });
}

describe('somebody erased, with a row that only the address of a hold leads to', () => {
  it.each([
    ['the end of its ground', end],
    ['a replay', replay],
    ['the nightly sweep', sweep],
  ])(
    'keeps it at %s: while the hold runs, and if its document is gone; nothing keeps it afterwards',
    async (_, ends) => {
      await erased();
      const id = await set();
      await ends();
      expect(await isThere()).toBe(true);
      await world.context.own.doc(`legalHolds/${id}`).delete();
      await ends();
      expect(await isThere()).toBe(true);
      expect(await liftHold(world.context, id)).toMatchObject({ ok: true });
      world.context.time.now += 1;
      await ends();
      expect(await isThere()).toBe(false);
    },
  );

  it('keeps it from the nightly sweep also by a former address', async () => {
    await erased('formerEmails');
    const id = await set();
    expect((await sweep()).figures).toMatchObject({ deleted: 0, held: 1 });
    await liftHold(world.context, id);
    expect((await sweep()).figures).toMatchObject({ deleted: 1, held: 0 });
  });

  it('is named with it in the preview of a replay', async () => {
    await erased();
    await world.context.app.doc('users/lou').set({ email: EMAIL });
    await set();
    const order = { since: NOW - 2 * DAY, run: '20260601T0900', dryRun: true };
    const { again } = await replayErasures(world.context, order);
    expect(again[0]?.outcomes).toContainEqual(
      expect.objectContaining({ record: 'activity', outcome: 'retained', held: true }),
    );
  });
});

describe('a hold under a newer pseudonym key than the erasure of the same address', () => {
  /** The erasure of somebody without an account waits for the hold. */
  async function waiting(): Promise<string> {
    const { context } = world;
    const subjectKey = await learnAddress(context, { email: EMAIL, provenAt: NOW });
    const pseudonym = addressPseudonym(EMAIL, context.keys);
    const input = { uid: '', subjectKey, deletedAt: NOW };
    const job = newJob({ id: 'e', kind: 'erasure', pseudonym, input, dueAt: NOW, steps: [{ id: 'holds' }] }, NOW);
    const holds = { ...job.steps['holds'], state: 'waiting', wakeAt: NOW + DAY } as const;
    const stored = { ...job, steps: { holds } } as typeof job;
    await jobRef(context.own, job.id).set(toDocument(stored, context.keys));
    changeKey(context);
    return subjectKey;
  }

  it('wakes it when it is over, and lets it wait until the recipients have heard', async () => {
    const key = await waiting();
    const id = await set();
    await work(world);
    await close(world, 'stripe');
    expect(await liftHold(world.context, id)).toMatchObject({ ok: true, woken: ['e'] });
    expect(await areUntold(world.context, { uid: '', key })).toBe(true);
    await work(world);
    expect(await areUntold(world.context, { uid: '', key })).toBe(false);
  });
});

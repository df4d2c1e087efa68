import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { followService } from '../../../../functions/src/consent/service.ts';
import { SERVICE_STEPS } from '../../../../functions/src/consent/effects.ts';
import type { ChangeJob } from '../../../../functions/src/consent/job.ts';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { onConsentWritten } from '../../../../functions/src/consent/recordDecision.ts';
import { startFromRequest, takeBack } from '../../../../functions/src/erasure/grace.ts';
import { startJobs, takeBackJobs } from '../../../../functions/src/erasure/job.ts';
import { erasureId, startJob, takeBackJob } from '../../../../functions/src/erasure/plan.ts';
import { startUnderNextChain } from '../../../../functions/src/erasure/start.ts';
import { erasureJobs } from '../../../../functions/src/erasure/job.ts';
import { standingOf } from '../../../../functions/src/erasure/starts/standing.ts';
import { wantedFrom } from '../../../../functions/src/erasure/starts/wanted.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { createJob, loadJob, toDocument } from '../../../../functions/src/jobs/store.ts';
import type { Job, StepState } from '../../../../functions/src/jobs/types.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { asPublished } from '../../../kit/amikeo.ts';
import { ofTheDay } from '../../../kit/depth.ts';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { testContext } from '../../requests/helpers.ts';

/**
 * An erasure by requests and by the withdrawal of the service's consent, in every order. It goes on
 * as long as one of them stands, and ends with the last one.
 */

const NOW = Date.parse('2026-03-01T09:00:00Z');
const VERSION = '2026-02-01';
const policy = asPublished(amikeo, VERSION);

/** Somebody who asks, says no, and takes either back, minute by minute. */
function person() {
  const context = { ...testContext(NOW), policy };
  const chain = pseudonymOf('ada', context.keys);
  const id = erasureId({ pseudonym: chain, accountCreatedAt: null });
  const ref = (n: number) => ({ key: requestKey(chain, `r${n}`, context.keys), uid: 'ada', requestId: `r${n}` });
  const later = (): number => (context.time.now += 60_000);
  const carryAnswer = () =>
    followService(context, { input: { uid: 'ada', purpose: 'coreService' } } as ChangeJob, SERVICE_STEPS.account);

  const ask = async (n: number): Promise<void> => {
    const at = Timestamp.fromMillis(later());
    const request = { pseudonym: chain, type: 'erasure', status: 'in_progress', channel: 'app' };
    await writeSealed(
      context.own.doc(`requests/${ref(n).key}`),
      { ...request, receivedAt: at, dueAt: at },
      context.keys,
    );
    await context.app.doc(`users/ada/privacyRequests/r${n}`).set({ ...request, createdAt: at });
    const plan = startJob(ref(n), chain, context.now(), NOW + 7 * DAY_MS);
    await createJob(context, plan);
    await startFromRequest(context, startJobs.read(newJob(plan, context.now())));
  };
  const back = async (n: number): Promise<void> => {
    const plan = takeBackJob(ref(n), chain, later(), NOW + 7 * DAY_MS);
    await takeBack(context, takeBackJobs.read(newJob(plan, context.now())));
  };
  /** Writes the answer; its event comes later, or never. */
  const write = async (granted: boolean) => {
    const at = later();
    const document = context.app.doc('users/ada/consents/coreService');
    const before = (await document.get()).data();
    const after = { granted, policyVersion: VERSION, source: 'app', updatedAt: Timestamp.fromMillis(at) };
    await document.set(after);
    return { at, before, after };
  };
  const say = async (granted: boolean, isCarried = true): Promise<void> => {
    const { at, before, after } = await write(granted);
    await onConsentWritten(context, { id: `e${at}`, uid: 'ada', key: 'coreService', before, after, writtenAt: at });
    if (isCarried) await carryAnswer();
  };
  const erasure = (): Promise<Job | null> => loadJob(context, id);
  /** Writes that a request is taken back; its event comes later, or never. */
  const writeBack = async (n: number): Promise<void> => {
    context.time.now += 60_000;
    await context.app.doc(`users/ada/privacyRequests/r${n}`).update({ cancelled: true });
  };
  const carry = (job: string) => runJob(context, { erasure: async (c) => erasureRunner(c, reconcilePerson) }, job);
  const wanted = async () => wantedFrom(context, erasureJobs.read((await erasure()) as Job), reconcilePerson);
  const status = async (n: number): Promise<unknown> =>
    (await context.own.doc(`requests/${ref(n).key}`).get()).get('status');
  return { context, id, ref, ask, back, say, write, writeBack, carry, wanted, carryAnswer, erasure, status };
}

const words = ['ask', 'back', 'no', 'yes'] as const;
type Word = (typeof words)[number];

/** Every way to say so many words. */
const every = (length: number): Word[][] =>
  length === 0 ? [[]] : every(length - 1).flatMap((before) => words.map((word) => [...before, word]));

describe('an erasure that was asked for, and that a withdrawal began', () => {
  it('goes on while one of them stands, and ends with the last, in every order (Art. 7(3), 17)', async () => {
    // Five has no factor with the four words: each of them is at each place.
    for (const order of ofTheDay(10, every(4))) {
      const { ask, back, say, erasure, status } = person();
      let [asked, open, isWithdrawn] = [0, false, false];
      await say(true);
      for (const word of order) {
        if (word === 'no' || word === 'yes') {
          await say(word === 'yes');
          isWithdrawn = word === 'no';
        } else if (word === 'ask' && !open) {
          await ask((asked += 1));
          open = true;
        } else if (word === 'back' && open) {
          await back(asked);
          open = false;
          expect(await status(asked), order.join()).toBe('cancelled');
        }
        const job = await erasure();
        const isWaiting = job !== null && job.status !== 'cancelled';
        expect(isWaiting, order.join()).toBe(open || isWithdrawn);
        if (isWaiting) {
          const by = [open && 'request', isWithdrawn && 'withdrawal'].filter((one) => one !== false);
          expect(
            standingOf(job)
              .map((start) => start.by)
              .sort(),
            order.join(),
          ).toEqual(by);
        }
      }
    }
  });

  it('is led by the start that is left: its beginner, its request and the end of its own grace', async () => {
    const { context, ask, back, say, erasure, ref } = person();
    await say(true);
    await ask(1);
    context.time.now += 2 * DAY_MS;
    await say(false);
    await ask(2);
    expect((await erasure())?.input).toMatchObject({ startedBy: 'request', request: ref(1).key });
    await back(1);
    const left = await erasure();
    expect(left?.input).toMatchObject({ startedBy: 'withdrawal', request: ref(2).key });
    expect(left?.input['graceUntil']).toBe(NOW + 9 * DAY_MS + 3 * 60_000);
    await back(2);
    expect((await erasure())?.input).not.toHaveProperty('request');
  });

  it('ends with its second request too, if the first leads: nobody is told that it is cancelled, and erased', async () => {
    const { ask, back, erasure } = person();
    await ask(1);
    await ask(2);
    await back(2);
    expect(await erasure()).toMatchObject({ status: 'waiting' });
    await back(1);
    expect(await erasure()).toMatchObject({ status: 'cancelled' });
  });

  it('asks for each start before anything is touched, also in an older version of its job', async () => {
    const { context, ask, back, say, erasure } = person();
    await say(true);
    await say(false);
    await ask(1);
    const older = await erasure();
    if (older === null) throw new Error('no erasure');
    const isWanted = async () => (await wantedFrom(context, erasureJobs.read(older), reconcilePerson)) !== null;
    expect(await isWanted()).toBe(true);
    await back(1);
    expect(await isWanted()).toBe(true);
    // The job of the yes is lost: only the chain knows.
    await say(true, false);
    expect(await isWanted()).toBe(false);
  });

  it('is not ended by the job of a yes that comes after a later no', async () => {
    const { say, carryAnswer, erasure, context } = person();
    await say(true);
    await say(false);
    await say(true, false);
    const { keepAccount } = await import('../../../../functions/src/erasure/starts/withdrawal.ts');
    const yes = context.now();
    await say(false);
    await keepAccount(context, 'ada', yes);
    expect(standingOf((await erasure()) as Job)).toMatchObject([{ by: 'withdrawal', at: context.now() }]);
    await carryAnswer();
    expect(await erasure()).toMatchObject({ status: 'waiting' });
  });

  it('goes on under the next chain by the starts that stand alone', async () => {
    const { context, ask, back, say, erasure } = person();
    await say(true);
    await ask(1);
    await say(false);
    await back(1);
    const before = await erasure();
    if (before === null) throw new Error('no erasure');
    await startUnderNextChain(context, erasureJobs.read(before));
    const found = await context.own.collection('jobs').get();
    const next = found.docs.filter(({ id }) => id.startsWith('erasure_') && id !== before.id);
    const [job] = await Promise.all(next.map(({ id }) => loadJob(context, id)));
    expect(job?.input).toMatchObject({ startedBy: 'withdrawal', graceUntil: before.input['graceUntil'] });
    expect(standingOf(job as Job)).toEqual(standingOf(before));
  });
});

describe('an erasure whose person took it back in time, by an event that is late or lost', () => {
  it('is not wanted, by the person’s own document of the request (Art. 17)', async () => {
    const { ask, writeBack, wanted } = person();
    await ask(1);
    expect(await wanted()).toBe(NOW + 7 * DAY_MS + 60_000);
    await writeBack(1);
    expect(await wanted()).toBe(null);
  });

  it('is not wanted, by the person’s own answer to the service, which the ledger then has (Art. 7)', async () => {
    const { say, write, wanted, carryAnswer, erasure } = person();
    await say(true);
    await say(false);
    await write(true);
    expect(await wanted()).toBe(null);
    await carryAnswer();
    expect(await erasure()).toMatchObject({ status: 'cancelled' });
  });

  it('touches nothing, and the request ends as the person wrote', async () => {
    const { context, id, ref, ask, writeBack, carry, erasure, status } = person();
    await ask(1);
    context.time.now += 7 * DAY_MS - 90_000;
    await writeBack(1);
    context.time.now += 60_000;
    await carry(id);
    expect(await erasure()).toMatchObject({ status: 'cancelled', givenUpBy: 'backend' });
    expect((await context.own.collection('tombstones').get()).size).toBe(0);
    await carry(`keep_${ref(1).key}`);
    expect(await status(1)).toBe('cancelled');
  });

  it('is stopped by its event, also one that comes after the grace', async () => {
    const { context, ref, ask, erasure, status } = person();
    await ask(1);
    const at = context.now() + DAY_MS;
    context.time.now += 8 * DAY_MS;
    await takeBack(context, takeBackJobs.read(newJob(takeBackJob(ref(1), 'x', at, at), context.now())));
    expect(await erasure()).toMatchObject({ status: 'cancelled' });
    expect(await status(1)).toBe('cancelled');
  });

  it('waits for the end of the grace of what began it as well', async () => {
    const { context, id, ref, ask, say, write, writeBack, carry, erasure, status } = person();
    await say(true);
    await ask(1);
    context.time.now += 2 * DAY_MS;
    await say(false);
    const end = context.now() + 7 * DAY_MS;
    await writeBack(1);
    context.time.now = NOW + 8 * DAY_MS;
    await carry(id);
    expect((await erasure())?.steps['begin']).toMatchObject({ state: 'waiting', wakeAt: end });
    await carry(`keep_${ref(1).key}`);
    expect(await status(1)).toBe('cancelled');
    expect(standingOf((await erasure()) as Job)).toMatchObject([{ by: 'withdrawal' }]);
    await write(true);
    context.time.now = end;
    await carry(id);
    expect(await erasure()).toMatchObject({ status: 'cancelled' });
    expect((await context.own.collection('tombstones').get()).size).toBe(0);
  });

  it('says neither yes nor no while the erasure asks whether it may begin', async () => {
    const { context, id, ref, ask, back, erasure, status } = person();
    await ask(1);
    const job = (await erasure()) as Job;
    const grace = { ...(job.steps['grace'] as StepState), state: 'done' } as const;
    const begin = { ...(job.steps['begin'] as StepState), state: 'running', attempts: 1 } as const;
    const deciding = { ...job, steps: { ...job.steps, grace, begin } };
    await context.own.doc(`jobs/${id}`).set(toDocument(deciding, context.keys));
    const plan = takeBackJob(ref(1), 'x', context.now(), context.now());
    expect(await takeBack(context, takeBackJobs.read(newJob(plan, context.now())))).toHaveProperty('wait');
    const begun = { ...deciding, steps: { ...deciding.steps, begin: { ...begin, state: 'done' } as const } };
    await context.own.doc(`jobs/${id}`).set(toDocument(begun, context.keys));
    await back(1);
    expect(await status(1)).toBe('in_progress');
    expect((await context.own.doc(`requests/${ref(1).key}`).get()).get('reason')).toBe('too_late');
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { followService } from '../../../../functions/src/consent/service.ts';
import { SERVICE_STEPS } from '../../../../functions/src/consent/effects.ts';
import type { ChangeJob } from '../../../../functions/src/consent/job.ts';
import { onConsentWritten } from '../../../../functions/src/consent/recordDecision.ts';
import { startFromRequest, takeBack } from '../../../../functions/src/erasure/grace.ts';
import { startJobs, takeBackJobs } from '../../../../functions/src/erasure/job.ts';
import { erasureId, startJob, takeBackJob } from '../../../../functions/src/erasure/plan.ts';
import { startUnderNextChain } from '../../../../functions/src/erasure/start.ts';
import { erasureJobs } from '../../../../functions/src/erasure/job.ts';
import { standingOf } from '../../../../functions/src/erasure/starts/standing.ts';
import { isStillWanted } from '../../../../functions/src/erasure/starts/wanted.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { createJob, loadJob } from '../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { asPublished } from '../../../kit/amikeo.ts';
import { ofTheDay } from '../../../kit/depth.ts';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { testContext } from '../../requests/helpers.ts';

/**
 * An erasure by requests and by the withdrawal of the service's consent, in every order: it goes on
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
  const say = async (granted: boolean, isCarried = true): Promise<void> => {
    const at = later();
    const document = context.app.doc('users/ada/consents/coreService');
    const before = (await document.get()).data();
    const after = { granted, policyVersion: VERSION, source: 'app', updatedAt: Timestamp.fromMillis(at) };
    await document.set(after);
    await onConsentWritten(context, { id: `e${at}`, uid: 'ada', key: 'coreService', before, after, writtenAt: at });
    if (isCarried) await carryAnswer();
  };
  const erasure = (): Promise<Job | null> => loadJob(context, id);
  const status = async (n: number): Promise<unknown> =>
    (await context.own.doc(`requests/${ref(n).key}`).get()).get('status');
  return { context, ref, ask, back, say, carryAnswer, erasure, status };
}

const words = ['ask', 'back', 'no', 'yes'] as const;
type Word = (typeof words)[number];

/** Every way to say so many words. */
const every = (length: number): Word[][] =>
  length === 0 ? [[]] : every(length - 1).flatMap((before) => words.map((word) => [...before, word]));

describe('an erasure that was asked for, and that a withdrawal began', () => {
  it('goes on while one of them stands, and ends with the last, in every order (Art. 7(3), 17)', async () => {
    // Five has no factor with the four words: each of them is at each place.
    for (const order of ofTheDay(5, every(4))) {
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
    const isWanted = () => isStillWanted(context, erasureJobs.read(older));
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

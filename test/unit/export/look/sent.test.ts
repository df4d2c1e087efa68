import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { giveUp } from '../../../../functions/src/erasure/giveUp.ts';
import type { Sent } from '../../../../functions/src/export/transmission/send.ts';
import { transmit } from '../../../../functions/src/export/transmission/transmit.ts';
import { exportJobId } from '../../../../functions/src/export/plan.ts';
import { exportRunner } from '../../../../functions/src/export/steps.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { exportText } from '../../../../functions/src/messages/export.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import type { StepState } from '../../../../functions/src/jobs/types.ts';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import { endOfSending } from '../../../../functions/src/requests/transmission.ts';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { goOn, NOW, requestOf, shownTo, UID, type ExportWorld } from '../../officerTasks/export.sample.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { mailing } from '../mailing.ts';
import { HOST } from '../transmission/otherController.ts';
import { archivesOf, codeOfLook, give, lookAt, lookWorld } from './look.sample.ts';

/** A portability with rows to look at, which is sent to another company as well (Art. 20(2)). */

const DOWN: Sent = { ok: false, because: 'unavailable', again: true, reached: true };
const OK: Sent = { ok: true, status: 201 };
const ref = ({ key }: ExportWorld) => ({ key, uid: UID, requestId: 'r1' });

let world: ExportWorld;
beforeEach(async () => {
  world = await lookWorld('portability');
  const { context, key } = world;
  const source = { kind: 'ownChoice', reference: { en: 'a test', fr: 'un test' } } as const;
  const rights = { ...context.policy.rights, transmission: { hosts: [HOST], source } };
  world = { ...world, context: { ...context, policy: { ...context.policy, rights } } };
  const transmission = { state: 'pending', host: HOST };
  await writeSealed(context.own.doc(`requests/${key}`), { type: 'portability', transmission }, context.keys);
  const details = { transmitTo: `https://${HOST}/up` };
  await context.app.doc(`users/${UID}/privacyRequests/r1`).set({ details }, { merge: true });
  await jobIs('waiting');
});

/** The state of the step that sends. */
async function jobIs(state: StepState['state'], until = NOW + DAY_MS): Promise<void> {
  const { context, key } = world;
  const done = { state: 'done', after: [], attempts: 1, outcomes: [] };
  const wakeAt = state === 'running' ? { wakeAt: Timestamp.fromMillis(until) } : {};
  const steps = { archive: done, transmit: { ...done, state, ...wakeAt }, clean: done };
  const input = { uid: UID, requestId: 'r1', request: key };
  const fields = { status: 'waiting', input, steps, order: ['archive', 'transmit', 'clean'] };
  await writeSealed(context.own.doc(`jobs/${exportJobId(key)}`), fields, context.keys);
}

/** An officer gives the job up. */
async function cancelled(): Promise<void> {
  const { context, key } = world;
  expect(await giveUp(context, exportJobId(key), { by: 'officer', now: NOW })).toMatchObject({ ok: true });
}

/** Runs the step that sends; the other side gives this answer. */
async function send(answer: Sent) {
  const { context, store, key } = world;
  const job = await loadJob(context, exportJobId(key));
  if (job === null) throw new Error('no job');
  const isThere = async (): Promise<boolean> => true;
  return transmit({ context, store, send: async () => answer, ref: ref(world), isThere }, job, undefined);
}

/** The message that the whole is there, as the person gets it. */
async function messages(): Promise<string> {
  const sent: { textContent: string }[] = [];
  const context = mailing(world.context, UID, sent);
  await runJob(context, { export: async (one) => exportRunner(one) }, `told_${world.key}`);
  return sent.map(({ textContent }) => textContent).join();
}

describe('rows to look at in an archive that is also sent', () => {
  it('wait until the sending has ended: no archive comes between its attempts', async () => {
    await expect(send(DOWN)).rejects.toThrow('could not be sent');
    const code = await lookAt(world);
    expect(code).toMatchObject({ because: 'working' });
    expect(await send(OK)).toMatchObject({ settled: [{ recipient: HOST, count: 1, outcome: 'done' }] });
    await jobIs('done');
    expect(await give(world, { code: await codeOfLook(world) })).toMatchObject({ ok: true });
    expect(await archivesOf(world)).toHaveLength(2);
    expect(endOfSending((await loadRequest(world.context, world.key))?.transmission)).toMatchObject({ state: 'sent' });
  });

  it.each([
    ['tried', 'failed', 'We do not know if something arrived'],
    ['not tried yet', 'refused', 'Nothing was sent'],
  ])('wait no more for a sending, %s, that an officer has given up: it has %s', async (which, state, words) => {
    if (which === 'tried') await expect(send(DOWN)).rejects.toThrow('could not be sent');
    await jobIs('blocked');
    expect(await lookAt(world)).toMatchObject({ because: 'working' });
    await cancelled();
    expect(await give(world, { code: await codeOfLook(world) })).toMatchObject({ ok: true });
    expect(await archivesOf(world)).toHaveLength(2);
    const ended = { status: 'completed', transmission: { state, host: HOST, reason: 'cancelled' } };
    expect(await requestOf(world)).toMatchObject(ended);
    expect(await shownTo(world)).toMatchObject(ended);
    expect(await messages()).toContain(words);
  });

  it('end a sending that was given up also if nobody looks in time, once no attempt to send runs', async () => {
    const over = NOW + 100 * DAY_MS;
    await jobIs('running', over + DAY_MS);
    await cancelled();
    world.context.time.now = over;
    await goOn(world);
    expect(await requestOf(world)).toMatchObject({ status: 'waiting', transmission: { state: 'refused' } });
    world.context.time.now = over + DAY_MS;
    await goOn(world);
    const ended = { status: 'completed', transmission: { state: 'refused', reason: 'cancelled' } };
    expect(await requestOf(world)).toMatchObject(ended);
    expect(await shownTo(world)).toMatchObject(ended);
  });

  it('wait for the attempt to send that runs while its job is given up', async () => {
    await jobIs('running');
    await cancelled();
    expect(await lookAt(world)).toMatchObject({ because: 'working' });
    world.context.time.now = NOW + DAY_MS;
    expect(await lookAt(world)).toHaveProperty('code');
  });

  it('were not sent: request, document and message say so', async () => {
    await send(OK);
    await jobIs('done');
    expect(await shownTo(world)).toMatchObject({ transmission: { state: 'sent' } });
    expect((await shownTo(world))['transmission']).not.toHaveProperty('reason');
    await give(world, { code: await codeOfLook(world) });
    const transmission = { state: 'sent', host: HOST, reason: 'laterParts' };
    expect(await requestOf(world)).toMatchObject({ status: 'completed', transmission });
    expect(await shownTo(world)).toMatchObject({ status: 'completed', transmission });
    const { policy } = world.context;
    for (const [language, words] of [
      ['en', 'We did not send this part'],
      ['fr', 'pas envoyé cette partie'],
      ['nl', 'hebben wij niet gestuurd'],
    ] as const)
      expect(exportText(policy, { until: NOW, sent: transmission as never }, language).text).toContain(words);
  });

  it.each([
    ['tried', 'sending'],
    ['not tried yet', 'pending'],
  ])('do not end a sending, %s, when their time is over: it is ended by its own answer', async (_, open) => {
    if (open === 'sending') await expect(send(DOWN)).rejects.toThrow('could not be sent');
    world.context.time.now = NOW + 100 * DAY_MS;
    await goOn(world);
    expect(await requestOf(world)).toMatchObject({ status: 'completed', transmission: { state: open } });
    world.context.time.now = NOW;
    await send(OK);
    expect(await requestOf(world)).toMatchObject({ status: 'completed', transmission: { state: 'sent' } });
    expect(await shownTo(world)).toMatchObject({ status: 'completed', transmission: { state: 'sent' } });
  });
});

import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { shop } from '../../../../functions/policies/shop/index.ts';
import { discardErasures, startByOfficer } from '../../../../functions/src/erasure/officer.ts';
import { changeJob } from '../../../../functions/src/jobs/store.ts';
import { enterRequest } from '../../../../functions/src/rights/ways/enter.ts';
import { readEntry, type Entry } from '../../../../functions/src/rights/ways/form.ts';
import { NOW, type World } from '../memory.ts';
import { eachInWorld } from '../../rights/ways/letters.ts';

const ANSWER_TO = 'elsewhere@example.net';

let world: World;
eachInWorld((made) => {
  world = made;
});

const kept = async (job: string | null | undefined) =>
  (
    await world.context.clients
      .own()
      .doc(`lastAnswers/${job ?? 'none'}`)
      .get()
  ).data();
const jobs = async () => (await world.context.clients.own().collection('jobs').get()).size;

/** Somebody with an account, whose profile says that they read English. */
async function account() {
  world.sign('officers1', { email: 'officers1@example.com', emailVerified: true });
  await world.write({ 'users/officers1': { locale: 'en' } });
  return { uid: 'officers1' };
}

describe('an officer who starts an erasure', () => {
  it('gives the address for the last answer, in the language of the profile', async () => {
    const started = await startByOfficer(world.context, await account(), NOW, { answerTo: ` ${ANSWER_TO}` });
    expect(started).toMatchObject({ state: 'created', answerTo: 'kept' });
    expect(await kept(started.job)).toMatchObject({ to: ANSWER_TO, language: 'en' });
  });

  it('starts nothing with an address that is none', async () => {
    const start = startByOfficer(world.context, await account(), NOW, { answerTo: 'call me' });
    await expect(start).rejects.toMatchObject({ code: 'officer.email' });
    expect(await jobs()).toBe(0);
  });

  it('is told that it is too late once the certificate is signed', async () => {
    const person = await account();
    const { job } = await startByOfficer(world.context, person, NOW);
    await changeJob(world.context, job ?? '', ({ steps, ...one }) => {
      const { certificate } = steps;
      if (certificate === undefined) return null;
      return { ...one, steps: { ...steps, certificate: { ...certificate, state: 'done' } } };
    });
    const again = await startByOfficer({ ...world.context, now: () => NOW + 1 }, person, NOW, { answerTo: ANSWER_TO });
    expect(again).toMatchObject({ state: 'joined', answerTo: 'tooLate' });
    expect(await kept(job)).toBeUndefined();
  });

  it('leaves no address behind if the erasure is discarded', async () => {
    const { job } = await startByOfficer(world.context, await account(), NOW, { answerTo: ANSWER_TO });
    await changeJob(world.context, job ?? '', (one) => ({ ...one, status: 'held' }));
    expect(await discardErasures(world.context, [job ?? ''])).toEqual([job]);
    expect(await kept(job)).toBeUndefined();
  });
});

describe('an officer who enters a request of erasure', () => {
  const entry = (person: NonNullable<Entry['person']>, more: Partial<Entry> = {}): Entry => ({
    ...{ channel: 'letter', receivedAt: NOW, type: 'erasure', power: 'self', method: 'papers', proven: true, person },
    ...more,
  });
  const details = { answerTo: ANSWER_TO };

  it('gives it for somebody without an account: it is kept with the start, before the job can begin', async () => {
    const { record } = await enterRequest(world.context, entry({ email: 'stranger1@example.com' }, { details }));
    expect(record.job).toBeDefined();
    expect(await kept(record.job)).toMatchObject({ to: ANSWER_TO, language: 'fr' });
  });

  it('proves a doubted one later: the address that it named counts', async () => {
    const person = { email: 'stranger2@example.com' };
    const doubted = await enterRequest(world.context, entry(person, { details, method: 'none', proven: false }));
    expect(await kept(doubted.record.job)).toBeUndefined();
    const { record } = await enterRequest(world.context, entry(person));
    expect(await kept(record.job)).toMatchObject({ to: ANSWER_TO });
  });

  it('is refused an address that is none, one of another right, and any if the policy sends no e-mails', () => {
    const given = { channel: 'letter', received: '2026-05-20', type: 'erasure', person: { uid: 'u1' }, power: 'self' };
    const read = (detail: string, type = 'erasure', policy = amikeo) =>
      readEntry(policy, { ...given, identity: 'papers', proven: true, type, details: [detail] }, NOW);
    expect(read(`answerTo=${ANSWER_TO}`).details).toEqual(details);
    expect(() => read('answerTo=nobody')).toThrow('the detail answerTo is an e-mail address');
    expect(() => read(`answerTo=${ANSWER_TO}`, 'access')).toThrow('the details of this type are');
    expect(() => read(`answerTo=${ANSWER_TO}`, 'erasure', shop)).toThrow('sends no e-mails');
  });
});

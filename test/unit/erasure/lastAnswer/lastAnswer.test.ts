import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startStandins, type Standins } from '../../../../emulator/standins/index.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { example } from '../../../../functions/policies/example/index.ts';
import { shop } from '../../../../functions/policies/shop/index.ts';
import { answerToOf, hasAnswerTo, keepAnswerTo, noteAnswerTo } from '../../../../functions/src/erasure/answerTo.ts';
import { giveUp } from '../../../../functions/src/erasure/giveUp.ts';
import { lastAnswerJob } from '../../../../functions/src/erasure/lastAnswer.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import type { Job } from '../../../../functions/src/jobs/types.ts';
import { lastAnswerText } from '../../../../functions/src/messages/erasure.ts';
import { KEY_LIVES_MS } from '../../../../functions/src/messages/send.ts';
import { manualRecipients } from '../../../../functions/src/policy/lookup.ts';
import { replyAddress, type ReplyAddress } from '../../../../functions/src/subject/emails.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { runDying } from '../../../kit/dying.ts';
import { EMAIL, goOn, jobNow, NOW, UID } from '../../officerTasks/erasure.sample.ts';
import {
  answer,
  ANSWER_TO,
  answeredWorld,
  asked,
  ended,
  keptOf,
  mailsTo,
  type AnsweredWorld,
} from './lastAnswer.sample.ts';

let servers: Standins;
let world: AnsweredWorld;
beforeEach(async () => {
  servers = await startStandins({ now: () => world.context.time.now });
  world = await answeredWorld(servers);
});
afterEach(() => servers.stop());

const to = replyAddress(ANSWER_TO) as ReplyAddress;
/** Keeps the address of somebody whose profile is in English. */
async function keep(which: 'first' | 'instead' = 'first'): Promise<boolean> {
  await world.context.app.doc(`users/${UID}`).set({ locale: 'en-GB' });
  return keepAnswerTo(world.context, world.job.id, { uid: UID, to }, which);
}
const jobs = async (id: string) => (await loadJob(world.context, id))?.status;

describe('the address for the last answer', () => {
  it('is noted from the person’s request, in the language of their profile, before their documents go', async () => {
    await world.context.app.doc(`users/${UID}`).set({ locale: 'en-GB' });
    await asked(world, 'r1', { answerTo: ` ${ANSWER_TO}` });
    await noteAnswerTo(world.context, world.job);
    expect(await keptOf(world)).toMatchObject({ to: ANSWER_TO, language: 'en', pseudonym: world.pseudonym });
    expect(JSON.stringify(await keptOf(world))).not.toContain(UID);
  });

  it('is that of the latest request that is open; another one, or none, is nobody’s', async () => {
    await asked(world, 'r1', { answerTo: 'first@example.net' }, { at: NOW - 2000 });
    await asked(world, 'r2', { answerTo: ANSWER_TO }, { at: NOW - 1000 });
    await asked(world, 'r3', { answerTo: 'taken-back@example.net' }, { status: 'cancelled' });
    await asked(world, 'r4', { text: 'now' });
    await noteAnswerTo(world.context, world.job);
    expect(await keptOf(world)).toMatchObject({ to: ANSWER_TO });
  });

  it('of a request under another pseudonym key is noted as well', async () => {
    const keys = { current: 2, keys: { ...world.context.keys.keys, 2: 'the next key for tests' } };
    Object.assign(world.context, { keys });
    await asked({ ...world, pseudonym: pseudonymOf(UID, keys) }, 'r1', { answerTo: ANSWER_TO });
    await noteAnswerTo(world.context, world.job);
    expect(await keptOf(world)).toMatchObject({ to: ANSWER_TO });
  });

  it('of a request that an officer entered stands in its record', async () => {
    await asked(world, 'r1', {}, { entered: { answerTo: ANSWER_TO } });
    await noteAnswerTo(world.context, world.job);
    expect(await keptOf(world)).toMatchObject({ to: ANSWER_TO });
  });

  it.each([
    ['no address', 'not an address'],
    ['two addresses', 'a@example.net, b@example.net'],
    ['a sign that nobody sees', 'a\u200b@example.net'],
    ['an object', { email: ANSWER_TO }],
  ])('is not kept if it is %s: the right is answered all the same', async (_, answerTo) => {
    await asked(world, 'r1', { answerTo });
    await noteAnswerTo(world.context, world.job);
    expect(await keptOf(world)).toBeUndefined();
  });

  it('is not kept under a policy without e-mails, and an officer cannot give one', async () => {
    await asked(world, 'r1', { answerTo: ANSWER_TO });
    await noteAnswerTo({ ...world.context, policy: shop }, world.job);
    expect(await keptOf(world)).toBeUndefined();
    expect(() => answerToOf(shop, ANSWER_TO)).toThrow(/sends no e-mails/);
    expect(() => answerToOf(amikeo, 'nobody')).toThrow(/no e-mail address/);
    expect(answerToOf(amikeo, ` ${ANSWER_TO} `)).toBe(ANSWER_TO);
  });

  it('of an officer stays, and takes the place of another one', async () => {
    await asked(world, 'r1', { answerTo: 'asked@example.net' });
    await noteAnswerTo(world.context, world.job);
    expect(await keep('instead')).toBe(true);
    await noteAnswerTo(world.context, world.job);
    expect(await keptOf(world)).toMatchObject({ to: ANSWER_TO });
  });

  it('is kept for no erasure that has ended, was given up, or is not there', async () => {
    await giveUp(world.context, world.job.id, { by: 'officer', now: NOW });
    expect(await keep()).toBe(false);
    expect(await keepAnswerTo(world.context, 'erasure_of_nobody', { uid: UID, to }, 'first')).toBe(false);
    world = await answeredWorld(servers);
    await ended(world);
    expect(await jobs(world.job.id)).toBe('completed');
    expect(await keep()).toBe(false);
    expect(await keptOf(world)).toBeUndefined();
  });

  it('costs no read for an erasure that nobody asked for', async () => {
    await keep();
    const alone = { ...world.job, input: { ...world.job.input, standing: [{ by: 'accountDeleted' }] } } as Job;
    expect([await hasAnswerTo(world.context, world.job as Job), await hasAnswerTo(world.context, alone)]).toEqual([
      true,
      false,
    ]);
  });
});

describe('the last answer', () => {
  it('leaves once when the last task has ended, names no person, and the address goes', async () => {
    await keep();
    await goOn(world);
    const [waiting] = await mailsTo(servers, EMAIL);
    expect(waiting?.textContent).toContain('pour notre dernière réponse');
    expect(await mailsTo(servers, ANSWER_TO)).toEqual([]);
    await ended(world);
    expect(await jobNow(world)).toMatchObject({ status: 'completed' });
    await answer(world);
    expect(await jobs(world.answer)).toBe('completed');
    const [mail, ...more] = await mailsTo(servers, ANSWER_TO);
    expect(more).toEqual([]);
    const said = JSON.stringify(mail);
    for (const secret of [UID, EMAIL, world.pseudonym, world.job.id, 'camille']) expect(said).not.toContain(secret);
    for (const { id, expires } of manualRecipients(amikeo))
      if (expires === undefined) expect(said).toContain(`- ${amikeo.recipients[id]?.name ?? '?'}`);
    expect(said).toContain('They did not confirm it');
    expect(await keptOf(world)).toBeUndefined();
  });

  it('does not leave if nobody left an address', async () => {
    await ended(world);
    expect(await jobs(world.answer)).toBeUndefined();
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'leaves once also if a process dies at moment %i, and comes again later',
    async (moment) => {
      await keep();
      await ended(world);
      const { own } = world.context;
      await runDying(moment, [own], () => answer(world));
      world.context.time.now += 2 * KEY_LIVES_MS;
      await answer(world);
      expect(await mailsTo(servers, ANSWER_TO)).toHaveLength(1);
      expect([await jobs(world.answer), await keptOf(world)]).toEqual(['completed', undefined]);
    },
  );

  it('leaves once also if the address could not be deleted after it was sent', async () => {
    await keep();
    await ended(world);
    const kept = await keptOf(world);
    await answer(world);
    // As if the process had died before it deleted the address, and before it settled the step.
    await world.context.own.doc(`lastAnswers/${world.job.id}`).set(kept ?? {});
    world.context.time.now += 2 * KEY_LIVES_MS;
    const again = await loadJob(world.context, world.answer);
    const { sendLastAnswer } = await import('../../../../functions/src/erasure/lastAnswer.ts');
    await sendLastAnswer(world.context, again as never);
    expect(await mailsTo(servers, ANSWER_TO)).toHaveLength(1);
    expect(await keptOf(world)).toBeUndefined();
  });

  it('is given up if no sender is set: the address goes, and the log says why', async () => {
    await keep();
    await ended(world);
    const mute = { ...world.context, config: { ...world.context.config, brevoSender: undefined } };
    await answer({ ...world, context: mute as never });
    expect(await keptOf(world)).toBeUndefined();
    expect(world.context.logged.join()).toContain('"end":"noSender"');
    expect(world.context.logged.join()).not.toContain(ANSWER_TO);
  });

  it('does not leave to an address that somebody else wrote, and that is logged', async () => {
    await keep();
    await ended(world);
    const ref = world.context.own.doc(`lastAnswers/${world.job.id}`);
    await ref.update({ to: 'thief@example.net' });
    await answer(world);
    expect(await mailsTo(servers, 'thief@example.net')).toEqual([]);
    expect(world.context.logged.join()).toContain('seal.broken');
    expect(await keptOf(world)).toBeUndefined();
  });

  it.each(['the erasure', 'the answer'] as const)('that is given up with %s leaves no address', async (what) => {
    await keep();
    if (what === 'the answer') await ended(world);
    const id = what === 'the answer' ? world.answer : world.job.id;
    await giveUp(world.context, id, { by: 'officer', now: world.context.time.now });
    expect(await jobs(id)).toBe('cancelled');
    expect(await keptOf(world)).toBeUndefined();
    await answer(world);
    expect(await mailsTo(servers, ANSWER_TO)).toEqual([]);
  });
});

describe('what a stranger at the address can learn', () => {
  const outcome = { confirmed: ['a'], unconfirmed: [], refused: [], later: [], isRestOpen: false, certifiedAt: NOW };

  it.each(['en', 'fr', 'nl'] as const)('in %s is what every erasure says: no link, and easy words', (language) => {
    const { text } = lastAnswerText(example, { ...outcome, unconfirmed: ['postman'], isRestOpen: true }, language);
    expect(text).toContain(`- ${example.recipients['postman']?.name ?? '?'}`);
    expect(text).toContain(example.controller.email);
    const own = text.slice(0, text.indexOf(example.controller.email));
    expect(own).not.toMatch(/https?:/);
    const sentences = own.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
    expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
  });

  it('says of all companies that they confirmed only if each did', () => {
    const all = lastAnswerText(amikeo, outcome, 'en').text;
    const none = lastAnswerText(amikeo, { ...outcome, unconfirmed: ['zendesk'] }, 'en').text;
    expect([all, none].map((text) => text.includes('have confirmed it'))).toEqual([true, false]);
    expect(lastAnswerText(amikeo, { ...outcome, confirmed: [] }, 'en').text).not.toContain('have confirmed it');
  });

  it.each([
    ['en', 'They said no:'],
    ['fr', 'Elles ont dit non :'],
    ['nl', 'Zij zeiden nee:'],
  ] as const)('says in %s of a company that refused that it did, and of no other', (language, no) => {
    const refused = { ...outcome, unconfirmed: ['heroku'], refused: ['zendesk'] };
    const { text } = lastAnswerText(amikeo, refused, language);
    const [before, after] = text.split(no);
    expect([before, after].map((part) => part?.includes('- Zendesk'))).toEqual([false, true]);
    expect(after).not.toContain('- Heroku');
    expect(lastAnswerText(amikeo, { ...refused, refused: [] }, language).text).not.toContain(no);
    expect(lastAnswerText(amikeo, { ...refused, unconfirmed: [] }, 'en').text).not.toContain('have confirmed it');
  });

  it('is planned with each company once: one that refused is not called silent', async () => {
    const job = await jobNow(world);
    const word = { count: 0, what: { en: 'Ask.', fr: 'Demander.' }, closedBy: 'backend', closedAt: NOW } as const;
    const outcomes = (['refused', 'unconfirmed'] as const).map((outcome, n) => {
      return { recipient: ['zendesk', 'heroku'][n] ?? '', outcome, ...word };
    });
    const officers = { ...job.steps['officers'], state: 'done', outcomes, finishedAt: NOW };
    const { input } = lastAnswerJob(amikeo, { ...job, steps: { ...job.steps, officers } } as unknown as Job, NOW);
    expect(input).toMatchObject({ refused: ['zendesk'], unconfirmed: expect.arrayContaining(['heroku']) as string[] });
    expect(input['unconfirmed']).not.toContain('zendesk');
  });

  it('names no company that only some people are with: its part is told without a name', async () => {
    const job = await jobNow(world);
    const stripe = { recipient: 'stripe', count: 1, outcome: 'submitted', providerId: 'x', finishBy: NOW } as const;
    const steps = { ...job.steps, close: { ...job.steps['close'], outcomes: [stripe] } } as unknown as Job['steps'];
    const { input } = lastAnswerJob(amikeo, { ...job, steps }, NOW);
    expect(input).toMatchObject({ isRestOpen: true });
    expect(JSON.stringify(input)).not.toContain('stripe');
  });
});

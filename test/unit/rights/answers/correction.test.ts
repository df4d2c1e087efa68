import { Timestamp } from 'firebase-admin/firestore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untrueLetter } from '../../../../cli/officers/closing.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import type { Runners } from '../../../../functions/src/jobs/catalog.ts';
import { closeTask, listTasks } from '../../../../functions/src/officerTasks/store.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { rectifyRunner } from '../../../../functions/src/rectification/steps.ts';
import { carryCorrection } from '../../../../functions/src/rights/answers/correction.ts';
import { planReply, sendReply, type Order } from '../../../../functions/src/rights/answers/reply.ts';
import { queueRunner } from '../../../../functions/src/rights/queue.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import { requestIn } from '../../../../functions/src/requests/store.ts';
import { runDying } from '../../../kit/dying.ts';
import { putHead } from '../../../kit/sealed/ledger.ts';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { NOW, UID, world } from '../../rectification/world.ts';
import { requestNamed } from '../../requests/helpers.ts';

/** A person who says that their name is wrong. */
const details = { text: 'My name is wrong.', correction: 'Lovelace', country: 'FR' };
const answered: Order = { kind: 'answered', result: 'done' };
const refused: Order = { kind: 'refused', reason: 'conditions' };

let at: Awaited<ReturnType<typeof world>>;
let key: string;
beforeEach(async () => {
  at = await world();
  const { context, chain } = at;
  key = requestKey(chain, 'r1', context.keys);
  await putHead(context, chain, {});
  await at.write({ firstName: 'Ada', lastName: 'Byron' });
  const receivedAt = Timestamp.fromMillis(NOW);
  await context.app
    .doc(`users/${UID}/privacyRequests/r1`)
    .set({ type: 'rectification', createdAt: receivedAt, details });
  const dueAt = Timestamp.fromMillis(NOW + 30 * DAY_MS);
  const asked = { pseudonym: chain, type: 'rectification', channel: 'app', receivedAt, dueAt, begunAt: receivedAt };
  await writeSealed(
    context.own.doc(`requests/${key}`),
    { ...asked, status: 'waiting', waitingFor: 'officer' },
    context.keys,
  );
});
afterEach(() => at.stop());

const found = () => requestNamed(at.context, key, UID);
const letter = async (order: Order, words?: string) => {
  const planned = await planReply(at.context, await found(), { order, words, language: 'en' });
  if (!planned.ok) throw new Error(planned.because);
  return planned.reply;
};
const runners = {
  rectify: async (c) => rectifyRunner(c),
  request: async (c) => queueRunner(c),
} as Runners;
const work = async (): Promise<void> => {
  for (const { id } of await at.jobs()) await runJob(at.context, runners, id);
};
const person = async () => (await at.context.app.doc(`users/${UID}/privacyRequests/r1`).get()).data();
/** The names of a list in a letter. */
const linesAfter = (text: string, title: RegExp): string[] => {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => title.test(line));
  const rest = from < 0 ? [] : lines.slice(from + 1);
  return rest.slice(0, rest.indexOf(''));
};
const TOLD = /They now have the same data/;
const ASKED = /We also tell these companies/;

describe('an answered rectification', () => {
  it('names the recipients that were told, and those that still are (Art. 19)', async () => {
    await at.context.app.doc(`users/${UID}`).set({ firstName: 'Ada', lastName: 'Lovelace' });
    const begun = await carryCorrection(at.context, await found(), false);
    expect(begun).toMatchObject({ ok: true, carried: { rounds: 1, told: [] } });
    await work();
    expect(await at.there()).toMatchObject({ brevo: ['ada@example.com', 'Ada', 'Lovelace'] });
    const { text } = await letter(answered);
    const { stripe, brevoAutomation, brevoEmail, heroku, salesforce, zendesk } = amikeo.recipients;
    const names = (...recipients: (typeof stripe)[]) => recipients.map((one) => `- ${one?.name ?? ''}`);
    expect(linesAfter(text, TOLD).sort()).toEqual(names(stripe, brevoAutomation, brevoEmail).sort());
    expect(linesAfter(text, ASKED).sort()).toEqual(names(heroku, salesforce, zendesk).sort());
    // An officer has told one of them.
    const { tasks } = await listTasks(at.context);
    const task = tasks.find(({ for: part }) => 'recipient' in part && part.recipient === 'heroku');
    await closeTask(at.context, task?.id ?? '', { as: 'done', by: 'officer' }, at.context.now());
    await work();
    expect(linesAfter((await letter(answered)).text, TOLD)).toContain(names(heroku)[0]);
  });

  it('names the recipients that said no, apart: nobody reads that they were told', async () => {
    await carryCorrection(at.context, await found(), false);
    await work();
    const { tasks } = await listTasks(at.context);
    expect(tasks.length).toBeGreaterThan(0);
    const closing = { as: 'refused', by: 'officer', note: 'its own law' } as const;
    for (const { id } of tasks) await closeTask(at.context, id, closing, at.context.now());
    await work();
    const { text } = await letter(answered);
    const saidNo = linesAfter(text, /They have not corrected your data/);
    expect(saidNo.length).toBeGreaterThan(0);
    for (const name of saidNo) expect([linesAfter(text, TOLD), linesAfter(text, ASKED)].flat()).not.toContain(name);
  });

  it('is known to be untrue when a company says no after it, and not before', async () => {
    await carryCorrection(at.context, await found(), false);
    await work();
    const [task] = (await listTasks(at.context)).tasks;
    if (task === undefined) throw new Error('no task');
    expect(await untrueLetter(at.context, task)).toBeUndefined();
    await sendReply(at.context, await found(), await letter(answered), undefined);
    expect(await untrueLetter(at.context, task)).toBe(key);
    // A task of another kind makes no letter of a correction untrue.
    expect(await untrueLetter(at.context, { ...task, job: 'erasure_x' })).toBeUndefined();
  });

  it('never says of a recipient that it was told before it was read back there', async () => {
    await carryCorrection(at.context, await found(), false);
    const { text } = await letter(answered);
    expect(text).not.toMatch(TOLD);
    expect(linesAfter(text, ASKED)).toHaveLength(6);
  });

  it('names no recipient of somebody who was erased since: nothing is carried', async () => {
    await putHead(at.context, at.chain, { closed: { at: NOW, accountCreatedAt: 0 } });
    const reply = await letter(answered);
    expect(reply.text).not.toMatch(ASKED);
    expect((await sendReply(at.context, await found(), reply, undefined)).ok).toBe(true);
    expect(await at.jobs()).toEqual(expect.not.arrayContaining([expect.objectContaining({ kind: 'rectify' })]));
  });

  it('is not sent if the person was erased since it was planned: its recipients would be named in vain', async () => {
    const reply = await letter(answered);
    await putHead(at.context, at.chain, { closed: { at: NOW, accountCreatedAt: 0 } });
    expect(reply.text).toMatch(ASKED);
    expect(await sendReply(at.context, await found(), reply, undefined)).toEqual({ ok: false, because: 'changed' });
  });

  it('leaves out those that have nothing of the person', async () => {
    await at.stripe.customers.del(at.customer);
    await carryCorrection(at.context, await found(), false);
    await work();
    expect((await letter(answered)).text).not.toContain(amikeo.recipients['stripe']?.name);
  });

  it('is carried also if no officer began that before: sending it does', async () => {
    await at.context.app.doc(`users/${UID}`).set({ firstName: 'Ada', lastName: 'Lovelace' });
    expect((await sendReply(at.context, await found(), await letter(answered), undefined)).ok).toBe(true);
    await work();
    expect(await at.there()).toMatchObject({ stripe: ['ada@example.com', 'Ada Lovelace'] });
    // Carried once, whoever asks again.
    expect(await carryCorrection(at.context, await found(), true)).toEqual({ ok: false, because: 'final' });
  });

  it('reaches everybody also if the process died between two of them', async () => {
    const one = await found();
    expect(await runDying(4, [at.context.own], () => carryCorrection(at.context, one, false), 'writes')).toBe(true);
    const begun = async () => (await at.jobs()).filter(({ kind }) => kind === 'rectify').length;
    expect(await begun()).toBeLessThan(5);
    await sendReply(at.context, await found(), await letter(answered), undefined);
    expect(await begun()).toBe(5);
  });

  it('is begun once, and again only if the officer says so', async () => {
    const jobs = async () => (await at.jobs()).filter(({ kind }) => kind === 'rectify').length;
    await carryCorrection(at.context, await found(), false);
    const first = await jobs();
    at.context.time.now += 120_000;
    await carryCorrection(at.context, await found(), false);
    expect(await jobs()).toBe(first);
    await carryCorrection(at.context, await found(), true);
    expect(await jobs()).toBe(2 * first);
  });
});

describe('a refused rectification', () => {
  it('keeps the person’s own words beside the data, and says so; they go from the register (Art. 16)', async () => {
    const planned = await letter(refused, 'The name is that of your passport.');
    expect(planned.text).toMatch(/What you wrote to us stays beside your data/);
    expect((await sendReply(at.context, await found(), planned, undefined)).ok).toBe(true);
    await work();
    expect(await person()).toMatchObject({
      status: 'refused',
      details: { country: 'FR' },
      statement: { text: details.text, correction: details.correction },
    });
    const stored = await at.context.own.doc(`requests/${key}`).get();
    expect(JSON.stringify(stored.data())).not.toMatch(/Lovelace|My name is wrong/);
  });

  it('keeps them also if an officer had entered them from a letter', async () => {
    const { context } = at;
    const ref = context.own.doc(`requests/${key}`);
    const { country } = details;
    await context.app.doc(`users/${UID}/privacyRequests/r1`).update({ details: { country } });
    const record = requestIn(key, (await ref.get()).data() ?? {}, context.keys);
    await writeSealed(ref, { ...record, channel: 'letter', details }, context.keys);
    await sendReply(context, await found(), await letter(refused, 'No.'), undefined);
    expect(JSON.stringify((await ref.get()).data())).toMatch(/Lovelace/);
    await work();
    expect(await person()).toMatchObject({ statement: { correction: 'Lovelace' } });
    expect(JSON.stringify((await ref.get()).data())).not.toMatch(/Lovelace/);
  });

  it('promises nothing if they wrote nothing, and an answered one keeps nothing', async () => {
    expect((await letter(answered)).text).not.toMatch(/stays beside/);
    await sendReply(at.context, await found(), await letter(answered), undefined);
    await work();
    expect(await person()).not.toHaveProperty('statement');
    await at.context.app.doc(`users/${UID}/privacyRequests/r1`).update({ details: { country: 'FR' } });
    const ref = at.context.own.doc(`requests/${key}`);
    const record = requestIn(key, (await ref.get()).data() ?? {}, at.context.keys);
    await writeSealed(ref, { ...record, status: 'waiting' }, at.context.keys);
    expect((await letter(refused, 'No.')).text).not.toMatch(/stays beside/);
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultKinds } from '../../../emulator/standins/faults.ts';
import { startStandins, type Standins } from '../../../emulator/standins/index.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { shop } from '../../../functions/policies/shop/index.ts';
import { answerText } from '../../../functions/src/messages/contact.ts';
import { createClients } from '../../../functions/src/platform/clients.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { DAY_MS, MINUTE_MS } from '../../../functions/src/platform/time.ts';
import { fate, noFacts } from '../../../functions/src/policy/fate.ts';
import { recordOf } from '../../../functions/src/policy/lookup.ts';
import {
  answerContact,
  closeContact,
  listContacts,
  type AnswerOrder,
} from '../../../functions/src/rights/contact/officer.ts';
import { replyAddress } from '../../../functions/src/subject/emails.ts';
import { LANGUAGES } from '../../../functions/src/texts/languages.ts';
import { runDying } from '../../kit/dying.ts';
import { testContext } from '../requests/helpers.ts';

/** Messages of the contact form: listed, answered once whatever fails, and closed for good. */

const NOW = Date.parse('2026-03-10T09:00:00Z');
const ADA = 'ada@example.com';
const at = (days: number) => Timestamp.fromMillis(NOW + days * DAY_MS);

let standins: Standins;
let base = testContext(NOW);
beforeEach(async () => {
  base = testContext(NOW);
  standins = await startStandins({ now: () => base.time.now });
});
afterEach(() => standins.stop());

function mailing(more: Partial<Context> = {}): Context {
  const brevoSender = { name: 'AMIKEO', email: 'bonjour@amikeo.example' };
  const config = { ...base.config, brevoApiBase: new URL(standins.brevoUrl), brevoSender };
  const real = createClients(config, () => 'sk');
  const clients = { ...base.clients, brevo: () => real.brevo() };
  return { ...base, policy: amikeo, config, now: () => base.time.now, clients, ...more };
}
const write = (id: string, more: object = {}) =>
  base.app.doc(`contactRequests/${id}`).set({ createdAt: at(-3), email: ADA, message: 'Hello', ...more });
const row = async (id = 'm1') => (await base.app.doc(`contactRequests/${id}`).get()).data() ?? {};
const states = async () => (await base.own.collection('contactAnswers').get()).docs;
const order = (more: Partial<AnswerOrder> = {}): AnswerOrder => ({
  ...{ id: 'm1', answer: 'We have it.', language: 'en', how: 'mail' },
  ...more,
});
/** The answers that left, as Brevo's own log has them. */
async function left(): Promise<number> {
  const answer = await fetch(`${standins.brevoUrl}/v3/smtp/emails?email=${ADA}`, { headers: { 'api-key': 'x' } });
  return ((await answer.json()) as { transactionalEmails?: unknown[] }).transactionalEmails?.length ?? 0;
}
const faulty = (kind: string): Promise<Response> =>
  fetch(`${standins.brevoUrl}/_control/faults`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ method: 'POST', path: '/v3/smtp/email', kind, times: 1 }]),
  });

describe('the messages of the contact form', () => {
  it('are listed until somebody closes them, the oldest first, with their month', async () => {
    await write('m1', { firstName: 'Ada', heldForReview: true });
    await write('m0', { createdAt: at(-40), uid: 'ada' });
    await write('old', { closedAt: at(-1) });
    const { messages: open, more } = await listContacts(mailing());
    expect(more).toBe(0);
    expect(open.map(({ id, held, uid }) => [id, held, uid])).toEqual([
      ['m0', false, 'ada'],
      ['m1', true, undefined],
    ]);
    expect(open[0]?.daysLeft).toBeLessThan(0);
    expect(open[1]).toMatchObject({ texts: { firstName: 'Ada', email: ADA, message: 'Hello' } });
    await expect(listContacts({ ...mailing(), policy: { ...amikeo, records: {} } })).rejects.toMatchObject({
      code: 'policy.path',
    });
  });

  it('beyond those that are listed are counted: no list ends in silence', async () => {
    for (let n = 0; n < 5; n++) await write(`m${n}`, { createdAt: at(-9 + n) });
    await write('m9', { closedAt: at(-1) });
    const { messages, more } = await listContacts(mailing(), 3);
    expect([messages.map(({ id }) => id), more]).toEqual([['m0', 'm1', 'm2'], 2]);
  });

  it('are answered as the preview showed it, to the address that they named, once', async () => {
    await write('m1');
    const shown = await answerContact(mailing(), order({ how: 'preview' }));
    expect(shown).toMatchObject({ ok: true, to: ADA, before: false });
    expect([await left(), (await states()).length]).toEqual([0, 0]);
    const officer = `v1_${'a'.repeat(43)}`;
    const sent = await answerContact(mailing(), order({ officer }));
    expect(sent).toMatchObject({ ok: true, before: false, text: shown.ok ? shown.text : {} });
    expect(await answerContact(mailing(), order())).toMatchObject({ ok: true, before: true });
    expect(await left()).toBe(1);
    const [state] = await states();
    expect(state?.get('answers')).toMatchObject([{ by: 'mail', officer }]);
    expect(JSON.stringify([state?.id, state?.data()])).not.toMatch(/m1|ada|We have it/);
    expect((await listContacts(mailing())).messages[0]).toMatchObject({ answeredAt: NOW });
    // Another text is another answer.
    expect(await answerContact(mailing(), order({ answer: 'And more.' }))).toMatchObject({ before: false });
    expect(await left()).toBe(2);
  });

  it('without mail, or without an address, are answered on paper: it is noted, and nothing leaves', async () => {
    await write('m1', { email: 'nowhere' });
    expect(await answerContact(mailing(), order())).toEqual({ ok: false, because: 'noAddress' });
    await write('m1');
    const silent = mailing({ config: base.config });
    expect(await answerContact(silent, order())).toEqual({ ok: false, because: 'noMail' });
    const withoutMail = mailing({ policy: shop });
    await base.app.doc('questions/m1').set({ createdAt: at(-3), email: ADA, message: 'Hello' });
    expect(await answerContact(withoutMail, order())).toEqual({ ok: false, because: 'noMail' });
    expect(await states()).toEqual([]);
    expect(await answerContact(silent, order({ how: 'printed' }))).toMatchObject({ ok: true, to: null });
    expect(await left()).toBe(0);
    expect((await listContacts(mailing())).messages[0]).toMatchObject({ answeredAt: NOW });
  });

  it('that are not there, answers without words, and too many answers are refused', async () => {
    for (const id of ['none', '', 'a/b', '..', '__x__']) {
      expect(await answerContact(mailing(), order({ id }))).toEqual({ ok: false, because: 'unknown' });
      expect(await closeContact(mailing(), id)).toEqual({ ok: false, because: 'unknown' });
    }
    await write('m1');
    await expect(answerContact(mailing(), order({ answer: '  ' }))).rejects.toMatchObject({ code: 'contact.text' });
    for (let n = 0; n < 20; n++) await answerContact(mailing(), order({ how: 'printed', answer: String(n) }));
    await expect(answerContact(mailing(), order())).rejects.toMatchObject({ code: 'contact.answers' });
  });

  it('have a state that only the backend writes: by a forged one nothing is answered or closed', async () => {
    await write('m1');
    await answerContact(mailing(), order());
    const [state] = await states();
    await state?.ref.update({ answers: [] });
    await expect(answerContact(mailing(), order())).rejects.toMatchObject({ code: 'seal.broken' });
    await expect(closeContact(mailing(), 'm1')).rejects.toMatchObject({ code: 'seal.broken' });
    expect(await left()).toBe(1);
  });

  it('are closed for good: the period of the policy counts from the first time', async () => {
    await write('m1', { heldForReview: true });
    const officer = `v1_${'b'.repeat(43)}`;
    expect(await closeContact(mailing(), 'm1', officer)).toEqual({ ok: true, changed: true, closedAt: NOW });
    base.time.now += 30 * DAY_MS;
    expect(await closeContact(mailing(), 'm1')).toEqual({ ok: true, changed: false, closedAt: NOW });
    const { closedAt, createdAt, ...rest } = await row();
    expect(rest).not.toHaveProperty('heldForReview');
    expect((await states())[0]?.data()).toMatchObject({ closedBy: officer });
    expect(await listContacts(mailing())).toEqual({ messages: [], more: 0 });
    const values = { closedAt: (closedAt as Timestamp).toMillis(), createdAt: (createdAt as Timestamp).toMillis() };
    const ends = (days: number) =>
      fate(recordOf(amikeo, 'contactRequests'), { ...noFacts, values }, NOW + days * DAY_MS, amikeo.controller).kind;
    expect([ends(364), ends(366)]).toEqual(['keep', 'end']);
    // One that nobody closed stays until the other period is over.
    const open = { ...noFacts, values: { createdAt: values.createdAt } };
    expect(fate(recordOf(amikeo, 'contactRequests'), open, NOW + 366 * DAY_MS, amikeo.controller).kind).toBe('keep');
  });

  it.each(LANGUAGES)('are answered in %s in easy words, with nobody’s name in the subject', (language) => {
    const { subject, text } = answerText(amikeo, NOW, 'WORDS', language);
    expect(subject).not.toMatch(/@|ada/i);
    expect(text).toContain(amikeo.controller.email);
    expect(text.split('WORDS')).toHaveLength(2);
    const sentences = text.split(/[.!?:\n]/).map((sentence) => sentence.trim().split(/\s+/).length);
    expect(Math.max(...sentences)).toBeLessThanOrEqual(16);
  });

  it('name an address only if it can be mistaken for no other', () => {
    expect(replyAddress(ADA)).toBe(ADA);
    for (const none of ['', 'ada', 'a@b@c', 'Ada <a@b.c>', 'a@b,c@d', 'a\n@b.c', '\u212Aim@b.c', 7, null])
      expect(replyAddress(none)).toBeNull();
  });
});

describe('an answer leaves once, whatever fails:', () => {
  it.each(faultKinds.filter((kind) => kind !== 'timeout'))('Brevo fails with %s', async (kind) => {
    await write('m1');
    await faulty(kind);
    await answerContact(mailing(), order()).catch(() => undefined);
    base.time.now += 20 * MINUTE_MS;
    expect(await answerContact(mailing(), order())).toMatchObject({ ok: true });
    expect(await left()).toBe(1);
  });

  it('the command dies before or after any of its writes, and is given again: at any time, in any history', async () => {
    const act = fc.record({
      what: fc.constantFrom('yes', 'no', 'close'),
      dies: fc.option(fc.nat(5)),
      later: fc.constantFrom(0, MINUTE_MS, 20 * MINUTE_MS, DAY_MS),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), async (acts) => {
        base = testContext(NOW);
        await standins.stop();
        standins = await startStandins({ now: () => base.time.now });
        await write('m1');
        let closedAt: number | undefined;
        const give = async (what: string): Promise<void> => {
          if (what === 'close') await closeContact(mailing(), 'm1');
          else await answerContact(mailing(), order({ answer: what }));
        };
        for (const { what, dies, later } of acts) {
          base.time.now += later;
          await runDying(dies, [base.own, base.app], () => give(what));
          const known = (await row())['closedAt'] as Timestamp | undefined;
          if (closedAt !== undefined) expect(known?.toMillis()).toBe(closedAt);
          closedAt = known?.toMillis();
        }
        // The officer gives each order again until it is answered.
        const asked = new Set(acts.map(({ what }) => what));
        for (const what of asked) await give(what);
        expect(await left()).toBe([...asked].filter((what) => what !== 'close').length);
        expect(await row()).toEqual(
          expect.objectContaining(closedAt === undefined ? {} : { closedAt: expect.anything() }),
        );
      }),
      { numRuns: 15 },
    );
  });
});

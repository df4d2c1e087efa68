import { Timestamp, type DocumentData } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { answerAsHolder, onHolderAnswer } from '../../../functions/src/consent/guardianAnswer.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { headRef } from '../../../functions/src/ledger/documents.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { publishedNotice } from '../../../functions/src/policy/notices.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { testContext } from '../requests/helpers.ts';
import { withTexts } from './texts.ts';
import { state, storedPower } from '../../kit/sealed/statements.ts';
import { times } from '../../kit/depth.ts';
import { AMIKEO_VERSION } from '../../kit/amikeo.ts';

/**
 * A yes counts only for a text that was published when it was received (Art. 4(11), 7(1)): else it
 * is kept as rejected, and the app asks again. A no always counts (Art. 7(3)).
 */

const NOW = Date.parse('2026-06-01T12:00:00Z');
const KNOWN = AMIKEO_VERSION;
const NEWER = '2026-03-01';
const TYPING_ERROR = '2099-01-01';
const base = withTexts(NEWER, TYPING_ERROR);

const made = (): ReturnType<typeof testContext> & { policy: Policy } => ({ ...testContext(NOW), policy: base });
let context = made();
let events = 0;
beforeEach(() => {
  events = 0;
  context = made();
});

const ref = (purpose = 'messages') => context.app.doc(`users/u1/consents/${purpose}`);
const chain = (): string => pseudonymOf('u1', context.keys);
const entries = async (): Promise<string[]> =>
  (await headRef(context.own, chain()).collection('entries').orderBy('seq').get()).docs.map(
    (d) => `${String(d.get('state'))} ${String(d.get('policyVersion'))}`,
  );
const current = async (purpose = 'messages') => (await latestHead(context, 'u1')).head.current[purpose];
const jobs = async () => (await context.own.collection('jobs').get()).docs.map((d) => d.id);
const rejected = async () => (await context.own.collection('rejectedEvents').get()).docs.map((d) => d.data());
const ISSUE = { code: 'unpublished_version', field: 'policyVersion' };

/** Writes an answer as the app does; returns its event. */
async function write(granted: boolean, policyVersion: string, more: DocumentData = {}, purpose = 'messages') {
  context.time.now += 1000;
  const before = (await ref(purpose).get()).data();
  const updatedAt = Timestamp.fromMillis(context.time.now);
  await ref(purpose).set({ granted, policyVersion, source: 'app', updatedAt, ...more });
  const after = (await ref(purpose).get()).data();
  return { id: `e${events++}`, uid: 'u1', key: purpose, before, after, writtenAt: context.time.now };
}

/** Writes an answer and delivers its event; returns the event. */
async function answer(...said: Parameters<typeof write>) {
  const event = await write(...said);
  await onConsentWritten(context, event);
  return event;
}

describe('a yes to a text that was never published', () => {
  it('is no consent: kept without its values, the document marked, nothing carried to Brevo', async () => {
    await answer(true, TYPING_ERROR);
    expect(await entries()).toEqual([]);
    expect(await current()).toBeUndefined();
    expect(await jobs()).toEqual([]);
    const [kept, ...others] = await rejected();
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ path: `users/${chain()}/consents/{purpose}`, issues: [ISSUE] });
    expect(JSON.stringify(kept)).not.toMatch(/2099|u1/);
    expect((await ref().get()).get('reconsentRequired')).toBe(true);
  });

  it('the event of the mark itself, and each event again, change nothing', async () => {
    const event = await answer(true, TYPING_ERROR);
    const marked = (await ref().get()).data();
    await onConsentWritten(context, { ...event, id: 'mark', before: event.after, after: marked });
    await onConsentWritten(context, event);
    expect(await rejected()).toHaveLength(1);
    expect((await ref().get()).data()).toEqual(marked);
    expect(await entries()).toEqual([]);
  });

  it('answered again with a known text, it is the first yes, and the mark goes', async () => {
    await answer(true, TYPING_ERROR);
    await answer(true, KNOWN, { reconsentRequired: true });
    expect(await entries()).toEqual([`given ${KNOWN}`]);
    expect((await ref().get()).get('reconsentRequired')).toBeUndefined();
    expect(await jobs()).toHaveLength(1);
  });

  it('answered again with the same mistake, it is asked again', async () => {
    await answer(true, TYPING_ERROR);
    await answer(true, TYPING_ERROR);
    await answer(true, TYPING_ERROR, { reconsentRequired: true });
    expect(await entries()).toEqual([]);
    expect(await rejected()).toHaveLength(1);
    expect((await ref().get()).get('reconsentRequired')).toBe(true);
  });

  it('said two hundred times in a day, for two purposes, it leaves one document of each day, and the marks', async () => {
    const yesses = async (): Promise<void> => {
      for (let n = 0; n < 100; n++)
        for (const purpose of ['messages', 'analytics']) await answer(true, TYPING_ERROR, {}, purpose);
    };
    await yesses();
    expect(await rejected()).toHaveLength(1);
    for (const purpose of ['messages', 'analytics'])
      expect((await ref(purpose).get()).get('reconsentRequired')).toBe(true);
    expect([await entries(), await jobs()]).toEqual([[], []]);
    expect(context.logged.filter((line) => line.startsWith('event rejected'))).toHaveLength(1);
    context.time.now += DAY_MS;
    await yesses();
    expect(await rejected()).toHaveLength(2);
  });

  it('a yes to a known text that stood is not taken back by it, and goes with the no that follows', async () => {
    await answer(true, KNOWN);
    await answer(true, TYPING_ERROR);
    expect(await current()).toBe('given');
    expect((await ref().get()).get('reconsentRequired')).toBe(true);
    await answer(false, TYPING_ERROR);
    expect(await current()).toBe('withdrawn');
    expect(await entries()).toEqual([`given ${KNOWN}`, `withdrawn ${TYPING_ERROR}`]);
  });

  it('a no that stood still stands', async () => {
    await answer(false, KNOWN);
    await answer(true, TYPING_ERROR);
    expect(await current()).toBe('refused');
    expect((await ref().get()).get('reconsentRequired')).toBe(true);
  });

  it('its document deleted, a yes that stood is withdrawn', async () => {
    await answer(true, KNOWN);
    const { after } = await answer(true, TYPING_ERROR);
    await ref().delete();
    context.time.now += 1000;
    const event = { id: 'deleted', uid: 'u1', key: 'messages', before: after, after: undefined };
    await onConsentWritten(context, { ...event, writtenAt: context.time.now });
    expect(await current()).toBe('withdrawn');
  });

  it.each(['0000-01-01', '9999-12-31', '2025-06-14', '2025-06-16', '2026-02-31', TYPING_ERROR])(
    '%s: a no counts all the same',
    async (version) => {
      await answer(false, version);
      expect(await current()).toBe('refused');
      expect(await rejected()).toEqual([]);
      await answer(true, version);
      expect(await current()).toBe('refused');
      expect(await rejected()).toMatchObject([{ issues: [ISSUE] }]);
    },
  );

  it('found by the nightly comparison, it is no yes either, and is marked', async () => {
    const updatedAt = Timestamp.fromMillis(NOW - 5000);
    await ref().set({ granted: true, policyVersion: TYPING_ERROR, source: 'app', updatedAt });
    for (let night = 0; night < 2; night++)
      expect((await reconcilePerson(context, 'u1', [await ref().get()])).recorded).toBe(0);
    expect(await entries()).toEqual([]);
    expect(await rejected()).toMatchObject([{ issues: [ISSUE] }]);
    expect((await ref().get()).get('reconsentRequired')).toBe(true);
  });

  it('a newer answer that came meanwhile is not marked', async () => {
    const event = await answer(true, TYPING_ERROR);
    await answer(true, KNOWN);
    await onConsentWritten(context, event);
    expect((await ref().get()).get('reconsentRequired')).toBeUndefined();
    expect(await current()).toBe('given');
  });

  it('any answers, in any order of events: each state rests on a published text or is a no', async () => {
    const said = fc.record({
      granted: fc.boolean(),
      version: fc.constantFrom(KNOWN, NEWER, TYPING_ERROR, '1999-01-01'),
      locale: fc.constantFrom(undefined, 'fr-CA', 'de', 'xx'),
    });
    const published = (version: string): boolean => version === KNOWN || version === NEWER;
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat(99)),
        async (all, turns) => {
          context = made();
          const told: Awaited<ReturnType<typeof write>>[] = [];
          for (const { granted, version, locale } of all)
            told.push(await write(granted, version, locale === undefined ? {} : { locale }));
          const order = [...told, ...told].map((event) => ({ event, turn: turns.next().value as number }));
          for (const { event } of order.sort((a, b) => a.turn - b.turn)) await onConsentWritten(context, event);
          const yes = (await entries()).filter((entry) => /^(given|reconfirmed|pending)/.test(entry));
          for (const entry of yes) expect(entry).not.toMatch(/2099|1999/);
          const last = all.findLast(({ granted, version }) => !granted || published(version));
          const state = await current();
          if (last === undefined) expect(state).toBeUndefined();
          else expect(state === 'given' || state === 'reconfirmed').toBe(last.granted);
          const newest = all.at(-1);
          const isAsked = newest?.granted === true && !published(newest.version);
          expect((await ref().get()).get('reconsentRequired') === true).toBe(isAsked);
        },
      ),
      { numRuns: times(12, 40) },
    );
  });
});

describe('a text is published', () => {
  const at = (iso: string) => publishedNotice(base, { purpose: 'messages', policyVersion: NEWER }, Date.parse(iso));

  it(`when its day begins at the controller’s (${amikeo.controller.timeZone}), by the time of receipt`, () => {
    expect(at('2026-02-28T22:59:59.999Z')).toBeNull();
    expect(at('2026-02-28T23:00:00.000Z')).toMatchObject({ version: NEWER });
  });

  it('not by a device’s clock, nor by a function that looks later', async () => {
    context.time.now = Date.parse('2026-02-27T12:00:00Z');
    const givenAt = Timestamp.fromMillis(Date.parse('2026-03-05T12:00:00Z'));
    const event = await answer(true, NEWER, { givenAt });
    expect(await entries()).toEqual([]);
    context.time.now = NOW;
    await onConsentWritten(context, event);
    expect(await entries()).toEqual([]);
    // Answered again when the day has come, it is a yes, also with the same words.
    await answer(true, NEWER);
    expect(await entries()).toEqual([`given ${NEWER}`]);
  });

  it('for a purpose that it has a text for', async () => {
    const texts = Object.entries(base.notices[NEWER] ?? {});
    const others = Object.fromEntries(texts.filter(([purpose]) => purpose !== 'messages'));
    context.policy = { ...base, notices: { ...base.notices, [NEWER]: others } };
    await answer(true, NEWER);
    await answer(true, NEWER, {}, 'analytics');
    expect(await current()).toBeUndefined();
    expect(await current('analytics')).toBe('given');
  });
});

describe('a holder of parental responsibility', () => {
  const answered = (granted: boolean, policyVersion: string, requestId: string) =>
    onHolderAnswer(context, {
      holder: 'parent',
      child: 'u1',
      requestId,
      answer: { purpose: 'messages', granted, policyVersion, source: 'app' },
    });
  beforeEach(async () => {
    await answer(false, KNOWN);
    await state(context, 'ageBands/u1', { band: 'child' });
    const from = Timestamp.fromMillis(NOW - 1000);
    await state(context, 'guardianships/g1', {
      child: 'u1',
      holder: 'parent',
      from,
      ...storedPower('parentalAuthority', 0),
    });
    await refreshProtection(context, 'u1');
  });

  it('is refused a yes to a text that was never published, with the reason; a no counts', async () => {
    expect(await answered(true, TYPING_ERROR, 'request-1')).toEqual({ ok: false, because: 'unpublished' });
    expect((await entries()).filter((entry) => !entry.startsWith('both'))).toEqual([`refused ${KNOWN}`]);
    expect(await answered(false, TYPING_ERROR, 'request-2')).toMatchObject({ ok: true });
    expect(await answered(true, KNOWN, 'request-3')).toEqual({ ok: true, state: 'pending' });
  });

  it.each([
    ['fr', /Mettez l’application à jour/],
    ['en', /update the app/],
  ] as const)('is told so in the language of the call: %s', async (language, message) => {
    const caller = { uid: 'parent', accountCreatedAt: 0, signedInAt: NOW };
    const data = { child: 'u1', purpose: 'messages', granted: true, policyVersion: TYPING_ERROR, source: 'app' };
    const called = { caller, data: { ...data, requestId: 'request-1' }, language };
    expect(await answerAsHolder(context, called)).toMatchObject({
      ok: false,
      code: 'unpublished',
      message: expect.stringMatching(message) as string,
    });
  });

  it('a caller who is no holder is not told which versions there are', async () => {
    const other = { purpose: 'messages', granted: true, policyVersion: TYPING_ERROR, source: 'app' };
    const call = { holder: 'stranger', child: 'u1', requestId: 'request-1', answer: other };
    expect(await onHolderAnswer(context, call)).toEqual({ ok: false, because: 'denied' });
  });
});

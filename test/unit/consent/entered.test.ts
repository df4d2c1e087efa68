import { Timestamp } from 'firebase-admin/firestore';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { decideEntered, enterWithdrawal } from '../../../functions/src/consent/letters/withdrawal.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { emptyHead } from '../../../functions/src/ledger/chain.ts';
import { afterEntry } from '../../../functions/src/ledger/derive.ts';
import type { HeldPower } from '../../../functions/src/ledger/entry.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { changeHead } from '../../kit/sealed/ledger.ts';
import { testContext } from '../requests/helpers.ts';
import { child, DAY, NOW, parent, policy, Story } from './story.sample.ts';

/** A letter that takes a consent back counts as a no in the app does (Art. 7(3)). */

/** The oldest version has been in force at every moment of these tests. */
const [PUBLISHED] = Object.keys(amikeo.notices).sort();
const power = {
  ...parent,
  regime: 'parentalAuthority',
  scope: ['consents'],
  decides: 'both',
} as const satisfies HeldPower;
const letter = (receivedAt: number) => ({ purpose: 'messages', channel: 'letter', receivedAt }) as const;

describe('a letter that an officer enters', () => {
  const answers = fc.array(
    fc.record({
      by: fc.constantFrom('person' as const, 'letter' as const, 'holder' as const, 'holderLetter' as const),
      granted: fc.boolean(),
      late: fc.integer({ min: 0, max: 5 }),
    }),
    { minLength: 1, maxLength: 10 },
  );

  it('leaves a consent only if its own person said yes later, and the entries alone say the same', () => {
    fc.assert(
      fc.property(answers, fc.boolean(), (acts, isChild) => {
        const story = new Story();
        if (isChild) story.protect(child, NOW - 5, [power]);
        const latest: Record<'subject' | 'holder', { at: number; granted: boolean } | undefined> = {
          subject: undefined,
          holder: undefined,
        };
        acts.forEach(({ by, granted, late }, index) => {
          const at = NOW + index * 10;
          const receivedAt = at - late * 10;
          const who = by.startsWith('holder') ? 'holder' : 'subject';
          const said = by === 'person' || by === 'holder' ? { at, granted } : { at: receivedAt, granted: false };
          const known = latest[who];
          if (by === 'person') story.person(granted, at, known?.granted ?? null);
          else if (by === 'holder') {
            if (!isChild) return;
            story.holder(granted, at);
          } else {
            if (who === 'holder' && !isChild) return;
            story.enter(letter(receivedAt), at, who === 'holder' ? [parent.holder] : undefined);
          }
          // The same answer again is no decision.
          if (known?.granted === said.granted) return;
          if (known === undefined || said.at > known.at || (said.at === known.at && !said.granted)) latest[who] = said;
        });
        const needed = isChild ? [latest.subject, latest.holder] : [latest.subject];
        const standing = story.state === 'given' || story.state === 'reconfirmed';
        expect(standing).toBe(needed.every((one) => one?.granted === true));
        const derived = story.chain.reduce(afterEntry, emptyHead('v1_child'));
        expect(derived.current).toEqual(story.head.current);
      }),
    );
  });

  it('of a stranger, for a purpose that is not asked for, or after the erasure began, records nothing', () => {
    const deciding = { policy, now: NOW };
    const head = emptyHead('v1_child');
    expect(decideEntered(letter(NOW), head, deciding, ['v1_stranger'])).toEqual({ reject: 'denied' });
    expect(decideEntered({ ...letter(NOW), purpose: 'hosting' }, head, deciding)).toEqual({ reject: 'notAsked' });
    const erasing = { at: NOW, accountCreatedAt: null };
    expect(decideEntered(letter(NOW), { ...head, erasing }, deciding)).toEqual({ reject: 'late' });
  });
});

describe('the app’s own document', () => {
  let context = make();
  function make() {
    const base = testContext(NOW);
    const account = { uid: 'lea', metadata: { creationTime: new Date(NOW - 100 * DAY).toUTCString() } };
    return { ...base, policy: amikeo, clients: { ...base.clients, auth: async () => fakeAuth(() => [account]) } };
  }
  beforeEach(() => {
    context = make();
  });
  const path = 'users/lea/consents/messages';
  const yes = (at: number) => ({
    granted: true,
    policyVersion: PUBLISHED,
    source: 'app',
    updatedAt: Timestamp.fromMillis(at),
  });
  let events = 0;
  /** Delivers the change of the document, as the trigger would. */
  async function deliver(before: object | undefined, writtenAt: number): Promise<void> {
    const after = (await context.clients.app().doc(path).get()).data();
    const id = `event-${events++}`;
    await onConsentWritten(context, { id, uid: 'lea', key: 'messages', before, after, writtenAt });
  }
  const entriesOf = async () => {
    const { chain, head } = await latestHead(context, 'lea');
    return { chain, seq: head.seq, state: head.current['messages'] };
  };

  it('follows, and its own event is no second answer', async () => {
    const given = yes(NOW - 9 * DAY);
    await context.clients.app().doc(path).set(given);
    await deliver(undefined, NOW - 9 * DAY);
    const entered = await enterWithdrawal(context, { uid: 'lea' }, letter(NOW - DAY));
    expect(entered).toEqual({ state: 'withdrawn', stands: false, before: false });
    expect((await context.clients.app().doc(path).get()).data()).toMatchObject({ granted: false });
    await deliver(given, NOW);
    expect(await entriesOf()).toMatchObject({ seq: 2, state: 'withdrawn' });
    // Entered again, it is the same no.
    expect(await enterWithdrawal(context, { uid: 'lea' }, letter(NOW - DAY))).toMatchObject({ before: true });
    expect(await entriesOf()).toMatchObject({ seq: 2 });
  });

  it('is left as it is if the person said yes after the letter came', async () => {
    await context.clients
      .app()
      .doc(path)
      .set(yes(NOW - DAY));
    await deliver(undefined, NOW - DAY);
    const entered = await enterWithdrawal(context, { uid: 'lea' }, letter(NOW - 2 * DAY));
    expect(entered).toEqual({ state: 'given', stands: true, before: false });
    expect((await context.clients.app().doc(path).get()).get('granted')).toBe(true);
  });

  it('is turned by the second try, if the first one died after the ledger’s entry', async () => {
    const given = yes(NOW - 9 * DAY);
    await context.clients.app().doc(path).set(given);
    await deliver(undefined, NOW - 9 * DAY);
    await enterWithdrawal(context, { uid: 'lea' }, letter(NOW - DAY));
    await context.clients.app().doc(path).set(given);
    await enterWithdrawal(context, { uid: 'lea' }, letter(NOW - DAY));
    expect((await context.clients.app().doc(path).get()).get('granted')).toBe(false);
  });

  it('of a yes whose event has not come yet is left as it is', async () => {
    await context.clients
      .app()
      .doc(path)
      .set(yes(NOW - 9 * DAY));
    await deliver(undefined, NOW - 9 * DAY);
    await enterWithdrawal(context, { uid: 'lea' }, letter(NOW - DAY));
    await context.clients
      .app()
      .doc(path)
      .set(yes(NOW + 1));
    await enterWithdrawal(context, { uid: 'lea' }, letter(NOW - DAY));
    expect((await context.clients.app().doc(path).get()).get('granted')).toBe(true);
  });

  it('of an erased or unknown person, or for no account, is refused by name', async () => {
    const by = { uid: 'nobody' };
    await expect(enterWithdrawal(context, by, letter(NOW))).rejects.toMatchObject({ code: 'officer.unknown' });
    await expect(enterWithdrawal(context, { email: 'a@example.com' }, letter(NOW))).rejects.toMatchObject({
      code: 'consent.entry',
    });
    await expect(enterWithdrawal(context, { uid: 'lea' }, letter(NOW), 'stranger')).rejects.toMatchObject({
      code: 'consent.entry',
    });
    const { chain } = await latestHead(context, 'lea');
    await changeHead(context, chain, { erasing: { at: NOW, accountCreatedAt: null } });
    await expect(enterWithdrawal(context, { uid: 'lea' }, letter(NOW))).rejects.toMatchObject({
      code: 'request.erased',
    });
  });
});

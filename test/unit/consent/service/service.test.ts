import { Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStandins, type Standins } from '../../../../emulator/standins/index.ts';
import { askAgain } from '../../../../functions/src/consent/askAgain.ts';
import { effectJob } from '../../../../functions/src/consent/effects.ts';
import { termsOf } from '../../../../functions/src/consent/terms.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { latestHead } from '../../../../functions/src/ledger/find.ts';
import { restrictionsOn } from '../../../../functions/src/ledger/restriction/stated.ts';
import { runners } from '../../../../functions/src/runners.ts';
import { AMIKEO_VERSION } from '../../../kit/amikeo.ts';
import { NOW } from '../../erasure/memory.ts';
import { DAY, guardian, openPerson, policy, priceAt, VERSION } from './world.ts';

/**
 * The consent on which the service rests: its withdrawal and what follows, from the document of the
 * app to Stripe, Brevo and the erasure, with the real SDKs.
 */

let standins: Standins;
let price: string;

beforeAll(async () => {
  standins = await startStandins();
  price = await priceAt(standins);
});
afterAll(() => standins.stop());
const open = () => openPerson(standins, price);

describe('a withdrawal of the consent on which the service rests (Art. 7(3), 9(2)(a))', () => {
  it('restricts at once, offers a copy, stops renewals, and begins an erasure with its grace', async () => {
    const { context, uid, say, work, customer, stripe, erasure, letters } = await open();
    const subscription = await customer();
    await say('coreService', true);
    await work();
    expect(await erasure()).toEqual({ id: '', job: null });
    await say('coreService', false);
    await work();

    expect(await restrictionsOn(context, uid)).toHaveLength(1);
    const renewed = await stripe.subscriptions.retrieve(subscription);
    expect(renewed).toMatchObject({ status: 'active', cancel_at_period_end: true });
    const { job } = await erasure();
    expect(job).toMatchObject({ status: 'waiting', input: { startedBy: 'withdrawal' } });
    expect(job?.steps).toMatchObject({ grace: { state: 'waiting' }, begin: { attempts: 0 } });
    const [letter, ...more] = await letters();
    expect(more).toEqual([]);
    expect(letter?.textContent).toMatch(/copie de vos données/);
  });

  it('ends the account when the grace is over: nothing before', async () => {
    const { context, world, time, say, work, uid, erasure } = await open();
    await world.write({
      [`users/${uid}`]: { locale: 'fr' },
      [`users/${uid}/activity/1`]: { createdAt: Timestamp.fromMillis(NOW) },
    });
    await say('coreService', true);
    await say('coreService', false);
    await work();
    time.now += 6 * DAY;
    const { id } = await erasure();
    await runJob(context, runners, id);
    expect((await context.clients.app().doc(`users/${uid}/activity/1`).get()).exists).toBe(true);
    time.now += 2 * DAY;
    await runJob(context, runners, id);
    const { job } = await erasure();
    expect(job?.steps).toMatchObject({ begin: { state: 'done' } });
    expect((await latestHead(context, uid)).head.erasing).toBeDefined();
  });

  it.each(['while Auth is asked', 'at the last moment'])(
    'begins no erasure if a new yes and its job come %s',
    async (when) => {
      const { context, uid, say, work, erasure } = await open();
      await say('coreService', true);
      await work();
      await say('coreService', false);
      let isPast = false;
      const sayYes = async (): Promise<void> => {
        await say('coreService', true);
        await work();
      };
      const own = context.clients.own();
      const auth = context.clients.auth.bind(context.clients);
      const transact = own.runTransaction.bind(own);
      own.runTransaction = async (...args) => {
        if (isPast) own.runTransaction = transact;
        if (isPast && when === 'at the last moment') await sayYes();
        return transact(...args);
      };
      Object.assign(context.clients, {
        auth: async () => {
          Object.assign(context.clients, { auth });
          if (when === 'while Auth is asked') await sayYes();
          isPast = true;
          return auth();
        },
      });
      await work();
      own.runTransaction = transact;
      expect(isPast).toBe(true);
      const { job } = await erasure();
      expect(job?.status).toBe(when === 'while Auth is asked' ? undefined : 'cancelled');
      expect(await restrictionsOn(context, uid)).toEqual([]);
    },
  );

  it('is taken back by a new yes within the grace: the account stays, and nothing is restricted', async () => {
    const { context, time, uid, say, work, erasure } = await open();
    await say('coreService', true);
    await say('coreService', false);
    await work();
    time.now += 3 * DAY;
    await say('coreService', true);
    await work();
    expect((await erasure()).job).toMatchObject({ status: 'cancelled' });
    expect(await restrictionsOn(context, uid)).toEqual([]);
    // A further no is one more withdrawal: the grace begins again.
    await say('coreService', false);
    await work();
    const { job } = await erasure();
    expect(job).toMatchObject({ status: 'waiting', input: { graceUntil: time.now + 7 * DAY } });
    expect(await restrictionsOn(context, uid)).toHaveLength(1);
  });

  it('is taken back, and the subscription ends all the same: a yes is no order to pay, and the person is told', async () => {
    const { customer, stripe, say, work, letters } = await open();
    const subscription = await customer();
    for (const granted of [true, false]) await say('coreService', granted);
    await work();
    await say('coreService', true);
    await work();
    expect((await stripe.subscriptions.retrieve(subscription)).cancel_at_period_end).toBe(true);
    const [, told, ...more] = await letters();
    expect([told?.textContent, more]).toEqual([expect.stringContaining('Votre oui ne le renouvelle pas'), []]);
  });

  it('is taken back by somebody without a subscription: no message about one', async () => {
    const { say, work, letters } = await open();
    for (const granted of [true, false, true]) {
      await say('coreService', granted);
      await work();
    }
    expect(await letters()).toHaveLength(1);
  });

  it('is not carried out if its job comes after a new yes, however the tasks overtake each other', async () => {
    const { context, uid, say, work, erasures, customer, stripe } = await open();
    const subscription = await customer();
    await say('coreService', true);
    await say('coreService', false);
    await say('coreService', true);
    await work();
    expect(await erasures()).toEqual([]);
    expect(await restrictionsOn(context, uid)).toEqual([]);
    expect((await stripe.subscriptions.retrieve(subscription)).cancel_at_period_end).toBe(false);
  });

  it('does not begin to erase if the yes was seen by nobody but the ledger', async () => {
    const { context, time, say, work, erasure, uid } = await open();
    await say('coreService', true);
    await say('coreService', false);
    await work();
    const { id } = await erasure();
    await say('coreService', true);
    // The job of the yes is lost: only the chain knows.
    time.now += 8 * DAY;
    await runJob(context, runners, id);
    expect((await erasure()).job).toMatchObject({ status: 'cancelled' });
    expect(await restrictionsOn(context, uid)).toEqual([]);
  });

  it('of a holder alone stops the use, and erases nothing', async () => {
    const child = await open();
    const { context, uid, say, work, erasures } = child;
    const answer = await guardian(child);
    await say('coreService', true);
    await answer(true);
    expect((await latestHead(context, uid)).head.current).toEqual({ coreService: 'given' });
    await answer(false);
    await work();
    expect((await latestHead(context, uid)).head.current).toEqual({ coreService: 'withdrawn' });
    expect(await erasures()).toEqual([]);
  });

  it('of the person is not taken back by a yes of a holder after it', async () => {
    const child = await open();
    const { context, time, uid, say, work, erasure, customer, stripe } = child;
    const subscription = await customer();
    const answer = await guardian(child);
    await say('coreService', true);
    await answer(true);
    await say('coreService', false);
    // Before the job of the no, and again after it.
    for (let round = 0; round < 2; round++) {
      for (const granted of [false, true]) await answer(granted);
      expect((await latestHead(context, uid)).head.current).toEqual({ coreService: 'pending' });
      await work();
    }
    expect((await stripe.subscriptions.retrieve(subscription)).cancel_at_period_end).toBe(true);
    expect(await restrictionsOn(context, uid)).toHaveLength(1);
    const { id } = await erasure();
    time.now += 8 * DAY;
    await runJob(context, runners, id);
    expect((await erasure()).job?.steps).toMatchObject({ begin: { state: 'done' } });
  });

  it('counts as long as the account: no period asks for it again', async () => {
    const { context, time, say, work, uid } = await open();
    await say('coreService', true);
    await say('analytics', true);
    await work();
    time.now += 200 * DAY;
    expect(await askAgain(context, uid)).toBe(1);
    expect((await latestHead(context, uid)).head.current).toEqual({ coreService: 'given', analytics: 'expired' });
  });
});

describe('the customer file and marketing automation', () => {
  const contact = async (email: string): Promise<{ emailBlacklisted: boolean } | null> => {
    const answer = await fetch(
      `${standins.brevoUrl}/v3/contacts/${encodeURIComponent(email)}?identifierType=email_id`,
      {
        headers: { 'api-key': 'x' },
      },
    );
    return answer.status === 404 ? null : ((await answer.json()) as { emailBlacklisted: boolean });
  };

  it('an old yes to `userDatabase` is asked again and ends at Brevo; a new one brings nobody there', async () => {
    const { context, email, say, work, uid } = await open();
    await say('userDatabase', true, AMIKEO_VERSION);
    await work();
    expect(await contact(email)).not.toBeNull();
    expect(await askAgain(context, uid)).toBe(1);
    await work();
    expect((await latestHead(context, uid)).head.current).toEqual({ userDatabase: 'expired' });
    const asked = await context.clients.app().doc(`users/${uid}/consents/userDatabase`).get();
    expect(asked.get('reconsentRequired')).toBe(true);
    expect((await contact(email))?.emailBlacklisted).toBe(true);

    const other = await open();
    await other.say('userDatabase', true);
    await other.work();
    expect(await contact(other.email)).toBeNull();
    await other.say('marketingAutomation', true);
    await other.work();
    expect(await contact(other.email)).not.toBeNull();
  });

  it('an answer is recorded with the facts that its own text told (Art. 7(1))', () => {
    const old = termsOf(policy, 'userDatabase', { policyVersion: AMIKEO_VERSION });
    expect(old.recipients).toContain('brevoAutomation');
    expect(old.dataTypes).toContain('usageData');
    expect(old.retention).toContain('brevoContact: accountDeleted+P0D delete, inactive+P3Y delete');
    // The text of 2025 names Ireland, Belgium and the United States.
    expect(old.storageLocation).toEqual(['BE', 'DE', 'FR', 'IE', 'US']);
    const now = termsOf(policy, 'userDatabase', { policyVersion: VERSION });
    expect(now.storageLocation).toEqual(['BE', 'DE', 'FI', 'FR', 'IE', 'NL', 'US']);
    // Of the number of the installation that text said nothing.
    expect(termsOf(policy, 'analytics', { policyVersion: AMIKEO_VERSION })).toMatchObject({
      dataTypes: ['cookies', 'usageData'],
      storageLocation: ['BE', 'IE', 'US'],
    });
    expect([...(now.recipients ?? []), ...(now.dataTypes ?? [])]).not.toContain('brevoAutomation');
    expect(now.dataTypes).not.toContain('usageData');
  });

  it('a yes to an unchanged purpose stands, and one that was not explicit is asked again (Art. 9(2)(a))', async () => {
    const { context, say, uid } = await open();
    await say('interestBasedAdvertising', true, AMIKEO_VERSION);
    expect(await askAgain(context, uid)).toBe(0);
    await say('messages', true, AMIKEO_VERSION);
    expect(await askAgain(context, uid)).toBe(1);
  });

  it('the job of an answer has the steps of the service only for the service', () => {
    const steps = (purpose: string, state: string) =>
      effectJob({ policy, now: () => NOW }, { id: 'e', uid: 'u', purpose, chain: 'c', state })?.steps.map(
        ({ id }) => id,
      );
    expect(steps('coreService', 'withdrawn')).toEqual(['serviceAccount', 'serviceRenewal']);
    expect(steps('coreService', 'given')).toEqual(['serviceAccount']);
    expect(steps('monitoring', 'given')).toBeUndefined();
  });
});

import { randomUUID } from 'node:crypto';
import { Timestamp } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { restrictionsOn } from '../../../functions/src/ledger/restriction/stated.ts';
import type { Context } from '../../../functions/src/platform/context.ts';
import { runners } from '../../../functions/src/runners.ts';
import { asPublished } from '../../kit/amikeo.ts';
import { faults, messagesTo, stripe } from '../../kit/providers.ts';
import { auth, freshUid } from '../../kit/suite.ts';
import { consentAt, DAY, jobsOf, openNight } from '../retention/nightly.ts';

/** The consent on which the service rests, with the suite's Firestore, Auth, Stripe and Brevo. */

const VERSION = '2026-02-01';
const night = openNight('service', asPublished(amikeo, VERSION));
const tasks: string[] = [];
const uids: string[] = [];
const context: Context = {
  ...night.context,
  queue: { enqueue: async (_, job) => void tasks.push(job) },
  clients: { ...night.context.clients, stripe: async () => stripe() },
};
let price: string;
beforeAll(async () => {
  const product = await stripe().products.create({ name: 'AMIKEO' });
  const recurring = { interval: 'month' as const };
  price = (await stripe().prices.create({ product: product.id, currency: 'eur', unit_amount: 990, recurring })).id;
});
afterAll(async () => {
  await faults('stripe');
  await auth.deleteUsers(uids);
  await night.end();
});

async function subscriber() {
  const uid = freshUid();
  uids.push(uid);
  const email = `${uid.toLowerCase()}@example.com`;
  const metadata = { creationTime: new Date(night.now() - 90 * DAY).toUTCString() };
  await auth.importUsers([{ uid, email, emailVerified: true, metadata }]);
  const method = await stripe().paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
  const customer = await stripe().customers.create({ email, metadata: { uid } });
  await stripe().paymentMethods.attach(method.id, { customer: customer.id });
  const paying = { customer: customer.id, items: [{ price }], default_payment_method: method.id };
  const subscription = await stripe().subscriptions.create(paying);
  await night.app.doc(`users/${uid}`).set({ locale: 'en' });
  await night.app.doc(`customers/${uid}`).set({ stripeId: customer.id });
  await night.app.doc(`users/${uid}/activity/1`).set({ createdAt: Timestamp.fromMillis(night.now()) });
  return { uid, email, subscription: subscription.id };
}

async function say(uid: string, granted: boolean): Promise<void> {
  night.pass(1000);
  const ref = night.app.doc(`users/${uid}/consents/coreService`);
  const before = (await ref.get()).data();
  const after = consentAt(night.now(), granted, { policyVersion: VERSION });
  await ref.set(after);
  const event = { id: randomUUID(), uid, key: 'coreService', before, after, writtenAt: night.now() };
  await onConsentWritten(context, event);
}
async function work(): Promise<void> {
  for (let job = tasks.shift(); job !== undefined; job = tasks.shift()) await runJob(context, runners, job);
}
/** The person's job that has this step. */
async function jobWith(uid: string, step: string): Promise<Job | undefined> {
  return (await jobsOf(night, uid)).find(({ steps }) => steps[step] !== undefined);
}

describe('the consent on which the service rests', () => {
  it('taken back: use and renewal stop, a copy is offered, a new yes brings it back, a last no ends the account', async () => {
    const { uid, email, subscription } = await subscriber();
    await say(uid, true);
    await say(uid, false);
    await work();
    expect(await restrictionsOn(context, uid)).toHaveLength(1);
    expect(await stripe().subscriptions.retrieve(subscription)).toMatchObject({
      status: 'active',
      cancel_at_period_end: true,
    });
    expect(await messagesTo(email)).toMatchObject([
      { textContent: expect.stringContaining('copy of your data') as string },
    ]);

    await say(uid, true);
    await work();
    expect(await restrictionsOn(context, uid)).toEqual([]);
    expect((await jobWith(uid, 'grace'))?.status).toBe('cancelled');

    await say(uid, false);
    await work();
    const waiting = await jobWith(uid, 'grace');
    expect(waiting).toMatchObject({ status: 'waiting', input: { startedBy: 'withdrawal' } });
    night.pass(8 * DAY);
    await runJob(context, runners, waiting?.id ?? '');
    expect((await night.app.doc(`users/${uid}/activity/1`).get()).exists).toBe(false);
    await expect(auth.getUser(uid)).rejects.toMatchObject({ code: 'auth/user-not-found' });
  });

  it('stops a renewal in spite of faults of Stripe, and says done only if it was read back', async () => {
    const { uid, subscription } = await subscriber();
    await say(uid, true);
    for (const kind of ['500', 'reset-after'] as const) {
      await faults('stripe', { method: 'POST', path: `/v1/subscriptions/${subscription}`, kind });
      if (kind === '500') await say(uid, false);
      await work();
    }
    const job = await jobWith(uid, 'serviceRenewal');
    expect(job?.steps['serviceRenewal']?.state).not.toBe('blocked');
    for (let tries = 0; tries < 5; tries++) {
      night.pass(60_000);
      await runJob(context, runners, job?.id ?? '');
    }
    expect((await jobWith(uid, 'serviceRenewal'))?.steps['serviceRenewal']).toMatchObject({
      state: 'done',
      outcomes: [{ outcome: 'done', how: 'changed' }],
    });
    expect((await stripe().subscriptions.retrieve(subscription)).cancel_at_period_end).toBe(true);
  });
});

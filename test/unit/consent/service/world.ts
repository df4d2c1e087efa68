import { randomUUID } from 'node:crypto';
import { Timestamp } from 'firebase-admin/firestore';
import { expect } from 'vitest';
import type { Standins } from '../../../../emulator/standins/index.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { onHolderAnswer } from '../../../../functions/src/consent/guardianAnswer.ts';
import { refreshProtection } from '../../../../functions/src/consent/protection.ts';
import { onConsentWritten } from '../../../../functions/src/consent/recordDecision.ts';
import { runJob } from '../../../../functions/src/jobs/run.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import type { Context } from '../../../../functions/src/platform/context.ts';
import { runners } from '../../../../functions/src/runners.ts';
import { asPublished } from '../../../kit/amikeo.ts';
import { state, storedPower } from '../../../kit/sealed/statements.ts';
import { NOW, World } from '../../erasure/memory.ts';
import { sheetKeys } from '../../officerTasks/helpers.ts';

/** A person of AMIKEO, whose answers to the service reach Stripe, Brevo and the erasure. */

export const DAY = 86_400_000;
/** The day of the draft, as if it was published. */
export const VERSION = '2026-02-01';
export const policy = asPublished(amikeo, VERSION);

/** Makes the price of a subscription at the local Stripe. */
export async function priceAt(standins: Standins): Promise<string> {
  const stripe = await new World(standins).context.clients.stripe();
  const product = await stripe.products.create({ name: 'AMIKEO' });
  const recurring = { interval: 'month' as const };
  return (await stripe.prices.create({ product: product.id, currency: 'eur', unit_amount: 990, recurring })).id;
}

/** A person with an account, and everything that they and the backend do. */
export async function openPerson(standins: Standins, price: string) {
  const world = new World(standins);
  const time = { now: NOW };
  const tasks: string[] = [];
  const context: Context = {
    ...world.context,
    policy,
    now: () => time.now,
    queue: { enqueue: async (_, job) => void tasks.push(job) },
    config: {
      ...world.context.config,
      brevoSender: { name: 'AMIKEO', email: 'bonjour@amikeo.example' },
      officerSheetKey: sheetKeys.publicKey,
    },
  };
  const app = context.clients.app();
  const stripe = await context.clients.stripe();
  const uid = `u${randomUUID().slice(0, 8)}`;
  const email = `${randomUUID()}@example.com`;
  world.sign(uid, { email, emailVerified: true });

  /** Works off every task, and the steps whose time has come. */
  const work = async (): Promise<void> => {
    for (let job = tasks.shift(); job !== undefined; job = tasks.shift()) await runJob(context, runners, job);
  };
  const say = async (purpose: string, granted: boolean, version = VERSION): Promise<void> => {
    const ref = app.doc(`users/${uid}/consents/${purpose}`);
    const before = (await ref.get()).data();
    time.now += 1000;
    const after = { granted, policyVersion: version, source: 'app', updatedAt: Timestamp.fromMillis(time.now) };
    await ref.set(after);
    await onConsentWritten(context, { id: randomUUID(), uid, key: purpose, before, after, writtenAt: time.now });
  };
  const customer = async (): Promise<string> => {
    const id = await world.customer({ email, metadata: { uid } });
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    await stripe.paymentMethods.attach(method.id, { customer: id });
    await app.doc(`customers/${uid}`).set({ stripeId: id });
    return (await stripe.subscriptions.create({ customer: id, items: [{ price }], default_payment_method: method.id }))
      .id;
  };
  const erasures = async () =>
    (await context.clients.own().collection('jobs').get()).docs
      .map(({ id }) => id)
      .filter((id) => id.startsWith('erasure_'));
  const erasure = async () => {
    const [id = ''] = await erasures();
    return { id, job: id === '' ? null : await loadJob(context, id) };
  };
  const letters = async (): Promise<{ subject: string; textContent: string }[]> => {
    const sent = (await (await fetch(`${standins.brevoUrl}/_control/requests`)).json()) as {
      path: string;
      body: { to?: { email: string }[]; subject: string; textContent: string };
    }[];
    return sent
      .filter(({ path, body }) => path.endsWith('/smtp/email') && body.to?.some((to) => to.email === email) === true)
      .map(({ body }) => body);
  };
  return { world, context, time, uid, email, stripe, work, say, customer, erasures, erasure, letters };
}

/** Names a parent of the child who decides with it; returns how they answer about the service. */
export async function guardian({ context, uid, time }: Awaited<ReturnType<typeof openPerson>>) {
  const backend = { own: context.clients.own(), keys: context.keys };
  await state(backend, `ageBands/${uid}`, { band: 'child' });
  const power = { ...storedPower('parentalAuthority', NOW), from: Timestamp.fromMillis(NOW - DAY) };
  await state(backend, `guardianships/${uid}_parent`, { child: uid, holder: 'parent', ...power });
  await refreshProtection(context, uid);
  return async (granted: boolean, requestId: string = randomUUID()): Promise<void> => {
    time.now += 1000;
    const answer = { purpose: 'coreService', granted, policyVersion: VERSION, source: 'app' };
    expect(await onHolderAnswer(context, { holder: 'parent', child: uid, requestId, answer })).toMatchObject({
      ok: true,
    });
  };
}

import { Timestamp } from 'firebase-admin/firestore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { onAccountInactive } from '../../../functions/src/erasure/accountEvents.ts';
import { lastContractAt } from '../../../functions/src/erasure/contract.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { reconcilePerson } from '../../../functions/src/consent/reconcile.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { hasBegun } from '../../../functions/src/ledger/erasure.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import type { Policy } from '../../../functions/src/policy/schema.ts';
import { inactiveJob } from '../../../functions/src/retention/inactivity/plan.ts';
import { inactiveRunner } from '../../../functions/src/retention/inactivity/steps.ts';
import { findAccount } from '../../../functions/src/subject/accounts.ts';
import { inactivityRef, sealedInactivity } from '../../../functions/src/subject/activity.ts';
import { NOW, UID, world } from '../rectification/world.ts';

let at: Awaited<ReturnType<typeof world>>;
let price: string;
beforeEach(async () => {
  at = await world();
  const product = await at.stripe.products.create({ name: 'AMIKEO' });
  const recurring = { interval: 'month' } as const;
  price = (await at.stripe.prices.create({ product: product.id, currency: 'eur', unit_amount: 990, recurring })).id;
});
afterEach(() => at.stop());

async function subscribe(): Promise<string> {
  const method = await at.stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
  await at.stripe.paymentMethods.attach(method.id, { customer: at.customer });
  const params = { customer: at.customer, items: [{ price }], default_payment_method: method.id };
  return (await at.stripe.subscriptions.create(params)).id;
}

const deadline = () => at.context.time.now + 60_000;
const night = async (step: 'found' | 'accounts') =>
  inactiveRunner(at.context).run(step, newJob(inactiveJob(at.context.time.now), NOW), { deadline: deadline() });
const note = () => inactivityRef(at.context, UID);
const isNoted = async () => (await note().get()).exists;

/** Notes the account as one whose notice is over. */
async function noticed(): Promise<void> {
  const fields = {
    ...{ accountCreatedAt: 0, tenantId: null, told: 'sent' },
    lastActiveAt: Timestamp.fromMillis(0),
    foundAt: Timestamp.fromMillis(NOW - 40 * DAY_MS),
    eraseAt: Timestamp.fromMillis(NOW - DAY_MS),
  };
  await note().set(sealedInactivity(UID, fields, at.context.keys));
}

/** An erasure for inactivity that a brake has held until now. */
async function erasure(): Promise<Job> {
  await noticed();
  const account = { uid: UID, tenantId: null, accountCreatedAt: 0, since: NOW - DAY_MS };
  await onAccountInactive(at.context, account);
  const id = (await at.jobs()).find(({ kind }) => kind === 'erasure')?.id ?? '';
  const job = await loadJob(at.context, id);
  if (job === null) throw new Error('no erasure');
  return job;
}
const begin = (job: Job) => erasureRunner(at.context, reconcilePerson).run('begin', job, { deadline: deadline() });
const begun = () => hasBegun(at.context, at.chain, 0);

describe('somebody who pays, and does not use the account', () => {
  it('is not found as unused while a subscription runs; without one they are', async () => {
    const id = await subscribe();
    await night('accounts');
    expect(await isNoted()).toBe(false);
    await at.stripe.subscriptions.cancel(id);
    await night('accounts');
    expect(await isNoted()).toBe(false);
    // The period counts from the end of the contract.
    at.context.time.now += 800 * DAY_MS;
    await night('accounts');
    expect(await isNoted()).toBe(true);
  });

  it('is seen as back if they subscribed since they were told, and keeps the account', async () => {
    await noticed();
    await subscribe();
    await night('found');
    expect(await isNoted()).toBe(false);
    expect((await at.jobs()).filter(({ kind }) => kind === 'erasure')).toEqual([]);
  });

  it('keeps the account also if a brake held the erasure until they paid: Stripe is asked right before it begins', async () => {
    const job = await erasure();
    await subscribe();
    await begin(job);
    expect(await begun()).toBe(false);
    expect((await loadJob(at.context, job.id))?.status).toBe('cancelled');
  });

  it('is not erased while Stripe cannot be reached', async () => {
    const job = await erasure();
    const faults = [{ method: '*', path: '/v', kind: 'reset-before', times: 1000 }];
    const control = (of: object[]) =>
      fetch(`${at.urls.stripe}/_control/faults`, { method: 'PUT', body: JSON.stringify(of) });
    await control(faults);
    await expect(begin(job)).rejects.toMatchObject({ code: 'stripe.network' });
    expect(await begun()).toBe(false);
    await control([]);
    await begin(job);
    expect(await begun()).toBe(true);
  });

  it('may be a customer that could not be proven to be theirs: the doubt speaks for them', async () => {
    await subscribe();
    await at.stripe.customers.update(at.customer, { metadata: { uid: '' } });
    await at.stripe.customers.create({ email: 'ada@example.com' });
    await noticed();
    await night('found');
    expect(await isNoted()).toBe(false);
  });

  it('is nobody whose customer names another account', async () => {
    await subscribe();
    await at.stripe.customers.update(at.customer, { metadata: { uid: 'eve' } });
    const user = await findAccount(at.context, { uid: UID, tenantId: null });
    if (user === null) throw new Error('no account');
    expect(await lastContractAt(at.context, user)).toBe(0);
  });
});

describe('contracts that servers write in Firestore', () => {
  const { sessions, ...records } = amikeo.records;
  if (sessions === undefined) throw new Error('no record');
  const contracts = { ...sessions, path: 'users/{uid}/contracts/{id}' };
  const source = { kind: 'ownChoice', reference: 'a test' } as const;
  const policy: Policy = {
    ...amikeo,
    records: { ...records, sessions, contracts },
    contract: { record: 'contracts', ended: 'endedAt', source },
  };
  const until = async (...ends: (number | undefined)[]) => {
    const context = { ...at.context, policy };
    for (const [n, end] of ends.entries())
      await context.app
        .doc(`users/${UID}/contracts/${n}`)
        .set(end === undefined ? { plan: 'year' } : { endedAt: Timestamp.fromMillis(end) });
    const user = await findAccount(context, { uid: UID, tenantId: null });
    if (user === null) throw new Error('no account');
    return lastContractAt(context, user);
  };

  it.each([
    ['none', [], 0],
    ['one that runs', [undefined], NOW],
    ['one that ends later', [NOW + DAY_MS], NOW],
    ['two that ended', [NOW - 9 * DAY_MS, NOW - 2 * DAY_MS], NOW - 2 * DAY_MS],
    ['one that ended, and one that runs', [NOW - DAY_MS, undefined], NOW],
  ])('%s', async (_name, ends, expected) => {
    expect(await until(...ends)).toBe(expected);
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planErasure } from '../../../../functions/src/erasure/plan.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import { planFollowUps } from '../../../../functions/src/erasure/followUps.ts';
import { liftHold, setHold } from '../../../../functions/src/erasure/holds.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { jobsIn } from '../../../../functions/src/jobs/store.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import type { Outcome } from '../../../../functions/src/systems/system.ts';
import { runDue } from '../../../kit/due.ts';
import { proven } from '../../../kit/proven.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { NOW, world } from '../../rectification/world.ts';

/** Legal holds that were set after an erasure keep its retained rows, also many years later. */

const DAY = 86_400_000;
const EMAIL = 'lou@example.com';
const ROW = 'users/lou/activity/1';
const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };

let at: Awaited<ReturnType<typeof world>>;
let customer = '';
beforeEach(async () => {
  at = await world();
  customer = (await at.stripe.customers.create({ metadata: { uid: 'lou' } })).id;
  await at.context.app.doc(ROW).set({ createdAt: Timestamp.fromMillis(NOW - DAY) });
});
afterEach(() => at.stop());

/** Lou was erased, and a record of theirs is kept until now. Their tombstone has ended since. */
async function kept(record: string): Promise<void> {
  const { policy, keys } = at.context;
  const start = { by: 'accountDeleted', id: 'deleted', at: NOW - DAY, from: NOW - DAY, requested: false } as const;
  const who = { uid: 'lou', pseudonym: pseudonymOf('lou', keys), accountCreatedAt: 1 };
  const person = { ...who, providerIds: {}, verifiedEmails: proven(EMAIL) };
  const job = newJob(planErasure(policy, person, start), NOW - DAY);
  const outcome: Outcome = { record, count: 1, outcome: 'retained', ground, until: NOW };
  const identity = { subject: person, handles: [{ system: 'stripe', id: customer }], refused: [] } as const;
  await planFollowUps(at.context, job, [outcome], identity);
}

/** Lets a day pass, and the job run. */
async function after(): Promise<void> {
  at.context.time.now += DAY + 1;
  await runDue(at.context, { erasure: async (c) => erasureRunner(c, async () => undefined) }, 'erasure_');
}
const jobs = async () => jobsIn((await at.context.own.collection('jobs').get()).docs, at.context.keys).jobs;
const ended = async () => (await jobs()).filter(({ steps }) => steps['ended'] !== undefined);
const atStripe = async (): Promise<boolean> => (await at.stripe.customers.retrieve(customer)).deleted !== true;
const inFirestore = async (): Promise<boolean> => (await at.context.app.doc(ROW).get()).exists;

describe('a legal hold that was set after an erasure', () => {
  it('keeps rows at another company by the uid, which the job does not have', async () => {
    await kept('stripeCustomer');
    expect((await ended())[0]?.input).toMatchObject({ uid: '' });
    const { id } = await setHold(at.context, { uid: 'lou', unknownUid: true, records: ['stripeCustomer'], ground });
    await after();
    expect(await atStripe()).toBe(true);
    await liftHold(at.context, id);
    await after();
    expect(await atStripe()).toBe(false);
  });

  it('keeps no other record, and nobody else’s', async () => {
    await kept('stripeCustomer');
    await setHold(at.context, { uid: 'lou', unknownUid: true, records: ['activity'], ground });
    await setHold(at.context, { uid: 'ada', ground });
    await after();
    expect(await atStripe()).toBe(false);
  });

  it.each([
    ['', false],
    [' under a newer pseudonym key', true],
  ])('keeps rows by the address%s, also after the tombstone has ended', async (_, isNewer) => {
    await kept('activity');
    if (isNewer) changeKey(at.context);
    const { id } = await setHold(at.context, { uid: '', email: EMAIL, ground });
    await after();
    expect(await inFirestore()).toBe(true);
    await liftHold(at.context, id);
    await after();
    expect(await inFirestore()).toBe(false);
    const [job] = await ended();
    expect([job?.status, JSON.stringify(job?.input)]).toEqual(['completed', expect.not.stringMatching(/lou|"v1_/)]);
  });
});

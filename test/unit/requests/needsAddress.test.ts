import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { forget } from '../../../functions/src/erasure/forget.ts';
import { giveUp } from '../../../functions/src/erasure/giveUp.ts';
import { liftHold, setHold } from '../../../functions/src/erasure/holds.ts';
import { keepJobId } from '../../../functions/src/erasure/holdTasks/plan.ts';
import { planErasure } from '../../../functions/src/erasure/plan.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { jobRef, toDocument } from '../../../functions/src/jobs/store.ts';
import { finishRequest, sealedRequest } from '../../../functions/src/requests/store.ts';
import { forgetAnswered } from '../../../functions/src/rights/ways/withoutAccount.ts';
import { learnAddress, readAddress } from '../../../functions/src/subject/addresses.ts';
import { addressPseudonym } from '../../../functions/src/subject/emails.ts';
import { fakeAuth } from '../../kit/auth.ts';
import { testContext } from './helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
const EMAIL = 'zoe@example.com';
let context = testContext(NOW);
beforeEach(() => {
  context = testContext(NOW);
});

/** An erasure of somebody without an account. */
async function erasure() {
  const subjectKey = await learnAddress(context, { email: EMAIL, provenAt: NOW });
  const pseudonym = addressPseudonym(EMAIL, context.keys);
  const erasee = { uid: '', pseudonym, accountCreatedAt: null, subjectKey };
  const start = { by: 'officer', id: 'officer:1', at: NOW, from: NOW, requested: true } as const;
  const job = newJob(planErasure(context.policy, erasee, start), NOW);
  await jobRef(context.own, job.id).set(toDocument(job, context.keys));
  await context.own.doc(`subjects/${subjectKey}/identities/${job.id}`).set({ identity: 'x' });
  const isKept = async () => (await readAddress(context, subjectKey)) !== null;
  const hasIdentity = async () => (await context.own.doc(`subjects/${subjectKey}/identities/${job.id}`).get()).exists;
  return { job, subjectKey, pseudonym, isKept, hasIdentity };
}

/** A request of theirs that came later. */
async function request(subjectKey: string, pseudonym: string) {
  const key = `${pseudonym}~2_later`;
  const at = Timestamp.fromMillis(NOW);
  const record = { pseudonym: `${pseudonym}~2`, type: 'access', status: 'waiting', channel: 'letter' } as const;
  const fields = { ...record, receivedAt: at, dueAt: at, subjectKey };
  await context.own.doc(`requests/${key}`).set(sealedRequest(key, fields, context.keys));
  return { key, uid: '', requestId: '' };
}

describe('the address of somebody without an account, when an erasure of theirs ends', () => {
  it.each(['forget', 'giveUp'])('goes with it, and so does what it collected: %s', async (end) => {
    const { job, isKept, hasIdentity } = await erasure();
    if (end === 'forget') await forget(context, job, { deadline: Infinity });
    else await giveUp(context, job.id, { by: 'officer', now: NOW });
    expect([await isKept(), await hasIdentity()]).toEqual([false, false]);
  });

  it.each(['forget', 'giveUp'])(
    'stays while they wait for another answer, and goes in a night after it: %s',
    async (end) => {
      const { job, subjectKey, pseudonym, isKept, hasIdentity } = await erasure();
      const ref = await request(subjectKey, pseudonym);
      if (end === 'forget') await forget(context, job, { deadline: Infinity });
      else await giveUp(context, job.id, { by: 'officer', now: NOW });
      expect([await isKept(), await hasIdentity()]).toEqual([true, false]);
      await jobRef(context.own, job.id).delete();
      expect(await forgetAnswered(context)).toBe(0);
      await finishRequest(context, ref, { status: 'completed' });
      expect(await forgetAnswered(context)).toBe(1);
      expect(await isKept()).toBe(false);
    },
  );

  it.each(['forget', 'giveUp'])('stays while a legal hold runs, and goes in a night after it: %s', async (end) => {
    const { job, isKept } = await erasure();
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
    Object.assign(context.clients, { auth: async () => fakeAuth(() => []) });
    const { id } = await setHold(context, { uid: '', email: EMAIL, ground });
    // The hold itself needs it, and not only the job that tells its recipients.
    await giveUp(context, keepJobId(id), { by: 'officer', now: NOW });
    if (end === 'forget') await forget(context, job, { deadline: Infinity });
    else await giveUp(context, job.id, { by: 'officer', now: NOW });
    await jobRef(context.own, job.id).delete();
    expect([await isKept(), await forgetAnswered(context)]).toEqual([true, 0]);
    await liftHold(context, id);
    expect(await forgetAnswered(context)).toBe(1);
    expect(await isKept()).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { recordObjection } from '../../../../functions/src/consent/objection/record.ts';
import { reconcilePerson } from '../../../../functions/src/consent/reconcile.ts';
import { onAccountDeleted } from '../../../../functions/src/erasure/accountEvents.ts';
import { startByOfficer } from '../../../../functions/src/erasure/officer.ts';
import { keepAccount, startFromWithdrawal } from '../../../../functions/src/erasure/starts/withdrawal.ts';
import { erasureRunner } from '../../../../functions/src/erasure/steps.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { jobRef, loadJob, toDocument } from '../../../../functions/src/jobs/store.ts';
import { finishRequestsOf } from '../../../../functions/src/requests/erased.ts';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import { emailHash } from '../../../../functions/src/subject/emails.ts';
import { learn } from '../../../../functions/src/subject/known.ts';
import { isSuppressed } from '../../../../functions/src/subject/suppression.ts';
import { chainName } from '../../../../functions/src/subject/pseudonym.ts';
import { marksOfAddress, readTombstone } from '../../../../functions/src/subject/tombstones.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { idsOf } from '../../officerTasks/helpers.ts';
import { asked, chain, changeKey, context, CREATED, eachWithKim, NOW, runToEnd, started } from './kim.world.ts';

/** An erasure under a new pseudonym key finds the requests and jobs from before the change. */

eachWithKim();

/** Stores a job that waits under a name of a chain, and returns its id. */
async function waiting(kind: 'export' | 'change' | 'notice' | 'rectify', pseudonym = chain()): Promise<string> {
  const id = `${kind}_${pseudonym}`;
  const job = newJob({ id, kind, pseudonym, input: { uid: 'kim' }, dueAt: NOW, steps: [{ id: 'one' }] }, NOW);
  await jobRef(context.own, id).set(toDocument(job, context.keys));
  return id;
}

describe('an erasure around a change of the key', () => {
  it('answers the requests from before, and those under the key of today', async () => {
    const before = [await asked('erasure'), await asked('access')] as const;
    changeKey();
    const after = await asked('objection');
    const job = await started();
    await runToEnd(job);
    expect(await loadJob(context, job)).toMatchObject({ status: 'completed' });
    expect(await loadRequest(context, before[0])).toMatchObject({ status: 'completed', answer: { job } });
    for (const key of [before[1], after])
      expect(await loadRequest(context, key)).toMatchObject({ status: 'cancelled', reason: 'erased' });
  });

  it('that stands under the older key answers a request under the key of today', async () => {
    const job = await started();
    changeKey();
    const key = await asked('erasure');
    await runToEnd(job);
    expect(await loadRequest(context, key)).toMatchObject({ status: 'completed', answer: { job } });
  });

  it('stops the jobs from before and those of today, and not the jobs of the next person', async () => {
    const next = await waiting('export', chainName(chain(), 2));
    const before = [await waiting('export'), await waiting('change'), await waiting('rectify')];
    changeKey();
    const others = [...before, await waiting('notice')];
    await runToEnd(await started());
    const statuses = await Promise.all(others.map(async (id) => (await loadJob(context, id))?.status));
    expect(statuses).toEqual(others.map(() => 'cancelled'));
    expect(await loadJob(context, next)).toMatchObject({ status: 'waiting' });
  });

  it('passes the circuit breaker by a request from before', async () => {
    const deletion = { uid: 'kim', tenantId: null, user: undefined, deletedAt: NOW };
    await asked('erasure');
    changeKey();
    const job = await onAccountDeleted(context, deletion);
    expect((await loadJob(context, job ?? ''))?.input['breaker']).toBeUndefined();
    const other = await onAccountDeleted(context, { ...deletion, uid: 'lou' });
    expect((await loadJob(context, other ?? ''))?.input['breaker']).toBeDefined();
  });

  it('leaves the requests of the next person under the uid', async () => {
    const next = await asked('access', chainName(chain(), 2));
    changeKey();
    await finishRequestsOf(context, { uid: 'kim', pseudonym: chain(), accountCreatedAt: CREATED }, {});
    expect(await loadRequest(context, next)).toMatchObject({ status: 'in_progress' });
  });
});

it('an erasure remembers former addresses for holds, and finds nobody’s proof by them', async () => {
  const known = { uid: 'kim', pseudonym: '', accountCreatedAt: CREATED, providerIds: {} };
  const [now, former] = ['kim@example.com', 'kim.before@example.com'];
  const atDeletion = { emails: [now], phones: [] };
  await learn(context, { ...known, verifiedEmails: [now, former], atDeletion });
  await runToEnd(await started());
  const mark = await readTombstone(context, chain());
  expect(mark).toMatchObject({
    emails: [emailHash(now, context.keys)],
    formerEmails: [emailHash(former, context.keys)],
  });
  expect(await marksOfAddress(context, now)).toHaveLength(1);
  expect(await marksOfAddress(context, former)).toEqual([]);
});

describe('an erasure that began before the key changed', () => {
  const erasures = async (): Promise<string[]> =>
    (await idsOf(context, 'jobs')).filter((id) => id.startsWith('erasure_')).sort();

  it('is joined by a start after it, and the event of the deletion names the same job', async () => {
    const before = await erasures();
    const job = await started();
    changeKey();
    expect(await started(CREATED, { by: 'request', id: 'request:1' })).toBe(job);
    const deletion = { uid: 'kim', tenantId: null, deletedAt: NOW };
    const user = { uid: 'kim', metadata: { creationTime: new Date(CREATED * 1000).toUTCString() } };
    expect(await onAccountDeleted(context, { ...deletion, user })).toBe(job);
    expect(await erasures()).toEqual([...before, job].sort());
    expect((await loadJob(context, job))?.input['standing']).toHaveLength(3);
  });

  it('of somebody without an account is the same one after it', async () => {
    const email = { email: 'zoe@example.com' };
    const first = await startByOfficer(context, email, NOW);
    changeKey();
    expect(await startByOfficer(context, email, NOW)).toMatchObject({ job: first.job });
  });

  it('by a withdrawal is taken back by a yes after it', async () => {
    const known = { uid: 'kim', pseudonym: '', accountCreatedAt: CREATED, verifiedEmails: [], providerIds: {} };
    await learn(context, known);
    await startFromWithdrawal(context, 'kim', { purpose: 'coreService', since: NOW });
    const [job = ''] = (await erasures()).filter((id) => id.includes(chain()));
    changeKey();
    await keepAccount(context, 'kim', NOW + 1);
    expect(await loadJob(context, job)).toMatchObject({ status: 'cancelled' });
  });
});

it('an objection under a key that came after the start is kept for the address (Art. 21(3))', async () => {
  const email = 'kim@example.com';
  const known = { uid: 'kim', pseudonym: '', accountCreatedAt: CREATED, providerIds: {} };
  await learn(context, { ...known, verifiedEmails: [email], atDeletion: { emails: [email], phones: [] } });
  const world = { ...context, policy: { ...context.policy, purposes: amikeo.purposes } };
  await changeHead(world, chain(), { seq: 1, hash: 'a'.repeat(64), current: { messages: 'given' } });
  const id = await started();
  changeKey();
  const objection = { uid: 'kim', chain: chain(), purposes: ['messages'], at: NOW, source: 'app', id: 'o1' };
  await recordObjection(world, { ...objection, by: { actor: 'subject' } });
  const job = await loadJob(context, id);
  const erasure = erasureRunner(world, reconcilePerson);
  for (const step of ['begin', 'brevo']) if (job !== null) await erasure.run(step, job, { deadline: Infinity });
  expect(await isSuppressed(world, email)).toBe(true);
});

import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { onAccountDeleted } from '../../../functions/src/erasure/accountEvents.ts';
import { startErasure } from '../../../functions/src/erasure/start.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { jobRef, loadJob, toDocument } from '../../../functions/src/jobs/store.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { finishRequestsOf } from '../../../functions/src/requests/erased.ts';
import { loadRequest } from '../../../functions/src/requests/store.ts';
import { chainName, pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { NOW, officersWorld, smallPolicy } from '../officerTasks/erasure.sample.ts';

/** An erasure under a new pseudonym key finds the requests and jobs from before the change. */

const CREATED = 1_700_000_000;
let context: Awaited<ReturnType<typeof officersWorld>>['context'];
beforeEach(async () => {
  ({ context } = await officersWorld({ ...smallPolicy(), recipients: {} }));
});
const chain = () => pseudonymOf('kim', context.keys);

function changeKey(): void {
  const current = context.keys.current + 1;
  Object.assign(context, { keys: { current, keys: { ...context.keys.keys, [current]: `key ${current} for tests` } } });
}

/** Records a request under a name of a chain, and returns its key. */
async function asked(type: string, name = chain()): Promise<string> {
  const key = requestKey(name, `${type} of kim`, context.keys);
  const at = Timestamp.fromMillis(NOW - 1000);
  const record = { pseudonym: name, type, status: 'in_progress', channel: 'app', receivedAt: at, dueAt: at };
  await writeSealed(context.own.doc(`requests/${key}`), record, context.keys);
  return key;
}

/** Stores a job that waits under a name of a chain, and returns its id. */
async function waiting(kind: 'export' | 'change' | 'notice' | 'rectify', pseudonym = chain()): Promise<string> {
  const id = `${kind}_${pseudonym}`;
  const job = newJob({ id, kind, pseudonym, input: { uid: 'kim' }, dueAt: NOW, steps: [{ id: 'one' }] }, NOW);
  await jobRef(context.own, id).set(toDocument(job, context.keys));
  return id;
}

/** Starts the erasure of the deleted account under the key of today. */
async function started(): Promise<string> {
  const start = { by: 'accountDeleted', id: 'deleted:1', at: NOW, from: NOW, requested: true } as const;
  const { job } = await startErasure(context, { uid: 'kim', pseudonym: chain(), accountCreatedAt: CREATED }, start);
  if (job === null) throw new Error('no erasure');
  return job;
}

/** Runs an erasure to its end. */
async function runToEnd(job: string): Promise<void> {
  for (let days = 0; days < 90 && (await loadJob(context, job))?.status !== 'completed'; days += 1) {
    await runJob(context, { erasure: async (one) => erasureRunner(one) }, job);
    context.time.now += DAY_MS;
  }
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
    const deletion = { id: 'deleted', uid: 'kim', tenantId: null, user: undefined, deletedAt: NOW };
    await asked('erasure');
    changeKey();
    const job = await onAccountDeleted(context, deletion);
    expect((await loadJob(context, job ?? ''))?.input['breaker']).toBeUndefined();
    const other = await onAccountDeleted(context, { ...deletion, id: 'of lou', uid: 'lou' });
    expect((await loadJob(context, other ?? ''))?.input['breaker']).toBeDefined();
  });

  it('leaves the requests of the next person under the uid', async () => {
    const next = await asked('access', chainName(chain(), 2));
    changeKey();
    await finishRequestsOf(context, chain(), 'kim', {});
    expect(await loadRequest(context, next)).toMatchObject({ status: 'in_progress' });
  });
});

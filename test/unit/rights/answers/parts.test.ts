import { beforeEach, describe, expect, it } from 'vitest';
import { exportJobId, partsJob } from '../../../../functions/src/export/plan.ts';
import { changeJob, createJob } from '../../../../functions/src/jobs/store.ts';
import type { Order } from '../../../../functions/src/rights/answers/reply.ts';
import { finishRequest } from '../../../../functions/src/requests/store.ts';
import { deliver, write } from '../queue.sample.ts';
import { chain, context, fresh, NOW } from '../helpers.ts';
import { found, send } from './answers.sample.ts';

beforeEach(fresh);

const ask = async (type: Parameters<typeof write>[0], id = 'r1') => deliver(await write(type, id));
const done: Order = { kind: 'answered', result: 'done' };

describe('an export', () => {
  it('waits for parts: the last one completes it, and no letter does; without an archive a letter can', async () => {
    await ask('access');
    const { ref } = await found();
    const parts = [{ object: 'a.zip', bytes: 1, sha256: 'a' }];
    const wait = partsJob(ref, chain, 'access', NOW);
    await createJob(context, wait);
    await finishRequest(context, ref, { status: 'waiting', job: wait.id, answer: { parts, asked: ['desk'] } });
    await changeJob(context, exportJobId(ref.key), (job) => ({ ...job, status: 'completed' }));
    expect(await send(done)).toEqual({ ok: false, because: 'parts' });
    // An officer has given the wait up, and answers for what is there.
    await changeJob(context, wait.id, (job) => ({ ...job, status: 'cancelled' }));
    expect((await send({ kind: 'answered', result: 'partly' })).ok).toBe(true);
    await ask('portability', 'r2');
    const other = await found('r2');
    // As of somebody without an account: the search has found something, and there is no archive.
    await finishRequest(context, other.ref, { status: 'waiting', answer: { rows: { profile: 1 } } });
    await changeJob(context, exportJobId(other.ref.key), (job) => ({ ...job, status: 'completed' }));
    expect((await send(done, 'r2')).ok).toBe(true);
  });
});

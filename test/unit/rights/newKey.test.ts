import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, expect, test } from 'vitest';
import { runJob } from '../../../functions/src/jobs/run.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import type { RequestType } from '../../../functions/src/requests/request.ts';
import { finishRequest, loadRequest, refOf } from '../../../functions/src/requests/store.ts';
import { admit, DAILY } from '../../../functions/src/rights/budget.ts';
import { queueJobId, queueRunner } from '../../../functions/src/rights/queue.ts';
import { onPrivacyRequestCreated } from '../../../functions/src/rights/receive.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { changeKey } from '../../kit/sealed/newKey.ts';
import { context, fresh, keyOf, person, shown } from './helpers.ts';

/** The day's number of requests, and those that wait for their turn, under a new pseudonym key. */

beforeEach(fresh);

async function ask(type: RequestType, id: string): Promise<void> {
  await person(id).set({ type, createdAt: Timestamp.fromMillis(context.time.now) });
  await again(id);
}
const again = async (id: string): Promise<void> =>
  onPrivacyRequestCreated(context, {
    ...{ id: `create-${id}`, uid: 'u1', requestId: id, data: await shown(id), time: context.time.now },
  });
const status = async (id: string): Promise<unknown> => (await shown(id))?.['status'];

test('the day’s number goes on, and the same request gets the same answer', async () => {
  for (let n = 0; n < DAILY.begun; n += 1) await ask('rectification', `r${n}`);
  changeKey(context);
  await ask('rectification', 'over');
  expect(await status('over')).toBe('queued');
  // The chain goes on under the new key.
  await ask('restriction', 'other');
  await ask('rectification', 'overToo');
  expect(await status('overToo')).toBe('queued');
  await again('r0');
  expect(await status('r0')).toBe('waiting');
});

test('a second export is refused while one from before the change is open', async () => {
  await ask('access', 'r1');
  changeKey(context);
  await ask('access', 'r2');
  await ask('restriction', 'other');
  await ask('access', 'r3');
  expect([await status('r2'), await status('r3')]).toEqual(['refused', 'refused']);
});

test.each([
  ['that is the first event after the change', async () => ask('restriction', 'other')],
  [
    'whose first delivery died before the change',
    async () => {
      const admission = { uid: 'u1', chains: [pseudonymOf('u1', context.keys)] };
      await admit(context, { ...admission, request: { type: 'access', requestId: 'r1' } });
    },
  ],
])('an export %s is no longer open once it is answered', async (_which, before) => {
  await before();
  changeKey(context);
  await ask('access', 'r1');
  const name = pseudonymOf('u1', context.keys);
  await finishRequest(context, refOf('u1', name, 'r1', context.keys), { status: 'completed' });
  await ask('access', 'r2');
  expect(await shown('r2')).toMatchObject({ status: 'in_progress' });
});

test('the job under the newer name begins what was kept under the older one', async () => {
  for (let n = 0; n < DAILY.begun; n += 1) await ask('rectification', `r${n}`);
  await ask('rectification', 'before');
  changeKey(context);
  await ask('restriction', 'other');
  await ask('rectification', 'after');
  context.time.now += DAY_MS;
  const job = queueJobId(pseudonymOf('u1', context.keys), 'rectification');
  await runJob(context, { request: async (c) => queueRunner(c) }, job);
  expect([await status('before'), await status('after')]).toEqual(['waiting', 'waiting']);
  expect(await loadRequest(context, keyOf('before'))).toMatchObject({ status: 'waiting' });
});

import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { erasureId } from '../../../functions/src/erasure/plan.ts';
import { startErasure } from '../../../functions/src/erasure/start.ts';
import { erasureRunner } from '../../../functions/src/erasure/steps.ts';
import { cancelJob } from '../../../functions/src/jobs/officer.ts';
import { jobRef, loadJob } from '../../../functions/src/jobs/store.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { writeSealed } from '../../kit/seal.ts';
import { testContext } from '../requests/helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
const at = Timestamp.fromMillis(NOW - 1000);
let context = testContext(NOW);
let chain = '';
let key = '';
beforeEach(() => {
  context = testContext(NOW);
  chain = pseudonymOf('ada', context.keys);
  key = requestKey(chain, 'r1', context.keys);
});
const erasee = () => ({ uid: 'ada', pseudonym: chain, accountCreatedAt: 1_700_000_000 });
const request = (status: string) =>
  writeSealed(
    context.own.doc(`requests/${key}`),
    { pseudonym: chain, type: 'erasure', status, channel: 'app', receivedAt: at, dueAt: at },
    context.keys,
  );
const shown = (status: string) =>
  context.app.doc('users/ada/privacyRequests/r1').set({ type: 'erasure', createdAt: at, status });

/** An erasure whose grace is over, and whose job was cancelled and put back to before that. */
async function putBack(...more: ('officer' | 'accountDeleted')[]) {
  const start = { at: NOW - 1000, from: NOW, asked: true } as const;
  await startErasure(context, erasee(), { ...start, by: 'request', id: 'request:r1', request: { key } });
  for (const by of more) await startErasure(context, erasee(), { ...start, by, id: `${by}:1` });
  const ref = jobRef(context.own, erasureId(erasee()));
  const before = (await ref.get()).data();
  await cancelJob(context, ref.id, NOW);
  await ref.set(before ?? {});
  const job = await loadJob(context, ref.id);
  if (job === null) throw new Error('no job');
  return job;
}
const begin = async (...more: Parameters<typeof putBack>) =>
  erasureRunner(context).run('begin', await putBack(...more), { deadline: Infinity });
const isBuried = async () => (await context.own.doc(`tombstones/${chain}`).get()).exists;

describe('an erasure that was taken back, and whose job somebody put back to before that', () => {
  it.each([
    ['the record of the request', 'cancelled', 'in_progress'],
    ['the person’s own document in the other database', 'in_progress', 'cancelled'],
  ])('touches nothing: %s says so', async (_, recorded, seen) => {
    await request(recorded);
    await shown(seen);
    await begin();
    expect(await isBuried()).toBe(false);
    expect(await loadJob(context, erasureId(erasee()))).toMatchObject({ status: 'cancelled' });
    expect(context.logged).toContainEqual(expect.stringContaining('erasure is given up'));
  });

  it('waits for an officer if the record of the request is forged, or gone', async () => {
    await shown('in_progress');
    await expect(begin()).rejects.toMatchObject({ code: 'seal.broken' });
    await context.own.doc(`requests/${key}`).set({ pseudonym: chain, status: 'in_progress', receivedAt: at });
    await expect(begin()).rejects.toMatchObject({ code: 'seal.broken' });
    expect(await isBuried()).toBe(false);
  });

  it('begins if the request stands, or something else asks for it', async () => {
    await request('in_progress');
    await shown('in_progress');
    await begin();
    expect(await isBuried()).toBe(true);
    await context.own.doc(`tombstones/${chain}`).delete();
    await request('cancelled');
    await begin('accountDeleted');
    expect(await isBuried()).toBe(true);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { Timestamp } from 'firebase-admin/firestore';
import type { UserRecordLike } from '../../../../functions/src/subject/identity.ts';
import { chainName, pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { headRef } from '../../../../functions/src/ledger/documents.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { jobRef, toDocument } from '../../../../functions/src/jobs/store.ts';
import { planErasure } from '../../../../functions/src/erasure/plan.ts';
import { pauseRequest } from '../../../../functions/src/rights/answers/clock.ts';
import { addressOfPerson } from '../../../../functions/src/rights/answers/find.ts';
import { planReply, type Order } from '../../../../functions/src/rights/answers/reply.ts';
import { fakeAuth } from '../../../kit/auth.ts';
import { putHead } from '../../../kit/sealed/ledger.ts';
import { changeKey } from '../../../kit/sealed/newKey.ts';
import { deliver, write } from '../queue.sample.ts';
import { chain, context, fresh, NOW, recorded, shown } from '../helpers.ts';
import { found, OFFICER, officer, send, tell } from './answers.sample.ts';

/** A request outlives its person, and somebody else may have the uid by then. */

const FIRST = 1_700_000_000;
const SECOND = Math.floor(NOW / 1000) + 1000;
const done: Order = { kind: 'answered', result: 'done' };
let users: UserRecordLike[] = [];

const account = (created: number): UserRecordLike => ({
  ...{ uid: 'u1', email: `${created}@example.com`, emailVerified: true },
  metadata: { creationTime: new Date(created * 1000).toUTCString() },
});

/** The person was erased, and somebody else has the uid. */
async function replaced(): Promise<void> {
  await putHead(context, chain, { seq: 1, hash: 'c'.repeat(64), closed: { at: NOW, accountCreatedAt: FIRST } });
  users = [account(SECOND)];
  context.time.now = (SECOND + 10) * 1000;
}

beforeEach(async () => {
  fresh();
  users = [account(FIRST)];
  Object.assign(context, { clients: { ...context.clients, auth: async () => fakeAuth(() => users) } });
  await deliver(await write('rectification', 'r1'));
});

const ofSecond = async () =>
  (await headRef(context.own, chainName(chain, 2)).collection('entries').get()).docs.map((one) =>
    String(one.get('state')),
  );

describe('a request of somebody whose uid is another’s by now', () => {
  it('is decided without a word to them: no entry of theirs, no letter, no address', async () => {
    await replaced();
    await deliver(await write('rectification', 'r1'));
    const before = await shown('r1');
    expect(await addressOfPerson(officer(), { uid: 'u1', pseudonym: chain })).toBeUndefined();
    const planned = await planReply(officer(), await found(), { order: done });
    expect(planned).toMatchObject({ ok: true, reply: { app: false, mail: false } });
    expect(await send(done)).toMatchObject({ ok: true });
    await tell();
    expect(await recorded('r1')).toMatchObject({ status: 'completed', reply: { end: 'noAddress' } });
    expect(await ofSecond()).toEqual(['rectification.requested']);
    expect(await shown('r1')).toEqual(before);
  });

  /** Plans the erasure of an account in the chain of this number, as it goes on. */
  async function erasure(accountCreatedAt: number, generation: number): Promise<void> {
    const pseudonym = chainName(pseudonymOf('u1', context.keys), generation);
    const start = { by: 'request', id: 'request:1', at: NOW, from: NOW, requested: true } as const;
    const job = newJob(planErasure(officer().policy, { uid: 'u1', pseudonym, accountCreatedAt }, start), NOW);
    await jobRef(context.own, job.id).set(toDocument(job, context.keys));
  }

  it.each([
    ['under its name', false, 1],
    ['under a new key', true, 1],
    ['in the next chain, which it shared with another account', false, 2],
  ])('is not decided while the erasure of its person goes on %s', async (_where, isNewKey, generation) => {
    await replaced();
    if (isNewKey) changeKey(context);
    await erasure(FIRST, generation);
    expect(await send(done)).toEqual({ ok: false, because: 'erased' });
    const order = { from: NOW, reason: 'identity', officer: OFFICER } as const;
    expect(await pauseRequest(officer(), await found(), order)).toEqual({ ok: false, because: 'erased' });
    expect(await recorded('r1')).toMatchObject({ status: 'waiting' });
  });

  it('is decided while the erasure of another account goes on', async () => {
    await replaced();
    await erasure(SECOND, 2);
    expect(await send(done)).toMatchObject({ ok: true });
  });

  it('that was decided before: the letter reaches nobody but its person', async () => {
    expect(await send(done)).toMatchObject({ ok: true });
    await replaced();
    const theirs = { type: 'rectification', createdAt: Timestamp.fromMillis(context.time.now) };
    await context.app.doc('users/u1/privacyRequests/r1').set(theirs);
    await tell();
    expect(await shown('r1')).toEqual(theirs);
    expect(await recorded('r1')).toMatchObject({ reply: { end: 'noAddress' } });
  });
});

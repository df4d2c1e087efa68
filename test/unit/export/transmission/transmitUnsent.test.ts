import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { queues } from '../../../../functions/src/platform/queues.ts';
import { onPrivacyRequestCancelled } from '../../../../functions/src/rights/receive.ts';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import { endOfSending } from '../../../../functions/src/requests/transmission.ts';
import { HOST } from './otherController.ts';
import {
  ADDRESS,
  askAndPublish,
  context,
  down,
  entries,
  fresh,
  NOW,
  ok,
  parcels,
  policyFor,
  record,
  ref,
  run,
  shown,
} from './transmit.sample.ts';

const LAST = queues.exportTask.attempts;

beforeEach(fresh);

describe('an archive that cannot be sent', () => {
  it('is tried again, and completes the request with the truth in the last attempt', async () => {
    await askAndPublish();
    await expect(run(down)).rejects.toMatchObject({ code: 'transmission.unavailable' });
    await expect(run(down, { attempts: LAST - 1 })).rejects.toMatchObject({ code: 'transmission.unavailable' });
    expect(await record()).toMatchObject({ status: 'in_progress', transmission: { state: 'sending' } });
    const came = await run(down, { attempts: LAST });
    expect(came).toMatchObject({ settled: [{ recipient: HOST, count: 0, outcome: 'manual' }] });
    expect(await record()).toMatchObject({
      status: 'completed',
      transmission: { state: 'failed', reason: 'unavailable', host: HOST },
    });
    expect((await entries()).at(-1)).toEqual(['portability.transmissionFailed', HOST]);
    expect(endOfSending((await loadRequest(context, ref().key))?.transmission)).toMatchObject({ state: 'failed' });
  });

  it('waits for as long as the other side asks, within hours, and ends when the archive does', async () => {
    await askAndPublish();
    const busy = { ...down, retryAfter: 86_400 };
    await expect(run(busy)).rejects.toMatchObject({ until: NOW + 6 * 3_600_000 });
    await expect(run({ ...busy, retryAfter: 60 })).rejects.toMatchObject({ until: NOW + 60_000 });
    context.time.now = Date.parse('2026-06-08T00:00:01Z');
    await run(busy);
    expect(await record()).toMatchObject({ status: 'completed', transmission: { state: 'failed', reason: 'expired' } });
  });

  it('to a private address is refused at once: nothing was sent', async () => {
    await askAndPublish();
    await run({ ok: false, because: 'privateAddress', again: false, reached: false });
    expect(await record()).toMatchObject({
      status: 'completed',
      transmission: { state: 'refused', reason: 'privateAddress' },
    });
  });

  it('after a first try that may have arrived is never said to be nothing', async () => {
    await askAndPublish();
    await expect(run(down)).rejects.toThrow();
    await run({ ok: false, because: 'privateAddress', again: false, reached: false }, { attempts: 2 });
    expect(await record()).toMatchObject({ transmission: { state: 'failed', reason: 'privateAddress' } });
  });

  it('to a host that has left the list meanwhile goes nowhere', async () => {
    await askAndPublish();
    Object.assign(context, { policy: policyFor([]) });
    await run(ok);
    expect(parcels).toEqual([]);
    expect(await record()).toMatchObject({ transmission: { state: 'refused', reason: 'hostNotAllowed' } });
  });

  it('of a person who is being erased stays here', async () => {
    await askAndPublish();
    expect(await run(ok, { isThere: false })).toEqual({ settled: [] });
    expect(parcels).toEqual([]);
  });
});

describe('a request that is taken back', () => {
  const cancel = async () => {
    const data = {
      type: 'portability',
      createdAt: Timestamp.fromMillis(NOW),
      cancelled: true,
      details: { transmitTo: ADDRESS },
    };
    await onPrivacyRequestCancelled(context, { id: 'e2', uid: 'ada', requestId: 'r1', data, time: NOW + 1 });
  };

  it('before it was sent is not sent', async () => {
    await askAndPublish();
    await cancel();
    expect(await run(ok)).toEqual({ settled: [] });
    expect(parcels).toEqual([]);
    const transmission = { state: 'refused', reason: 'cancelled' };
    expect(await shown()).toMatchObject({ status: 'cancelled', transmission });
  });

  it('while it is on its way says that it may have arrived, and then that it did', async () => {
    await askAndPublish();
    const meanwhile: unknown[] = [];
    await run(async () => {
      await cancel();
      meanwhile.push((await shown())?.['transmission']);
      return ok;
    });
    expect(meanwhile).toEqual([{ state: 'failed', host: HOST, reason: 'cancelled' }]);
    expect(await record()).toMatchObject({ status: 'cancelled', transmission: { state: 'sent' } });
    expect(await shown()).toMatchObject({ status: 'cancelled', transmission: { state: 'sent' } });
  });

  it('before its event came is not sent', async () => {
    await context.app
      .doc('users/ada/privacyRequests/r1')
      .set({ type: 'portability', details: { transmitTo: ADDRESS } });
    await cancel();
    expect(await record()).toMatchObject({
      status: 'cancelled',
      transmission: { state: 'refused', reason: 'cancelled' },
    });
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Parcel, Sent } from '../../../functions/src/export/send.ts';
import { transmit } from '../../../functions/src/export/transmit.ts';
import { queues } from '../../../functions/src/platform/queues.ts';
import { loadJob } from '../../../functions/src/jobs/store.ts';
import type { Job } from '../../../functions/src/jobs/types.ts';
import { onPrivacyRequestCancelled, onPrivacyRequestCreated } from '../../../functions/src/rights/operations.ts';
import { finishRequest, mirror, refOf, type RequestRecord } from '../../../functions/src/requests/store.ts';
import { endOfSending } from '../../../functions/src/requests/transmission.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import type { Cursor, Progress } from '../../../functions/src/systems/system.ts';
import { testContext } from '../requests/helpers.ts';
import { memoryStore } from './helpers.ts';
import { HOST } from './otherController.ts';

/** Art. 20(2): from the address in a request to what is said of it, at every place where something can come between. */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const ADDRESS = `https://${HOST}/up?token=s3cret`;
const source = { kind: 'ownChoice', reference: { en: 'a test', fr: 'un test' } } as const;

function contextNow() {
  const base = testContext(NOW);
  const rights = { ...base.policy.rights, transmission: { hosts: [HOST], source } };
  return { ...base, policy: { ...base.policy, rights } };
}
let context = contextNow();
const ref = () => refOf('ada', pseudonymOf('ada', context.keys), 'r1');
const record = async () => (await context.own.doc(`requests/${ref().key}`).get()).data();
const shown = async () => (await context.app.doc('users/ada/privacyRequests/r1').get()).data();
const entries = async (): Promise<unknown[]> => {
  const all = await context.own
    .collection(`ledger/${pseudonymOf('ada', context.keys)}/entries`)
    .orderBy('seq')
    .get();
  return all.docs.map((entry): unknown[] => [entry.get('state'), entry.get('system') ?? null]);
};

async function ask(details: object, type = 'portability'): Promise<void> {
  const data = { type, createdAt: Timestamp.fromMillis(NOW), details };
  await context.app.doc('users/ada/privacyRequests/r1').set(data);
  await onPrivacyRequestCreated(context, { id: 'e1', uid: 'ada', requestId: 'r1', data, time: NOW });
}

async function jobNow(): Promise<Job> {
  const id = (await record())?.['job'] as string;
  const job = await loadJob(context.own, id);
  if (job === null) throw new Error('no job');
  return job;
}

const part = (n: number) => ({ object: `${n}.zip`, bytes: 3, sha256: 'abc' });
const publish = (parts = [part(1)], open: string[] = []) =>
  finishRequest(context, ref(), {
    status: open.length > 0 ? 'waiting' : 'in_progress',
    answer: { parts, counts: {}, missing: open, open },
  });

let parcels: Parcel[] = [];
/** One run of the step, with what the other side answers. */
async function run(
  answer: Sent | (() => Promise<Sent>),
  { cursor, attempts = 1, isThere = true }: { cursor?: Cursor; attempts?: number; isThere?: boolean } = {},
): Promise<Progress> {
  const job = await jobNow();
  const begun = { state: 'running', after: [], attempts, outcomes: [] } as const;
  const archive = { state: 'done', after: [], attempts: 0, outcomes: [], finishedAt: NOW } as const;
  return transmit(
    {
      context,
      store: memoryStore(),
      send: async (parcel) => {
        parcels.push(parcel);
        return typeof answer === 'function' ? answer() : answer;
      },
      ref: ref(),
      isThere: async () => isThere,
    },
    { ...job, steps: { ...job.steps, archive, transmit: begun } },
    cursor,
  );
}
const ok: Sent = { ok: true, status: 201 };
const down: Sent = { ok: false, because: 'unavailable', again: true, reached: true };
const LAST = queues.exportTask.attempts;

beforeEach(() => {
  context = contextNow();
  parcels = [];
});

describe('a request that says where the archive is to go', () => {
  it('has a step that sends it, after the archive and before the person is told', async () => {
    await ask({ transmitTo: ADDRESS });
    const { steps } = await jobNow();
    expect(Object.entries(steps).map(([id, { after }]) => [id, after])).toEqual([
      ['archive', []],
      ['transmit', ['archive']],
      ['told', ['transmit']],
      ['clean', ['archive']],
    ]);
    expect(await record()).toMatchObject({ status: 'in_progress', transmission: { state: 'pending', host: HOST } });
    expect(await shown()).toMatchObject({ transmission: { state: 'pending', host: HOST } });
  });

  it.each([
    [{ transmitTo: 'https://elsewhere.example/' }, 'portability', 'hostNotAllowed'],
    [{ transmitTo: `http://${HOST}/` }, 'portability', 'notHttps'],
    [{ transmitTo: 7 }, 'portability', 'notAnAddress'],
    // What others wrote about the person is not theirs to have sent (Art. 20(1): what they provided).
    [{ transmitTo: ADDRESS }, 'access', 'notPortability'],
  ])('%j of a %s is answered without it, and says why: %s', async (details, type, reason) => {
    await ask(details, type);
    expect(Object.keys((await jobNow()).steps)).toEqual(['archive', 'told', 'clean']);
    expect(await shown()).toMatchObject({ status: 'in_progress', transmission: { state: 'refused', reason } });
  });

  it('keeps the address nowhere but in the person’s own document', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
    await run(ok);
    const collections = [...(await context.own.listCollections()), context.own.collectionGroup('entries')];
    expect(collections.length).toBeGreaterThan(3);
    for (const collection of collections) {
      const { docs } = await collection.get();
      expect(JSON.stringify(docs.map((document) => document.data()))).not.toContain('s3cret');
    }
    expect([...context.logged, ...context.enqueued].join()).not.toContain('s3cret');
  });
});

describe('sending', () => {
  it('is in the ledger before the first byte, and completes the request when the other side has it', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
    const before: unknown[] = [];
    const came = await run(async () => {
      before.push(await entries(), (await record())?.['status'], (await record())?.['transmission']);
      return ok;
    });
    expect(before).toEqual([
      [
        ['portability.requested', null],
        ['portability.transmissionBegun', HOST],
      ],
      'in_progress',
      { state: 'sending', host: HOST },
    ]);
    expect(came).toEqual({ settled: [{ recipient: HOST, count: 1, outcome: 'done' }] });
    expect(parcels).toMatchObject([{ bytes: 3, sha256: 'abc', fileName: 'personal-data.zip' }]);
    expect(parcels[0]?.url.href).toBe(ADDRESS);
    expect((await entries()).at(-1)).toEqual(['portability.transmitted', HOST]);
    const transmission = { state: 'sent', host: HOST, at: Timestamp.fromMillis(NOW) };
    expect(await record()).toMatchObject({ status: 'completed', transmission });
    expect(await shown()).toMatchObject({ status: 'completed', transmission });
    expect(await endOfSending(context, ref())).toEqual({ state: 'sent', host: HOST });
  });

  it('that was done and not recorded is not done again', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
    await run(ok);
    expect(await run(ok)).toEqual({ settled: [] });
    expect(parcels).toHaveLength(1);
  });

  it('of a process that died in the middle is done again, with one entry in the ledger', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
    await expect(run(() => Promise.reject(new Error('died')))).rejects.toThrow('died');
    await run(ok, { attempts: 2 });
    expect(parcels).toHaveLength(2);
    expect((await entries()).map((entry) => (entry as string[])[0])).toEqual([
      'portability.requested',
      'portability.transmissionBegun',
      'portability.transmitted',
    ]);
  });

  it('leaves a request that waits for an officer waiting', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish([part(1)], ['stripeInvoices']);
    await run(ok);
    expect(await record()).toMatchObject({ status: 'waiting', transmission: { state: 'sent' } });
    expect(await shown()).toMatchObject({ status: 'waiting', transmission: { state: 'sent' } });
  });

  it('is not shown as under way again by a mirror that comes late', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish([part(1)], ['stripeInvoices']);
    const late = (await record()) as RequestRecord;
    await run(ok);
    await mirror(context, ref(), late);
    expect(await shown()).toMatchObject({ status: 'waiting', transmission: { state: 'sent' } });
  });

  it('of an export in parts goes part by part, each to its own address', async () => {
    await ask({ transmitTo: `https://${HOST}/up/{part}` });
    await publish([part(1), part(2)]);
    const first = await run(ok);
    expect(first).toEqual({ more: { sent: 1 } });
    expect(await record()).toMatchObject({ status: 'in_progress', transmission: { state: 'sending' } });
    await run(ok, { cursor: { sent: 1 } });
    expect(parcels.map(({ url, fileName }) => [url.pathname, fileName])).toEqual([
      ['/up/1', 'personal-data-1.zip'],
      ['/up/2', 'personal-data-2.zip'],
    ]);
    expect(await record()).toMatchObject({ status: 'completed', transmission: { state: 'sent' } });
  });

  it('never puts a second part over the first', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish([part(1), part(2)]);
    await run(ok);
    expect(parcels).toEqual([]);
    expect(await record()).toMatchObject({
      status: 'completed',
      transmission: { state: 'refused', reason: 'severalParts' },
    });
  });
});

describe('what cannot be sent', () => {
  it('is tried again, and completes the request with the truth in the last attempt', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
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
    expect(await endOfSending(context, ref())).toMatchObject({ state: 'failed' });
  });

  it('waits for as long as the other side asks, within hours, and ends when the archive does', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
    const busy = { ...down, retryAfter: 86_400 };
    await expect(run(busy)).rejects.toMatchObject({ until: NOW + 6 * 3_600_000 });
    await expect(run({ ...busy, retryAfter: 60 })).rejects.toMatchObject({ until: NOW + 60_000 });
    context.time.now = Date.parse('2026-06-08T00:00:01Z');
    await run(busy);
    expect(await record()).toMatchObject({ status: 'completed', transmission: { state: 'failed', reason: 'expired' } });
  });

  it('to a private address is refused at once: nothing was sent', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
    await run({ ok: false, because: 'privateAddress', again: false, reached: false });
    expect(await record()).toMatchObject({
      status: 'completed',
      transmission: { state: 'refused', reason: 'privateAddress' },
    });
  });

  it('after a first try that may have arrived is never said to be nothing', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
    await expect(run(down)).rejects.toThrow();
    await run({ ok: false, because: 'privateAddress', again: false, reached: false }, { attempts: 2 });
    expect(await record()).toMatchObject({ transmission: { state: 'failed', reason: 'privateAddress' } });
  });

  it('to a host that has left the list meanwhile goes nowhere', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
    context = {
      ...context,
      policy: { ...context.policy, rights: { ...context.policy.rights, transmission: { hosts: [], source } } },
    };
    await run(ok);
    expect(parcels).toEqual([]);
    expect(await record()).toMatchObject({ transmission: { state: 'refused', reason: 'hostNotAllowed' } });
  });

  it('of somebody who is being erased stays here', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
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
    await ask({ transmitTo: ADDRESS });
    await publish();
    await cancel();
    expect(await run(ok)).toEqual({ settled: [] });
    expect(parcels).toEqual([]);
    const transmission = { state: 'refused', reason: 'cancelled' };
    expect(await shown()).toMatchObject({ status: 'cancelled', transmission });
  });

  it('while it is on its way says that it may have arrived, and then that it did', async () => {
    await ask({ transmitTo: ADDRESS });
    await publish();
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

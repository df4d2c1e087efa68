import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, test } from 'vitest';
import { headRef } from '../../../functions/src/ledger/store.ts';
import {
  isCancellation,
  listRequests,
  onPrivacyRequestCancelled,
  onPrivacyRequestCreated,
  type RequestEvent,
} from '../../../functions/src/rights/operations.ts';
import { exportOf } from '../../../functions/src/requests/answered.ts';
import { completedExport, publishedObjects, seeTo, waitingExport } from '../../../functions/src/requests/answered.ts';
import { finishRequest, refOf } from '../../../functions/src/requests/store.ts';
import { endSending } from '../../../functions/src/requests/transmission.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { Died, dieAfter } from '../../kit/dying.ts';
import { testContext } from '../requests/helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
let context = testContext(NOW);
let chain = '';
beforeEach(() => {
  context = testContext(NOW);
  chain = pseudonymOf('u1', context.keys);
});

/** The id of a job for a request, which does not repeat the request's own. */
const job = (kind: string, id = 'r1'): string =>
  `${kind}_${chain}_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
const person = () => context.app.doc('users/u1/privacyRequests/r1');
const event = (id: string, data: object): RequestEvent => ({ id, uid: 'u1', requestId: 'r1', data, time: NOW });

/** The person writes the request; answers its event. */
async function ask(type: string, more: object = {}): Promise<RequestEvent> {
  const data = { type, createdAt: Timestamp.fromMillis(NOW), ...more };
  await person().set(data);
  return event('e-create', data);
}
async function takeBack(): Promise<RequestEvent> {
  await person().update({ cancelled: true });
  return event('e-cancel', (await person().get()).data() ?? {});
}

/** Everything that there is, without the moments at which a function looked at its clock. */
async function state(): Promise<object> {
  const dump = async (path: string) =>
    Object.fromEntries((await context.own.collection(path).get()).docs.map((d) => [d.id, d.data()]));
  return {
    requests: await dump('requests'),
    jobs: await dump('jobs'),
    rejected: await dump('rejectedEvents'),
    entries: (await headRef(context.own, chain).collection('entries').get()).docs
      .map((d) => d.get('state') as unknown)
      .sort(),
    mirror: (await person().get()).data(),
  };
}

describe('a request', () => {
  test('portability: recorded, its job made and enqueued, the person told', async () => {
    await onPrivacyRequestCreated(context, await ask('portability'));
    const request = (await context.own.doc(`requests/${chain}_r1`).get()).data();
    expect(request).toMatchObject({
      type: 'portability',
      status: 'in_progress',
      channel: 'app',
      pseudonym: chain,
      job: job('export'),
    });
    expect(JSON.stringify(request)).not.toContain('u1');
    expect((await context.own.doc(`jobs/${job('export')}`).get()).data()).toMatchObject({
      kind: 'export',
      status: 'waiting',
    });
    expect(context.enqueued).toEqual([`exportTask ${job('export')}`]);
    expect((await person().get()).data()).toMatchObject({
      status: 'in_progress',
      dueAt: Timestamp.fromMillis(Date.parse('2026-04-01T08:00:00Z')),
    });
  });

  test('whatever name its id holds, no job’s id, task or log line repeats it', async () => {
    const named = { ...(await ask('portability')), requestId: 'Ada.Lovelace-1815' };
    await context.app.doc('users/u1/privacyRequests/Ada.Lovelace-1815').set(named.data as object);
    await onPrivacyRequestCreated(context, named);
    await onPrivacyRequestCancelled(context, {
      ...named,
      id: 'e-cancel',
      data: { ...(named.data as object), cancelled: true },
    });
    const jobs = (await context.own.collection('jobs').get()).docs.map((d) => d.id).sort();
    expect(jobs).toEqual([job('discard', named.requestId), job('export', named.requestId)]);
    expect([...jobs, ...context.enqueued, ...context.logged].join()).not.toMatch(/Ada|Lovelace/);
    expect((await context.own.doc(`requests/${chain}_Ada.Lovelace-1815`).get()).get('status')).toBe('cancelled');
  });

  test('erasure: recorded, and started by a job', async () => {
    await onPrivacyRequestCreated(context, await ask('erasure'));
    expect(await state()).toMatchObject({
      requests: { [`${chain}_r1`]: { status: 'in_progress' } },
      entries: ['erasure.requested'],
      mirror: { status: 'in_progress' },
    });
  });

  test('what is no request is kept by codes and field names; nothing else happens', async () => {
    await onPrivacyRequestCreated(context, await ask('portability', { type: 'ada@example.com' }));
    const all = await state();
    expect(all).toMatchObject({
      requests: {},
      jobs: {},
      rejected: {
        'e-create': { path: `users/${chain}/privacyRequests/{id}`, issues: [{ code: 'invalid_value', field: 'type' }] },
      },
    });
    expect(JSON.stringify((all as { rejected: object }).rejected)).not.toMatch(/ada|u1/);
    expect(context.logged.join()).not.toMatch(/ada|"u1"/);
  });

  test('of a person who was erased comes too late', async () => {
    await headRef(context.own, chain).set({
      seq: 0,
      hash: 'x',
      current: {},
      since: {},
      closed: { at: Timestamp.fromMillis(NOW), accountCreatedAt: 1 },
    });
    await onPrivacyRequestCreated(context, await ask('portability'));
    expect(await state()).toMatchObject({
      requests: {},
      jobs: {},
      rejected: { 'e-create': { issues: [{ code: 'erased', field: '(subject)' }] } },
    });
  });

  test('a document that is gone stays gone', async () => {
    const asked = await ask('portability');
    await person().delete();
    await onPrivacyRequestCreated(context, asked);
    expect((await person().get()).exists).toBe(false);
  });
});

describe('a cancellation', () => {
  test('cancels the request and its job, and a job removes what was written', async () => {
    await onPrivacyRequestCreated(context, await ask('portability'));
    await onPrivacyRequestCancelled(context, await takeBack());
    expect(await state()).toMatchObject({
      requests: { [`${chain}_r1`]: { status: 'cancelled' } },
      jobs: {
        [job('export')]: { status: 'cancelled' },
        [job('discard')]: { status: 'waiting', input: { of: job('export') } },
      },
      entries: ['portability.cancelled', 'portability.requested'],
      mirror: { status: 'cancelled', cancelled: true },
    });
  });

  test('that overtakes its request: the request finds itself cancelled', async () => {
    const asked = await ask('portability');
    await onPrivacyRequestCancelled(context, await takeBack());
    await onPrivacyRequestCreated(context, asked);
    expect(await state()).toMatchObject({
      requests: { [`${chain}_r1`]: { status: 'cancelled' } },
      jobs: {},
      mirror: { status: 'cancelled' },
    });
    expect(context.enqueued).toEqual([]);
  });

  const ref = () => refOf('u1', chain, 'r1');
  const answer = { parts: [{ object: 'a.zip', bytes: 1, sha256: 'x' }] };

  test.each(['access', 'portability'])(
    'of %s that is completed: it stays completed, nothing of it is given out, and a job removes the archive',
    async (type) => {
      await onPrivacyRequestCreated(context, await ask(type));
      expect(await finishRequest(context, ref(), { status: 'completed', answer })).toBe(true);
      expect(await publishedObjects(context, ref())).toEqual(['a.zip']);
      expect(await exportOf(context, 'u1', 'r1')).not.toBeNull();
      context.time.now += 60_000;
      const cancelled = await takeBack();
      await onPrivacyRequestCancelled(context, cancelled);
      const withdrawnAt = Timestamp.fromMillis(NOW + 60_000);
      const end = await state();
      expect(end).toMatchObject({
        requests: { [`${chain}_r1`]: { status: 'completed', withdrawnAt } },
        jobs: { [job('export')]: { status: 'cancelled' }, [job('discard')]: { status: 'waiting' } },
        mirror: { status: 'completed', withdrawnAt },
        entries: [`${type}.requested`, `${type}.withdrawn`],
      });
      expect(await publishedObjects(context, ref())).toBeNull();
      expect(await exportOf(context, 'u1', 'r1')).toBeNull();
      expect(await completedExport(context, 'u1', 'r1')).toBeNull();
      // Twice changes nothing, whichever of the events comes again, and under whichever id the
      // second one comes.
      context.time.now += 60_000;
      await onPrivacyRequestCancelled(context, cancelled);
      await onPrivacyRequestCancelled(context, { ...cancelled, id: 'e-again' });
      await onPrivacyRequestCreated(context, event('e-create', { type, createdAt: Timestamp.fromMillis(NOW) }));
      expect(await state()).toEqual(end);
    },
  );

  test('of one that an officer completed while it is being sent: nobody is promised a sending any more', async () => {
    const asked = await ask('portability');
    await onPrivacyRequestCreated(context, asked);
    const transmission = { state: 'sending', host: 'other.example' };
    await context.own.doc(`requests/${chain}_r1`).update({ transmission });
    await finishRequest(context, ref(), { status: 'completed', answer });
    await onPrivacyRequestCancelled(context, await takeBack());
    expect(await state()).toMatchObject({
      mirror: { status: 'completed', transmission: { state: 'failed', reason: 'cancelled' } },
    });
    // It had begun: if it still arrives, it is said.
    await endSending(context, ref(), { state: 'sent' });
    expect(await state()).toMatchObject({ mirror: { transmission: { state: 'sent', host: 'other.example' } } });
  });

  test('of an access that waits for an officer: nothing is given out, and no officer completes it any more', async () => {
    await onPrivacyRequestCreated(context, await ask('access'));
    await finishRequest(context, ref(), { status: 'waiting', answer: { ...answer, open: ['desk'] } });
    const waiting = await waitingExport(context, 'u1', 'r1');
    if (waiting === null) throw new Error('it waits');
    await onPrivacyRequestCancelled(context, await takeBack());
    expect(await seeTo(context, waiting, 'desk', undefined)).toBeNull();
    expect(await exportOf(context, 'u1', 'r1')).toBeNull();
    expect(await state()).toMatchObject({
      requests: { [`${chain}_r1`]: { status: 'cancelled' } },
      jobs: { [job('discard')]: { status: 'waiting' } },
      mirror: { status: 'cancelled' },
    });
  });

  test.each(['erasure', 'rectification', 'objection'])('of %s that is completed changes nothing', async (type) => {
    await onPrivacyRequestCreated(context, await ask(type));
    await finishRequest(context, ref(), { status: 'completed' });
    const taken = await takeBack();
    const before = await state();
    await onPrivacyRequestCancelled(context, taken);
    expect(await state()).toEqual(before);
  });

  test('of a completed export whose process dies anywhere: delivered again, the archive goes', async () => {
    for (let calls = 0; calls < 9; calls++) {
      context = testContext(NOW);
      await onPrivacyRequestCreated(context, await ask('portability'));
      await finishRequest(context, ref(), { status: 'completed', answer });
      const cancelled = await takeBack();
      const restore = dieAfter(calls, [context.app, context.own]);
      await onPrivacyRequestCancelled(context, cancelled).catch((error: unknown) => {
        if (!(error instanceof Died)) throw error;
      });
      restore();
      await onPrivacyRequestCancelled(context, cancelled);
      expect(await state()).toMatchObject({
        requests: { [`${chain}_r1`]: { status: 'completed', withdrawnAt: Timestamp.fromMillis(NOW) } },
        jobs: { [job('discard')]: { status: 'waiting' } },
        mirror: { withdrawnAt: Timestamp.fromMillis(NOW) },
        entries: ['portability.requested', 'portability.withdrawn'],
      });
    }
  });

  test('of an export that finishes at the same moment: nothing is published', async () => {
    await onPrivacyRequestCreated(context, await ask('portability'));
    await onPrivacyRequestCancelled(context, await takeBack());
    expect(
      await finishRequest(context, refOf('u1', chain, 'r1'), {
        status: 'completed',
        answer: { parts: [{ object: 'a.zip' }] },
      }),
    ).toBe(false);
    expect(await publishedObjects(context, refOf('u1', chain, 'r1'))).toBeNull();
  });

  test('is told from the backend’s own update of the document', () => {
    expect(isCancellation({}, { cancelled: true })).toBe(true);
    expect(isCancellation({ cancelled: true }, { cancelled: true })).toBe(false);
    expect(isCancellation({}, { cancelled: 'yes' })).toBe(false);
    expect(isCancellation(undefined, undefined)).toBe(false);
  });
});

test('delivered in any order, any number of times, and dying anywhere: the same end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ which: fc.constantFrom('create', 'cancel'), dies: fc.option(fc.nat(12)) }), {
        maxLength: 6,
      }),
      async (deliveries) => {
        context = testContext(NOW);
        const asked = await ask('portability');
        const cancelled = await takeBack();
        const deliver = (which: string): Promise<void> =>
          which === 'create' ? onPrivacyRequestCreated(context, asked) : onPrivacyRequestCancelled(context, cancelled);
        for (const { which, dies } of deliveries) {
          const restore = dies === null ? () => undefined : dieAfter(dies, [context.app, context.own]);
          await deliver(which).catch((error: unknown) => {
            if (!(error instanceof Died)) throw error;
          });
          restore();
        }
        // Both are delivered in the end, as the platform promises.
        await deliver('create');
        await deliver('cancel');
        const { requests, mirror } = (await state()) as { requests: object; mirror: { status: string } };
        expect(Object.values(requests)).toMatchObject([{ status: 'cancelled' }]);
        expect(mirror.status).toBe('cancelled');
        const jobs = (await context.own.collection('jobs').get()).docs.map((d) => `${d.id} ${String(d.get('status'))}`);
        // Either the export began and is cancelled with its discard, or it never began.
        const begun = [`${job('discard')} waiting`, `${job('export')} cancelled`];
        expect([[], begun]).toContainEqual(jobs);
      },
    ),
    { numRuns: 25 },
  );
});

test('a person’s requests are listed, oldest first', async () => {
  await onPrivacyRequestCreated(context, await ask('portability'));
  await onPrivacyRequestCreated(context, {
    ...(await ask('access')),
    id: 'e2',
    requestId: 'r0',
    data: { type: 'access', createdAt: Timestamp.fromMillis(NOW - 1) },
  });
  expect((await listRequests(context, chain)).map((r) => r.requestId)).toEqual(['r0', 'r1']);
});

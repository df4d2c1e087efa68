import fc from 'fast-check';
import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, test } from 'vitest';
import { onPrivacyRequestCancelled, onPrivacyRequestCreated } from '../../../functions/src/rights/receive.ts';
import { runDying } from '../../kit/dying.ts';
import { putHead } from '../../kit/sealed/ledger.ts';
import { NOW, context, chain, fresh, keyOf, person, recorded } from './helpers.ts';
import { ask, job, state, takeBack } from './receive.sample.ts';

beforeEach(fresh);

describe('a request', () => {
  test('portability: recorded, its job made and enqueued, the person told', async () => {
    await onPrivacyRequestCreated(context, await ask('portability'));
    const request = (await context.own.doc(`requests/${keyOf()}`).get()).data();
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
    expect((await person('r1').get()).data()).toMatchObject({
      status: 'in_progress',
      dueAt: Timestamp.fromMillis(Date.parse('2026-04-01T08:00:00Z')),
    });
  });

  test('any name in its id is repeated in no record, entry, job’s id, task or log line', async () => {
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
    expect(await recorded(named.requestId)).toMatchObject({ status: 'cancelled' });
    const outlives = ['requests', 'rateLimits', 'rejectedEvents', `ledger/${chain}/entries`];
    const found = await Promise.all(outlives.map(async (path) => (await context.own.collection(path).get()).docs));
    expect(JSON.stringify(found.flat().map((d) => [d.ref.path, d.data()]))).not.toMatch(/Ada|Lovelace/);
  });

  test('erasure: recorded, and started by a job', async () => {
    await onPrivacyRequestCreated(context, await ask('erasure'));
    expect(await state()).toMatchObject({
      requests: { [keyOf()]: { status: 'in_progress' } },
      entries: ['erasure.requested'],
      mirror: { status: 'in_progress' },
    });
  });

  test('a document that is no request is kept by codes and field names; nothing else happens', async () => {
    await onPrivacyRequestCreated(context, await ask('portability', { type: 'ada@example.com' }));
    const all = await state();
    expect(all).toMatchObject({
      requests: {},
      jobs: {},
      rejected: {
        once: { path: `users/${chain}/privacyRequests/{id}`, issues: [{ code: 'invalid_value', field: 'type' }] },
      },
    });
    expect(JSON.stringify((all as { rejected: object }).rejected)).not.toMatch(/ada|u1/);
    expect(context.logged.join()).not.toMatch(/ada|"u1"/);
  });

  test('of a person who was erased comes too late', async () => {
    await putHead(context, chain, { closed: { at: NOW, accountCreatedAt: 1 } });
    await onPrivacyRequestCreated(context, await ask('portability'));
    expect(await state()).toMatchObject({
      requests: {},
      jobs: {},
      rejected: { once: { issues: [{ code: 'erased', field: '(subject)' }] } },
    });
  });

  test('a document that is gone stays gone', async () => {
    const asked = await ask('portability');
    await person('r1').delete();
    await onPrivacyRequestCreated(context, asked);
    expect((await person('r1').get()).exists).toBe(false);
  });
});

test('delivered in any order, any number of times, and dying anywhere: the same end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ which: fc.constantFrom('create', 'cancel'), dies: fc.option(fc.nat(12)) }), {
        maxLength: 6,
      }),
      async (deliveries) => {
        fresh();
        const asked = await ask('portability');
        const cancelled = await takeBack();
        const deliver = (which: string): Promise<void> =>
          which === 'create' ? onPrivacyRequestCreated(context, asked) : onPrivacyRequestCancelled(context, cancelled);
        for (const { which, dies } of deliveries)
          await runDying(dies, [context.app, context.own], () => deliver(which));
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

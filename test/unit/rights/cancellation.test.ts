import { Timestamp } from 'firebase-admin/firestore';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  isCancellation,
  onPrivacyRequestCancelled,
  onPrivacyRequestCreated,
} from '../../../functions/src/rights/receive.ts';
import { addPart } from '../../../functions/src/requests/addPart.ts';
import { exportOf, officersExport, publishedIn, waitingExport } from '../../../functions/src/requests/answered.ts';
import { finishRequest, loadRequest, refOf } from '../../../functions/src/requests/store.ts';
import { endSending } from '../../../functions/src/requests/transmission.ts';
import { runDying } from '../../kit/dying.ts';
import { NOW, context, chain, fresh, keyOf } from './helpers.ts';
import { ask, event, job, state, takeBack } from './receive.sample.ts';

beforeEach(fresh);

describe('a cancellation', () => {
  test('cancels the request and its job, and a job removes the written objects', async () => {
    await onPrivacyRequestCreated(context, await ask('portability'));
    await onPrivacyRequestCancelled(context, await takeBack());
    expect(await state()).toMatchObject({
      requests: { [keyOf()]: { status: 'cancelled' } },
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
      requests: { [keyOf()]: { status: 'cancelled' } },
      jobs: {},
      mirror: { status: 'cancelled' },
    });
    expect(context.enqueued).toEqual([]);
  });

  const ref = () => refOf('u1', chain, 'r1', context.keys);
  const answer = { parts: [{ object: 'a.zip', bytes: 1, sha256: 'x' }] };

  test.each(['access', 'portability'])(
    'of %s that is completed: it stays completed, nothing of it is given out, and a job removes the archive',
    async (type) => {
      await onPrivacyRequestCreated(context, await ask(type));
      expect(await finishRequest(context, ref(), { status: 'completed', answer })).toBe(true);
      expect(publishedIn(await loadRequest(context, ref().key))).toEqual(['a.zip']);
      expect(await exportOf(context, 'u1', 'r1')).not.toBeNull();
      context.time.now += 60_000;
      const cancelled = await takeBack();
      await onPrivacyRequestCancelled(context, cancelled);
      const withdrawnAt = Timestamp.fromMillis(NOW + 60_000);
      const end = await state();
      expect(end).toMatchObject({
        requests: { [keyOf()]: { status: 'completed', withdrawnAt } },
        jobs: { [job('export')]: { status: 'cancelled' }, [job('discard')]: { status: 'waiting' } },
        mirror: { status: 'completed', withdrawnAt },
        entries: [`${type}.requested`, `${type}.withdrawn`],
      });
      expect(publishedIn(await loadRequest(context, ref().key))).toEqual([]);
      expect(await exportOf(context, 'u1', 'r1')).toBeNull();
      expect(await officersExport(context, 'u1', 'r1')).toBeNull();
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
    await writeSealed(context.own.doc(`requests/${keyOf()}`), { transmission }, context.keys);
    await finishRequest(context, ref(), { status: 'completed', answer });
    await onPrivacyRequestCancelled(context, await takeBack());
    expect(await state()).toMatchObject({
      mirror: { status: 'completed', transmission: { state: 'failed', reason: 'cancelled' } },
    });
    // It had begun: if it still arrives, the person is told so.
    await endSending(context, ref(), { state: 'sent' });
    expect(await state()).toMatchObject({ mirror: { transmission: { state: 'sent', host: 'other.example' } } });
  });

  test('of an access that waits for an officer: nothing is given out, and no officer completes it any more', async () => {
    await onPrivacyRequestCreated(context, await ask('access'));
    await finishRequest(context, ref(), { status: 'waiting', answer: { ...answer, asked: ['desk'] } });
    const waiting = await waitingExport(context, 'u1', 'r1');
    if (waiting === null) throw new Error('it waits');
    await onPrivacyRequestCancelled(context, await takeBack());
    expect(await addPart(context, waiting, { id: 'desk' }, {})).toBe(false);
    expect(await exportOf(context, 'u1', 'r1')).toBeNull();
    expect(await state()).toMatchObject({
      requests: { [keyOf()]: { status: 'cancelled' } },
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

  test('of a completed export, with a process that dies anywhere: delivered again, the archive goes', async () => {
    for (let calls = 0; calls < 9; calls++) {
      fresh();
      await onPrivacyRequestCreated(context, await ask('portability'));
      await finishRequest(context, ref(), { status: 'completed', answer });
      const cancelled = await takeBack();
      await runDying(calls, [context.app, context.own], () => onPrivacyRequestCancelled(context, cancelled));
      await onPrivacyRequestCancelled(context, cancelled);
      expect(await state()).toMatchObject({
        requests: { [keyOf()]: { status: 'completed', withdrawnAt: Timestamp.fromMillis(NOW) } },
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
      await finishRequest(context, refOf('u1', chain, 'r1', context.keys), {
        status: 'completed',
        answer: { parts: [{ object: 'a.zip' }] },
      }),
    ).toBe(false);
    expect(publishedIn(await loadRequest(context, ref().key))).toEqual([]);
  });

  test('is told from the backend’s own update of the document', () => {
    expect(isCancellation({}, { cancelled: true })).toBe(true);
    expect(isCancellation({ cancelled: true }, { cancelled: true })).toBe(false);
    expect(isCancellation({}, { cancelled: 'yes' })).toBe(false);
    expect(isCancellation(undefined, undefined)).toBe(false);
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { describe, expect, it } from 'vitest';
import { erasedSince, replayDecisionOf } from '../../../../functions/src/erasure/restore/erased.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { toDocument } from '../../../../functions/src/jobs/store.ts';
import type { Job, StepState } from '../../../../functions/src/jobs/types.ts';
import { testContext } from '../../requests/helpers.ts';

const AT = Date.parse('2026-03-01T10:00:00Z');
const DAY = 86_400_000;
const step = (state: StepState['state'], more: Partial<StepState> = {}): StepState => ({
  state,
  after: [],
  attempts: 0,
  outcomes: [],
  ...more,
});

describe('an erasure that has not ended', () => {
  const job = (steps: Record<string, StepState>, status: Job['status'] = 'waiting'): Job => ({
    ...newJob({ id: 'erasure_x', kind: 'erasure', input: {}, dueAt: AT, steps: [] }, AT),
    status,
    steps,
  });
  const done = step('done');

  it.each([
    ['has not come to the documents', job({ firestore: step('pending') }), 'running'],
    [
      'is blocked before the documents: its officer comes first',
      job({ firestore: step('pending'), stripe: step('blocked') }, 'blocked'),
      'running',
    ],
    [
      'will read everything back by itself',
      job({ firestore: done, secondLook: step('waiting', { wakeAt: AT }) }),
      'running',
    ],
    ['is reading back, and may be past them', job({ firestore: done, secondLook: step('running') }), 'again'],
    [
      'has read a part back',
      job({ firestore: done, secondLook: step('pending', { cursor: { place: '{}' } }) }),
      'again',
    ],
    ['waits for a legal hold', job({ firestore: done, secondLook: done, holds: step('waiting') }), 'again'],
    [
      'is blocked after the documents, nobody knows until when',
      job({ firestore: done, secondLook: step('pending'), stripe: step('blocked') }),
      'again',
    ],
    ['was given up', job({ firestore: step('pending') }, 'cancelled'), 'givenUp'],
    ['was completed', job({}, 'completed'), 'again'],
  ] as const)('%s', (_, one, standing) => {
    expect(replayDecisionOf(one)).toBe(standing);
  });
});

describe('people whom a backup can bring back', () => {
  it('are those erased since it was taken, with an erasure that ended since, or has not ended, or of which a part ended since', async () => {
    const context = testContext(AT + 9 * DAY);
    const { own } = context;
    const mark = async (chain: string, began: number, ended?: number, more: Record<string, unknown> = {}) =>
      writeSealed(
        own.doc(`tombstones/${chain}`),
        {
          deletedAt: Timestamp.fromMillis(AT + began * DAY),
          ...(ended === undefined ? {} : { completedAt: Timestamp.fromMillis(AT + ended * DAY) }),
          job: `erasure_${chain}`,
          ...more,
        },
        context.keys,
      );
    const job = (chain: string, steps: Record<string, StepState>, more: Partial<Job> = {}) => {
      const plan = {
        id: `erasure_${chain}`,
        kind: 'erasure',
        pseudonym: chain,
        input: {},
        dueAt: AT,
        steps: [],
      } as const;
      const one: Job = { ...newJob(plan, AT), steps, ...more };
      return own.doc(`jobs/${one.id}`).set(toDocument(one, context.keys));
    };
    const began = { begin: step('done') };
    await mark('before', -9, -8);
    await mark('onTheDay', 0, 1);
    await mark('after', 1, 2);
    await mark('across', -9, 1);
    await mark('nothingKnown', 1, undefined, { job: null });
    await own.doc('tombstones/forged').set({ deletedAt: Timestamp.fromMillis(AT + DAY), job: '', emails: [] });
    // Not ended: still before the documents, waiting for a hold since long before, given up.
    await mark('running', -9);
    await job('running', { ...began, firestore: step('pending') });
    await mark('held', -9);
    await job('held', { ...began, firestore: step('done'), secondLook: step('done'), holds: step('waiting') });
    await mark('givenUp', 1);
    await job('givenUp', { ...began, firestore: step('pending') }, { status: 'cancelled' });
    // Completed long ago; rows kept on a ground have ended since, or are still kept.
    await mark('endedSince', -900, -899);
    const end = { id: 'erasure_endedSince_until_x', status: 'completed', finishedAt: AT + DAY } as const;
    await job('endedSince', { ended: step('done') }, end);
    await mark('stillKept', -900, -899);
    await job('stillKept', { ended: step('waiting') }, { id: 'erasure_stillKept_until_x' });
    await mark('exported', -900, -899);
    await job('exported', { archive: step('done') }, { ...end, id: 'export_x', kind: 'export' });

    const { again, running, givenUp } = await erasedSince(context, AT);
    expect(again.map(({ chain }) => chain).sort()).toEqual(
      ['onTheDay', 'after', 'across', 'nothingKnown', 'held', 'endedSince'].sort(),
    );
    expect(running).toEqual([{ chain: 'running', job: 'erasure_running', status: 'waiting' }]);
    expect(givenUp).toEqual([{ chain: 'givenUp', job: 'erasure_givenUp', status: 'cancelled' }]);
  });
});

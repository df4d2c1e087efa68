import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { onAccountMissing } from '../../../../functions/src/erasure/accountEvents.ts';
import { takeBack } from '../../../../functions/src/erasure/grace.ts';
import { takeBackJobs } from '../../../../functions/src/erasure/job.ts';
import { erasureId, takeBackJob } from '../../../../functions/src/erasure/plan.ts';
import { requestStart } from '../../../../functions/src/erasure/starts/standing.ts';
import { startErasure } from '../../../../functions/src/erasure/start.ts';
import { newJob } from '../../../../functions/src/jobs/catalog.ts';
import { loadJob } from '../../../../functions/src/jobs/store.ts';
import { requestKey } from '../../../../functions/src/requests/request.ts';
import { pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { DAY_MS } from '../../../../functions/src/platform/time.ts';
import { writeSealed } from '../../../kit/sealed/seal.ts';
import { testContext } from '../../requests/helpers.ts';

/** An account that goes is erased, also if its person had taken an erasure back meanwhile. */

const NOW = Date.parse('2026-03-01T09:00:00Z');
const CREATED = 1_700_000_000;

describe('an erasure that its person took back while the account was missing already', () => {
  it('begins anew by the nightly comparison: the person keeps nothing without an account', async () => {
    const context = testContext(NOW);
    const chain = pseudonymOf('ada', context.keys);
    const ref = { key: requestKey(chain, 'r1', context.keys), uid: 'ada', requestId: 'r1' };
    const at = Timestamp.fromMillis(NOW);
    const request = {
      pseudonym: chain,
      type: 'erasure',
      status: 'in_progress',
      channel: 'app',
      receivedAt: at,
      dueAt: at,
    };
    await writeSealed(context.own.doc(`requests/${ref.key}`), request, context.keys);
    await context.app
      .doc('users/ada/privacyRequests/r1')
      .set({ type: 'erasure', createdAt: at, status: 'in_progress' });
    const erasee = { uid: 'ada', pseudonym: chain, accountCreatedAt: CREATED };
    const start = { at: NOW, from: NOW + 7 * DAY_MS, requested: true, request: ref.key };
    await startErasure(context, erasee, { ...start, by: 'request', id: requestStart(ref) });
    const since = NOW + 1000;
    context.time.now = NOW + 2000;
    const plan = takeBackJob(ref, chain, context.now(), NOW + 7 * DAY_MS);
    await takeBack(context, takeBackJobs.read(newJob(plan, context.now())));
    const id = erasureId(erasee);
    expect(await loadJob(context, id)).toMatchObject({ status: 'cancelled', givenUpBy: 'subject' });
    context.time.now = NOW + 2 * DAY_MS;
    await onAccountMissing(context, { uid: 'ada', accountCreatedAt: CREATED, since });
    expect(await loadJob(context, id)).toMatchObject({ status: 'waiting', input: { startedBy: 'missingAccount' } });
  });
});

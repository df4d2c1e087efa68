import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { onHolderAnswer } from '../../../functions/src/consent/guardianAnswer.ts';
import { onDevicePermissionWritten } from '../../../functions/src/consent/permissions.ts';
import { refreshProtection } from '../../../functions/src/consent/protection.ts';
import { onConsentWritten } from '../../../functions/src/consent/recordDecision.ts';
import { newJob } from '../../../functions/src/jobs/catalog.ts';
import { beginErasure } from '../../../functions/src/ledger/erasure.ts';
import { latestHead } from '../../../functions/src/ledger/find.ts';
import { showState } from '../../../functions/src/ledger/shown/show.ts';
import { policyNoticeJobs } from '../../../functions/src/messages/job.ts';
import { noticeRunner } from '../../../functions/src/messages/steps.ts';
import { onStatement } from '../../../functions/src/rights/statements/submit.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { changing } from '../../kit/amikeo.ts';
import { state, storedPower } from '../../kit/sealed/statements.ts';
import { testContext } from '../requests/helpers.ts';

/** The app reads in `users/{uid}/privacy/state` what the head of the ledger says, and no more. */

const NOW = Date.parse('2026-06-01T00:00:00Z');
const VERSION = '2025-06-15';
const newContext = () => ({ ...testContext(NOW), policy: amikeo });
let context = newContext();
beforeEach(() => void (context = newContext()));

const shown = async () => (await context.app.doc('users/kim/privacy/state').get()).data();

/** The person answers; the same id is the same event. */
async function answer(id: string, purpose: string, granted: boolean): Promise<void> {
  context.time.now += 60_000;
  const updatedAt = Timestamp.fromMillis(context.time.now);
  const after = { granted, policyVersion: VERSION, source: 'app', updatedAt };
  await onConsentWritten(context, { id, uid: 'kim', key: purpose, before: undefined, after, writtenAt: context.now() });
}
const says = async (statement: object): Promise<void> => {
  expect(await onStatement(context, statement)).toMatchObject({ ok: true });
};

describe('an answer', () => {
  it('is shown as the ledger has it, with the version and the time', async () => {
    await answer('a', 'analytics', true);
    await answer('b', 'messages', false);
    expect(await shown()).toEqual({
      purposes: {
        analytics: {
          state: 'given',
          stands: true,
          since: Timestamp.fromMillis(NOW + 60_000),
          policyVersion: VERSION,
        },
        messages: {
          state: 'refused',
          stands: false,
          since: Timestamp.fromMillis(NOW + 120_000),
          policyVersion: VERSION,
        },
      },
      restricted: { all: false, purposes: [] },
      objections: [],
      policyVersion: VERSION,
      seq: 2,
      updatedAt: Timestamp.fromMillis(NOW + 120_000),
    });
  });

  it('that is delivered again shows the state that the first delivery did not write', async () => {
    await answer('a', 'analytics', true);
    await context.app.doc('users/kim/privacy/state').delete();
    await answer('a', 'analytics', true);
    expect(await shown()).toMatchObject({ purposes: { analytics: { stands: true } } });
  });

  it('fails with its event if the state cannot be written, so that it comes again', async () => {
    const app = (): never => {
      throw new Error('the database is down');
    };
    const down = { ...context, clients: { ...context.clients, app } };
    const updatedAt = Timestamp.fromMillis(NOW);
    const after = { granted: true, policyVersion: VERSION, source: 'app', updatedAt };
    const event = { id: 'a', uid: 'kim', key: 'analytics', before: undefined, after, writtenAt: NOW };
    await expect(onConsentWritten(down, event)).rejects.toThrow('the database is down');
    await onConsentWritten(context, event);
    expect(await shown()).toMatchObject({ seq: 1, purposes: { analytics: { stands: true } } });
  });

  it('of a child is pending until the holder agrees, and the app sees both', async () => {
    await state(context, 'ageBands/kim', { band: 'child' });
    const from = Timestamp.fromMillis(0);
    const power = { child: 'kim', holder: 'parent', from, ...storedPower('parentalAuthority', NOW) };
    await state(context, 'guardianships/kim_parent', power);
    await refreshProtection(context, 'kim');
    expect(await shown()).toBeUndefined();
    await answer('a', 'analytics', true);
    expect(await shown()).toMatchObject({
      purposes: { analytics: { state: 'pending', stands: false, pending: true } },
    });
    const yes = { purpose: 'analytics', granted: true, policyVersion: VERSION, source: 'app' };
    const agree = () =>
      onHolderAnswer(context, { holder: 'parent', child: 'kim', requestId: 'request-1', answer: yes });
    await agree();
    expect((await shown())?.['purposes']).toMatchObject({ analytics: { stands: true } });
    expect((await shown())?.['purposes']).not.toHaveProperty('analytics.pending');
    // The call died after its commit: made again, it is no decision and shows the state.
    await context.app.doc('users/kim/privacy/state').delete();
    await agree();
    expect(await shown()).toMatchObject({ purposes: { analytics: { stands: true } } });
  });
});

describe('the state', () => {
  it('is not written for an entry in which the app sees no difference', async () => {
    const data = { permission: 'camera', granted: true, deviceId: 'd', updatedAt: Timestamp.fromMillis(NOW) };
    const event = { id: 'p', uid: 'kim', key: 'd_camera', before: undefined, after: data, writtenAt: NOW };
    await onDevicePermissionWritten(context, event);
    expect(await shown()).toBeUndefined();
  });

  it('says that processing is restricted, and that it no longer is (Art. 18)', async () => {
    await says({ submit: 'restriction', uid: 'kim' });
    expect(await shown()).toMatchObject({ purposes: {}, restricted: { all: true } });
    await says({ submit: 'restriction', uid: 'kim', purposes: ['messages', 'analytics'] });
    expect(await shown()).toMatchObject({ restricted: { all: false, purposes: ['analytics', 'messages'] } });
    await says({ withdraw: 'restriction', id: 'kim', toldAt: new Date(NOW).toISOString() });
    expect(await shown()).toMatchObject({ restricted: { all: false, purposes: [] } });
  });

  it('says which version comes, from its announcement on: also if there is no e-mail to say it', async () => {
    const policy = changing(amikeo, '2026-07-01', ['analytics'], '2026-05-20');
    const input = { uid: 'kim', notice: 'policy' as const, version: '2026-07-01' };
    const steps = [{ id: 'prepare' as const }];
    const job = newJob(policyNoticeJobs.plan({ id: 'told', pseudonym: 'p', input, dueAt: NOW, steps }), NOW);
    await noticeRunner({ ...context, policy }).run('prepare', job, { deadline: Infinity });
    const from = Timestamp.fromMillis(Date.parse('2026-07-01T00:00:00+02:00'));
    expect(await shown()).toMatchObject({ policyVersion: VERSION, announced: { version: '2026-07-01', from } });
  });

  it('says nothing of a legal hold, which is no matter of the app', async () => {
    await says({
      submit: 'legalHold',
      requestId: 'request-1',
      uid: 'kim',
      unknownUid: true,
      ground: { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } },
    });
    expect(await shown()).toBeUndefined();
  });

  it('is not written any more once an erasure has begun', async () => {
    await answer('a', 'analytics', true);
    const chain = pseudonymOf('kim', context.keys);
    await beginErasure(context, chain, { job: 'erasure', createdAt: NOW }, { at: NOW, accountCreatedAt: 1 });
    await context.app.doc('users/kim/privacy/state').delete();
    await answer('a', 'analytics', true);
    await answer('b', 'analytics', false);
    // A call that is made again shows the head as it is by then.
    await showState(context, 'kim', (await latestHead(context, 'kim')).head);
    expect(await shown()).toBeUndefined();
  });
});

import { Timestamp } from 'firebase-admin/firestore';
import { beforeEach, describe, expect, it } from 'vitest';
import { hasRecentRequest } from '../../../functions/src/erasure/start.ts';
import { withoutSeal } from '../../../functions/src/crypto/seal.ts';
import { exportOf } from '../../../functions/src/requests/answered.ts';
import { requestKey } from '../../../functions/src/requests/request.ts';
import { requestsOfAccount } from '../../../functions/src/requests/ofAccount.ts';
import { finishRequestsOf } from '../../../functions/src/requests/erased.ts';
import { changeRequest, loadRequest } from '../../../functions/src/requests/store.ts';
import { listDue, startDue } from '../../../functions/src/rights/due.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { writeSealed } from '../../kit/sealed/seal.ts';
import { testContext } from './helpers.ts';

const NOW = Date.parse('2026-03-01T09:00:00Z');
const at = Timestamp.fromMillis(NOW);
let context = testContext(NOW);
beforeEach(() => {
  context = testContext(NOW);
});
const chain = () => pseudonymOf('ada', context.keys);
const ada = () => ({ uid: 'ada', pseudonym: chain(), accountCreatedAt: null });
const right = (type: string) => ({
  ...{ pseudonym: chain(), type, status: 'in_progress', channel: 'app', receivedAt: at, dueAt: at },
  answer: { parts: [{ object: 'a.zip', bytes: 1, sha256: 'a' }] },
});
const ref = (id: string) => context.own.doc(`requests/${chain()}_${id}`);
const broken = { code: 'seal.broken' };

describe('a request that the backend did not write so', () => {
  it.each<[string, (data: Record<string, unknown>) => Record<string, unknown>]>([
    ['without a seal', withoutSeal],
    ['that was marked as answered', (data) => ({ ...data, status: 'completed' })],
    ['of another person', (data) => ({ ...data, pseudonym: 'v1_another' })],
    ['whose archive is another', (data) => ({ ...data, answer: { parts: [{ object: 'b.zip' }] } })],
  ])('is read by nothing that acts, and stays as it is: %s', async (_, forge) => {
    await writeSealed(ref('r1'), right('access'), context.keys);
    const forged = forge((await ref('r1').get()).data() ?? {});
    await ref('r1').set(forged);
    await expect(loadRequest(context, ref('r1').id)).rejects.toMatchObject(broken);
    await expect(changeRequest(context, ref('r1').id, () => ({ status: 'completed' }))).rejects.toMatchObject(broken);
    await finishRequestsOf(context, ada(), {});
    expect(await requestsOfAccount(context, ada())).toEqual([]);
    expect((await ref('r1').get()).data()).toEqual(forged);
  });

  it('gives out no archive', async () => {
    const { own, keys } = context;
    const ofAda = own.doc(`requests/${requestKey(chain(), 'r1', keys)}`);
    await writeSealed(ofAda, { ...right('access'), status: 'completed' }, keys);
    expect(await exportOf(context, 'ada', 'r1')).toMatchObject({ answer: { parts: [{ object: 'a.zip' }] } });
    await ofAda.update({ 'answer.parts': [{ object: '../of_bob.zip' }] });
    await expect(exportOf(context, 'ada', 'r1')).rejects.toMatchObject(broken);
  });

  it('opens no brake of an erasure', async () => {
    await ref('r1').set(right('erasure'));
    expect(await hasRecentRequest(context, ada(), NOW)).toBe(false);
    await writeSealed(ref('r1'), right('erasure'), context.keys);
    expect(await hasRecentRequest(context, ada(), NOW)).toBe(true);
  });

  it('stands for an officer among the due requests, and its key is in no log', async () => {
    await ref('of Ada').set(right('access'));
    expect(await listDue(context)).toMatchObject([
      { id: ref('of Ada').id, kind: 'request', status: 'forged', waitsFor: { for: 'seal' } },
    ]);
    expect(await startDue(context, NOW)).toEqual({ due: 1, reported: 1 });
    expect(context.logged).toEqual([expect.stringContaining('"code":"seal.broken"')]);
    expect(context.logged.join()).not.toContain('Ada');
    expect((await ref('of Ada').get()).get('escalatedOn')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { erasureId, startJob, takeBackJob } from '../../../../functions/src/erasure/plan.ts';
import { createJob, loadJob } from '../../../../functions/src/jobs/store.ts';
import { requestsOfAccount } from '../../../../functions/src/requests/ofAccount.ts';
import { loadRequest } from '../../../../functions/src/requests/store.ts';
import { chainName } from '../../../../functions/src/subject/pseudonym.ts';
import { changeHead } from '../../../kit/sealed/ledger.ts';
import { asked, chain, changeKey, context, eachWithKim, NOW, runToEnd, started } from './kim.world.ts';

/** Accounts that had one uid, deleted within seconds: each erasure answers its own requests. */

eachWithKim();

/** When each account was created, in whole seconds. */
const [FIRST, SECOND] = [NOW / 1000 - 600, NOW / 1000 - 60];
const statusOf = async (key: string) => (await loadRequest(context, key))?.status;

describe('two accounts under one uid, whose erasures share a chain', () => {
  it('the first erasure answers the requests of the first account, and the second those of the second', async () => {
    const [one, two] = [await asked('erasure', chain(), FIRST * 1000 + 5), await asked('erasure', chain(), NOW - 5)];
    const jobs = [await started(FIRST), await started(SECOND, { id: 'deleted:2' })] as const;
    await runToEnd(jobs[0]);
    expect(await loadRequest(context, one)).toMatchObject({ status: 'completed', answer: { job: jobs[0] } });
    expect(await statusOf(two)).toBe('in_progress');
    // It goes on in the next chain.
    await runToEnd(jobs[1]);
    const next = erasureId({ pseudonym: chainName(chain(), 2), accountCreatedAt: SECOND });
    await runToEnd(next);
    expect(await loadJob(context, next)).toMatchObject({ status: 'completed' });
    expect(await loadRequest(context, two)).toMatchObject({ status: 'completed', answer: { job: next } });
  });

  it('also if the second erasure begins first, and the pseudonym key changes between them', async () => {
    const [one, two] = [await asked('access', chain(), FIRST * 1000), await asked('access', chain(), SECOND * 1000)];
    const jobs = [await started(FIRST), await started(SECOND, { id: 'deleted:2' })] as const;
    await runToEnd(jobs[1]);
    expect([await statusOf(one), await statusOf(two)]).toEqual(['in_progress', 'cancelled']);
    changeKey();
    await runToEnd(jobs[0]);
    const next = erasureId({ pseudonym: chainName(chain(), 2), accountCreatedAt: FIRST });
    await runToEnd(next);
    expect(await statusOf(one)).toBe('cancelled');
  });
});

it('a letter from before every account is of the first one, and an account of an unknown time has what is left', async () => {
  await started(SECOND);
  const [letter, late] = [await asked('access', chain(), NOW - 3_600_000), await asked('erasure', chain(), NOW - 5)];
  const keysOf = async (accountCreatedAt: number | null) =>
    (await requestsOfAccount(context, { uid: 'kim', pseudonym: chain(), accountCreatedAt })).map(({ key }) => key);
  expect((await keysOf(SECOND)).sort()).toEqual([letter, late].sort());
  expect(await keysOf(null)).toEqual([letter]);
  expect(await keysOf(FIRST)).toEqual([letter]);
});

it.each([
  ['begins', startJob],
  ['takes back', takeBackJob],
])('a job that %s the erasure that a person asks for is no account of an unknown time', async (_which, plan) => {
  const [letter, late] = [await asked('access', chain(), NOW - 3_600_000), await asked('erasure', chain(), NOW - 5)];
  await createJob(context, plan({ uid: 'kim', requestId: 'r1', key: late }, chain(), NOW, NOW));
  const who = { uid: 'kim', pseudonym: chain(), accountCreatedAt: SECOND };
  const found = await requestsOfAccount(context, who);
  expect(found.map(({ key }) => key).sort()).toEqual([letter, late].sort());
});

it.each([
  ['waits for its erasure', () => started(null)],
  [
    'is erased',
    () => changeHead(context, chain(), { closed: { at: NOW, accountCreatedAt: null }, seq: 1, hash: 'c'.repeat(64) }),
  ],
])('an account of an unknown time that %s keeps its requests beside a newer one', async (_which, before) => {
  await before();
  const [early, late] = [await asked('access', chain(), SECOND * 1000 - 1), await asked('erasure', chain(), NOW - 5)];
  const keysOf = async (accountCreatedAt: number | null, generation: number) => {
    const pseudonym = chainName(chain(), generation);
    return (await requestsOfAccount(context, { uid: 'kim', pseudonym, accountCreatedAt })).map(({ key }) => key);
  };
  expect(await keysOf(SECOND, 2)).toEqual([late]);
  await started(SECOND);
  expect(await keysOf(null, 1)).toEqual([early]);
});

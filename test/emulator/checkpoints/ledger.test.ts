import { FieldValue } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { verifyAll } from '../../../functions/src/checkpoints/verify.ts';
import type { ChainProblem } from '../../../functions/src/ledger/verifyChain.ts';
import { amikeo as policy } from '../../../functions/policies/amikeo/index.ts';
import { chainWith, compliance, db, freshUid, own, pseudonym } from '../../kit/suite.ts';

/** `compliance ledger verify` as a regulator would see it. */
async function verify(uid: string): Promise<{ code: number; problems: ChainProblem[] }> {
  const { code, out } = await compliance('ledger', 'verify', '--uid', uid);
  return { code, problems: (out as { problems: ChainProblem[] }).problems };
}

describe('verifying the ledger', () => {
  it('finds no fault in entries of the functions, and names an entry that was changed or removed', async () => {
    const uid = freshUid();
    const answer = async (granted: boolean, count: number) => {
      const updatedAt = FieldValue.serverTimestamp();
      await db
        .doc(`users/${uid}/consents/analytics`)
        .set({ granted, policyVersion: '2025-06-15', source: 'app', updatedAt });
      return (await chainWith(pseudonym(uid), count)).entries;
    };
    await answer(true, 1);
    await answer(false, 2);
    const [, second, third] = await answer(true, 3);
    if (!second || !third) throw new Error('three entries');
    expect(await verify(uid)).toEqual({ code: 0, problems: [] });

    const entries = own.collection(`ledger/${pseudonym(uid)}/entries`);
    await entries.doc(second.id).update({ state: 'given' });
    expect(await verify(uid)).toEqual({
      code: 1,
      problems: [{ chain: pseudonym(uid), seq: 2, id: second.id, problem: 'changed' }],
    });
    await entries.doc(second.id).update({ state: second.state });

    const last = await entries.doc(third.id).get();
    await last.ref.delete();
    expect(await verify(uid)).toEqual({ code: 1, problems: [{ chain: pseudonym(uid), seq: 3, problem: 'missing' }] });
    await last.ref.set(last.data() ?? {});
    expect(await verify(uid)).toEqual({ code: 0, problems: [] });
  });

  it('goes through the whole ledger in pages and counts the entries that it verified', async () => {
    const uids = [freshUid(), freshUid(), freshUid()];
    for (const uid of uids) {
      const updatedAt = FieldValue.serverTimestamp();
      await db
        .doc(`users/${uid}/consents/analytics`)
        .set({ granted: true, policyVersion: '2025-06-15', source: 'app', updatedAt });
    }
    for (const uid of uids) await chainWith(pseudonym(uid), 1);
    const chains = (await own.collection('ledger').count().get()).data().count;
    let last;
    for await (const soFar of verifyAll(own, { policy, now: Date.now() })) last = soFar;
    expect(last?.verified.chains).toBe(chains);
    expect(last?.verified.problems).toEqual([]);
  });
});

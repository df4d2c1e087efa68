import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { sealed } from '../../../../functions/src/crypto/seal.ts';
import { AT, buried, closed, erased, final, issue, PSEUDONYM, subject, world } from './issue.sample.ts';

/** The facts that signing a certificate checks, regardless of its job's words. */

const created = (seconds: number) => ({ metadata: { creationTime: new Date(seconds * 1000).toUTCString() } });
const account = { uid: subject.uid, ...created(erased.accountCreatedAt ?? 0) };
const path = `tombstones/${PSEUDONYM}`;
const keys = { current: 1, keys: { 1: 'a key for tests' } };
const times = { deletedAt: Timestamp.fromMillis(AT), completedAt: Timestamp.fromMillis(AT) };
const contradicted = { code: 'certificate.contradicted' };

describe('the certificate of an erasure', () => {
  it('is signed if its mark is complete, its chain is closed and its account is gone', async () => {
    const { context, evidence } = world();
    await issue(context, final());
    expect(evidence.writes.length).toBeGreaterThan(0);
  });

  it.each<[string, Parameters<typeof world>[0], object]>([
    ['the account is there', { accounts: [account] }, contradicted],
    ['somebody without a key wrote the mark', { mark: { ...buried, more: 1 } }, contradicted],
    [
      'the mark was copied from another person',
      { mark: sealed('tombstones/v1_x', { job: final().id, ...times }, keys) },
      contradicted,
    ],
    ['the mark is of another erasure', { mark: sealed(path, { job: 'another', ...times }, keys) }, contradicted],
    [
      'the mark is not complete',
      { mark: sealed(path, { job: final().id, deletedAt: times.deletedAt }, keys) },
      contradicted,
    ],
    ['the chain is open', { heads: { [PSEUDONYM]: { seq: 4 } } }, { code: 'certificate.early' }],
    [
      'the chain was closed by the erasure of another account',
      { heads: { [PSEUDONYM]: { ...closed[PSEUDONYM], closed: { at: AT, accountCreatedAt: 1 } } } },
      { code: 'certificate.early' },
    ],
  ])('is not signed if %s', async (_, facts, refusal) => {
    const { context, evidence } = world(facts);
    await expect(issue(context, final())).rejects.toMatchObject(refusal);
    expect(evidence.writes).toEqual([]);
  });

  it('does not wait for an account that was created later under the same uid', async () => {
    const { context, evidence } = world({ accounts: [{ ...account, ...created(1_800_000_000) }] });
    await issue(context, final());
    expect(evidence.writes.length).toBeGreaterThan(0);
  });
});

import { FieldValue } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { call, idToken } from '../rights/callable.ts';
import { serverStates } from '../serverStates.ts';
import { power } from '../../kit/sealed/statements.ts';
import { auth, chainOf, chainWith, db, eventually, freshUid, own, pseudonym } from '../../kit/suite.ts';

/**
 * Children and guardians on the deployed functions: servers name the children and the parents, and
 * both decide.
 */

const version = '2025-06-15';
const answer = (granted: boolean) => ({
  granted,
  policyVersion: version,
  source: 'app',
  updatedAt: FieldValue.serverTimestamp(),
});

/** A child and a parent with accounts, and no statement about them yet. */
async function family() {
  const [child, parent] = [freshUid(), freshUid()];
  await Promise.all([child, parent].map((uid) => auth.createUser({ uid })));
  let requests = 0;
  /**
   * @param as null: only the headers name the caller
   */
  const answerFor = (
    granted: boolean,
    as: string | null = parent,
    more: Record<string, unknown> = {},
    headers: Readonly<Record<string, string>> = {},
  ) =>
    call<{ state: string }>(
      'guardianConsent',
      {
        child,
        purpose: 'analytics',
        granted,
        policyVersion: version,
        source: 'app',
        requestId: `request-${requests++}-${child}`,
        ...more,
      },
      as ?? undefined,
      headers,
    );
  const childAnswers = (granted: boolean) => db.doc(`users/${child}/consents/analytics`).set(answer(granted));
  const childIs = (state: string) =>
    eventually(
      () => chainOf(pseudonym(child)),
      ({ head }) => head.current['analytics'] === state,
    );
  const protectedBy = async (holders: number): Promise<void> => {
    await eventually(
      () => chainOf(pseudonym(child)),
      ({ head }) => head.protection?.holders.length === holders,
    );
  };
  /** Servers say that the one is a child, and the other their parent. */
  const guard = async (): Promise<void> => {
    await serverStates({ submit: 'ageBand', uid: child, band: 'child', evidence: 'school register' });
    const from = new Date(Date.now() - 60_000).toISOString();
    const requestId = `form of ${child}`;
    const papers = power('parentalAuthority', Date.now() - 60_000);
    await serverStates({ submit: 'guardianship', requestId, child, holder: parent, ...papers, from });
    await protectedBy(1);
  };
  return { child, parent, answerFor, childAnswers, childIs, protectedBy, guard };
}

/** A family that the backend knows. */
async function guarded() {
  const known = await family();
  await known.guard();
  return known;
}

describe.concurrent('a child', () => {
  it('and a parent consent together; the actor is in each entry, by pseudonym', async () => {
    const { child, parent, answerFor, childAnswers, childIs } = await guarded();
    await childAnswers(true);
    const chain = pseudonym(child);
    await childIs('pending');
    expect(await answerFor(true)).toEqual({ result: { state: 'given' } });
    const { head, entries } = await chainWith(chain, 3);
    expect(head.current['analytics']).toBe('given');
    const told = entries
      .filter(({ kind }) => kind === 'consent')
      .map(({ state, actor, holder }) => [state, actor, holder]);
    expect(told).toEqual([
      ['pending', 'subject', undefined],
      ['given', 'holder', pseudonym(parent)],
    ]);
    expect(JSON.stringify(entries)).not.toContain(parent);
  });

  it('or the parent withdraws at once; the same call twice is one decision', async () => {
    const { child, parent, answerFor, childAnswers, childIs } = await guarded();
    await childAnswers(true);
    await childIs('pending');
    await answerFor(true);
    const requestId = `the-same-${child}`;
    expect(await answerFor(false, parent, { requestId })).toEqual({ result: { state: 'withdrawn' } });
    const { entries } = await chainOf(pseudonym(child));
    expect(await answerFor(false, parent, { requestId })).toEqual({ result: { state: 'withdrawn' } });
    expect((await chainOf(pseudonym(child))).entries).toHaveLength(entries.length);
  });

  it('is not agreed for to a text that was never published: the parent is told why, in their language', async () => {
    const { child, parent, answerFor } = await guarded();
    const wrong = { policyVersion: '2099-01-01', locale: 'fr' };
    expect(await answerFor(true, parent, wrong)).toMatchObject({
      error: {
        status: 'FAILED_PRECONDITION',
        details: { reason: 'unpublished' },
        message: expect.stringMatching(/Mettez l’application à jour/),
      },
    });
    expect((await chainOf(pseudonym(child))).head.current).toEqual({});
    expect(await answerFor(false, parent, wrong)).toEqual({ result: { state: 'refused' } });
  });

  it('is not decided for by anybody else, and not by a caller who is signed out', async () => {
    const { child, parent, answerFor } = await guarded();
    const stranger = freshUid();
    await auth.createUser({ uid: stranger });
    expect(await answerFor(true, stranger)).toMatchObject({ error: { status: 'PERMISSION_DENIED' } });
    expect(await call('guardianConsent', { child, purpose: 'analytics', granted: true })).toMatchObject({
      error: { status: 'UNAUTHENTICATED' },
    });
    expect(await answerFor(true, parent, { purpose: 'registration' })).toMatchObject({
      error: { status: 'INVALID_ARGUMENT', details: { issues: [{ code: 'not_asked', field: 'purpose' }] } },
    });
    expect((await chainOf(pseudonym(child))).entries.filter(({ kind }) => kind === 'consent')).toEqual([]);
  });

  it('that gave a consent before its age was known: the consent waits from then on', async () => {
    const { childAnswers, childIs, guard } = await family();
    await childAnswers(true);
    await childIs('given');
    await guard();
    await childIs('pending');
  });

  it('that grows up is asked again, and decides alone', async () => {
    const { child, answerFor, childAnswers, childIs } = await guarded();
    await childAnswers(true);
    await childIs('pending');
    await answerFor(true);
    await serverStates({ submit: 'ageBand', uid: child, band: 'adolescent' });
    const { head } = await childIs('expired');
    expect(head.protection).toBeUndefined();
    expect(await answerFor(false)).toMatchObject({ error: { status: 'PERMISSION_DENIED' } });
  });
});

describe.concurrent('a caller without a guardianship', () => {
  it('is told the same of a child, of an erased person, of nobody, and of an id that nobody can have', async () => {
    const { child, answerFor } = await guarded();
    const stranger = freshUid();
    await auth.createUser({ uid: stranger });
    const gone = freshUid();
    await auth.createUser({ uid: gone });
    await db.doc(`users/${gone}/consents/analytics`).set(answer(true));
    await chainWith(pseudonym(gone), 1);
    await auth.deleteUser(gone);
    await eventually(
      () => chainOf(pseudonym(gone)),
      ({ head }) => head.closed !== undefined,
    );
    const told = [];
    for (const whom of [child, gone, freshUid(), 'a/b', '..', ''])
      told.push(await answerFor(true, stranger, { child: whom, requestId: 'request-of-a-stranger' }));
    expect(told[0]).toMatchObject({ error: { status: 'PERMISSION_DENIED', details: { reason: 'denied' } } });
    expect(new Set(told.map((one) => JSON.stringify(one))).size).toBe(1);
  });
});

describe.concurrent('a parent with an erased account', () => {
  it('is refused with an old token, from the moment on in which the account is gone', async () => {
    const { parent, answerFor } = await guarded();
    const authorization = `Bearer ${await idToken(parent)}`;
    const ask = () => answerFor(true, null, {}, { authorization });
    expect(await ask()).toHaveProperty('result');
    await auth.deleteUser(parent);
    expect(await ask()).toMatchObject({ error: { status: 'NOT_FOUND', details: { reason: 'gone' } } });
  });

  it('no longer acts, and the guardianship names a pseudonym', async () => {
    const { child, parent, childAnswers, childIs, protectedBy } = await guarded();
    await auth.deleteUser(parent);
    const found = await eventually(
      async () => (await own.collection('guardianships').where('child', '==', child).get()).docs[0]?.data(),
      (data) => data?.['holder'] === undefined,
    );
    expect(found).toMatchObject({ child, holderPseudonyms: [pseudonym(parent)] });
    // Their papers go with them.
    expect(found).not.toHaveProperty('evidence');
    await protectedBy(0);
    // The child is one nevertheless: its yes waits for another holder.
    await childAnswers(true);
    await childIs('pending');
  });
});

import { describe, expect, it } from 'vitest';
import { ownersOf, planReplay, runOf, type Returned } from '../../../../functions/src/erasure/restore/replay.ts';
import { buriedIn, type Buried } from '../../../../functions/src/erasure/restore/erased.ts';
import { beginErasure, closeChain } from '../../../../functions/src/ledger/erasure.ts';
import { peopleOfHolds } from '../../../../functions/src/ledger/holds.ts';
import { liftHold, setHold } from '../../../../functions/src/erasure/holds.ts';
import { onStatement } from '../../../../functions/src/rights/statements/submit.ts';
import { Matcher, type Present } from '../../../../functions/src/erasure/restore/find.ts';
import { sortOut, type Living } from '../../../../functions/src/erasure/restore/run.ts';
import { amikeo } from '../../../../functions/policies/amikeo/index.ts';
import { addressPseudonym, emailHash } from '../../../../functions/src/subject/emails.ts';
import { chainName, pseudonymOf } from '../../../../functions/src/subject/pseudonym.ts';
import { fakeAuth } from '../../../kit/auth.ts';
import { testContext } from '../../requests/helpers.ts';

const AT = Date.parse('2026-03-01T10:00:00Z');
const DAY = 86_400_000;
const keys = { current: 2, keys: { 1: 'an older key', 2: 'the current key' } };

const buried = (chain: string, more: Partial<Buried> = {}): Buried => ({
  chain,
  accountCreatedAt: 1000,
  deletedAt: AT,
  completedAt: AT + DAY,
  job: `erasure_${chain}_1000`,
  emails: [],
  ...more,
});
const erasedUid = (uid: string, more: Partial<Buried> = {}, version = 2): Buried =>
  buried(pseudonymOf(uid, keys, version), more);
const matched = (
  erased: readonly Buried[],
  present: readonly Present[],
  held: readonly string[] = [],
  gone: readonly string[] = [],
) => {
  const matcher = new Matcher(erased, keys);
  for (const one of present) matcher.see(one);
  matcher.seeHeld({ uids: new Set(held), pseudonyms: new Set(gone) });
  return matcher;
};
const nobody: Living = { accounts: new Map(), owners: new Map() };
const row = (address: string, writtenAt: number | undefined = AT - DAY): Present => ({
  address,
  path: 'contactRequests/1',
  writtenAt,
});

describe('a person who is there again', () => {
  it('is known by the uid under every version of the pseudonym key, and nobody else is', () => {
    const { uids } = matched(
      [erasedUid('ada'), erasedUid('eve', {}, 1)],
      [{ uid: 'ada' }, { uid: 'eve' }, { uid: 'adam' }, { uid: 'Ada' }, { uid: '' }, { uid: 'a/b' }, { uid: 'ada' }],
    );
    expect([...uids.keys()]).toEqual(['ada', 'eve']);
  });

  it('is the last one erased, if a uid was erased, used again and erased again', () => {
    const first = erasedUid('ada', { accountCreatedAt: 1000 });
    const second = buried(chainName(pseudonymOf('ada', keys), 2), { accountCreatedAt: 2000, deletedAt: AT + 9 * DAY });
    const { returned } = sortOut(matched([second, first], [{ uid: 'ada' }]), nobody, keys);
    expect(returned).toEqual([
      expect.objectContaining({ chains: [first.chain, second.chain], accountCreatedAt: 2000, deletedAt: AT + 9 * DAY }),
    ]);
  });

  it('is known by a proven address if a row names no uid, in any case and under every key', () => {
    const ada = erasedUid('ada', { emails: [emailHash('ada@example.com', keys, 1)] });
    const { addresses } = matched([ada], [row('ada@example.com'), row('eve@example.com')]);
    expect([...addresses.keys()]).toEqual(['ada@example.com']);
    const { returned } = sortOut(matched([ada], [row('ada@example.com')]), nobody, keys);
    expect(returned).toEqual([expect.objectContaining({ uid: '', addresses: ['ada@example.com'] })]);
    expect(returned[0]?.subjectKey).toBe(`email_${emailHash('ada@example.com', keys)}`);
  });

  it('is one person by uid and by address, and a person without an account by the address alone', () => {
    const ada = erasedUid('ada', { emails: [emailHash('ada@example.com', keys)] });
    const guest = buried(addressPseudonym('guest@example.com', keys), {
      emails: [emailHash('guest@example.com', keys)],
      accountCreatedAt: null,
    });
    const { returned } = sortOut(
      matched([ada, guest], [row('ada@example.com'), { uid: 'ada' }, row('guest@example.com')]),
      nobody,
      keys,
    );
    expect(returned.map(({ uid, addresses }) => [uid, addresses])).toEqual([
      ['ada', ['ada@example.com']],
      ['', ['guest@example.com']],
    ]);
  });

  it('under a legal hold is known by uid although only an address leads to them: the hold must count', () => {
    const ada = erasedUid('ada', { emails: [emailHash('ada@example.com', keys)] });
    const { returned } = sortOut(matched([ada], [row('ada@example.com')], ['ada', 'eve']), nobody, keys);
    expect(returned).toEqual([expect.objectContaining({ uid: 'ada', addresses: ['ada@example.com'] })]);
    // A hold alone brings nobody back.
    expect(sortOut(matched([ada], [], ['ada']), nobody, keys)).toEqual({ returned: [], inUse: [] });
  });
});

describe('the owner of a verified address', () => {
  const metadata = { creationTime: '2024-01-01T00:00:00Z' };
  const users = [
    { uid: 'eve', email: 'ada@example.com', emailVerified: true, metadata },
    { uid: 'bob', email: 'bob@example.com', emailVerified: false, metadata },
    { uid: 'kim', email: 'kim@example.com', emailVerified: true, metadata },
  ];
  const owners = async (auth: ReturnType<typeof fakeAuth>, ...addresses: string[]) => {
    const context = testContext(0);
    return ownersOf({ ...context, clients: { ...context.clients, auth: async () => auth } }, addresses);
  };

  it('is the account that Auth names; an address that is not verified is nobody’s', async () => {
    const found = await owners(
      fakeAuth(() => users),
      'ada@example.com',
      'bob@example.com',
    );
    expect(found).toEqual(new Map([['ada@example.com', 'eve']]));
  });

  it('is nobody found for another reason', async () => {
    const found = { getUsers: async () => ({ users, notFound: [] }) };
    const everybody = Object.assign(
      fakeAuth(() => users),
      found,
    );
    expect(await owners(everybody as never, 'ada@example.com')).toEqual(new Map([['ada@example.com', 'eve']]));
  });
});

describe('people who are not touched', () => {
  const ada = erasedUid('ada', { emails: [emailHash('ada@example.com', keys)] });
  const sort = (present: readonly Present[], living: Partial<Living>, held: readonly string[] = []) =>
    sortOut(matched([ada], present, held), { ...nobody, ...living }, keys);

  it('another account under the same uid', () => {
    const accounts = new Map([['ada', 2000]]);
    expect(sort([{ uid: 'ada' }], { accounts })).toEqual({
      returned: [],
      inUse: [{ chain: ada.chain, why: 'anotherAccount', uid: 'ada' }],
    });
    expect(sort([{ uid: 'ada' }], { accounts: new Map([['ada', null]]) }).returned).toEqual([]);
  });

  it('an account of which nobody knows whether it is the erased one', () => {
    const unknown = erasedUid('ada', { accountCreatedAt: null });
    const { inUse } = sortOut(
      matched([unknown], [{ uid: 'ada' }]),
      { ...nobody, accounts: new Map([['ada', 1000]]) },
      keys,
    );
    expect(inUse).toEqual([{ chain: unknown.chain, why: 'anotherAccount', uid: 'ada' }]);
  });

  it('is not said of the erased account itself, brought back by hand', () => {
    expect(sort([{ uid: 'ada' }], { accounts: new Map([['ada', 1000]]) }).returned).toHaveLength(1);
  });

  it('an account that has verified the address since', () => {
    const owners = new Map([['ada@example.com', 'eve']]);
    expect(sort([row('ada@example.com')], { owners })).toEqual({
      returned: [],
      inUse: [{ chain: ada.chain, why: 'addressOfAnother', uid: 'eve', paths: ['contactRequests/1'] }],
    });
    // The uid is found all the same, without the address.
    expect(sort([{ uid: 'ada' }, row('ada@example.com')], { owners }).returned).toEqual([
      expect.objectContaining({ uid: 'ada', addresses: [] }),
    ]);
  });

  it('a person who has written under the address since the erasure', () => {
    const { returned, inUse } = sort([row('ada@example.com'), row('ada@example.com', AT + 2 * DAY)], {});
    expect(returned).toEqual([]);
    expect(inUse).toEqual([
      { chain: ada.chain, why: 'writtenSince', paths: ['contactRequests/1', 'contactRequests/1'] },
    ]);
    expect(sort([row('ada@example.com', AT + DAY)], {}).returned).toHaveLength(1);
  });

  it('rows under an address, if a hold names a uid that is another person’s today: nobody can tell which person it protects', () => {
    const accounts = new Map([['ada', 2000]]);
    const rows = [{ uid: 'ada' }, row('ada@example.com')];
    expect(sort(rows, { accounts }, ['ada']).returned).toEqual([]);
    // Without a hold they are the erased person's, even if the uid has a new owner.
    expect(sort(rows, { accounts }).returned).toEqual([expect.objectContaining({ uid: '' })]);
  });
});

describe('a person on whom a legal hold runs whose document is gone', () => {
  const ada = erasedUid('ada', { emails: [emailHash('ada@example.com', keys)] });
  const gone = [pseudonymOf('ada', keys)];
  const left = [{ chain: ada.chain, why: 'holdGone', paths: ['contactRequests/1'] }];
  const sort = (present: readonly Present[], living: Partial<Living> = {}, held: readonly string[] = []) =>
    sortOut(matched([ada], present, held, gone), { ...nobody, ...living }, keys);

  it('is left to an officer, if an address alone leads to them: without the uid the hold would not count', () => {
    expect(sort([row('ada@example.com')])).toEqual({ returned: [], inUse: left });
    const accounts = new Map([['ada', 2000]]);
    expect(sort([{ uid: 'ada' }, row('ada@example.com')], { accounts }).inUse).toContainEqual(left[0]);
  });

  it('is erased again if the uid is known: the hold counts then', () => {
    expect(sort([{ uid: 'ada' }, row('ada@example.com')]).returned).toEqual([expect.objectContaining({ uid: 'ada' })]);
    expect(sort([row('ada@example.com')], {}, ['ada']).returned).toEqual([expect.objectContaining({ uid: 'ada' })]);
  });

  it('is found in the head of the chain, also if it is closed, and no other person and no restriction is', async () => {
    const context = testContext(AT);
    const ground = { article: 'Art. 17(3)(e)', text: { en: 'A claim.', fr: 'Un litige.' } };
    const set = async (uid: string) => (await setHold(context, { uid, ground, unknownUid: true })).id;
    const id = await set('ada');
    const chain = pseudonymOf('ada', context.keys);
    await beginErasure(context, chain, { job: 'job', createdAt: AT }, { at: AT, accountCreatedAt: 1 });
    await closeChain(context, chain, 'job', { at: AT, accountCreatedAt: 1 });
    await set('eve');
    await onStatement(context, { submit: 'restriction', uid: 'kim' });
    await context.own.doc('restrictions/kim').delete();
    expect(await peopleOfHolds(context)).toMatchObject({ uids: new Set(['ada', 'eve']), pseudonyms: new Set() });
    await context.own.doc(`legalHolds/${id}`).delete();
    expect(await peopleOfHolds(context)).toMatchObject({ uids: new Set(['eve']), pseudonyms: new Set([chain]) });
    await liftHold(context, id);
    expect(await peopleOfHolds(context)).toMatchObject({ pseudonyms: new Set() });
  });
});

describe('the job of a person', () => {
  const person: Returned = {
    uid: 'ada',
    chains: ['v1_a', 'v1_a~2'],
    accountCreatedAt: 1000,
    deletedAt: AT,
    erasedAt: AT + DAY,
    of: 'erasure_v1_a~2_1000',
    addresses: ['ada@example.com'],
  };

  it('has the same id in the same run, names no address, and loses the uid when it ends', () => {
    const run = runOf(AT);
    expect(run).toBe('20260301T1000');
    const plan = planReplay(amikeo, person, run, AT);
    expect(plan.id).toBe('replay_v1_a~2_20260301T1000');
    expect(planReplay(amikeo, person, run, AT + DAY).id).toBe(plan.id);
    expect(JSON.stringify(plan)).not.toContain('example.com');
    expect(plan.input).toMatchObject({ uid: 'ada', chains: ['v1_a', 'v1_a~2'], addresses: 1, deletedAt: AT });
    expect(plan.dueAt).toBe(Date.parse('2026-04-01T09:00:00Z'));
  });

  it('a tombstone that says little is read as little', () => {
    expect(buriedIn('v1_a', { job: 7, emails: 'x' })).toEqual({
      chain: 'v1_a',
      accountCreatedAt: null,
      deletedAt: 0,
      job: '',
      emails: [],
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../functions/src/platform/context.ts';
import { accountsWith } from '../../../functions/src/subject/accounts.ts';
import { learnAddress } from '../../../functions/src/subject/addresses.ts';
import { addressPseudonym } from '../../../functions/src/subject/emails.ts';
import { accountCreatedAt, knownFromAuth, verifiedIn, type Known } from '../../../functions/src/subject/identity.ts';
import { learn } from '../../../functions/src/subject/known.ts';
import { addressOf, provenByAccount, provenByAddress, stillProven } from '../../../functions/src/subject/proven.ts';
import { fakeAuth, type FakeUser } from '../../kit/auth.ts';
import { testContext } from '../requests/helpers.ts';

const creationTime = new Date(1_700_000_000_000).toUTCString();
const account = (more: Partial<FakeUser> = {}): FakeUser => ({ uid: 'ada', metadata: { creationTime }, ...more });
const ada = { uid: 'ada', pseudonym: 'p' };

/** A context in which these accounts live, and in which this was learnt of Ada before. */
async function world(
  users: readonly FakeUser[],
  before: readonly Partial<FakeUser>[] = [],
  tenants?: readonly string[],
) {
  const base = testContext(Date.UTC(2026, 5, 1));
  const context: Context = { ...base, clients: { ...base.clients, auth: async () => fakeAuth(() => users, tenants) } };
  for (const more of before) await learn(base, knownFromAuth(account(more), 'p'));
  return context;
}
const reasons = async (context: Context) =>
  ((await provenByAccount(context, ada)).subject.unproven ?? []).map(({ value, reason }) => [value, reason]);

describe('a message about an account', () => {
  it('goes to no other account that has its uid by then: neither a younger one nor one of another pool', async () => {
    const mine = { email: 'ada@example.com', emailVerified: true };
    const created = { ...account(mine), tenantId: 'schools' };
    const context = await world([created], [], ['schools']);
    const which = { uid: 'ada', accountCreatedAt: accountCreatedAt(created), tenantId: 'schools' };
    expect(await addressOf(context, which)).toBe('ada@example.com');
    expect(await addressOf(context, { ...which, accountCreatedAt: 1 })).toBeUndefined();
    expect(await addressOf(context, { ...which, tenantId: null })).toBeUndefined();
    expect(await addressOf(context, { uid: 'ada', tenantId: null })).toBeUndefined();
  });

  it('an account is asked for by nothing that is no address', async () => {
    const context = await world([account({ email: 'ada', emailVerified: true })]);
    expect(await accountsWith(context, { email: 'ada' })).toEqual([]);
  });
});

describe('of an account that lives', () => {
  it('the address and number prove that Auth holds as verified at this moment, and no earlier ones', async () => {
    const now = { email: 'ada@example.com', emailVerified: true, phoneNumber: '+331' };
    const context = await world(
      [account(now)],
      [{ email: 'old@example.com', emailVerified: true, phoneNumber: '+332' }, now],
    );
    const { subject } = await provenByAccount(context, ada);
    expect(subject).toMatchObject({ verifiedEmails: ['ada@example.com'], phones: ['+331'] });
    expect(await reasons(context)).toEqual([
      ['old@example.com', 'formerAddress'],
      ['+332', 'formerPhone'],
    ]);
    expect(await addressOf(context, { uid: 'ada' })).toBe('ada@example.com');
  });

  it('an address that is not verified proves nothing, also beside one that was', async () => {
    const context = await world(
      [account({ email: 'claim@example.com', emailVerified: false })],
      [{ email: 'old@example.com', emailVerified: true }],
    );
    expect((await provenByAccount(context, ada)).subject.verifiedEmails).toEqual([]);
    expect(await reasons(context)).toEqual([
      ['old@example.com', 'formerAddress'],
      ['claim@example.com', 'emailNotVerified'],
    ]);
    expect(await addressOf(context, { uid: 'ada' })).toBeUndefined();
  });

  it('an address or number that another living account has verified proves nothing, in any tenant', async () => {
    const mine = { email: 'ada@example.com', emailVerified: true, phoneNumber: '+331' };
    for (const tenantId of [null, 'schools']) {
      const other = account({ ...mine, uid: 'bob', tenantId });
      const context = await world([account(mine), other], [], ['schools']);
      expect((await provenByAccount(context, { ...ada, tenantId: null })).subject).toMatchObject({
        verifiedEmails: [],
        phones: [],
        unproven: [
          { value: 'ada@example.com', reason: 'addressOfAnother' },
          { value: '+331', reason: 'phoneOfAnother' },
        ],
      });
    }
  });

  it('nobody takes an address away by claiming it', async () => {
    const mine = { email: 'ada@example.com', emailVerified: true };
    const context = await world([account(mine), account({ ...mine, uid: 'bob', emailVerified: false })]);
    expect((await provenByAccount(context, ada)).subject.verifiedEmails).toEqual(['ada@example.com']);
  });

  it('an address that other systems could take for another one is named, and proves nothing', async () => {
    const context = await world([account({ email: 'mar\u212aa@example.com', emailVerified: true })]);
    expect(await reasons(context)).toEqual([['mar\u212aa@example.com', 'addressMistakable']]);
  });

  it('of a tenant it is found there, also if nobody knows the tenant', async () => {
    const mine = account({ email: 'ada@example.com', emailVerified: true, tenantId: 'schools' });
    const context = await world([mine], [], ['others', 'schools']);
    expect((await provenByAccount(context, ada)).subject).toMatchObject({ tenantId: 'schools' });
    expect((await provenByAccount(context, ada)).account).not.toBeNull();
  });

  it('of two pools nobody can tell which one is meant, whichever is asked for', async () => {
    for (const pools of [
      ['others', 'schools'],
      [null, 'schools'],
    ]) {
      const both = pools.map((tenantId) => account({ tenantId }));
      const context = await world(both, [], ['others', 'schools']);
      for (const which of [ada, { ...ada, tenantId: 'schools' }])
        await expect(provenByAccount(context, which)).rejects.toMatchObject({ code: 'uid_in_use' });
    }
  });

  it('a list of tenants that breaks off is no list', async () => {
    const context = await world([]);
    const auth = fakeAuth(() => []);
    const pages = { listTenants: (_: number, page?: string) => (page === undefined ? first : broken()) };
    const first = Promise.resolve({ tenants: [{ tenantId: 'schools' }], pageToken: 'next' });
    const broken = () => Promise.reject(Object.assign(new Error(), { code: 'auth/operation-not-allowed' }));
    const manager = Object.assign(auth.tenantManager(), pages, { authForTenant: () => auth });
    const half = { ...context.clients, auth: async () => Object.assign(auth, { tenantManager: () => manager }) };
    await expect(provenByAccount({ ...context, clients: half }, ada)).rejects.toMatchObject({
      code: 'auth.answer',
    });
  });
});

describe('of an account that is gone', () => {
  const was = { email: 'ada@example.com', emailVerified: true, phoneNumber: '+331' };
  const gone = async (atDeletion?: Partial<FakeUser>, others: readonly FakeUser[] = []) => {
    const context = await world(others, [{ email: 'old@example.com', emailVerified: true }, was]);
    if (atDeletion !== undefined) {
      const known: Known = knownFromAuth(account(atDeletion), 'p');
      await learn(context, { ...known, atDeletion: verifiedIn(account(atDeletion)) });
    }
    return context;
  };

  it('the facts that the event of its deletion had as verified prove', async () => {
    const { subject, account: living } = await provenByAccount(await gone(was), ada);
    expect(living).toBeNull();
    expect(subject).toMatchObject({ verifiedEmails: ['ada@example.com'], phones: ['+331'] });
    expect(subject.unproven).toMatchObject([{ value: 'old@example.com', reason: 'formerAddress' }]);
  });

  it('if no event came, the uid alone does', async () => {
    const context = await gone();
    expect((await provenByAccount(context, ada)).subject.verifiedEmails).toEqual([]);
    expect(await reasons(context)).toEqual([
      ['ada@example.com', 'formerAddress'],
      ['old@example.com', 'formerAddress'],
      ['+331', 'formerPhone'],
    ]);
  });

  it('an address that another account has verified since proves nothing any more', async () => {
    const { subject } = await provenByAccount(await gone(was), ada);
    const context = await gone(was, [account({ ...was, uid: 'bob' })]);
    const later = await stillProven(context, subject);
    expect(later).toMatchObject({ verifiedEmails: [], phones: [] });
    expect(later.unproven?.[0]).toMatchObject({ value: 'ada@example.com', reason: 'addressOfAnother' });
  });

  it('nobody is written to', async () => expect(await addressOf(await gone(was), { uid: 'ada' })).toBeUndefined());
});

describe('of a person without an account', () => {
  it('the address proves that an officer has proven, unless an account has it', async () => {
    const context = await world([]);
    const email = 'ada@example.com';
    const key = await learnAddress(context, { email, provenAt: 1 });
    const pseudonym = addressPseudonym(email, context.keys);
    expect(await provenByAddress(context, key, pseudonym)).toMatchObject({ uid: '', verifiedEmails: [email] });
    const taken = fakeAuth(() => [account({ uid: 'bob', email, emailVerified: true })]);
    const later = { ...context, clients: { ...context.clients, auth: async () => taken } };
    expect(await provenByAddress(later, key, pseudonym)).toMatchObject({ verifiedEmails: [] });
  });
});

describe('any learnt facts, and any living accounts', () => {
  const address = fc.constantFrom('a@example.com', 'b@example.com', 'c@example.com');
  const state = fc.record({ email: address, emailVerified: fc.boolean() });

  it('at most one address proves: the one that Auth holds as verified now and that nobody else has verified', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(state, { maxLength: 4 }), fc.option(state), state, async (before, now, other) => {
        const users = [...(now === null ? [] : [account(now)]), account({ ...other, uid: 'bob' })];
        const { subject } = await provenByAccount(await world(users, before), ada);
        const isTheirs = now?.emailVerified === true && !(other.emailVerified && other.email === now.email);
        expect(subject.verifiedEmails).toEqual(isTheirs ? [now.email] : []);
        // Nothing is forgotten: an officer can look at every address that was verified once.
        const named = [...subject.verifiedEmails, ...(subject.unproven ?? []).map(({ value }) => value)];
        for (const { email, emailVerified } of before) if (emailVerified) expect(named).toContain(email);
      }),
      { numRuns: 100 },
    );
  });
});

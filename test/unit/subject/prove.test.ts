import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate, Subject } from '../../../functions/src/subject/identity.ts';
import { prove, proveAgain } from '../../../functions/src/subject/prove.ts';
import { proven, provenPhones } from '../../kit/proven.ts';

const ME = 'me';
const uid = fc.constantFrom(ME, 'mex', 'm', 'ME', 'other', '');
const value = fc.constantFrom(
  ...['me@example.com', 'other@example.com', 'ME@example.com', '+33612345678', '0033612345678', '+33600000000'],
);
const subject: fc.Arbitrary<Subject> = fc.record({
  uid: fc.constantFrom(ME, ''),
  pseudonym: fc.constant('v1_x'),
  accountCreatedAt: fc.constantFrom(null, 100),
  verifiedEmails: fc
    .uniqueArray(fc.constantFrom('me@example.com', 'second@example.com'))
    .map((emails) => proven(...emails)),
  phones: fc.uniqueArray(fc.constantFrom('+33612345678')).map((numbers) => provenPhones(...numbers)),
  providerIds: fc.constant({}),
});
const candidate: fc.Arbitrary<Candidate> = fc.record(
  {
    system: fc.constantFrom('stripe', 'brevo'),
    id: fc.constantFrom('1', '2', '3', ''),
    by: fc.constantFrom('uid' as const, 'serverWritten' as const, 'email' as const, 'phone' as const),
    namesUid: fc.option(uid, { nil: undefined }),
    value: fc.option(value, { nil: undefined }),
    accountCreatedAt: fc.option(fc.constantFrom(100, 101), { nil: undefined }),
  },
  { requiredKeys: ['system', 'id', 'by'] },
);
const all = fc.array(candidate, { maxLength: 6 });
/** Did an address or telephone number find it that proves nothing? */
const isClaim = (who: Subject, { by, value: by_ = '' }: Candidate): boolean => {
  if (by === 'email') return !who.verifiedEmails.some((one) => one === by_.toLowerCase());
  if (by === 'phone') return (who.phones ?? []).length === 0 || !/^(\+|00)33612345678$/.test(by_);
  return false;
};
const same = (a: { system: string; id: string }, b: { system: string; id: string }) =>
  a.system === b.system && a.id === b.id;

const nobody: Subject = {
  uid: '',
  pseudonym: 'p',
  accountCreatedAt: null,
  verifiedEmails: [],
  providerIds: {},
};

describe('identity is proven, not claimed', () => {
  it('an object that names another uid never becomes a handle, in any way of finding it', () => {
    fc.assert(
      fc.property(subject, all, (who, candidates) => {
        const { handles } = prove(who, candidates);
        for (const one of candidates) {
          if (one.namesUid !== undefined && one.namesUid !== who.uid)
            expect(handles.some((h) => same(h, one))).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('an address or number proves only if it is verified, and its finding is alone in its system and names nobody else', () => {
    fc.assert(
      fc.property(subject, all, (who, candidates) => {
        for (const handle of prove(who, candidates).handles) {
          const found = candidates.filter((one) => same(one, handle));
          const byWords = (one: Candidate): boolean => one.by === 'email' || one.by === 'phone';
          if (found.some((one) => !byWords(one) && one.namesUid === who.uid)) continue;
          const others = candidates.filter((one) => one.system === handle.system && one.id !== handle.id);
          expect(others.filter((one) => !isClaim(who, one))).toEqual([]);
          expect(found.some((one) => byWords(one) && !isClaim(who, one))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('an id that a server wrote proves only together with the other side naming the uid', () => {
    fc.assert(
      fc.property(subject, all, (who, candidates) => {
        const written = candidates.map((one) => ({ ...one, by: 'serverWritten' as const }));
        for (const handle of prove(who, written).handles) {
          expect(written.some((one) => same(one, handle) && one.namesUid === who.uid)).toBe(true);
        }
      }),
    );
  });

  it('nothing is lost: each candidate is a handle or refused with a reason, never both; dropped are findings of a claim and objects that name another', () => {
    fc.assert(
      fc.property(subject, all, (who, candidates) => {
        const { handles, refused } = prove(who, candidates);
        for (const one of candidates) {
          const proven = handles.filter((handle) => same(handle, one)).length;
          const denied = refused.filter((refusal) => same(refusal.candidate, one)).length;
          const all = candidates.filter((other) => same(other, one));
          const isAnothers =
            all.every((other) => isClaim(who, other)) &&
            all.some(
              ({ id, namesUid }) => id !== '' && namesUid !== undefined && (who.uid === '' || namesUid !== who.uid),
            );
          const isOfAnother = all.some(({ accountCreatedAt: at }) => at !== undefined && at !== who.accountCreatedAt);
          if (all.every((other) => isClaim(who, other)) && isOfAnother) expect(proven).toBe(0);
          else expect(proven + denied).toBe(isAnothers ? 0 : 1);
        }
      }),
    );
  });

  it('the order of the candidates decides nothing', () => {
    fc.assert(
      fc.property(subject, all, (who, candidates) => {
        const key = (h: { system: string; id: string }) => `${h.system}/${h.id}`;
        const forward = prove(who, candidates).handles.map(key).sort();
        expect(
          prove(who, [...candidates].reverse())
            .handles.map(key)
            .sort(),
        ).toEqual(forward);
      }),
    );
  });

  it('an account of the same uid and another creation time is another person', () => {
    const who: Subject = { uid: ME, pseudonym: 'p', accountCreatedAt: 100, verifiedEmails: [], providerIds: {} };
    const account: Candidate = { system: 'auth', id: ME, by: 'uid', namesUid: ME, accountCreatedAt: 101 };
    expect(prove(who, [account])).toMatchObject({ handles: [], refused: [{ reason: 'anotherAccount' }] });
    expect(prove(who, [{ ...account, accountCreatedAt: 100 }]).handles).toHaveLength(1);
    expect(prove({ ...who, accountCreatedAt: null }, [account]).refused).toMatchObject([{ reason: 'accountUnknown' }]);
  });

  it('a person without an account owns nothing by an empty uid', () => {
    const nobody: Subject = { uid: '', pseudonym: 'p', accountCreatedAt: null, verifiedEmails: [], providerIds: {} };
    for (const namesUid of ['', undefined, ME])
      for (const by of ['uid', 'serverWritten'] as const)
        expect(prove(nobody, [{ system: 'stripe', id: 'cus_1', by, namesUid }]).handles).toEqual([]);
  });

  it('a person without an account owns an object found by their proven address, alone, and naming no account', () => {
    const email = 'me@example.com';
    const who: Subject = { ...nobody, verifiedEmails: proven(email) };
    const found: Candidate = { system: 'brevo', id: '7', by: 'email', value: 'Me@Example.com' };
    expect(prove(who, [found]).handles).toMatchObject([{ system: 'brevo', id: '7' }]);
    expect(prove(who, [{ ...found, namesUid: ME }]).refused).toMatchObject([{ reason: 'namesSomebodyElse' }]);
    expect(prove(who, [{ ...found, namesUid: '' }]).refused).toMatchObject([{ reason: 'namesSomebodyElse' }]);
    expect(prove(who, [{ ...found, value: 'me@example.org' }]).refused).toMatchObject([{ reason: 'emailNotVerified' }]);
    const both = prove(who, [found, { ...found, id: '8' }]);
    expect(both.handles).toEqual([]);
    expect(both.refused.map(({ reason }) => reason)).toEqual(['ambiguous', 'ambiguous']);
    // Found in two ways, and one speaks of an account.
    expect(prove(who, [found, { ...found, by: 'uid', namesUid: ME }]).handles).toEqual([]);
  });

  it('an object proven by an address alone is an officer’s if the address proves no more; any other proof stays', () => {
    const email = 'me@example.com';
    const who: Subject = { ...nobody, uid: ME, verifiedEmails: proven(email) };
    const byEmail: Candidate = { system: 'brevo', id: '7', by: 'email', value: email };
    const inTwoWays: Candidate[] = [
      { system: 'stripe', id: '8', by: 'email', value: email, namesUid: ME },
      { system: 'stripe', id: '8', by: 'uid', namesUid: ME },
    ];
    const before = prove(who, [byEmail, ...inTwoWays]);
    expect(proveAgain(who, before)).toEqual(before);
    const later: Subject = {
      ...who,
      verifiedEmails: [],
      unproven: [{ kind: 'email', value: email, reason: 'addressOfAnother' }],
    };
    expect(proveAgain(later, before)).toEqual({
      handles: [{ system: 'stripe', id: '8' }],
      refused: [{ candidate: byEmail, reason: 'addressOfAnother' }],
    });
  });

  it('without an account nothing is proven that names an account, beside any other findings', () => {
    fc.assert(
      fc.property(all, (candidates) => {
        const who: Subject = {
          uid: '',
          pseudonym: 'p',
          accountCreatedAt: null,
          verifiedEmails: proven('me@example.com'),
          providerIds: {},
        };
        for (const handle of prove(who, candidates).handles) {
          const found = candidates.filter((one) => same(one, handle));
          expect(found.every((one) => one.namesUid === undefined)).toBe(true);
          expect(found.some((one) => one.by === 'email')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import {
  accountCreatedAt,
  isUid,
  mergeSubjects,
  subjectFromAuth,
  type Subject,
} from '../../../functions/src/subject/identity.ts';

const base: Subject = {
  uid: 'u',
  pseudonym: 'p',
  accountCreatedAt: 100,
  verifiedEmails: ['a@example.com'],
  providerIds: { stripeCustomer: 'cus_1' },
};

describe('a person as Auth knows them', () => {
  it('knows an e-mail only when Auth verified it, in lower case', () => {
    const user = {
      uid: 'u',
      email: 'Camille@Example.com',
      metadata: { creationTime: 'Tue, 14 Nov 2023 22:13:20 GMT' },
    };
    expect(subjectFromAuth({ ...user, emailVerified: true }, 'p').verifiedEmails).toEqual(['camille@example.com']);
    for (const emailVerified of [false, undefined])
      expect(subjectFromAuth({ ...user, emailVerified }, 'p').verifiedEmails).toEqual([]);
  });

  it('counts the creation of an account in whole seconds: an event with milliseconds and a record without are one account', () => {
    const event = accountCreatedAt({ metadata: { creationTime: '2023-11-14T22:13:20.987Z' } });
    expect(event).toBe(1_700_000_000);
    expect(accountCreatedAt({ metadata: { creationTime: 'Tue, 14 Nov 2023 22:13:20 GMT' } })).toBe(event);
    expect(accountCreatedAt({ metadata: { creationTime: 'nonsense' } })).toBeNull();
    expect(accountCreatedAt({})).toBeNull();
  });

  it.each(['', '.', '..', 'a/b', '__x__', 'a\u0000b', 'x'.repeat(129), 'é'.repeat(65)])('%j is no uid', (value) => {
    expect(isUid(value)).toBe(false);
  });
  it.each(['a', 'x'.repeat(128), 'a.b', "o'neill", '_a_'])('%j is a uid', (value) => expect(isUid(value)).toBe(true));
});

describe('what is learnt about a person', () => {
  it('adds up for one account', () => {
    const learnt = { ...base, verifiedEmails: ['b@example.com'], providerIds: { brevoContact: '7' } };
    expect(mergeSubjects(base, learnt)).toEqual({
      ...base,
      verifiedEmails: ['a@example.com', 'b@example.com'],
      providerIds: { stripeCustomer: 'cus_1', brevoContact: '7' },
    });
  });

  it('begins empty for a younger account of the same uid, and does not come back from an older one', () => {
    const younger = { ...base, accountCreatedAt: 200, verifiedEmails: [], providerIds: {} };
    expect(mergeSubjects(base, younger)).toEqual(younger);
    expect(mergeSubjects(younger, base)).toEqual(younger);
  });

  it('learnt twice is learnt once, and an unknown creation time forgets nothing', () => {
    expect(mergeSubjects(base, base)).toEqual(base);
    expect(mergeSubjects(base, { ...base, accountCreatedAt: null }).accountCreatedAt).toBe(100);
    expect(mergeSubjects(null, base)).toEqual(base);
  });
});

import { describe, expect, it } from 'vitest';
import { addressKey, addressPseudonym, foldEmail, isUnmistakable } from '../../../functions/src/subject/emails.ts';
import {
  accountCreatedAt,
  isSameKnown,
  isUid,
  mergeKnown,
  knownFromAuth,
  type Subject,
} from '../../../functions/src/subject/identity.ts';
import { knownFromDocument, subjectKey } from '../../../functions/src/subject/known.ts';
import { pseudonymOf } from '../../../functions/src/subject/pseudonym.ts';
import { proven } from '../../kit/proven.ts';

const base: Subject = {
  uid: 'u',
  pseudonym: 'p',
  accountCreatedAt: 100,
  verifiedEmails: proven('a@example.com'),
  providerIds: { stripeCustomer: 'cus_1' },
};

describe('a person as Auth knows them', () => {
  it('knows an e-mail only when Auth verified it, in lower case', () => {
    const user = {
      uid: 'u',
      email: 'Camille@Example.com',
      metadata: { creationTime: 'Tue, 14 Nov 2023 22:13:20 GMT' },
    };
    expect(knownFromAuth({ ...user, emailVerified: true }, 'p').verifiedEmails).toEqual(['camille@example.com']);
    for (const emailVerified of [false, undefined])
      expect(knownFromAuth({ ...user, emailVerified }, 'p').verifiedEmails).toEqual([]);
    // An event of an account without an address says null.
    expect(knownFromAuth({ uid: 'u', email: null, phoneNumber: null, emailVerified: false }, 'p')).toEqual(
      knownFromAuth({ uid: 'u' }, 'p'),
    );
  });

  it('knows a telephone number that Auth verified and the accounts that it linked, and no e-mail of those', () => {
    const providerData = [
      { providerId: 'password', uid: 'camille@example.com', email: 'camille@example.com' },
      { providerId: 'phone', uid: '+33612345678', phoneNumber: '+33612345678' },
      { providerId: 'google.com', uid: '1234', email: 'victim@example.com' },
      { providerId: 'apple.com', uid: '', email: 'victim@example.com' },
      {},
    ];
    const user = { uid: 'u', email: 'camille@example.com', phoneNumber: '+33612345678', providerData };
    expect(knownFromAuth(user, 'p')).toEqual({
      uid: 'u',
      pseudonym: 'p',
      accountCreatedAt: null,
      tenantId: null,
      verifiedEmails: [],
      unverifiedEmails: ['camille@example.com'],
      providerIds: {},
      phones: ['+33612345678'],
      federated: ['google.com:1234'],
    });
    expect(knownFromAuth({ uid: 'u', email: '', emailVerified: true }, 'p')).not.toHaveProperty('phones');
    expect(knownFromAuth({ uid: 'u', email: '', emailVerified: true }, 'p').verifiedEmails).toEqual([]);
  });

  it('takes no address for another that only looks like it, or that Unicode would fold into it', () => {
    const victim = 'mickael.kern@example.com';
    for (const other of [
      'mic\u212aael.kern@example.com', // The Kelvin sign: its lower case is k.
      'm\u0131ckael.kern@example.com', // a dotless i
      'mickael.kern@ex\u0430mple.com', // a Cyrillic a
      'mickae\u006c\u0301.kern@example.com', // a letter with an accent of its own
      'mickaelkern@example.com',
      'mickael.kern+1@example.com',
      ' mickael.kern@example.com',
    ])
      expect(foldEmail(other)).not.toBe(victim);
    expect(foldEmail('Mickael.KERN@Example.com')).toBe(victim);
  });

  it.each([
    'mic\u212aael@example.com',
    'm\uff49ckael@example.com', // a wide i
    'mickae\u006c\u0301@example.com',
    'mickael\u200b@example.com',
    'mick\u00adael@example.com', // a soft hyphen
    ' mickael@example.com',
    'mickael\n@example.com',
    'MICKA\u00cbL@example.com', // a capital that not everybody folds
    '',
  ])('takes %j for no proof: another system could take it for another address', (email) => {
    expect(isUnmistakable(email)).toBe(false);
    expect(knownFromAuth({ uid: 'u', email, emailVerified: true }, 'p').verifiedEmails).toEqual([]);
  });

  it.each(['Mickael+1@Example.com', 'micka\u00ebl@example.com', 'a.b@example.co', "o'neill@example.com"])(
    'takes %j for proof once Auth has verified it',
    (email) =>
      expect(knownFromAuth({ uid: 'u', email, emailVerified: true }, 'p').verifiedEmails).toEqual([foldEmail(email)]),
  );

  it('compares addresses in lower case, A to Z', () => {
    expect(foldEmail('ADA@Example.COM')).toBe('ada@example.com');
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

describe('facts learnt about a person', () => {
  it('adds up for one account', () => {
    const learnt = { ...base, verifiedEmails: ['b@example.com'], providerIds: { brevoContact: '7' } };
    expect(mergeKnown(base, learnt)).toEqual({
      ...base,
      verifiedEmails: ['b@example.com', 'a@example.com'],
      providerIds: { stripeCustomer: 'cus_1', brevoContact: '7' },
      addressMoved: true,
    });
  });

  it('begins empty for a younger account of the same uid, and does not come back from an older one', () => {
    const younger = { ...base, accountCreatedAt: 200, verifiedEmails: [], providerIds: {} };
    expect(mergeKnown(base, younger)).toEqual(younger);
    expect(mergeKnown(younger, base)).toEqual(younger);
  });

  it('learnt twice is learnt once, and an unknown creation time forgets nothing', () => {
    expect(mergeKnown(base, base)).toEqual(base);
    expect(mergeKnown(base, { ...base, accountCreatedAt: null }).accountCreatedAt).toBe(100);
    expect(mergeKnown(null, base)).toEqual(base);
  });

  it('keeps telephone numbers and linked accounts, also when the next event does not tell of them', () => {
    const rich = { ...base, phones: ['+331'], federated: ['google.com:1'] };
    expect(mergeKnown(rich, base)).toEqual(rich);
    expect(mergeKnown(base, rich)).toEqual(rich);
    expect(mergeKnown(rich, { ...base, phones: ['+330'] }).phones).toEqual(['+330', '+331']);
  });

  it('is the same after it was stored and read: nothing is written for known facts', () => {
    const rich = { ...base, phones: ['+331'], federated: ['google.com:1'], installations: ['b', 'a'] };
    const stored = JSON.parse(JSON.stringify({ ...rich, missingSince: 'ignored' })) as Record<string, unknown>;
    expect(isSameKnown(knownFromDocument('u', stored), rich)).toBe(true);
    expect(isSameKnown(mergeKnown(rich, rich), rich)).toBe(true);
    expect(isSameKnown(base, rich)).toBe(false);
  });
});

describe('the name of the known facts of a person', () => {
  const keys = { current: 2, keys: { 1: 'old', 2: 'new' } };

  it('is the uid, or the key of a proven address if there is no account', () => {
    const key = addressKey(' Ada@Example.com ', keys);
    expect(key).toBe(addressKey('ada@example.com', keys));
    expect(key).toMatch(/^email_v2_[A-Za-z0-9_-]{43}$/);
    expect(subjectKey({ uid: 'u' })).toBe('u');
    expect(subjectKey({ uid: 'u', subjectKey: key })).toBe('u');
    expect(subjectKey({ uid: '', subjectKey: key })).toBe(key);
  });

  it.each([
    {},
    { uid: '' },
    { uid: 'a/b' },
    { uid: '', subjectKey: 'victim' },
    { uid: '', subjectKey: 'email_v1_short' },
    { uid: '', subjectKey: `email_v1_${'a'.repeat(43)}/identities/x` },
    { subjectKey: `email_v1_${'a'.repeat(43)}` },
    { uid: 7, subjectKey: 8 },
  ])('is nothing else: %j', (input) => expect(() => subjectKey(input)).toThrow('neither a uid'));

  it('leads to a pseudonym that no account has, also not one with the address as its uid', () => {
    expect(addressPseudonym('Ada@example.com', keys)).toBe(addressPseudonym('ada@example.com', keys));
    expect(addressPseudonym('ada@example.com', keys)).not.toBe(pseudonymOf('ada@example.com', keys));
    expect(isUid('email/ada@example.com')).toBe(false);
  });
});

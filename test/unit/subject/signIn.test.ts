import { describe, expect, it } from 'vitest';
import { signInMessage, signInOf } from '../../../functions/src/subject/signIn.ts';

/** A token that was verified lives on: whether its sign-in still holds, only the account tells. */

const CREATED = Date.parse('2026-01-01T00:00:00Z') / 1000;
const SIGNED_IN = CREATED + 3600;
const utc = (seconds: number): string => new Date(seconds * 1000).toUTCString();
const account = (more: { disabled?: boolean; tokensValidAfterTime?: string | undefined } = {}) => ({
  uid: 'ada',
  disabled: false,
  tokensValidAfterTime: utc(CREATED),
  metadata: { creationTime: utc(CREATED) },
  ...more,
});

describe('a sign-in', () => {
  it('holds of an account that lives, with the time of the sign-in and of the account', () => {
    expect(signInOf(account(), SIGNED_IN)).toEqual({
      uid: 'ada',
      accountCreatedAt: CREATED,
      signedInAt: SIGNED_IN * 1000,
    });
    expect(signInOf(account({ tokensValidAfterTime: undefined }), SIGNED_IN)).toHaveProperty('uid');
    expect(signInOf(account({ tokensValidAfterTime: utc(SIGNED_IN) }), SIGNED_IN)).toHaveProperty('uid');
    expect(signInOf(account(), CREATED)).toHaveProperty('uid');
  });

  it.each([
    ['the account is disabled', account({ disabled: true }), SIGNED_IN, 'signInEnded'],
    ['its tokens were revoked since', account({ tokensValidAfterTime: utc(SIGNED_IN + 1) }), SIGNED_IN, 'signInEnded'],
    ['a revocation cannot be read', account({ tokensValidAfterTime: 'soon' }), SIGNED_IN, 'signInEnded'],
    ['the token does not say when', account(), undefined, 'signInEnded'],
    ['the token says it as a text', account(), String(SIGNED_IN), 'signInEnded'],
    ['there is no account', null, SIGNED_IN, 'gone'],
    ['the account is younger than the token', account(), CREATED - 1, 'gone'],
  ])('does not hold if %s', (_why, user, authTime, refusal) => expect(signInOf(user, authTime)).toBe(refusal));

  it('that does not hold is told in English and French', () => {
    expect(signInMessage('signInEnded', 'en')).toBe('Please sign in again: this sign-in is no longer valid.');
    expect(signInMessage('signInEnded', 'fr')).toBe('Veuillez vous reconnecter : cette connexion n’est plus valable.');
  });
});

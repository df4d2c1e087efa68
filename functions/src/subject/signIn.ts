import type { Text } from '../policy/schema.ts';
import { accountCreatedAt, type UserRecordLike } from './identity.ts';

/** The caller, once Auth has confirmed that they still may call. */
export interface Caller {
  readonly uid: string;
  /** Creation time of their account, whole seconds since the epoch. */
  readonly accountCreatedAt: number;
  /**
   * When they signed in, epoch milliseconds: the token's `auth_time`, which a refresh does not
   * change.
   */
  readonly signedInAt: number;
}

/**
 * Why somebody counts as not signed in. `signInEnded`: disabled or revoked. `gone`: the account, or
 * its time, is over.
 */
export type SignInRefusal = 'signedOut' | 'signInEnded' | 'gone';

/** The part of an account that decides. */
interface Account extends Pick<UserRecordLike, 'uid' | 'metadata'> {
  readonly disabled: boolean;
  /** When its tokens were revoked last, or its password changed. */
  readonly tokensValidAfterTime?: string | undefined;
}

/**
 * Says whether a sign-in still holds. Pure. A verified ID token lives on for an hour after its
 * account was disabled or deleted, or its tokens were revoked: only Auth knows. A token from before
 * the account's creation is of an older account with the same uid. Auth tells whole seconds, so a
 * revocation in the second of a sign-in is not seen.
 *
 * @param account as Auth knows it now; null: there is none
 * @param authTime the token's `auth_time`, whole seconds since the epoch
 */
export function signInOf(account: Account | null, authTime: unknown): Caller | Exclude<SignInRefusal, 'signedOut'> {
  if (account === null) return 'gone';
  const createdAt = accountCreatedAt(account);
  if (account.disabled || typeof authTime !== 'number' || createdAt === null) return 'signInEnded';
  if (authTime < createdAt) return 'gone';
  const validAfter = account.tokensValidAfterTime;
  // Holds only if the comparison does: a time that cannot be read ends the sign-in.
  if (validAfter !== undefined && !(Date.parse(validAfter) <= authTime * 1000)) return 'signInEnded';
  return { uid: account.uid, accountCreatedAt: createdAt, signedInAt: authTime * 1000 };
}

const messages: Readonly<Record<SignInRefusal, Text>> = {
  signedOut: { en: 'Please sign in first.', fr: 'Veuillez d’abord vous connecter.' },
  signInEnded: {
    en: 'Please sign in again: this sign-in is no longer valid.',
    fr: 'Veuillez vous reconnecter : cette connexion n’est plus valable.',
  },
  gone: {
    en: 'This account was deleted, or its data are being deleted. Please write to us if you need something.',
    fr: 'Ce compte a été supprimé, ou ses données sont en cours d’effacement. Écrivez-nous si vous avez besoin de quelque chose.',
  },
};

export const signInMessage = (refusal: SignInRefusal, language: keyof Text): string => messages[refusal][language];

import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
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

/** A call of a signed-in person, as a form that is not read yet. */
export interface SignedCall {
  readonly caller: Caller;
  readonly data: unknown;
  /** The language of the answer. */
  readonly language: Language;
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

/** Says to the caller, in their language, why they count as not signed in. */
export const signInMessage = (refusal: SignInRefusal, language: Language): string =>
  textsIn(language).answers.signIn[refusal];

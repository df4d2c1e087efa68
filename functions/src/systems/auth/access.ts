import type { Context } from '../../platform/context.ts';
import { attempt, poolOf } from '../../subject/accounts.ts';
import type { Subject } from '../system.ts';
import { userOf, whose } from './system.ts';

/**
 * Ends the sign-in of a person whose erasure has begun: the account is disabled, its refresh tokens
 * are revoked; an ID token lives for an hour at most. Touches no account that is gone or another
 * person's. Runs twice harmlessly.
 *
 * @returns whether there was an account of theirs
 * @throws RetryAfterError, PermanentError, ComplianceError as every call to Auth does
 */
export async function endAccess(context: Context, subject: Subject): Promise<boolean> {
  const user = await userOf(context, subject);
  if (user === null || whose(user, subject) !== 'theirs') return false;
  const pool = await poolOf(context, user.tenantId ?? null);
  await attempt(context, async () => {
    if (!user.disabled) await pool.updateUser(user.uid, { disabled: true });
    await pool.revokeRefreshTokens(user.uid);
  });
  return true;
}

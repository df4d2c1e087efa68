import type { Context } from '../../platform/context.ts';
import type { Subject } from '../system.ts';
import { attempt, userOf, whose } from './system.ts';

/**
 * Ends the sign-in of a person whose erasure has begun: the account is disabled, its refresh tokens are revoked; an ID token lives for an hour
 * at most. Of an account that is gone, or that is another person's, nothing is touched. Runs twice harmlessly.
 *
 * @returns whether there was an account of theirs
 * @throws RetryAfterError, PermanentError, ComplianceError as every call to Auth does
 */
export async function endAccess(context: Context, subject: Subject): Promise<boolean> {
  const user = await userOf(context, subject);
  if (user === null || whose(user, subject) !== 'theirs') return false;
  const auth = await context.clients.auth();
  await attempt(context, async () => {
    if (!user.disabled) await auth.updateUser(user.uid, { disabled: true });
    await auth.revokeRefreshTokens(user.uid);
  });
  return true;
}

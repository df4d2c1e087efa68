import type { UserRecord } from 'firebase-admin/auth';
import type { Context } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';
import { attempt, poolOf, tenantsOf } from '../subject/accounts.ts';
import type { Cursor } from '../systems/system.ts';

/** The most accounts that Auth lists in one call. */
const PAGE = 1_000;

/**
 * Works through every account of Auth within one step, in all pools. Of an account nothing is read
 * but Auth's own list. The place and the number are in the cursor.
 *
 * @param visit does the work on a page; its answers are added up. A page that fails comes again
 * @param isEnough true: the rest is for another time
 * @returns how many in all; or the place to go on at
 * @throws ComplianceError `auth.answer` if Auth does not list the accounts
 */
export async function throughAccounts(
  context: Context,
  run: { readonly cursor?: Cursor; readonly deadline: number },
  visit: (page: readonly UserRecord[]) => Promise<number>,
  isEnough: (count: number) => boolean = () => false,
): Promise<{ count: number; more?: Cursor }> {
  const { cursor = {} } = run;
  const pools = [null, ...(await tenantsOf(context)).sort()];
  const isOver = (count: number): boolean => context.now() >= run.deadline || isEnough(count);
  let token = typeof cursor['page'] === 'string' ? cursor['page'] : undefined;
  let count = Number(cursor['count'] ?? 0);
  const tenant = typeof cursor['tenant'] === 'string' ? cursor['tenant'] : null;
  // A tenant that was deleted meanwhile has no accounts: the one that follows it in order is next.
  const left = pools.filter((pool) => tenant === null || (pool !== null && pool >= tenant));
  for (const [index, tenantId] of left.entries()) {
    // One call has one pool at least, so that it goes on.
    if (index > 0 && isOver(count)) return { count, more: { count, tenant: tenantId } };
    if (tenantId !== tenant) token = undefined;
    const pool = await poolOf(context, tenantId);
    for (;;) {
      const page = await attempt(context, () => pool.listUsers(PAGE, token));
      if (page === null) throw new ComplianceError('auth.answer', 'Authentication has not listed the accounts');
      count += await visit(page.users);
      if (page.pageToken === undefined || page.pageToken === '') break;
      token = page.pageToken;
      if (isOver(count)) return { count, more: { page: token, count, tenant: tenantId } };
    }
  }
  return { count };
}

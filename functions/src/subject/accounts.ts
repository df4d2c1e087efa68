import type { Auth, TenantAwareAuth, UserIdentifier, UserRecord } from 'firebase-admin/auth';
import { codeOf } from '../platform/codes.ts';
import type { Context } from '../platform/context.ts';
import { ComplianceError, PermanentError, RetryAfterError } from '../platform/errors.ts';
import { batches } from '../platform/firestore.ts';

/**
 * Accounts of Firebase Authentication, in the project's own pool and in each tenant of Identity
 * Platform. Every look at an account goes through here: the default client knows none of the
 * tenants' accounts.
 */

/** A pool of accounts: the project's own, or a tenant's. */
type Pool = Auth | TenantAwareAuth;

/**
 * Names an account. `tenantId`: null for the project's own pool; absent if nobody knows the tenant.
 */
export interface AccountRef {
  readonly uid: string;
  readonly tenantId?: string | null | undefined;
}

type Accounts = Pick<Context, 'clients' | 'now' | 'config'>;

/** The most identifiers that Auth answers about in one call. */
const LOOKUP_PAGE = 100;

/** Returns the client of one pool. */
export async function poolOf({ clients }: Pick<Context, 'clients'>, tenantId: string | null): Promise<Pool> {
  const auth = await clients.auth();
  return tenantId === null ? auth : auth.tenantManager().authForTenant(tenantId);
}

/**
 * Lists the ids of all tenants; none if the project has no multi-tenancy.
 *
 * @throws PermanentError, RetryAfterError, ComplianceError as every call to Auth does: a list that
 *   is not known is not empty
 */
export async function tenantsOf(context: Accounts): Promise<string[]> {
  const manager = (await context.clients.auth()).tenantManager();
  const ids: string[] = [];
  let page: string | undefined;
  do {
    const token = page;
    const answer = await attempt(context, () => manager.listTenants(1_000, token), ...NO_TENANTS);
    if (answer === null && token === undefined) return [];
    if (answer === null) throw new ComplianceError('auth.answer', 'Authentication has not listed every tenant');
    ids.push(...answer.tenants.map(({ tenantId }) => tenantId));
    page = answer.pageToken;
  } while (page !== undefined && page !== '');
  return ids;
}

/**
 * Auth's answers of a project without multi-tenancy. The first is the documented one ("Either
 * parent project doesn't exist or didn't enable multi-tenancy"); the others speak of a project that
 * has no Identity Platform. A missing permission is none of them.
 */
const NO_TENANTS = [
  'auth/invalid-project-id',
  'auth/configuration-not-found',
  'auth/operation-not-allowed',
  'auth/unsupported-tenant-operation',
];

/**
 * Finds an account as Auth knows it now. An account of an unknown tenant is looked for in the
 * project's own pool, then in every tenant.
 *
 * @returns null if there is no such account
 * @throws PermanentError `uid_in_use` if two tenants know the uid: nobody can tell which one is
 *   meant
 */
export async function findAccount(context: Accounts, { uid, tenantId }: AccountRef): Promise<UserRecord | null> {
  if (tenantId !== undefined) return inPool(context, uid, tenantId);
  const own = await inPool(context, uid, null);
  if (own !== null) return own;
  const [found, another] = await inTenants(context, uid);
  if (another !== undefined) throw usedTwice();
  return found ?? null;
}

/** Every living account of a uid, in all pools: two of them share the same documents. */
export async function accountsOf(context: Accounts, uid: string): Promise<UserRecord[]> {
  const own = await inPool(context, uid, null);
  return [...(own === null ? [] : [own]), ...(await inTenants(context, uid))];
}

/**
 * Every living account that has one of these e-mail addresses or telephone numbers, in all pools:
 * one call for each 100 of a pool. A text that is no address is nobody's.
 */
export async function accountsWith(
  context: Accounts,
  ...by: readonly ({ readonly email: string } | { readonly phoneNumber: string })[]
): Promise<UserRecord[]> {
  const identifiers = by.filter((one) => !('email' in one) || EMAIL.test(one.email));
  if (identifiers.length === 0) return [];
  const found = await lookUp(context, null, identifiers);
  for (const tenantId of await tenantsOf(context)) found.push(...(await lookUp(context, tenantId, identifiers)));
  return found;
}

/**
 * The form of an address that the Admin SDK takes; it throws `auth/invalid-email` for any other.
 */
const EMAIL = /^[^@]+@[^@]+$/;

/**
 * Finds many accounts at once: one call for each 100 of a pool. Those of an unknown tenant are
 * looked for in all pools.
 *
 * @returns the accounts that live, by uid
 * @throws ComplianceError `auth.answer` if Auth did not answer about each one: silence must not
 *   pass for a deletion
 */
export async function findAccounts(
  context: Accounts,
  wanted: readonly AccountRef[],
): Promise<ReadonlyMap<string, UserRecord>> {
  const found = new Map<string, UserRecord>();
  // Of two accounts of one uid either tells that one lives.
  const add = (users: readonly UserRecord[]): void => {
    for (const user of users) found.set(user.uid, user);
  };
  const pools = new Map<string | null, UserIdentifier[]>();
  for (const { uid, tenantId = null } of wanted) pools.set(tenantId, [...(pools.get(tenantId) ?? []), { uid }]);
  for (const [tenantId, identifiers] of pools) add(await lookUp(context, tenantId, identifiers));
  const unknown = wanted.filter(({ uid, tenantId }) => tenantId === undefined && !found.has(uid));
  if (unknown.length === 0) return found;
  for (const tenantId of await tenantsOf(context)) {
    const identifiers = unknown.map(({ uid }) => ({ uid }));
    add(await lookUp(context, tenantId, identifiers));
  }
  return found;
}

async function lookUp(
  context: Accounts,
  tenantId: string | null,
  identifiers: readonly UserIdentifier[],
): Promise<UserRecord[]> {
  const pool = await poolOf(context, tenantId);
  const users: UserRecord[] = [];
  for (const page of batches(identifiers, LOOKUP_PAGE)) {
    const answer = await attempt(context, () => pool.getUsers([...page]), NO_TENANT);
    // A tenant that was deleted has no accounts.
    if (answer === null) return [];
    if (answer.users.length + answer.notFound.length < page.length)
      throw new ComplianceError('auth.answer', 'Authentication has not answered about every account');
    users.push(...answer.users);
  }
  return users;
}

async function inPool(context: Accounts, uid: string, tenantId: string | null): Promise<UserRecord | null> {
  const pool = await poolOf(context, tenantId);
  return attempt(context, () => pool.getUser(uid), NO_USER, NO_TENANT);
}

async function inTenants(context: Accounts, uid: string): Promise<UserRecord[]> {
  const found: UserRecord[] = [];
  for (const tenantId of await tenantsOf(context)) {
    const user = await inPool(context, uid, tenantId);
    if (user !== null) found.push(user);
  }
  return found;
}

export const usedTwice = (): PermanentError =>
  new PermanentError(
    'uid_in_use',
    'accounts of two tenants have this uid, and share its documents: separate their data by hand',
  );

const NO_USER = 'auth/user-not-found';
const NO_TENANT = 'auth/tenant-not-found';

/**
 * Calls Auth, and tells its errors as a job understands them.
 *
 * @param absent the error codes that mean null; without any: there is no such user
 */
export async function attempt<T>(
  context: Pick<Context, 'now' | 'config'>,
  call: () => Promise<T>,
  ...absent: readonly string[]
): Promise<T | null> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof ComplianceError) throw cause;
    const code = codeOf(cause);
    const named = (typeof code === 'string' ? code : 'network') as `auth/${string}`;
    if ((absent.length > 0 ? absent : [NO_USER]).includes(named)) return null;
    if (named === 'auth/quota-exceeded' || named === 'auth/too-many-requests') {
      throw new RetryAfterError(
        named,
        'Authentication asks to come back later',
        context.now() + context.config.retryBaseMs,
        { cause },
      );
    }
    if (named === 'auth/insufficient-permission' || named === 'auth/invalid-credential') {
      throw new PermanentError(
        named,
        'Authentication refuses the service account: npm run grant grants what it needs (docs/access.md)',
        { cause },
      );
    }
    throw new ComplianceError(named, `Authentication did not do what it was asked (${named})`, { cause });
  }
}

import type { Auth, UserIdentifier, UserRecord } from 'firebase-admin/auth';
import type { UserRecordLike } from '../../functions/src/subject/identity.ts';

/** The facts of an account that a test sets; the rest is as of anybody. */
export type FakeUser = UserRecordLike & Partial<Pick<UserRecord, 'disabled' | 'tokensValidAfterTime'>>;

const none = () => Promise.reject(Object.assign(new Error('none'), { code: 'auth/user-not-found' }));

/**
 * Firebase Authentication in memory: the project's own pool, and a pool for each tenant.
 *
 * @param users the accounts as they are when they are asked for; those with a `tenantId` are in
 *   that tenant's pool
 * @param tenants ids of tenants; absent: the project has no multi-tenancy
 */
export function fakeAuth(users: () => Iterable<FakeUser>, tenants?: readonly string[]): Auth {
  const pool = (tenantId: string | null) => {
    const mine = (): FakeUser[] =>
      [...users()]
        .filter((user) => (user.tenantId ?? null) === tenantId)
        .map((user) => ({ ...user, toJSON: () => ({ ...user }) }));
    const find = (holds: (user: FakeUser) => boolean) => {
      const user = mine().find(holds);
      return user === undefined ? none() : Promise.resolve(user);
    };
    const fits = (user: FakeUser, by: UserIdentifier): boolean =>
      ('uid' in by && user.uid === by.uid) ||
      ('email' in by && user.email === by.email) ||
      ('phoneNumber' in by && user.phoneNumber === by.phoneNumber);
    return {
      getUser: (uid: string) => find((user) => user.uid === uid),
      getUserByEmail: (email: string) => find((user) => user.email === email),
      getUsers: async (asked: UserIdentifier[]) => ({
        users: mine().filter((user) => asked.some((by) => fits(user, by))),
        notFound: asked.filter((by) => !mine().some((user) => fits(user, by))),
      }),
      listUsers: async () => ({ users: mine() }),
    };
  };
  const noTenants = () => Promise.reject(Object.assign(new Error('none'), { code: 'auth/invalid-project-id' }));
  return {
    ...pool(null),
    tenantManager: () => ({
      authForTenant: (tenantId: string) => pool(tenantId),
      listTenants: () =>
        tenants === undefined ? noTenants() : Promise.resolve({ tenants: tenants.map((tenantId) => ({ tenantId })) }),
    }),
  } as unknown as Auth;
}

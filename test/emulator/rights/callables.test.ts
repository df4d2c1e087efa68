import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { call, idToken } from './callable.ts';
import { auth, freshUid } from '../../kit/suite.ts';

/**
 * A token outlives the account behind it: every deployed callable for signed-in people asks Auth at
 * each call.
 */

const callables = ['exportLink', 'consentReceipt', 'guardianConsent', 'guardianRequest'] as const;

/** The answer of each to an allowed caller: the form is empty, so only the receipt is given. */
const FIRST = {
  exportLink: 'INVALID_ARGUMENT',
  consentReceipt: undefined,
  guardianConsent: 'INVALID_ARGUMENT',
  guardianRequest: 'INVALID_ARGUMENT',
} as const;

async function signedIn(tenantId?: string) {
  const uid = freshUid();
  const pool = tenantId === undefined ? auth : auth.tenantManager().authForTenant(tenantId);
  await pool.createUser({ uid });
  const authorization = `Bearer ${await idToken(uid, tenantId)}`;
  const ask = async (name: string) => {
    const answer = await call(name, {}, undefined, { authorization, 'accept-language': 'fr' });
    return 'error' in answer ? answer.error : undefined;
  };
  return { uid, pool, ask };
}

describe.concurrent.each([
  ['of the project', false],
  ['of a tenant', true],
])('an old token of an account %s', (_where, ofTenant) => {
  const newTenant = async (): Promise<string | undefined> =>
    ofTenant ? (await auth.tenantManager().createTenant({ displayName: 'school' })).tenantId : undefined;

  it.each(callables)('no longer opens %s once the account is disabled', async (name) => {
    const { uid, pool, ask } = await signedIn(await newTenant());
    expect((await ask(name))?.status).toBe(FIRST[name]);
    await pool.updateUser(uid, { disabled: true });
    expect(await ask(name)).toMatchObject({
      status: 'UNAUTHENTICATED',
      message: 'Veuillez vous reconnecter : cette connexion n’est plus valable.',
      details: { reason: 'signInEnded' },
    });
  });

  it.each(callables)('no longer opens %s once its tokens were revoked, and a new sign-in does', async (name) => {
    const tenantId = await newTenant();
    const { uid, pool, ask } = await signedIn(tenantId);
    expect((await ask(name))?.status).toBe(FIRST[name]);
    // Auth tells whole seconds.
    await pause(1100);
    await pool.revokeRefreshTokens(uid);
    expect(await ask(name)).toMatchObject({ status: 'UNAUTHENTICATED', details: { reason: 'signInEnded' } });
    const again = await call(name, {}, undefined, { authorization: `Bearer ${await idToken(uid, tenantId)}` });
    expect('error' in again ? again.error.status : undefined).toBe(FIRST[name]);
  });

  it.each(callables)('no longer opens %s once the account is deleted', async (name) => {
    const { uid, pool, ask } = await signedIn(await newTenant());
    await pool.deleteUser(uid);
    expect(await ask(name)).toMatchObject({ status: 'NOT_FOUND', details: { reason: 'gone' } });
  });
});

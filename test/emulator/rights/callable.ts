import { auth, callableUrl } from '../../kit/suite.ts';

/** Calls the deployed callables over HTTP, as an app's SDK does. */

/**
 * The ID token of a user, from the Auth emulator.
 *
 * @param tenantId the tenant of the account; absent: the project's own pool
 */
export async function idToken(uid: string, tenantId?: string): Promise<string> {
  const pool = tenantId === undefined ? auth : auth.tenantManager().authForTenant(tenantId);
  const token = await pool.createCustomToken(uid);
  const host = process.env['FIREBASE_AUTH_EMULATOR_HOST'] ?? '';
  const url = `http://${host}/identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken?key=suite`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, returnSecureToken: true, ...(tenantId === undefined ? {} : { tenantId }) }),
  });
  const { idToken: id } = (await answer.json()) as { idToken?: string };
  if (id === undefined) throw new Error(`no ID token: ${answer.status}`);
  return id;
}

export type Answer<T> =
  | { readonly result: T }
  | { readonly error: { readonly status: string; readonly message: string; readonly details?: unknown } };

/**
 * @param as the uid of the caller; absent: nobody is signed in
 */
export async function call<T>(
  name: string,
  data: unknown,
  as?: string,
  headers: Readonly<Record<string, string>> = {},
  tenantId?: string,
): Promise<Answer<T>> {
  const bearer = as === undefined ? {} : { authorization: `Bearer ${await idToken(as, tenantId)}` };
  const answer = await fetch(callableUrl(name), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer, ...headers },
    body: JSON.stringify({ data }),
  });
  return (await answer.json()) as Answer<T>;
}

import { HttpsError, type CallableRequest } from 'firebase-functions/v2/https';
import { context } from '../compose.ts';
import type { Link } from '../export/link.ts';

const LINK_CODES = {
  signedOut: 'unauthenticated',
  invalid: 'invalid-argument',
  stale: 'failed-precondition',
  rateLimited: 'resource-exhausted',
  notFound: 'not-found',
} as const;

export async function exportLink(request: CallableRequest<unknown>): Promise<Link> {
  const [{ issueLink }, { exportOf }] = await Promise.all([
    import('../export/link.ts'),
    import('../requests/answered.ts'),
  ]);
  const { rawRequest, data, auth } = request;
  const signedIn = auth?.token.auth_time;
  const outcome = await issueLink(
    context(),
    { exportOf: (uid, requestId) => exportOf(context(), uid, requestId) },
    {
      uid: auth?.uid,
      signedInAt: typeof signedIn === 'number' ? signedIn * 1000 : undefined,
      data,
      acceptLanguage: rawRequest.headers['accept-language'],
    },
  );
  if (outcome.ok) {
    const { url, expiresAt, bytes, sha256, part, parts } = outcome;
    return { url, expiresAt, bytes, sha256, part, parts };
  }
  const { code, message, issues, retryAfter } = outcome;
  throw new HttpsError(LINK_CODES[code], message, {
    reason: code,
    issues: issues ?? [],
    retryAfter: retryAfter ?? null,
  });
}

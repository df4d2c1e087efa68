import { HttpsError, type CallableRequest } from 'firebase-functions/v2/https';
import { context } from '../compose.ts';

const CONTACT_CODES = { invalid: 'invalid-argument', rateLimited: 'resource-exhausted' } as const;

export async function contact(request: CallableRequest<unknown>): Promise<{ id: string }> {
  const { submitContact } = await import('../requests/contact.ts');
  const { rawRequest, data } = request;
  const outcome = await submitContact(context(), {
    data,
    ip: rawRequest.ip,
    acceptLanguage: rawRequest.headers['accept-language'],
  });
  if (outcome.ok) return { id: outcome.id };
  const { code, message, issues, retryAfter } = outcome;
  throw new HttpsError(CONTACT_CODES[code], message, {
    reason: code,
    issues: issues ?? [],
    retryAfter: retryAfter ?? null,
  });
}

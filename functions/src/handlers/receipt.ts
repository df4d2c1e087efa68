import { HttpsError, type CallableRequest } from 'firebase-functions/v2/https';
import { context } from '../compose.ts';

const RECEIPT_CODES = {
  signedOut: 'unauthenticated',
  invalid: 'invalid-argument',
  rateLimited: 'resource-exhausted',
  gone: 'not-found',
} as const;

/**
 * The receipt goes out as the text of its JSON: the client SDKs keep `@type` for themselves and refuse an object that has it, and what a
 * person keeps as a file are these bytes.
 */
export async function consentReceipt(request: CallableRequest<unknown>): Promise<{ receipt?: string; html?: string }> {
  const { issueReceipt } = await import('../proof/issueReceipt.ts');
  const { rawRequest, data, auth } = request;
  const outcome = await issueReceipt(context(), {
    uid: auth?.uid,
    data,
    acceptLanguage: rawRequest.headers['accept-language'],
  });
  if (outcome.ok) {
    const { receipt, html } = outcome;
    return {
      ...(receipt === undefined ? {} : { receipt: JSON.stringify(receipt, null, 2) }),
      ...(html === undefined ? {} : { html }),
    };
  }
  const { code, message, issues, retryAfter } = outcome;
  throw new HttpsError(RECEIPT_CODES[code], message, {
    reason: code,
    issues: issues ?? [],
    retryAfter: retryAfter ?? null,
  });
}

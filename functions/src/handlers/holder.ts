import { HttpsError, type CallableRequest } from 'firebase-functions/v2/https';
import { context } from '../compose.ts';

const CODES = {
  signedOut: 'unauthenticated',
  invalid: 'invalid-argument',
  denied: 'permission-denied',
  erased: 'not-found',
  tooMany: 'resource-exhausted',
} as const;

/** A holder of parental responsibility, or a guardian, answers for the person whom they protect. */
export async function guardianConsent(request: CallableRequest<unknown>): Promise<{ state: string }> {
  const { policy } = context();
  const { holderMessage, readHolderForm } = await import('../consent/holderForm.ts');
  const { onHolderAnswer } = await import('../consent/operations.ts');
  const { auth, data, rawRequest } = request;
  const read = readHolderForm(policy, data);
  const locale = (read.ok ? read.form.locale : undefined) ?? rawRequest.headers['accept-language'];
  const refuse = (because: keyof typeof CODES, issues: readonly unknown[] = []): HttpsError =>
    new HttpsError(CODES[because], holderMessage(policy, because, locale), { reason: because, issues });
  if (auth === undefined) throw refuse('signedOut');
  if (!read.ok) throw refuse('invalid', read.issues);
  const { child, requestId, ...answer } = read.form;
  const outcome = await onHolderAnswer(context(), { holder: auth.uid, child, requestId, answer });
  if (!outcome.ok) throw refuse(outcome.because);
  return { state: outcome.state };
}

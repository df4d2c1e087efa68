import { holderMessage, readHolderForm } from '../consent/holder.ts';
import { onHolderAnswer } from '../consent/holder.ts';
import type { Context } from '../platform/context.ts';
import type { Answer } from '../platform/intake.ts';
import type { Caller } from '../subject/signIn.ts';
import type { Call, Reason } from './callable.ts';

/** A holder of parental responsibility, or a guardian, answers for the person whom they protect. */
export async function guardianConsent(
  context: Context,
  { data, acceptLanguage, caller }: Call & { readonly caller: Caller },
): Promise<Answer<{ state: string }, Reason>> {
  const { policy } = context;
  const read = readHolderForm(policy, data);
  const locale = (read.ok ? read.form.locale : undefined) ?? acceptLanguage;
  if (!read.ok)
    return { ok: false, code: 'invalid', message: holderMessage(policy, 'invalid', locale), issues: read.issues };
  const { child, requestId, ...answer } = read.form;
  const outcome = await onHolderAnswer(context, { holder: caller.uid, child, requestId, answer });
  if (outcome.ok) return { ok: true, result: { state: outcome.state } };
  return { ok: false, code: outcome.because, message: holderMessage(policy, outcome.because, locale) };
}

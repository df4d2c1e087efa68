import type { Context } from '../platform/context.ts';
import type { Answer } from '../platform/intake.ts';
import { defined } from '../platform/defined.ts';
import { issueReceipt } from '../proof/receipt/issue.ts';
import type { SignedCall } from '../subject/signIn.ts';
import type { Reason } from './callable.ts';

/**
 * The receipt goes out as the text of its JSON. The client SDKs keep `@type` for themselves, and
 * refuse an object that has it. A person keeps these very bytes as a file.
 */
export async function consentReceipt(
  context: Context,
  call: SignedCall,
): Promise<Answer<{ receipt?: string; html?: string }, Reason>> {
  const outcome = await issueReceipt(context, call);
  if (!outcome.ok) return outcome;
  const { receipt, html } = outcome;
  return {
    ok: true,
    result: {
      ...(receipt === undefined ? {} : { receipt: JSON.stringify(receipt, null, 2) }),
      ...defined({ html }),
    },
  };
}

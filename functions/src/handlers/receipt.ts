import type { Context } from '../platform/context.ts';
import type { Answer } from '../platform/intake.ts';
import { defined } from '../platform/defined.ts';
import { issueReceipt } from '../proof/receipt/issue.ts';
import type { SignedCall } from '../subject/signIn.ts';
import type { Reason } from './callable.ts';

/** The files of a receipt; each is there if the form asks for its format. */
export interface ReceiptFiles {
  /** The text of the JSON-LD. */
  readonly receipt?: string;
  /** A page of its own. */
  readonly html?: string;
}

/**
 * The receipt goes out as the text of its JSON. The client SDKs keep `@type` for themselves, and
 * refuse an object that has it. A person keeps these very bytes as a file.
 */
export async function consentReceipt(context: Context, call: SignedCall): Promise<Answer<ReceiptFiles, Reason>> {
  const outcome = await issueReceipt(context, call);
  if (!outcome.ok) return outcome;
  const { receipt, html } = outcome;
  return { ok: true, result: defined({ receipt: receipt && JSON.stringify(receipt, null, 2), html }) };
}

import { randomUUID } from 'node:crypto';
import { erasureOf, isNewerAccount } from '../../ledger/chain.ts';
import type { Context } from '../../platform/context.ts';
import { refusing, type Refused } from '../../platform/intake.ts';
import type { Caller, SignedCall } from '../../subject/signIn.ts';
import { countCall } from '../../subject/rateLimit.ts';
import { historiesOfUid, isOlderAccounts, latestChain, type History } from '../history.ts';
import { receiptOf, type Receipt } from './receipt.ts';
import { readReceiptForm, receiptMessage, type ReceiptRefusal } from './form.ts';
import { receiptPage } from './page.ts';

/** A receipt reads a person's whole history: more than this in an hour nobody needs. */
export const RECEIPTS_PER_HOUR = 10;

export type ReceiptOutcome =
  { readonly ok: true; readonly receipt?: Receipt; readonly html?: string } | Refused<ReceiptRefusal>;

const NOTHING: History = { chains: [], entries: [], problems: [] };

/**
 * Returns the consent receipt of the signed-in person: of this account, never of one that had the
 * uid before, and none once its erasure has begun.
 *
 * @throws the errors of Firestore
 */
export async function issueReceipt(context: Context, call: SignedCall): Promise<ReceiptOutcome> {
  const { policy } = context;
  const read = readReceiptForm(policy, call.data);
  const { language } = call;
  const refuse = refusing(context, (code: ReceiptRefusal) => receiptMessage(policy, code, language));

  if (!read.ok) return refuse('invalid', { issues: read.issues });
  const until = await countCall(context, 'receipt', call.caller.uid, RECEIPTS_PER_HOUR);
  if (until !== null) return refuse('rateLimited', { until });

  const history = await currentHistory(context, call.caller);
  if (history === null) return refuse('gone');
  const receipt = receiptOf({ policy, history, issuedAt: context.now(), receiptId: randomUUID(), language });
  const { format } = read.form;
  return {
    ok: true,
    ...(format === 'html' ? {} : { receipt }),
    ...(format === 'json' ? {} : { html: receiptPage(policy, receipt) }),
  };
}

/**
 * Returns the history of the account that uses this uid now. Null if there is none any more, or not
 * for long.
 */
async function currentHistory(context: Context, caller: Caller): Promise<History | null> {
  const { uid, accountCreatedAt: createdAt } = caller;
  const history = (await historiesOfUid(context, uid)).at(-1) ?? NOTHING;
  const erased = erasureOf(latestChain(history)?.head ?? {});
  if (erased === undefined) {
    return isOlderAccounts(history, createdAt) ? null : history;
  }
  return isNewerAccount(erased, createdAt) ? NOTHING : null;
}

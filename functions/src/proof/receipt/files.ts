import { randomUUID } from 'node:crypto';
import type { Head } from '../../ledger/chain.ts';
import type { Context } from '../../platform/context.ts';
import type { Instant } from '../../platform/time.ts';
import { ComplianceError } from '../../platform/errors.ts';
import type { Language } from '../../texts/languages.ts';
import { historyUpTo, isOlderAccounts } from '../history.ts';
import { receiptOf } from './receipt.ts';
import { receiptPage } from './page.ts';

/** A receipt, for programs and for people: the same bytes as `consentReceipt` answers. */
export interface ReceiptFiles {
  readonly json: string;
  readonly html: string;
}

/** Names the person of a receipt, and the state of their chain. */
interface ReceiptOrder {
  readonly chain: string;
  /** Of the chain: nothing that was recorded later is in the receipt. */
  readonly head: Head;
  readonly accountCreatedAt: number | null;
  readonly issuedAt: Instant;
  readonly language: Language;
}

/**
 * Makes the consent receipt of a chain up to its head. Reads the entries, and the chains that it
 * continues since the pseudonym key changed.
 *
 * @throws ComplianceError `receipt.account` if the chain is that of an older account under the same
 * uid; the errors of Firestore
 */
export async function receiptFiles(
  { policy, clients, keys }: Pick<Context, 'policy' | 'clients' | 'keys'>,
  { chain, accountCreatedAt, head, issuedAt, language }: ReceiptOrder,
): Promise<ReceiptFiles> {
  const history = await historyUpTo({ clients, keys }, chain, head);
  if (accountCreatedAt !== null && isOlderAccounts(history, accountCreatedAt))
    throw new ComplianceError('receipt.account', 'these consents are of an older account that had this uid');
  const receipt = receiptOf({ policy, history, issuedAt, receiptId: randomUUID(), language });
  return { json: `${JSON.stringify(receipt, null, 2)}\n`, html: receiptPage(policy, receipt) };
}

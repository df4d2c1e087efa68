import { randomUUID } from 'node:crypto';
import type { Head } from '../ledger/chain.ts';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import { ComplianceError } from '../platform/errors.ts';
import type { Text } from '../policy/schema.ts';
import { historyUpTo, isOlderAccounts } from './history.ts';
import { receiptOf } from './receipt.ts';
import { receiptPage } from './receiptPage.ts';

/** The receipt of one person, as files that they keep: the same bytes as `consentReceipt` answers. */
export interface ReceiptFilesOrder {
  readonly chain: string;
  /** Of the chain: nothing that was recorded later is in the receipt. */
  readonly head: Head;
  readonly accountCreatedAt: number | null;
  readonly issuedAt: Instant;
  readonly language: keyof Text;
}

/**
 * Makes the consent receipt of a chain up to its head. Reads the entries, and the chains that it
 * continues since the pseudonym key changed.
 *
 * @throws ComplianceError `receipt.account` where the chain is that of an older account under the same uid; what Firestore throws
 */
export async function receiptFiles(
  { policy, clients }: Pick<Context, 'policy' | 'clients'>,
  { chain, accountCreatedAt, head, issuedAt, language }: ReceiptFilesOrder,
): Promise<{ readonly json: string; readonly html: string }> {
  const history = await historyUpTo(clients.own(), chain, head);
  if (accountCreatedAt !== null && isOlderAccounts(history, accountCreatedAt))
    throw new ComplianceError('receipt.account', 'these consents are of an older account that had this uid');
  const receipt = receiptOf({ policy, history, issuedAt, receiptId: randomUUID(), language });
  return { json: `${JSON.stringify(receipt, null, 2)}\n`, html: receiptPage(policy, receipt) };
}

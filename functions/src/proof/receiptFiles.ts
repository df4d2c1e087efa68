import { randomUUID } from 'node:crypto';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/clock.ts';
import { ComplianceError } from '../platform/errors.ts';
import type { Text } from '../policy/schema.ts';
import { historyUpTo, isOlderAccounts, type KnownChain } from './history.ts';
import { receiptOf } from './receipt.ts';
import { receiptPage } from './receiptPage.ts';

/** The receipt of one person, as files that they keep: the same bytes as `consentReceipt` answers. */
export interface ReceiptFilesOrder extends KnownChain {
  readonly chain: string;
  readonly accountCreatedAt: number | null;
  readonly issuedAt: Instant;
  readonly language: keyof Text;
}

/**
 * Makes the consent receipt of a chain as its head says that it is. Reads the entries, where they are not given, and what the chain continues
 * since the pseudonym key changed; nothing else.
 *
 * @throws ComplianceError `receipt.account` where the chain is that of an older account under the same uid; what Firestore throws
 */
export async function receiptFiles(
  { policy, clients }: Pick<Context, 'policy' | 'clients'>,
  { chain, accountCreatedAt, issuedAt, language, ...known }: ReceiptFilesOrder,
): Promise<{ readonly json: string; readonly html: string }> {
  const history = await historyUpTo(clients.own(), chain, known);
  if (accountCreatedAt !== null && isOlderAccounts(history, accountCreatedAt))
    throw new ComplianceError('receipt.account', 'these consents are of an older account that had this uid');
  const receipt = receiptOf({ policy, history, issuedAt, receiptId: randomUUID(), language });
  return { json: `${JSON.stringify(receipt, null, 2)}\n`, html: receiptPage(policy, receipt) };
}

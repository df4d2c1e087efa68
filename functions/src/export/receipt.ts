import type { Head } from '../ledger/chain.ts';
import type { Instant } from '../platform/clock.ts';
import type { Text } from '../policy/schema.ts';

/** The person's consent receipt as a part of an export: its id where it is missing, its name, and its files in the archive. */
export const CONSENT_RECEIPT = 'consentReceipt';
export const receiptName: Text = { en: 'Consent receipt', fr: 'Reçu de consentement' };
export const RECEIPT_JSON = 'receipts/consent-receipt.json';
export const RECEIPT_PAGE = 'receipts/consent-receipt.html';

/** A receipt, for programs and for people. */
export interface ReceiptFiles {
  readonly json: string;
  readonly html: string;
}

/** Names the person of a receipt, and the state of their chain. */
interface ReceiptOrder {
  readonly chain: string;
  /** Of the chain, as it was when the export began: nothing later is in the receipt. */
  readonly head: Head;
  /** In whole seconds; null where nobody knows it. */
  readonly accountCreatedAt: number | null;
  readonly issuedAt: Instant;
  readonly language: keyof Text;
}

/** Who makes receipts; given by the composition root, since capabilities do not know each other. */
export interface ReceiptPort {
  /** One that says so of somebody who was never asked, or never answered. Throws where the ledger cannot be read. */
  receipt(order: ReceiptOrder): Promise<ReceiptFiles>;
}

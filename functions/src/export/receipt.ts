/**
 * The person's consent receipt as a part of an export: its id if it is missing, and its files in
 * the archive.
 */
export const CONSENT_RECEIPT = 'consentReceipt';
export const RECEIPT_JSON = 'receipts/consent-receipt.json';
export const RECEIPT_PAGE = 'receipts/consent-receipt.html';

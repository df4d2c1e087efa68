/**
 * Errors with stable codes. Code and message name no person: both may be stored and logged; values
 * never are. `PermanentError`: trying again cannot help, an officer has to act. Every other error
 * is a failed attempt.
 */

/** Our codes and their meaning (docs/error-codes.md). A code keeps its meaning: it is stored. */
export const ERROR_CODES = {
  address_gone: 'Nobody can show any more that the address belongs to the person.',
  address_in_use: 'An account has the address of somebody without an account who was erased.',
  'brevo.budget': "Our own budget of Brevo's calls is used up for now.",
  'brevo.overdue': 'Brevo has not finished a deletion that it took over.',
  'brevo.readToday': 'The log of e-mails was read within a day, and is read again after that.',
  'certificate.answer': 'The evidence bucket answered something else than the object.',
  'certificate.attempts': 'Too many certificates of one erasure lie in the evidence bucket.',
  'certificate.contradicted': 'Something of the erased person is there when the certificate is to be signed.',
  'certificate.early': 'The erasure is not so far that a certificate can speak of it.',
  'certificate.faults': 'The certificate would not verify.',
  'certificate.meanwhile': 'Another attempt wrote the object at this moment.',
  'certificate.names': 'The certificate would name the person.',
  'certificate.readBack': 'The evidence bucket does not hold the written certificate.',
  'checkpoint.badSignature': 'The signature of the newest checkpoint is wrong.',
  'checkpoint.by_hand': 'Only a person who holds the signing key begins a new tree.',
  'checkpoint.bucket_changed': 'A stored part of the tree differs from the one that was written there.',
  'checkpoint.bucket_full': 'A part of the tree does not fit into a document.',
  'checkpoint.changed': 'A stored checkpoint differs from the signed one.',
  'checkpoint.differs': 'Database and evidence bucket hold different checkpoints of one name.',
  'checkpoint.rolled_back': 'The evidence bucket has checkpoints that the database does not know.',
  'checkpoint.tree_differs': 'The stored tree is not the one that was signed.',
  'checkpoint.untrustedKey': 'None of our keys signed the newest checkpoint.',
  config: 'A setting is missing or wrong.',
  'consent.entry': 'A withdrawal that an officer enters names no account, no consent of the policy, or no holder.',
  'disclosure.order': 'The record of a disclosure is incomplete or wrong.',
  email_in_use: 'A living account has verified an address of the person.',
  ended: 'The erasure has ended, and nobody knows any more who the person was.',
  'export.changed': 'An archive is not as it was published.',
  'export.empty': 'An export has no archive to publish.',
  'export.input': 'An export names no person or no request.',
  'export.late': 'An attempt went on after its time, and another one has taken over.',
  'export.policy': 'The policy changed between two parts of an export.',
  'export.step': 'An export has no such step.',
  'export.time': 'An export is larger than one task can carry in its time.',
  'firestore.contended': 'Rows were written again and again while they ended or changed.',
  'firestore.sdk': 'The Admin SDK no longer shows the exact values of a document.',
  'firestore.write': 'Firestore refused a write, or lost it.',
  'hold.order': 'The order of a legal hold is incomplete or wrong.',
  'hold.address': 'The address of a legal hold is kept no longer.',
  'hold.unknown': 'Nobody knows the person of a legal hold.',
  input: 'A job lacks a field that it needs, or has one of another form.',
  interrupted: 'The last attempts ended without a result.',
  'ledger.unreadable': 'An entry of the ledger is not as the backend writes it.',
  'ledger.moved': 'A newer checkpoint was signed while one was being read.',
  'ledger.set_back': 'The head of a chain is older than its entries.',
  no_record: 'The policy has no record for the effect of a consent.',
  no_scan: 'The policy no longer has the rows looked at one by one.',
  no_sweep: 'The system cannot end the rows by time.',
  'notice.moved': 'Another attempt is at the message.',
  'contact.answers': 'A message has had as many answers as it can have.',
  'contact.text': 'The answer to a message is empty or too long.',
  'officer.email': 'The address that an officer named is none.',
  'officer.name': 'A name of an officer is none.',
  'officer.sheetKey': 'The public key of the sheets for officers is not set.',
  'officer.uid': 'The uid that an officer named is none.',
  'officer.unknown': 'Nobody knows the person that an officer named.',
  'policy.contract': 'The policy no longer knows contracts.',
  'policy.fate': 'The system cannot end rows in the way of the policy.',
  'policy.path': 'The system has no such resource.',
  'policy.subject': 'The system cannot find rows in the way of the policy.',
  'policy.timestamp': 'The field that a sweep goes by is not a timestamp.',
  preview: 'A preview waits for nothing, and was asked to.',
  'receipt.account': 'The consents are of an older account that had this uid.',
  'replay.run': 'The name of a replay is none.',
  'replay.since': 'A replay looks back to a moment that has not come.',
  'request.entry': 'A request that an officer enters is incomplete or wrong.',
  'request.erased': 'The person of a request is erased, or is being erased.',
  'request.power': 'Nobody may ask for this right of the person by the power that an officer names.',
  'restriction.order': 'The order of a restriction is incomplete or wrong.',
  'restriction.untold': 'Nothing reaches the person of a restriction, so that it is not lifted.',
  'retention.record': 'No sweep ends rows of the record.',
  'seal.broken': 'A document of the backend is not as the backend wrote it.',
  secret: 'A secret is not set, or set twice.',
  signing_key: 'A signing key is missing or cannot be read.',
  'stripe.pdf': 'Stripe gave no PDF of an invoice.',
  'subject.email': 'The text is no e-mail address.',
  'subject.key': 'The text is neither a uid nor the key of a proven address.',
  'subject.pseudonym': 'The pseudonym cannot be part of a path.',
  'subject.uid': 'The uid cannot be part of a path.',
  'system.unknown': 'The policy names a system without a folder.',
  'transmission.noAnswer': 'The other controller did not answer.',
  'transmission.notTrusted': "The other controller's certificate is not trusted.",
  'transmission.privateAddress': 'The address of the other controller is in a private network.',
  'transmission.redirect': 'The other controller pointed elsewhere.',
  'transmission.refused': 'The other controller refused the archive.',
  'transmission.unavailable': 'The other controller asks to come back later.',
  'transmission.unknownHost': 'The host of the other controller is unknown.',
  uid_in_use: 'Another account has the uid of the person.',
  unexpected: 'Something failed that nobody foresaw.',
  unknown_step: 'A job has no such step: it is of another version.',
} as const;

/**
 * Codes of a system, behind its id: `stripe.left`. Its HTTP statuses stand there too: `brevo.429`.
 */
export const SYSTEM_CODES = {
  answer: "The system's answer differs from its documentation.",
  left: 'Something is there that should have ended: it is ended again, and read back.',
  many: 'The system has more of one person than can be right.',
  network: 'The system could not be reached.',
} as const;

/** The codes that we give ourselves. */
type OwnCode = keyof typeof ERROR_CODES | `${string}.${keyof typeof SYSTEM_CODES | number}`;

/** A code as another company or Google gave it: `stripe.card_declined`, `auth/user-disabled`. */
type ForeignCode = `auth/${string}` | (`${string}.${string}` & { readonly isForeign: true });

export type ErrorCode = OwnCode | ForeignCode;

/** The code of another company's error, behind the system's id. */
export const foreignCode = (system: string, code: string | number): ForeignCode => `${system}.${code}` as ForeignCode;

export class ComplianceError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Something is there that should have ended. It is ended again, and read back. */
export class LeftError extends ComplianceError {}

/**
 * Trying again cannot help: the step is `blocked` at once, and the message says what an officer
 * must do.
 */
export class PermanentError extends ComplianceError {}

/** The other side asks to come back later (a rate limit): a wait, not a failed attempt. */
export class RetryAfterError extends ComplianceError {
  /** Epoch milliseconds before which the other side will not answer. */
  readonly until: number;

  constructor(code: ErrorCode, message: string, until: number, options?: { cause?: unknown }) {
    super(code, message, options);
    this.until = until;
  }
}

/**
 * Our own budget of another company's calls is used up. Nobody refuses, and the calls come by
 * waiting alone: an answer to a person waits for them rather than come shorter
 * (export/waiting.ts).
 */
export class BudgetError extends RetryAfterError {}

/**
 * Returns the part of an error that may be stored: its code and, for our own errors, the message. A
 * stranger's message may hold personal data.
 */
export function storableError(error: unknown): { code: string; message: string } {
  if (error instanceof ComplianceError) return { code: error.code, message: error.message };
  const named = error as { name?: unknown; code?: unknown; statusCode?: unknown; type?: unknown } | null;
  const name = typeof named?.name === 'string' ? named.name : 'Error';
  const code = [named?.code, named?.statusCode, named?.type].find(
    (v) => typeof v === 'string' || typeof v === 'number',
  );
  return {
    code: code === undefined ? 'unexpected' : String(code),
    message: `${name}${code === undefined ? '' : ` (${code})`}: the message is left out, since it could name a person`,
  };
}

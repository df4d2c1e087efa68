/**
 * Errors with stable codes. Code and message name no person: both may be stored and logged; values
 * never are. `PermanentError`: trying again cannot help, an officer has to act. Every other error
 * is a failed attempt.
 */

/**
 * The exit codes of a command that an error ended: the answer is no; wrong use, or a setting is
 * missing; everything else, as if a system did not answer.
 */
type ErrorExit = 1 | 2 | 3;

/**
 * Our codes, each with the exit code of a command that ends with it, and its meaning
 * (docs/error-codes.md). A code keeps its meaning: it is stored.
 */
export const ERROR_CODES = {
  address_gone: [1, 'Nobody can show any more that the address belongs to the person.'],
  address_in_use: [1, 'An account has the address of somebody without an account who was erased.'],
  'brevo.budget': [3, "Our own budget of Brevo's calls is used up for now."],
  'brevo.overdue': [3, 'Brevo has not finished a deletion that it took over.'],
  'brevo.readToday': [3, 'The log of e-mails was read within a day, and is read again after that.'],
  'certificate.answer': [3, 'The evidence bucket answered something else than the object.'],
  'certificate.attempts': [3, 'Too many certificates of one erasure lie in the evidence bucket.'],
  'certificate.contradicted': [3, 'Something of the erased person is there when the certificate is to be signed.'],
  'certificate.early': [3, 'The erasure is not so far that a certificate can speak of it.'],
  'certificate.faults': [3, 'The certificate would not verify.'],
  'certificate.meanwhile': [3, 'Another attempt wrote the object at this moment.'],
  'certificate.names': [3, 'The certificate would name the person.'],
  'certificate.readBack': [3, 'The evidence bucket does not hold the written certificate.'],
  'checkpoint.badSignature': [3, 'The signature of the newest checkpoint is wrong.'],
  'checkpoint.by_hand': [3, 'Only a person who holds the signing key begins a new tree.'],
  'checkpoint.bucket_changed': [3, 'A stored part of the tree differs from the one that was written there.'],
  'checkpoint.bucket_full': [3, 'A part of the tree does not fit into a document.'],
  'checkpoint.changed': [3, 'A stored checkpoint differs from the signed one.'],
  'checkpoint.differs': [3, 'Database and evidence bucket hold different checkpoints of one name.'],
  'checkpoint.rolled_back': [3, 'The evidence bucket has checkpoints that the database does not know.'],
  'checkpoint.tree_differs': [3, 'The stored tree is not the one that was signed.'],
  'checkpoint.untrustedKey': [3, 'None of our keys signed the newest checkpoint.'],
  config: [2, 'A setting is missing or wrong.'],
  'consent.entry': [2, 'A withdrawal that an officer enters names no account, no consent of the policy, or no holder.'],
  'disclosure.order': [2, 'The record of a disclosure is incomplete or wrong.'],
  email_in_use: [1, 'A living account has verified an address of the person.'],
  ended: [1, 'The erasure has ended, and nobody knows any more who the person was.'],
  'export.changed': [1, 'An archive is not as it was published.'],
  'export.empty': [3, 'An export has no archive to publish.'],
  'export.late': [3, 'An attempt went on after its time, and another one has taken over.'],
  'export.policy': [3, 'The policy changed between two parts of an export.'],
  'export.time': [3, 'An export is larger than one task can carry in its time.'],
  'firestore.contended': [3, 'Rows were written again and again while they ended or changed.'],
  'firestore.sdk': [3, 'The Admin SDK no longer shows the exact values of a document.'],
  'firestore.write': [3, 'Firestore refused a write, or lost it.'],
  'hold.order': [2, 'The order of a legal hold is incomplete or wrong.'],
  'hold.address': [1, 'The address of a legal hold is kept no longer.'],
  'hold.unknown': [1, 'Nobody knows the person of a legal hold.'],
  input: [3, 'A job lacks a field that it needs, or has one of another form.'],
  interrupted: [3, 'The last attempts ended without a result.'],
  'ledger.unreadable': [1, 'An entry of the ledger is not as the backend writes it.'],
  'ledger.moved': [3, 'A newer checkpoint was signed while one was being read.'],
  'ledger.set_back': [1, 'The head of a chain is older than its entries.'],
  no_record: [3, 'The policy has no record for the effect of a consent.'],
  no_scan: [3, 'The policy no longer has the rows looked at one by one.'],
  no_sweep: [3, 'The system cannot end the rows by time.'],
  'notice.moved': [3, 'Another attempt is at the message.'],
  'contact.answers': [2, 'A message has had as many answers as it can have.'],
  'contact.text': [2, 'The answer to a message is empty or too long.'],
  'officer.email': [2, 'The address that an officer named is none.'],
  'officer.name': [2, 'A name of an officer is none.'],
  'officer.sheetKey': [2, 'The public key of the sheets for officers is not set.'],
  'officer.uid': [2, 'The uid that an officer named is none.'],
  'officer.unknown': [1, 'Nobody knows the person that an officer named.'],
  'policy.contract': [3, 'The policy no longer knows contracts.'],
  'policy.fate': [3, 'The system cannot end rows in the way of the policy.'],
  'policy.path': [3, 'The system has no such resource.'],
  'policy.subject': [3, 'The system cannot find rows in the way of the policy.'],
  'policy.timestamp': [3, 'The field that a sweep goes by is not a timestamp.'],
  preview: [3, 'A preview waits for nothing, and was asked to.'],
  'receipt.account': [1, 'The consents are of an older account that had this uid.'],
  'replay.run': [2, 'The name of a replay is none.'],
  'replay.since': [2, 'A replay looks back to a moment that has not come.'],
  'request.entry': [2, 'A request that an officer enters is incomplete or wrong.'],
  'request.erased': [1, 'The person of a request is erased, or is being erased.'],
  'request.power': [1, 'Nobody may ask for this right of the person by the power that an officer names.'],
  'restriction.order': [2, 'The order of a restriction is incomplete or wrong.'],
  'restriction.untold': [1, 'Nothing reaches the person of a restriction, so that it is not lifted.'],
  'retention.record': [2, 'No sweep ends rows of the record.'],
  'seal.broken': [1, 'A document of the backend is not as the backend wrote it.'],
  secret: [2, 'A secret is not set, or set twice.'],
  signing_key: [2, 'A signing key is missing or cannot be read.'],
  'stripe.pdf': [3, 'Stripe gave no PDF of an invoice.'],
  'subject.email': [2, 'The text is no e-mail address.'],
  'subject.key': [2, 'The text is neither a uid nor the key of a proven address.'],
  'subject.pseudonym': [2, 'The pseudonym cannot be part of a path.'],
  'subject.uid': [2, 'The uid cannot be part of a path.'],
  'system.unknown': [3, 'The policy names a system without a folder.'],
  'transmission.noAnswer': [3, 'The other controller did not answer.'],
  'transmission.notTrusted': [3, "The other controller's certificate is not trusted."],
  'transmission.privateAddress': [3, 'The address of the other controller is in a private network.'],
  'transmission.redirect': [3, 'The other controller pointed elsewhere.'],
  'transmission.refused': [3, 'The other controller refused the archive.'],
  'transmission.unavailable': [3, 'The other controller asks to come back later.'],
  'transmission.unknownHost': [3, 'The host of the other controller is unknown.'],
  uid_in_use: [1, 'Another account has the uid of the person.'],
  unexpected: [3, 'Something failed that nobody foresaw.'],
  unknown_step: [3, 'A job has no such step: it is of another version.'],
} as const satisfies Readonly<Record<string, readonly [exit: ErrorExit, meaning: string]>>;

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

/** Returns the exit code of a command that ends with an error of this code. */
export const exitOf = (code: ErrorCode): ErrorExit =>
  Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as keyof typeof ERROR_CODES][0] : 3;

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

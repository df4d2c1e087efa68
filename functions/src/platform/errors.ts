/**
 * Errors with stable codes. A code and a message that names no person: both may be stored and logged; values never are.
 * `PermanentError`: trying again cannot help, an officer has to act. Anything else that is thrown is a failed attempt.
 */
export class ComplianceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Trying again cannot help: the step is `blocked` at once, and the message says what an officer must do. */
export class PermanentError extends ComplianceError {}

/** The other side asks to come back later (a rate limit): a wait, not a failed attempt. */
export class RetryAfterError extends ComplianceError {
  /** Epoch milliseconds before which the other side will not answer. */
  readonly until: number;

  constructor(code: string, message: string, until: number, options?: { cause?: unknown }) {
    super(code, message, options);
    this.until = until;
  }
}

/**
 * Our own budget of another company's calls is used up. Nobody refuses, and the calls come by
 * waiting alone: an answer to a person waits for them rather than come shorter
 * (export/patience.ts).
 */
export class BudgetError extends RetryAfterError {}

/** The part of an error that may be stored: its code and, for our own errors, the message. A stranger's message may hold personal data. */
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

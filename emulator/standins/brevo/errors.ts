import type { Answer } from '../standin.ts';

/**
 * A refusal in Brevo's shape, `{ code, message, metadata? }`
 * (https://developers.brevo.com/docs/how-it-works, "Error codes").
 */
export class BrevoFailure extends Error {
  readonly status: number;
  readonly code: string;
  readonly metadata: Record<string, unknown> | undefined;

  constructor(status: number, code: string, message: string, metadata?: Record<string, unknown>) {
    super(message);
    this.status = status;
    this.code = code;
    this.metadata = metadata;
  }

  answer(): Answer {
    const { code, message, metadata, status } = this;
    return { status, body: { code, message, ...(metadata ? { metadata } : {}) } };
  }
}

export const invalid = (message: string): BrevoFailure => new BrevoFailure(400, 'invalid_parameter', message);
export const missingParameter = (message: string): BrevoFailure => new BrevoFailure(400, 'missing_parameter', message);
export const outOfRange = (message: string): BrevoFailure => new BrevoFailure(400, 'out_of_range', message);
export const notFound = (message: string): BrevoFailure => new BrevoFailure(404, 'document_not_found', message);

/**
 * Refuses calls that the stand-in does not know. The words are not Brevo's, so that nobody takes
 * the gap for Brevo's behaviour.
 */
export const unknownCall = (method: string, path: string): BrevoFailure =>
  new BrevoFailure(
    501,
    'standin_unknown_call',
    `The local Brevo does not know ${method} ${path}: add it to emulator/standins/brevo, with its documentation`,
  );

/** https://developers.brevo.com/docs/limit-headers: "429 Too Many Requests". */
export const tooManyRequests = (): Answer =>
  new BrevoFailure(429, 'too_many_requests', 'You have exceeded the rate limit').answer();

export const internalError = (): Answer => new BrevoFailure(500, 'internal_error', 'Internal server error').answer();

import { status, type ServiceError } from '@grpc/grpc-js';

/** An error that a gRPC caller receives as it is. */
export class StatusError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Turns an error of the in-memory client into the status for the gRPC caller. */
export function toStatus(error: unknown): Partial<ServiceError> {
  const { code, details, message } = error as Partial<ServiceError>;
  return { code: typeof code === 'number' ? code : status.UNKNOWN, details: details ?? message ?? String(error) };
}

/**
 * Codes of failed calls to Google: gRPC statuses of Firestore
 * (https://grpc.io/docs/guides/status-codes), HTTP statuses of Cloud Storage.
 */

/** Returns the code of an error, or undefined if it has none. */
export const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null | undefined)?.code;

/** True if Firestore did not take the content: too large, or nothing that it can store. */
export const isInvalid = (error: unknown): boolean => codeOf(error) === 3;

/** True if an update met no document. */
export const isNotFound = (error: unknown): boolean => codeOf(error) === 5;

/**
 * True if a create met its document. Creates are how an effect happens once: meeting one's own is
 * not an error.
 */
export const alreadyExists = (error: unknown): boolean => codeOf(error) === 6;

/** True if a transaction gave up, because others wrote the same document again and again. */
export const isAborted = (error: unknown): boolean => codeOf(error) === 10;

/** True if Firestore takes no more for now. */
export const isExhausted = (error: unknown): boolean => codeOf(error) === 8;

/** True if the same write can succeed later (RESOURCE_EXHAUSTED, ABORTED, UNAVAILABLE). */
export const isWorthRetrying = (error: unknown): boolean => [8, 10, 14].includes(codeOf(error) as number);

/** True if Google failed by itself (INTERNAL): only a write that can run twice is tried again. */
export const isInternal = (error: unknown): boolean => codeOf(error) === 13;

/**
 * True if a guarded write met a document that is gone or was written since it was read
 * (NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION), or that others are writing (ABORTED).
 */
export const isChangedSince = (error: unknown): boolean => [5, 6, 9, 10].includes(codeOf(error) as number);

/** True if Cloud Storage has no such object. */
export const isNoObject = (error: unknown): boolean => codeOf(error) === 404;

/** True if Cloud Storage has another generation of the object than the call expects. */
export const isOtherGeneration = (error: unknown): boolean => codeOf(error) === 412;

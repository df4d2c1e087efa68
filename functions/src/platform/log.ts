import * as logger from 'firebase-functions/logger';

/**
 * The fields of a log line: ids of our own, pseudonyms, codes and counts. Never an e-mail, a name,
 * a uid or a document's content.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** Structured lines in Cloud Logging. */
export const cloudLog: Log = {
  info: (event, fields) => logger.info(event, { ...fields }),
  warn: (event, fields) => logger.warn(event, { ...fields }),
  error: (event, fields) => logger.error(event, { ...fields }),
};

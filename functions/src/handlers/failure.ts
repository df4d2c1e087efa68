import type { Log } from '../platform/log.ts';

/**
 * Does the work of a request. If it fails, the log says so without a stranger's words, and the
 * caller gets another answer.
 *
 * @param what the line of the log
 */
export async function unlessFailed<T>(
  log: Pick<Log, 'error'>,
  what: string,
  work: () => Promise<T>,
  failed: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { storableError } = await import('../platform/errors.ts');
    const { code, message } = storableError(error);
    log.error(what, { code, message });
    return failed();
  }
}

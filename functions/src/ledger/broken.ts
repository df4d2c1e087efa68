import type { Context } from '../platform/context.ts';
import { ComplianceError } from '../platform/errors.ts';

/** True if an error says that a document of the backend is not as the backend wrote it. */
export const isBroken = (error: unknown): error is ComplianceError =>
  error instanceof ComplianceError && (error.code === 'seal.broken' || error.code === 'ledger.unreadable');

/**
 * Does one person's part of work that is about many. If a document about them is not ours, nothing
 * is decided about this person, an error is logged, and everybody else has their turn.
 *
 * @param chain name of the person's chain: a pseudonym
 * @returns null if the person was left out
 */
export async function unlessBroken<T>(
  context: Pick<Context, 'log'>,
  { job, chain }: { readonly job: string; readonly chain: string },
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!isBroken(error)) throw error;
    context.log.error('a person is left out: a document about them is not as the backend wrote it', {
      job,
      chain,
      code: error.code,
    });
    return null;
  }
}

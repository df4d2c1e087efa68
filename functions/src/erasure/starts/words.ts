import type { Context } from '../../platform/context.ts';
import { loadRequest } from '../../requests/store.ts';
import type { ErasureJob } from '../job.ts';

/** Returns the words for the beginner: the person, somebody for them, or a withdrawal. */
export async function askedWords(
  context: Context,
  { input: { startedBy, request } }: ErasureJob,
): Promise<'asked' | 'askedFor' | 'withdrawn'> {
  if (startedBy === 'withdrawal') return 'withdrawn';
  const record = request === undefined ? null : await loadRequest(context, request);
  return record?.onBehalf === undefined ? 'asked' : 'askedFor';
}

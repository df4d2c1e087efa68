import type { Context } from '../../platform/context.ts';
import { loadRequest } from '../../requests/store.ts';
import type { ErasureJob } from '../job.ts';

/** True if somebody else asked for it, in the place of the person. */
const isAskedFor = async (context: Context, { input: { request } }: ErasureJob): Promise<boolean> =>
  request !== undefined && (await loadRequest(context, request))?.onBehalf !== undefined;

/** Returns the words for the beginner: the person, somebody for them, or a withdrawal. */
export async function askedWords(context: Context, job: ErasureJob): Promise<'asked' | 'askedFor' | 'withdrawn'> {
  if (job.input.startedBy === 'withdrawal') return 'withdrawn';
  return (await isAskedFor(context, job)) ? 'askedFor' : 'asked';
}

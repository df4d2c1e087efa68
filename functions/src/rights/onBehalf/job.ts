import * as z from 'zod/mini';
import { defineJob, uid } from '../../jobs/define.ts';

/**
 * Holds a request that somebody made for another person. `tell` shows it to the person. `goOn`
 * waits for their word, or for the day on which it goes on without one. `asked`: the key of the
 * request.
 */
export const heldJobs = defineJob('request', {
  input: () => z.object({ uid, requestId: z.string(), asked: z.string() }),
  steps: ['tell', 'goOn'],
});

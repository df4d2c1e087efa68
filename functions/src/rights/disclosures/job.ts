import * as z from 'zod/mini';
import { defineJob } from '../../jobs/define.ts';

/** Shows a hidden disclosure on its day. */
export const releaseJobs = defineJob('disclosure', {
  input: () => z.object({ disclosure: z.string() }),
  steps: ['release'],
});

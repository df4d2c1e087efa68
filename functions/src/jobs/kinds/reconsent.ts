import * as z from 'zod';
import { defineJob } from '../define.ts';

/** Asks everybody again whose consent is due. */
export const reconsentJobs = defineJob('reconsent', {
  input: z.object({ scheduledAt: z.number() }),
  steps: ['older', 'overdue', 'everOverdue', 'headsOverdue', 'headsOlder'],
});

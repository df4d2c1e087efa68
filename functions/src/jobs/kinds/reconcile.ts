import * as z from 'zod';
import { defineJob } from '../define.ts';

/** Compares consent documents with the ledger, and follows what time alone changes. */
export const reconcileJobs = defineJob('reconcile', {
  input: z.object({
    scheduledAt: z.number(),
    /** When the documents were written that are compared. */
    from: z.number(),
    to: z.number(),
  }),
  steps: ['documents', 'protection'],
});

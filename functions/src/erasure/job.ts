import * as z from 'zod';
import { defineJob } from '../jobs/define.ts';

/** Compares the accounts that are known with those that Auth has. */
export const accountsJobs = defineJob('accounts', {
  input: z.object({ scheduledAt: z.number() }),
  steps: ['accounts'],
});

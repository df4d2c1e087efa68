import * as z from 'zod';
import { defineJob, type JobOf } from '../define.ts';
import { uid } from './fields.ts';

/**
 * Carries a decision about a purpose to where it has consequences. A step is named after the system
 * that it speaks with, or ends records (consent/effects.ts).
 */
export const changeJobs = defineJob('change', { input: z.object({ uid, purpose: z.string() }) });

export type ChangeJob = JobOf<typeof changeJobs>;

/** Asks a person again for the consents that expired together: marks the documents, and starts one notice. */
export const askJobs = defineJob('change', {
  input: z.object({ uid, purposes: z.array(z.string()) }),
  steps: ['mark', 'notify'],
});

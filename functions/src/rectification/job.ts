import * as z from 'zod/mini';
import { defineJob, uid, type JobOf } from '../jobs/define.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';

/** The person of a change, and a purpose whose answers changed. */
export const changed = () => z.object({ uid, purpose: z.string() });

/** Brings the answers of a person to a system, as any change of them does (consent/job.ts). */
export const restrictedJobs = defineJob('change', { input: changed });

/**
 * Carries the values of a person to one record of another system, as they are when the step runs,
 * and gives an officer the rest. Or has an officer tell one recipient without an interface.
 */
export const rectifyJobs = defineJob('rectify', {
  input: () =>
    z.object({
      uid,
      record: z.optional(z.string()),
      recipient: z.optional(z.string()),
      /** The key of the request that asked for it. */
      request: z.optional(z.string()),
      /** How often that request was carried before. */
      round: z.optional(z.number()),
    }),
  steps: ['carry', OFFICERS_STEP],
});

export type RectifyJob = JobOf<typeof rectifyJobs>;

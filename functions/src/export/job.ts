import * as z from 'zod/mini';
import { defineJob, uid, type JobOf } from '../jobs/define.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';

/**
 * Answers a request with an archive.
 *
 * | step | work |
 * |---|---|
 * | `archive` | writes the archive to an object of its own (random name), part by part, and
 * publishes it |
 * | `transmit` | sends the published archive to the address that the person gave |
 * | `told` | writes to the person that it was made |
 * | `clean` | removes everything else under the request's prefix |
 * | `officers` | makes an officer's task of each part that the archive lacks, and waits for them |
 *
 * The last is a job of its own (`partsJob`), as is the message about the whole (`toldJob`).
 */
export const exportJobs = defineJob('export', {
  input: () =>
    z.object({
      uid,
      requestId: z.string(),
      /** The key of the request. */
      request: z.string(),
      product: z.enum(['portability', 'access']),
      /** The person asked to have it sent to another controller. */
      transmission: z.optional(z.literal(true)),
      /** The job whose objects are to be removed, in a job that only cleans. */
      of: z.optional(z.string()),
    }),
  steps: ['archive', 'transmit', 'told', 'clean', OFFICERS_STEP],
});

export type ExportJob = JobOf<typeof exportJobs>;

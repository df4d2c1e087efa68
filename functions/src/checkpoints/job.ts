import * as z from 'zod/mini';
import { defineJob } from '../jobs/define.ts';

/** Builds and signs a checkpoint of the ledger. */
export const checkpointJobs = defineJob('checkpoint', {
  input: () =>
    z.object({
      /** The day (UTC), and the number within it from the second on. */
      name: z.string(),
      /** Begin with an empty tree, and say so in the checkpoint. */
      rebuild: z.boolean(),
    }),
  steps: ['claim', 'changed', 'conflicts', 'ended', 'compared', 'sign'],
});

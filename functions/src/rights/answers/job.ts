import * as z from 'zod/mini';
import { replyKinds } from '../../requests/reply.ts';
import { defineJob } from '../../jobs/define.ts';

/** Tells a person an officer's decision about their request. */
export const replyJobs = defineJob('request', {
  input: () =>
    z.object({
      /** Empty: somebody without an account. */
      uid: z.string(),
      /** The name among `subjects` of somebody without an account. */
      subjectKey: z.optional(z.string()),
      requestId: z.string(),
      /** Its name in `requests`. */
      request: z.string(),
      /** The reply: a later one has a job of its own. */
      kind: z.enum(replyKinds),
      at: z.number(),
    }),
  steps: ['stop', 'document', 'mail'],
});

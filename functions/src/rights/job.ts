import * as z from 'zod/mini';
import { defineJob, uid } from '../jobs/define.ts';
import { requestTypes } from '../requests/request.ts';

/** Begins a person's queued requests of a type, when their time comes. */
export const queueJobs = defineJob('request', {
  input: () => z.object({ uid, type: z.enum(requestTypes) }),
  steps: ['begin'],
});

import * as z from 'zod';
import { defineJob, uid } from '../jobs/define.ts';
import { requestTypes } from '../requests/request.ts';

/** Begins what a person has queued of a type, when its time comes. */
export const queueJobs = defineJob('request', {
  input: z.object({ uid, type: z.enum(requestTypes) }),
  steps: ['begin'],
});

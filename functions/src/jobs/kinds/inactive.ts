import * as z from 'zod';
import { defineJob } from '../define.ts';
import { uid } from './fields.ts';

/** Looks every night at the accounts that nobody uses. */
export const inactiveJobs = defineJob('inactive', {
  input: z.object({ scheduledAt: z.number() }),
  steps: ['found', 'accounts'],
});

/** Tells one person that their account is not used, and when it ends. */
export const tellInactiveJobs = defineJob('inactive', {
  input: z.object({ uid, lastActiveAt: z.number() }),
  steps: ['tell'],
});

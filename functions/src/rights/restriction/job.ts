import * as z from 'zod/mini';
import { defineJob, uid } from '../../jobs/define.ts';
import { OFFICERS_STEP } from '../../officerTasks/task.ts';

/** The jobs of restrictions (Art. 18): recipients are told, and an announced end is carried out. */

/** The order about a restriction: a later one has a job of its own. */
const ordered = () => z.object({ uid, name: z.string(), at: z.number() });

/** Tells the recipients that a restriction begins or is over (Art. 19), by officers' tasks. */
export const recipientJobs = defineJob('restriction', {
  input: () => z.extend(ordered(), { change: z.enum(['begun', 'over']), purposes: z.optional(z.array(z.string())) }),
  steps: ['recipients', OFFICERS_STEP],
});

/** Tells the person that a restriction ends, and then ends it (Art. 18(3)). */
export const liftJobs = defineJob('restriction', {
  input: () => z.extend(ordered(), { tellAt: z.number(), liftsAt: z.number() }),
  steps: ['tell', 'lift'],
});

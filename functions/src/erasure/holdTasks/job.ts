import * as z from 'zod/mini';
import { defineJob, type JobOf } from '../../jobs/define.ts';
import { OFFICERS_STEP } from '../../officerTasks/task.ts';

/** The jobs of a legal hold at the recipients: they are told to keep data, and that it is over. */

/** The person of a hold, as a sheet needs them. */
const held = () =>
  z.object({
    /** Empty: a person without an account. */
    uid: z.string(),
    /** The key of their address among `subjects`. */
    subjectKey: z.optional(z.string()),
    /** Whole seconds since the epoch; null if nobody knows it. */
    accountCreatedAt: z.nullable(z.number()),
    /** The id of the hold. */
    hold: z.string(),
  });

/** Tells the recipients to keep the data, and waits until the hold is over. */
export const keepJobs = defineJob('hold', {
  input: () => z.extend(held(), { records: z.optional(z.array(z.string())) }),
  steps: ['recipients', 'hold'],
});

/** Tells the recipients that were told before that the hold is over. */
export const overJobs = defineJob('hold', {
  input: () => z.extend(held(), { recipients: z.array(z.string()) }),
  steps: ['over', OFFICERS_STEP],
});

export type KeepJob = JobOf<typeof keepJobs>;
export type OverJob = JobOf<typeof overJobs>;

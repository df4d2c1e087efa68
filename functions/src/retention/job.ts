import * as z from 'zod/mini';
import { defineJob, uid } from '../jobs/define.ts';

/** Plans the run of a night: a job for each sweep, and one that looks for undeclared places. */
export const nightJobs = defineJob('retention', {
  input: () => z.object({ scheduledAt: z.number() }),
  steps: ['plan'],
});

/** One sweep of a run: a rule of a record, and the time up to which its rows are over. */
const sweep = () =>
  z.object({
    run: z.string(),
    record: z.string(),
    /** The number of the rule of the record's fate. */
    rule: z.number(),
    field: z.string(),
    cutoff: z.number(),
    /** Is each row asked for documents below it? */
    withFollowers: z.optional(z.literal(true)),
  });

/** Finds how many windows a sweep needs, or looks at its rows without a usable time. */
export const sweepJobs = defineJob('retention', { input: sweep, steps: ['split', 'scan'] });

/** Ends the rows of one window of a sweep. */
export const windowJobs = defineJob('retention', {
  input: () =>
    z.extend(sweep(), {
      /** Of the window in its sweep. */
      number: z.number(),
      window: z.object({ from: z.nullable(z.number()), until: z.number() }),
    }),
  steps: ['sweep'],
});

/** Looks for collections that no policy declares. */
export const undeclaredJobs = defineJob('retention', {
  input: () => z.object({ run: z.string() }),
  steps: ['undeclared'],
});

/** Looks every night at the accounts that nobody uses. */
export const inactiveJobs = defineJob('inactive', {
  input: () => z.object({ scheduledAt: z.number() }),
  steps: ['found', 'accounts'],
});

/** Tells one person that their account is not used, and when it ends. */
export const tellInactiveJobs = defineJob('inactive', {
  input: () => z.object({ uid, lastActiveAt: z.number() }),
  steps: ['tell'],
});

/** Finds every night the contracts that have ended. */
export const contractsJobs = defineJob('lapse', {
  input: () => z.object({ scheduledAt: z.number() }),
  steps: ['contracts'],
});

/** Ends the records of one person that are over since the end of the contract. */
export const lapseJobs = defineJob('lapse', {
  input: () => z.object({ uid, endedAt: z.number() }),
  steps: ['records'],
});

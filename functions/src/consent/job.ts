import * as z from 'zod/mini';
import { defineJob, uid, type JobOf } from '../jobs/define.ts';
import { INSTRUCTIONS } from '../officerTasks/task.ts';
import { REGIMES } from '../policy/regimes.ts';
import { changed } from '../rectification/job.ts';

/**
 * Carries a decision about a purpose to its consequences. A step is named after the system that it
 * speaks with, or ends records (consent/effects.ts).
 */
export const changeJobs = defineJob('change', {
  input: () =>
    z.extend(changed(), {
      /** The word to recipients without an interface; absent: none is told. */
      tell: z.optional(z.enum(INSTRUCTIONS)),
      /** The number of the entry that they are told of. */
      seq: z.optional(z.number()),
    }),
});

export type ChangeJob = JobOf<typeof changeJobs>;

/**
 * Asks a person again for the consents that expired together: marks the documents, and starts one
 * notice.
 */
export const askJobs = defineJob('change', {
  input: () => z.object({ uid, purposes: z.array(z.string()) }),
  steps: ['mark', 'notify'],
});

/** Tells a person how somebody answered about a consent for them (told.ts). */
export const answeredJobs = defineJob('change', {
  input: () =>
    z.object({
      uid,
      /** When it was given: it makes the document once. */
      at: z.number(),
      purpose: z.string(),
      granted: z.boolean(),
      regime: z.enum(REGIMES),
      /** True if a yes counts only together with the person's own. */
      needsPerson: z.boolean(),
    }),
  steps: ['answered'],
});

export type AnsweredJob = JobOf<typeof answeredJobs>;

/**
 * Compares consent documents with the ledger, follows changes of time alone, verifies statements,
 * and compares the states that the app reads.
 */
export const reconcileJobs = defineJob('reconcile', {
  input: () =>
    z.object({
      scheduledAt: z.number(),
      /** When the documents and the heads were written that are compared. */
      from: z.number(),
      to: z.number(),
    }),
  steps: ['documents', 'protection', 'statements', 'shown'],
});

/** Tells everybody of a version of the policy before it takes effect. */
export const announceJobs = defineJob('reconsent', {
  input: () => z.object({ version: z.string() }),
  steps: ['announce'],
});

/** Asks again for every consent that is due. */
export const reconsentJobs = defineJob('reconsent', {
  input: () => z.object({ scheduledAt: z.number() }),
  steps: ['older', 'overdue', 'everOverdue', 'headsOverdue', 'headsOlder'],
});

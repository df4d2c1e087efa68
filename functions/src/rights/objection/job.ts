import * as z from 'zod/mini';
import { defineJob, uid as aUid, type JobOf } from '../../jobs/define.ts';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { Job } from '../../jobs/types.ts';
import { DAY_MS, type Instant } from '../../platform/time.ts';
import type { PurposeId } from '../../policy/schema.ts';
import type { RequestRef } from '../../requests/store.ts';
import { isAddressKey } from '../../subject/emails.ts';

/** The jobs of objections (Art. 21). */

/** Pauses the use of data for a purpose that somebody objects to (Art. 18(1)(d)). */
export const pauseJobs = defineJob('request', {
  input: () =>
    z.object({
      uid: aUid,
      /** Its name in `requests`. */
      request: z.string(),
      purpose: z.string(),
    }),
  steps: ['paused'],
});

/** Plans the pause for a request. */
export const pauseJob = (
  { key, uid }: RequestRef,
  { chain, purpose, dueAt }: { readonly chain: string; readonly purpose: PurposeId; readonly dueAt: Instant },
): JobPlan =>
  pauseJobs.plan({
    id: `pause_${key}`,
    pseudonym: chain,
    input: { uid, request: key, purpose },
    dueAt,
    steps: [{ id: 'paused' }],
  });

/**
 * Carries out an objection: to direct marketing at once, and without an officer (Art. 21(3)); to
 * any other purpose when an officer has upheld it.
 */
export const objectionJobs = defineJob('request', {
  input: () =>
    z.object({
      /** Empty: somebody without an account. */
      uid: z.string(),
      /** The name among `subjects` of somebody without an account. */
      subjectKey: z.optional(z.string().check(z.refine(isAddressKey))),
      requestId: z.string(),
      /** Its name in `requests`. */
      request: z.string(),
      purposes: z.array(z.string()),
      /** When the person objected, or an officer upheld it: the purposes end then. */
      at: z.number(),
    }),
  steps: ['objected', 'silenced', 'asked', 'answered', 'officers'],
});

export type ObjectionJob = JobOf<typeof objectionJobs>;

/** An objection that is carried out, before its job exists. */
export interface ObjectionOrder {
  readonly chain: string;
  readonly subjectKey?: string | undefined;
  /** Everything that it ends (policy/purposes/marketing.ts). */
  readonly purposes: readonly PurposeId[];
  /** When the person objected, or an officer upheld it. */
  readonly at: Instant;
  readonly dueAt: Instant;
}

export const objectionJob = (
  { key, uid, requestId }: RequestRef,
  { chain, subjectKey, purposes, at, dueAt }: ObjectionOrder,
): JobPlan =>
  objectionJobs.plan({
    id: `object_${key}`,
    pseudonym: chain,
    input: { uid, subjectKey, requestId, request: key, purposes: [...purposes], at },
    dueAt,
    steps: [
      { id: 'objected' },
      { id: 'silenced', after: ['objected'] },
      { id: 'asked', after: ['silenced'] },
      { id: 'answered', after: ['asked'] },
      { id: 'officers', after: ['answered'] },
    ],
  });

/** Looks whether an unsubscription is true that Brevo told of. */
export const brevoJobs = defineJob('request', {
  input: () => z.object({ subjectKey: z.string().check(z.refine(isAddressKey)), at: z.number() }),
  steps: ['believed'],
});

export type BrevoJob = JobOf<typeof brevoJobs>;

/**
 * Plans the look at one event.
 *
 * @param event names it: told again, it is the same
 */
export const brevoJob = (event: string, subjectKey: string, at: Instant): JobPlan =>
  brevoJobs.plan({
    id: `brevo_${event}`,
    input: { subjectKey, at },
    dueAt: at + DAY_MS,
    steps: [{ id: 'believed' }],
  });

/** True if the machine has answered, and only officers' tasks are left: a letter may follow. */
export const isOnlyAskingOthers = ({ steps }: Job): boolean =>
  steps['silenced'] !== undefined && steps['answered']?.state === 'done';

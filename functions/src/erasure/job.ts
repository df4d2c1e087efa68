import * as z from 'zod/mini';
import { defineJob, uid, type JobOf } from '../jobs/define.ts';

/** The person of an erasure's job. */
const erased = () =>
  z.object({
    /**
     * Empty: a person without an account, by a proven e-mail address; or nobody needs it any more.
     */
    uid: z.string(),
    /** Whole seconds since the epoch; null if nobody knows it. */
    accountCreatedAt: z.nullable(z.number()),
    deletedAt: z.number(),
  });

/** If there is no uid: the person's name among `subjects`. */
const subjectKey = () => z.optional(z.string());

const startedBy = () => z.enum(['accountDeleted', 'request', 'missingAccount', 'officer', 'inactivity', 'withdrawal']);

/** The erasure of a person: one job for each account (plan.ts has its steps). */
export const erasureJobs = defineJob('erasure', {
  input: () =>
    z.extend(erased(), {
      subjectKey: subjectKey(),
      /** Null: the project's own pool; absent: nobody knows. */
      tenantId: z.optional(z.nullable(z.string())),
      startedBy: startedBy(),
      /** The pseudonym of the officer who began it, if one was named. */
      officer: z.optional(z.string()),
      /** Names every start of it, also those that were taken back: none begins it twice. */
      starts: z.array(z.string()),
      /** The starts that stand, the first one first (starts/standing.ts). */
      standing: z.array(
        z.object({
          /** Names this start among others: the same for every delivery of an event. Names nobody. */
          id: z.string(),
          by: startedBy(),
          /** When it was asked, or the account was deleted: the legal clock runs from here. */
          at: z.number(),
          /** When the erasure may begin: the end of a grace. */
          from: z.number(),
          /**
           * Did the person ask for it, or an officer? Then the circuit breaker neither counts nor
           * holds it.
           */
          requested: z.boolean(),
          /** The key of the request that it answers. */
          request: z.optional(z.string()),
          /** The pseudonym of the officer who starts it, if one was named. */
          officer: z.optional(z.string()),
        }),
      ),
      startedAt: z.number(),
      graceUntil: z.number(),
      /** Nobody asked for it: how the circuit breaker counts it. */
      breaker: z.optional(z.enum(['young', 'established'])),
      /** An officer lets it go on that the circuit breaker held. */
      released: z.optional(z.boolean()),
      /** The key of the request that it answers. */
      request: z.optional(z.string()),
    }),
});

export type ErasureJob = JobOf<typeof erasureJobs>;

/** A request of an erasure. `at`: when it was made, or taken back. */
const requested = () => z.object({ uid, requestId: z.string(), request: z.string(), at: z.number() });

/** Begins the erasure that a person asks for, once for each request. */
export const startJobs = defineJob('erasure', {
  input: () =>
    z.extend(requested(), {
      /** Since when it can be taken back; absent: since it was made. */
      graceFrom: z.optional(z.number()),
    }),
  steps: ['start'],
});

/** Takes an erasure back, as far as it can be. `of`: the job that began it. */
export const takeBackJobs = defineJob('erasure', {
  input: () => z.extend(requested(), { of: z.string() }),
  steps: ['takeBack'],
});

/** Ends rows that a ground kept, when their time has come. */
export const retainedJobs = defineJob('erasure', {
  input: () =>
    z.extend(erased(), {
      until: z.number(),
      records: z.array(z.string()),
      /** A job outlives the address of the person: it keeps none. */
      handles: z.array(z.object({ system: z.string(), id: z.string() })),
      /** Keyed hashes, by which a hold can name the person when their tombstone has ended. */
      addressHashes: z.optional(z.array(z.string())),
      of: z.string(),
    }),
  steps: ['ended'],
});

/** Does an erasure again that a restored backup undid. */
export const replayJobs = defineJob('erasure', {
  input: () =>
    z.extend(erased(), {
      subjectKey: subjectKey(),
      /** Rows under an address that were written after this moment were not restored. */
      erasedAt: z.number(),
      of: z.string(),
      /** Their tombstones, the newest last. */
      chains: z.array(z.string()),
      /** How many addresses are kept with the subject. */
      addresses: z.number(),
      run: z.string(),
    }),
  steps: ['replay', 'replayCheck'],
});

/** Sends the last answer to an erasure that has ended. `of`: that erasure. */
export const answerJobs = defineJob('erasure', {
  input: () =>
    z.object({
      of: z.string(),
      erasureCreatedAt: z.number(),
      /** Recipients that an officer asked, by how that ended. */
      confirmed: z.array(z.string()),
      unconfirmed: z.array(z.string()),
      refused: z.array(z.string()),
      later: z.array(z.string()),
      /** Nobody could confirm the end of something else. */
      isRestOpen: z.boolean(),
      certifiedAt: z.number(),
    }),
  steps: ['lastAnswer'],
});

export type ReplayJob = JobOf<typeof replayJobs>;

/** Compares the accounts that are known with those that Auth has. */
export const accountsJobs = defineJob('accounts', {
  input: () => z.object({ scheduledAt: z.number() }),
  steps: ['accounts'],
});

import * as z from 'zod/mini';
import { defineJob, uid } from '../jobs/define.ts';
import { LANGUAGES } from '../texts/languages.ts';

/** Asks a person again by a message, for every consent that expired together. */
export const noticeJobs = defineJob('notice', {
  input: () =>
    z.object({
      uid,
      notice: z.literal('reconsent'),
      purposes: z.array(z.string()),
      language: z.enum(LANGUAGES),
    }),
  steps: ['queue', 'send'],
});

/** Tells one person of a version of the policy before it takes effect. */
export const policyNoticeJobs = defineJob('notice', {
  input: () => z.object({ uid, notice: z.literal('policy'), version: z.string() }),
  steps: ['prepare', 'tell'],
});

import * as z from 'zod/mini';
import type { JobPlan } from '../../jobs/catalog.ts';
import { defineJob } from '../../jobs/define.ts';
import type { Instant } from '../../platform/time.ts';
import { replyKinds, type Reply } from '../../requests/reply.ts';
import type { FoundRequest } from './find.ts';

/** Tells a person an officer's decision about their request. */
export const replyJobs = defineJob('request', {
  input: () =>
    z.object({
      /** Empty: somebody without an account. */
      uid: z.string(),
      /** The name among `subjects` of somebody without an account. */
      subjectKey: z.optional(z.string()),
      requestId: z.string(),
      /** Its name in `requests`. */
      request: z.string(),
      /** The reply: a later one has a job of its own. */
      kind: z.enum(replyKinds),
      at: z.number(),
      /** The day from which a refused objection lets the data be used again, as the letter says. */
      usedAgain: z.optional(z.number()),
    }),
  steps: ['stop', 'document', 'mail', 'restriction'],
});

/**
 * Plans the job that tells the person: one for the extension, one for the end. The end of an
 * objection ends its restriction afterwards. An objection can have a last answer behind that.
 */
export const replyJob = (
  { ref, record }: FoundRequest,
  kind: Reply['kind'],
  at: Instant,
  { usedAgain, isLast = false }: { readonly usedAgain?: Instant | undefined; readonly isLast?: boolean } = {},
): JobPlan =>
  replyJobs.plan({
    id: `reply_${isLast ? 'last' : kind}_${ref.key}`,
    pseudonym: record.pseudonym,
    input: {
      uid: ref.uid,
      subjectKey: record.subjectKey,
      requestId: ref.requestId,
      request: ref.key,
      kind,
      at,
      usedAgain,
    },
    dueAt: record.dueAt.toMillis(),
    steps: [
      { id: 'stop' },
      { id: 'document', after: ['stop'] },
      { id: 'mail', after: ['document'] },
      ...(record.type === 'objection' && ref.uid !== '' && kind !== 'extended' && !isLast
        ? [{ id: 'restriction', after: ['mail'] } as const]
        : []),
    ],
  });

import * as z from 'zod/mini';
import { defineJob, type JobOf } from '../../jobs/define.ts';
import type { JobPlan } from '../../jobs/catalog.ts';
import type { Context } from '../../platform/context.ts';
import { HOUR_MS } from '../../platform/time.ts';
import { answerBy } from '../../policy/calendar.ts';
import type { Policy } from '../../policy/schema.ts';
import { isAddressKey } from '../../subject/emails.ts';
import { ASKS } from './link.ts';

/** Sends a one-time link. */
export const mailJobs = defineJob('request', { input: () => z.object({ link: z.string() }), steps: ['link'] });

/** Carries out the wish of a mailbox's owner, confirmed by a link. */
export const confirmJobs = defineJob('request', {
  input: () =>
    z.object({
      link: z.string(),
      subjectKey: z.string().check(z.refine(isAddressKey)),
      asks: z.enum(ASKS),
      /** The purpose that an objection names; absent: none. */
      purpose: z.optional(z.string()),
      /** When the link was used: the request is received. */
      at: z.number(),
    }),
  steps: ['confirm'],
});

export type ConfirmJob = JobOf<typeof confirmJobs>;

/** Plans the message with a link; late when the link is over. */
export const mailJob = ({ now }: Pick<Context, 'now'>, link: string): JobPlan =>
  mailJobs.plan({ id: `mail_${link}`, input: { link }, dueAt: now() + HOUR_MS, steps: [{ id: 'link' }] });

/** Plans the work of a used link, with the purpose that was chosen on its page. */
export const confirmJob = (policy: Policy, input: ConfirmJob['input']): JobPlan =>
  confirmJobs.plan({
    id: `link_${input.link}`,
    input,
    dueAt: answerBy(policy, input.at),
    steps: [{ id: 'confirm' }],
  });

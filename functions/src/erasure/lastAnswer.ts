import { createJob } from '../jobs/store.ts';
import type { JobPlan } from '../jobs/catalog.ts';
import type { JobOf } from '../jobs/define.ts';
import type { Job } from '../jobs/types.ts';
import { lastAnswerText } from '../messages/erasure.ts';
import { sendOnce } from '../messages/send.ts';
import type { Context } from '../platform/context.ts';
import type { Instant } from '../platform/time.ts';
import { answerBy } from '../policy/calendar.ts';
import type { Policy } from '../policy/schema.ts';
import type { Progress } from '../systems/system.ts';
import type { CertificateState } from './certificate/state.ts';
import { forgetAnswerTo, hasAnswerTo, loadAnswerTo } from './answerTo.ts';
import { answerJobs } from './job.ts';
import { resultOf, type Result } from './result.ts';

/**
 * The last answer to an erasure: one e-mail to the address that was left for it (answerTo.ts), by a
 * job of its own. The erasure has ended by then, and no mail system holds up its end.
 */

/** States of which the person is not told that something is deleted. */
const OPEN: ReadonlySet<CertificateState> = new Set([
  ...(['unconfirmed', 'refused', 'impossible', 'disproportionate', 'manual', 'submitted', 'unknown'] as const),
]);

const isAsked = (result: Result): result is Extract<Result, { recipient: string }> =>
  'recipient' in result && result.by === 'officer';

/**
 * Plans the job of the last answer. It names the companies that everybody's erasure asks, and tells
 * of nothing else by name: a claimed address learns nothing of the person. Pure.
 *
 * @param job the erasure, whose certificate is signed
 */
export function lastAnswerJob(policy: Policy, job: Job, now: Instant): JobPlan {
  const results = resultOf(policy, job, now);
  const asked = results.filter(isAsked);
  const inState = (is: (state: CertificateState) => boolean): string[] =>
    asked.flatMap(({ recipient, state }) => (is(state) ? [recipient] : []));
  return answerJobs.plan({
    id: `answer_${job.id}`,
    pseudonym: job.pseudonym ?? '',
    input: {
      of: job.id,
      erasureCreatedAt: job.createdAt,
      confirmed: inState((state) => state === 'done'),
      unconfirmed: inState((state) => state !== 'refused' && OPEN.has(state)),
      refused: inState((state) => state === 'refused'),
      later: inState((state) => state === 'expiring'),
      isRestOpen: results.some((result) => !isAsked(result) && OPEN.has(result.state)),
      certifiedAt: job.steps['certificate']?.finishedAt ?? now,
    },
    dueAt: answerBy(policy, now),
    steps: [{ id: 'lastAnswer' }],
  });
}

/** Makes that job if somebody left an address. Runs twice harmlessly. */
export async function planLastAnswer(context: Context, job: Job): Promise<void> {
  if (await hasAnswerTo(context, job)) await createJob(context, lastAnswerJob(context.policy, job, context.now()));
}

/**
 * Sends the last answer once, and forgets the address: also if it is not written to, or no sender
 * is set. An attempt that dies in between sends nothing twice (messages/send.ts).
 */
export async function sendLastAnswer(context: Context, job: JobOf<typeof answerJobs>): Promise<Progress> {
  const { of, erasureCreatedAt, ...outcome } = job.input;
  const kept = await loadAnswerTo(context, { id: of, createdAt: erasureCreatedAt });
  if (kept === 'forged')
    context.log.error('the address for a last answer was not as the backend wrote it: nothing is sent', {
      code: 'seal.broken',
      job: job.id,
    });
  else if (kept !== null) {
    const { to, language } = kept;
    const message = { id: job.id, to, since: job.createdAt, ...lastAnswerText(context.policy, outcome, language) };
    const end = await sendOnce(context, message, 'the last answer to an erasure');
    context.log.info('the last answer to an erasure', { job: job.id, end });
  }
  await forgetAnswerTo(context, of);
  return { settled: [] };
}

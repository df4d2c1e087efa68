import { Timestamp } from 'firebase-admin/firestore';
import { refreshProtection } from '../../consent/protection.ts';
import { enqueueJob } from '../../jobs/store.ts';
import { chainOf, type JobOf } from '../../jobs/define.ts';
import type { Draft } from '../../ledger/entry.ts';
import { tellAskedFor } from '../../messages/askedFor.ts';
import type { Context } from '../../platform/context.ts';
import { defined } from '../../platform/defined.ts';
import { createIfAbsent } from '../../platform/firestore.ts';
import { noticeLanguage } from '../../policy/notices.ts';
import { planHeld, wordUntil, type HeldPlan, type OnBehalf } from '../../requests/onBehalf.ts';
import type { RequestType } from '../../requests/request.ts';
import {
  changeRequest,
  loadRequest,
  mirror,
  personRef,
  type RequestRecord,
  type RequestRef,
} from '../../requests/store.ts';
import { localeOf } from '../../subject/locale.ts';
import { addressOf } from '../../subject/proven.ts';
import type { Progress } from '../../systems/system.ts';
import { decideRequest, wishesIn, type RequestDecision } from '../plan.ts';
import { isTheirs } from '../answers/find.ts';
import { recordAbout } from '../written.ts';
import { askedFor, toldDocument } from './held.ts';
import type { heldJobs } from './job.ts';

/**
 * Tells the person of a request that somebody made for them, and carries out its next part once
 * they had time for a word. Everything runs twice harmlessly.
 */

export const heldRunner = (context: Context) => {
  const refOf = ({ input: { uid, requestId, asked: key } }: JobOf<typeof heldJobs>): RequestRef => ({
    uid,
    requestId,
    key,
  });
  return {
    tell: async (job: JobOf<typeof heldJobs>): Promise<Progress> => {
      const told = await tell(context, refOf(job), chainOf(job));
      if (told !== null) await mail(context, job, told);
      return { settled: [] };
    },
    goOn: async (job: JobOf<typeof heldJobs>): Promise<Progress> => {
      const known = await proceed(context, refOf(job));
      const until = known === null ? undefined : nextLook(known);
      return until === undefined || until <= context.now()
        ? { settled: [] }
        : { wait: until, why: 'the person can say yes or no until then' };
    },
  };
};

/** When a held request is looked at next; undefined: nobody waits for a word any more. Pure. */
function nextLook(known: RequestRecord): number | undefined {
  const { begunAt, status, onBehalf } = known;
  if (status !== 'waiting' || begunAt !== undefined || onBehalf === undefined) return undefined;
  // Past its day it is an officer's, or it waits for the person's yes.
  const { goesOnAt, say } = onBehalf;
  return say === undefined && goesOnAt !== undefined ? goesOnAt.toMillis() : wordUntil(known);
}

type Made = RequestRecord & { readonly onBehalf: OnBehalf };

/**
 * Shows the request to the person, in their language: their own document.
 *
 * @returns the request; null if there is nobody to tell
 */
export async function tell(context: Context, ref: RequestRef, chain: string): Promise<Made | null> {
  const known = await loadRequest(context, ref.key);
  const { onBehalf } = known ?? {};
  if (known === null || onBehalf === undefined) return null;
  // A later account of the uid is somebody else.
  if (!(await isTheirs(context, { uid: ref.uid, pseudonym: chain }))) return null;
  const { language } = noticeLanguage(context.policy, await localeOf(context, ref.uid));
  const document = toldDocument(context, { ...known, onBehalf }, language);
  await createIfAbsent(personRef(context.clients.app(), ref), document);
  await mirror(context, ref, known);
  return { ...known, onBehalf };
}

/** Writes to the person as well: not everybody opens the app within a week. */
async function mail(context: Context, job: JobOf<typeof heldJobs>, told: Made): Promise<void> {
  const { uid } = job.input;
  const to = await addressOf(context, { uid });
  if (to === undefined) return;
  const locale = await localeOf(context, uid);
  await tellAskedFor(context, { id: job.id, to, locale, since: job.createdAt, ...askedFor(told) });
}

/**
 * Does the next thing: begins the request, refuses it, leaves it to an officer, or nothing yet.
 * Comes after `tell`. One transaction decides by the powers, the person's word and the time of that
 * moment, and writes entry, record and job.
 *
 * @returns the request as it is now; null if it is not there, or its person was erased
 */
export async function proceed(context: Context, ref: RequestRef): Promise<RequestRecord | null> {
  // A power that servers have just ended counts for nothing, also before its event has come.
  await refreshProtection(context, ref.uid);
  const seen: { plan: HeldPlan } = { plan: { do: 'nothing' } };
  const outcome = await recordAbout(context, ref, `goneOn_${ref.key}`, {
    draft: (current, { powers }) => {
      seen.plan = planHeld(context.policy, powers, current, context.now());
      const isNow = seen.plan.do === 'begin' || seen.plan.do === 'refuse';
      return isNow ? entryOf(context, current, seen.plan) : null;
    },
    next: (current) => {
      const { plan } = seen;
      const now = Timestamp.fromMillis(context.now());
      if (plan.do === 'refuse') {
        const end = { status: 'refused', reason: plan.reason, completedAt: now, waitingFor: undefined } as const;
        return { record: { ...current, ...end } };
      }
      const { status, job, waitingFor } = decisionOf(context, ref, current);
      const begun = { ...current, status, begunAt: now, job: job?.id, waitingFor, reason: undefined };
      return { record: begun, ...defined({ job }) };
    },
  });
  if (!outcome.recorded && outcome.because === 'late') return null;
  if (seen.plan.do === 'officer')
    await changeRequest(context, ref.key, ({ begunAt }) =>
      begunAt === undefined ? { waitingFor: 'officer', reason: 'disagreed' } : null,
    );
  const now = await loadRequest(context, ref.key);
  if (now === null) return null;
  if (now.begunAt !== undefined && now.job !== undefined) {
    const { job } = decisionOf(context, ref, now);
    if (job?.id === now.job) await enqueueJob(context, job);
  }
  await mirror(context, ref, now);
  return now;
}

/**
 * The request as one of the person's own, from now on: an erasure has its whole grace. Its job
 * bears the name of the chain that its record has, also if the key has changed since.
 */
const decisionOf = (context: Context, ref: RequestRef, current: RequestRecord): RequestDecision =>
  decideRequest(context, ref.uid, current.pseudonym, {
    requestId: ref.requestId,
    type: current.type as RequestType,
    receivedAt: current.receivedAt.toMillis(),
    enteredAt: context.now(),
    ...wishesIn(current.type as RequestType, current.details),
  });

/** The entry: the request begins, by the holder; or it is refused, by the rules. */
function entryOf({ now }: Context, { type, onBehalf }: RequestRecord, plan: HeldPlan): Draft {
  const times = { occurredAt: now(), recordedAt: now() };
  return plan.do === 'refuse'
    ? { kind: 'request', state: `${type}.refused`, actor: 'backend', reason: plan.reason, ...times }
    : {
        kind: 'request',
        state: `${type}.requested`,
        actor: 'holder',
        ...defined({ holder: onBehalf?.holder }),
        ...times,
      };
}

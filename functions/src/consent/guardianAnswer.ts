import * as z from 'zod/mini';
import type { JobPlan } from '../jobs/catalog.ts';
import type { Entry } from '../ledger/chain.ts';
import { latestHead, newestHead } from '../ledger/find.ts';
import { showState } from '../ledger/shown/show.ts';
import type { Context } from '../platform/context.ts';
import { issuesOf, refusing, type Answer, type ReadForm } from '../platform/intake.ts';
import { keyedHash } from '../platform/keys.ts';
import { lazily } from '../platform/shapes.ts';
import { DAY_MS } from '../platform/time.ts';
import { isConsentPurpose } from '../policy/lookup.ts';
import type { Policy } from '../policy/schema.ts';
import { isHolderOf } from '../subject/guardians.ts';
import type { SignedCall } from '../subject/signIn.ts';
import { pseudonymsOf } from '../subject/pseudonym.ts';
import { textsIn } from '../texts/index.ts';
import { decideHolder, powerToAnswer, type HolderAnswer } from './decide.ts';
import { appVersion, locale } from './documents.ts';
import { answeredJobs, type AnsweredJob } from './job.ts';
import { recordDecision } from './recordDecision.ts';

/**
 * The form of the callable `guardianConsent`: a consent's own fields, the child, and the app's id
 * of this answer.
 */
const holderForm = lazily(() =>
  z.strictObject({
    // Any text: an id that nobody can have is answered as that of a stranger.
    child: z.string(),
    purpose: z.string().check(z.minLength(1), z.maxLength(100)),
    granted: z.boolean(),
    policyVersion: z.iso.date(),
    source: z.enum(['app', 'web']),
    requestId: z.string().check(z.minLength(8), z.maxLength(128)),
    locale: locale(),
    appVersion: appVersion(),
  }),
);
export type HolderForm = z.infer<ReturnType<typeof holderForm>>;

/** Checks a caller's form. Issues are codes and field names, no values. */
export function readHolderForm(policy: Policy, data: unknown): ReadForm<HolderForm> {
  const parsed = holderForm().safeParse(data);
  if (!parsed.success) return { ok: false, issues: issuesOf(parsed.error, '(document)') };
  const { purpose } = parsed.data;
  return isConsentPurpose(policy, purpose)
    ? { ok: true, form: parsed.data }
    : { ok: false, issues: [{ code: 'not_asked', field: 'purpose' }] };
}

export type HolderRefusal = 'invalid' | 'denied' | 'erased' | 'tooMany' | 'unpublished';

/**
 * Takes the answer of a holder of parental responsibility, or of a guardian, for the person in
 * their care.
 */
export async function answerAsHolder(
  context: Context,
  { caller, data, language }: SignedCall,
): Promise<Answer<{ state: string }, HolderRefusal>> {
  const { policy } = context;
  const read = readHolderForm(policy, data);
  const refuse = refusing(context, (code: HolderRefusal) => textsIn(language).answers.guardian[code]);
  if (!read.ok) return refuse('invalid', { issues: read.issues });
  const { child, requestId, ...answer } = read.form;
  const outcome = await onHolderAnswer(context, { holder: caller.uid, child, requestId, answer });
  return outcome.ok ? { ok: true, result: { state: outcome.state } } : refuse(outcome.because);
}

/**
 * The outcome of a holder's answer. `denied`: nobody named them as holder of parental
 * responsibility or guardian of this person. Only a deciding holder learns `erased`: a stranger
 * learns nothing of erased people. `unpublished`: a yes to a text that was never published.
 */
export type HolderOutcome =
  | { readonly ok: true; readonly state: string }
  | { readonly ok: false; readonly because: Exclude<HolderRefusal, 'invalid'> };

/**
 * A holder of parental responsibility, or a guardian, answers for the person in their care. Only
 * the holder named in a guardianship that runs may, for a person under protection.
 * Everybody else gets one answer after the same work, before anything of the person is read. The
 * person is told of each answer that is recorded, and can say no.
 *
 * @param requestId the app's own id of this answer: a call that is made again is the same answer
 */
export async function onHolderAnswer(
  context: Context,
  {
    holder,
    child,
    requestId,
    answer,
  }: { holder: string; child: string; requestId: string; answer: Omit<HolderAnswer, 'holder'> },
): Promise<HolderOutcome> {
  if (!(await isHolderOf(context, holder, child, 'consents'))) return { ok: false, because: 'denied' };
  // An older head that was put back could name a former holder.
  await newestHead(context, child);
  const pseudonyms = pseudonymsOf(holder, context.keys);
  const [pseudonym = ''] = pseudonyms;
  const id = `holder_${keyedHash('holder', [holder, child, requestId], context.keys)}`;
  const { purpose, granted } = answer;
  let by: Pick<AnsweredJob['input'], 'regime' | 'needsPerson'> | undefined;
  const outcome = await recordDecision(
    context,
    { uid: child, id, purpose },
    (head) => {
      const now = context.now();
      const power = powerToAnswer(context.policy, head, pseudonyms, now);
      if (power === null) return { reject: 'denied' };
      by = { regime: power.regime, needsPerson: head.protection?.mode !== 'holder' };
      return decideHolder({ ...answer, holder: pseudonym }, head, { policy: context.policy, now });
    },
    // Written with the entry: an answer that counts is told, also if this call dies.
    ({ entry, chain }) =>
      by === undefined ? [] : [answeredJob({ uid: child, purpose, granted, ...by }, entry, chain)],
  );
  if (outcome.recorded) return { ok: true, state: outcome.entry.state };
  const { because } = outcome;
  if (because === 'denied' || because === 'unpublished') return { ok: false, because };
  if (because === 'late') return { ok: false, because: 'erased' };
  if (because === 'overBudget') return { ok: false, because: 'tooMany' };
  const { head } = await latestHead(context, child);
  // The call that recorded it may have died before the app was shown the state.
  await showState(context, child, head);
  return { ok: true, state: head.current[answer.purpose] ?? 'refused' };
}

/** Plans to tell the person of an answer that was recorded. */
const answeredJob = (answered: Omit<AnsweredJob['input'], 'at'>, entry: Entry, chain: string): JobPlan =>
  answeredJobs.plan({
    id: `answered_${entry.id}`,
    pseudonym: chain,
    input: { ...answered, at: entry.occurredAt },
    dueAt: entry.recordedAt + DAY_MS,
    steps: [{ id: 'answered' }],
  });

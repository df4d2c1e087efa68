import { keepAccount, startFromWithdrawal } from '../erasure/starts/withdrawal.ts';
import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { isTakenBack, serviceWithdrawn, stands } from '../ledger/standing.ts';
import { tellSubscription } from '../messages/subscription.ts';
import { OFFICERS_STEP } from '../officerTasks/task.ts';
import type { Context } from '../platform/context.ts';
import { subscriptionsRecord } from '../policy/lookup.ts';
import type { Subject } from '../subject/identity.ts';
import { serverWrittenIds } from '../subject/known.ts';
import { localeOf } from '../subject/locale.ts';
import { prove } from '../subject/prove.ts';
import { proveAndLearn } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { loadSystem } from '../systems/registry.ts';
import { corrected } from '../systems/modes.ts';
import type { Progress, Scope } from '../systems/system.ts';
import { SERVICE_STEPS } from './effects.ts';
import type { ChangeJob } from './job.ts';

/**
 * Carries an answer to the consent on which the service rests (Art. 9(2)(a), 7(3)). The ledger
 * counts as it is when the step runs, so that answers which overtake each other end in the same
 * state. Runs twice harmlessly.
 *
 * - After the person's no: an erasure with its grace begins, which restricts processing at once and
 * tells them. Stripe renews no subscription any more; a later yes does not change that.
 * - After a no of a parent or guardian alone, or one by letter, nothing is erased. An officer's
 * task asks (consent/recipients/).
 * - After a new yes of the person within the grace: that erasure is taken back. A yes to the use
 * of data is no order to pay, so that nothing is renewed by it. The person is told so, and decides.
 */
export async function followService(context: Context, job: ChangeJob, step: string): Promise<Progress> {
  const { uid, purpose } = job.input;
  const { head } = await latestHead(context, uid);
  // An erasure that runs ends the account, and everything at Stripe.
  if (erasureOf(head)) return { settled: [] };
  const withdrawn = serviceWithdrawn(context.policy, head);
  if (step === SERVICE_STEPS.renewal) {
    const isEnding = withdrawn !== null || isTakenBack(head.current[purpose]);
    return isEnding ? stopRenewal(context, job) : { settled: [] };
  }
  if (step === SERVICE_STEPS.told) {
    if (stands(head.current[purpose])) await tellRenewal(context, job);
    return { settled: [] };
  }
  if (withdrawn !== null) return startFromWithdrawal(context, uid, withdrawn);
  const { current, since } = head;
  if (stands(current[purpose])) return keepAccount(context, uid, since[purpose] ?? -Infinity);
  return { settled: [] };
}

/** The record of the policy that holds subscriptions, and the person as Stripe knows them. */
async function payerOf(context: Context, uid: string) {
  const named = subscriptionsRecord(context.policy);
  if (named === undefined) return undefined;
  const proof = await proveAndLearn(context, { uid, pseudonym: pseudonymOf(uid, context.keys) });
  const written = await serverWrittenIds(context.clients.app(), context.policy, uid);
  const subject: Subject = { ...proof.subject, providerIds: { ...proof.subject.providerIds, ...written } };
  const system = await loadSystem('stripe', context);
  const proven = prove(subject, await system.find(subject));
  const { policy } = context;
  const scope: Scope = { policy, subject, ...proven, now: context.now(), deadline: Infinity };
  return { named, scope };
}

/** Tells the person that a subscription which was stopped still ends, if there is one. */
async function tellRenewal(context: Context, job: ChangeJob): Promise<void> {
  const { uid } = job.input;
  const found = await payerOf(context, uid);
  const to = found?.scope.subject.verifiedEmails[0];
  if (found === undefined || to === undefined) return;
  const { hasEnding } = await import('../systems/stripe/renewal.ts');
  if (!(await hasEnding(context, found.scope))) return;
  const locale = await localeOf(context, uid);
  await tellSubscription(context, { id: `kept_${job.id}`, to, locale, since: job.createdAt });
}

/**
 * Lets the person's subscriptions end with the time that is paid for. Of the others that could be
 * theirs an officer hears by a task of this job, or by its line in the log if it makes none.
 */
async function stopRenewal(context: Context, job: ChangeJob): Promise<Progress> {
  const found = await payerOf(context, job.input.uid);
  if (found === undefined) return { settled: [] };
  const { named, scope } = found;
  const { stopRenewals } = await import('../systems/stripe/renewal.ts');
  const { count, forOfficer } = await stopRenewals(context, named, scope);
  if (forOfficer.length > 0 && job.steps[OFFICERS_STEP] === undefined)
    context.log.error('a subscription that could be of a person who took the service back renews: an officer looks', {
      job: job.id,
    });
  return { settled: corrected(named, count, forOfficer) };
}

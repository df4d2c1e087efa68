import { keepAccount, startFromWithdrawal } from '../erasure/starts/withdrawal.ts';
import { erasureOf } from '../ledger/chain.ts';
import { latestHead } from '../ledger/find.ts';
import { isTakenBack, serviceWithdrawn, stands } from '../ledger/standing.ts';
import type { Context } from '../platform/context.ts';
import { recordsOfSystem } from '../policy/lookup.ts';
import { prove } from '../subject/prove.ts';
import { proveAndLearn } from '../subject/proven.ts';
import { pseudonymOf } from '../subject/pseudonym.ts';
import { loadSystem } from '../systems/registry.ts';
import type { Progress } from '../systems/system.ts';
import { SERVICE_STEPS } from './effects.ts';
import type { ChangeJob } from './job.ts';

/**
 * Carries an answer to the consent on which the service rests (Art. 9(2)(a), 7(3)). The ledger
 * counts as it is when the step runs, so that answers which overtake each other end in the same
 * state. Runs twice harmlessly.
 *
 * - After the person's no: an erasure with its grace begins, which restricts processing at once and
 * tells them. Stripe renews no subscription any more; a later yes does not change that.
 * - After a new yes within the grace: that erasure is taken back.
 */
export async function followService(context: Context, job: ChangeJob, step: string): Promise<Progress> {
  const { uid, purpose } = job.input;
  const { head } = await latestHead(context, uid);
  // An erasure that runs ends the account, and everything at Stripe.
  if (erasureOf(head)) return { settled: [] };
  if (step === SERVICE_STEPS.renewal)
    return isTakenBack(head.current[purpose]) ? stopRenewal(context, uid) : { settled: [] };
  const withdrawn = serviceWithdrawn(context.policy, head);
  if (withdrawn !== null) return startFromWithdrawal(context, uid, withdrawn);
  if (stands(head.current[purpose])) return keepAccount(context, uid);
  if (isTakenBack(head.current[purpose]))
    context.log.warn('a holder took back the consent to the service: its use stops, and an officer decides the rest', {
      job: job.id,
    });
  return { settled: [] };
}

/** Lets the person's subscriptions end with the time that is paid for. */
async function stopRenewal(context: Context, uid: string): Promise<Progress> {
  const [named] = recordsOfSystem(context.policy, 'stripe').filter(({ record }) =>
    record.path.startsWith('subscriptions/'),
  );
  if (named === undefined) return { settled: [] };
  const { subject } = await proveAndLearn(context, { uid, pseudonym: pseudonymOf(uid, context.keys) });
  const system = await loadSystem('stripe', context);
  const { handles } = prove(subject, await system.find(subject));
  const { stopRenewals } = await import('../systems/stripe/renewal.ts');
  const count = await stopRenewals(context, { subject, handles });
  return { settled: [{ record: named.id, count, outcome: 'done', how: 'changed' }] };
}
